/** `bench replay`: policies over traces, without any model. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchContext } from '../context.js';
import { BenchError } from '../bench-error.js';
import { tracesFolder } from '../paths.js';
import { listProfiles, loadProfile } from '../profiles/files.js';
import type { DeviceProfile } from '../profiles/types.js';
import { writeResult } from '../report/result-file.js';
import { textTable } from '../report/table.js';
import { readTrace } from '../trace/file.js';
import { loadLearnedWeights } from './learned.js';
import { replayAll } from './replay-all.js';
import { ceilingLine, replayColumns } from './table.js';
import type { ReplayRow } from './types.js';

export interface ReplayOptions {
  readonly policies: readonly string[];
  /** All without. */
  readonly profiles?: readonly string[];
  readonly seeds: number;
  readonly seed: bigint;
  /** Rows for each kind of prompt too. */
  readonly kinds?: boolean;
  readonly output?: string;
}

export async function runReplay(
  files: readonly string[],
  options: ReplayOptions,
  { progress, signal, stdout }: BenchContext,
): Promise<void> {
  const seeds = Array.from({ length: options.seeds }, (_, i) => BigInt.asUintN(64, options.seed + BigInt(i)));
  const profiles: DeviceProfile[] = [];
  for (const name of options.profiles ?? (await listProfiles())) profiles.push(await loadProfile(name));
  const learned = options.policies.some((policy) => policy.startsWith('learned'))
    ? await loadLearnedWeights()
    : undefined;

  const all: (ReplayRow & { readonly trace: string })[] = [];
  const startedAt = performance.now();
  for (const file of files.length > 0 ? files : await committedTraces()) {
    const trace = await readTrace(file);
    const { models, settings } = trace.header;
    for (const profile of profiles) {
      signal.throwIfAborted();
      const rows = replayAll({ trace, policies: options.policies, profile, seeds, ...(learned && { learned }) });
      all.push(...rows.map((row) => ({ trace: file, ...row })));
      const { draftKind, temperature } = settings;
      stdout.write(`\n${models.target.name} with ${models.draft.name} (${draftKind}), temperature ${temperature}\n`);
      stdout.write(`${profile.simulated ? 'simulated: ' : ''}${profile.title}\n`);
      stdout.write(textTable(replayColumns, options.kinds === true ? rows : rows.filter(({ kind }) => kind === 'all')));
      stdout.write(`${ceilingLine(rows[0] as ReplayRow)}\n`);
    }
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const rounds = all.reduce((sum, row) => sum + (row.kind === 'all' ? row.rounds : 0), 0);
  progress.note(`${rounds} rounds in ${seconds.toFixed(1)} s, reading and ceilings included`);
  if (options.output === undefined) return;
  await writeResult(options.output, all);
  progress.note(`written to ${options.output}`);
}

export async function committedTraces(): Promise<string[]> {
  const names = await readdir(tracesFolder).catch(() => []);
  const traces = names.filter((name) => /\.jsonl(\.gz)?$/.test(name)).sort();
  if (traces.length === 0) throw new BenchError(`there is no trace in ${tracesFolder}: record one first`);
  return traces.map((name) => join(tracesFolder, name));
}
