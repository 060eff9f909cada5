import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workloadFolder } from '../paths.js';

/** Text of our own in many registers, over 5,000 tokens of the default target; no prompt and no calibration is made from it. */
export function evaluationText(): string {
  return readFileSync(join(workloadFolder, 'evaluation.txt'), 'utf8');
}
