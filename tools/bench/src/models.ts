import { type ImportProgress, type ModelPair, ensureDefaultGguf, ensureDefaultPair } from '@outrider/models';
import type { BenchContext } from './context.js';

/** The default pair, fetched and imported when it is missing. */
export async function defaultPair({ progress, signal }: BenchContext): Promise<ModelPair> {
  const pair = await ensureDefaultPair({ signal, onProgress: (report) => progress.report(importText(report)) });
  progress.end();
  return pair;
}

/** The file that the default target was imported from. */
export async function defaultGguf({ progress, signal }: BenchContext): Promise<string> {
  const path = await ensureDefaultGguf({ signal, onProgress: (report) => progress.report(importText(report)) });
  progress.end();
  return path;
}

export function importText({ stage, subject, done, total }: ImportProgress): string {
  return `${stage} ${subject}${total === undefined ? '' : ` ${Math.floor((100 * done) / total)} %`}`;
}
