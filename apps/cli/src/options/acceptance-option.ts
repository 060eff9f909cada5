import type { AcceptanceMode } from '@outrider/speculation';
import { InvalidArgumentError } from 'commander';

export function acceptanceOption(text: string): AcceptanceMode {
  const mode = text.trim();
  if (mode !== 'rejection' && mode !== 'coupled') throw new InvalidArgumentError('It must be rejection or coupled.');
  return mode;
}
