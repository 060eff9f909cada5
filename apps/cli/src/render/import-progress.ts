import type { ImportProgress } from '@outrider/models';
import type { Progress } from './progress.js';

/** An import counts weights, everything else bytes. */
export function importProgress({ stage, subject, done, total }: ImportProgress): Progress {
  return {
    label: `${stage} ${subject}`,
    done,
    ...(total === undefined ? {} : { total }),
    unit: stage === 'import' ? 'steps' : 'bytes',
  };
}
