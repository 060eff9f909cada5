/** How well replays tell what real runs took. */
import type { Measurement } from '../policies/measurement.js';
import { decodeRate } from '../policies/summary.js';
import { type Column, decimals, percent } from '../report/table.js';
import { loadLearnedWeights } from '../replay/learned.js';
import { replayAll } from '../replay/replay-all.js';
import type { Trace } from '../trace/types.js';
import type { DeviceProfile } from './types.js';

export interface Agreement {
  readonly temperature: number;
  readonly policy: string;
  /** Whether the profile was fitted to this policy's measurements too. */
  readonly fitted: boolean;
  /** Decoded tokens per second, without each text's first round. */
  readonly real: number;
  readonly replayed: number;
  /** replayed / real - 1. */
  readonly difference: number;
}

/** Over the texts that a trace and the measurements have in common, at the trace's temperature. */
export async function agreementOf(
  measurements: readonly Measurement[],
  trace: Trace,
  profile: DeviceProfile,
  seeds: readonly bigint[],
): Promise<Agreement[]> {
  const { temperature } = trace.header.settings;
  const own = measurements.filter((each) => each.temperature === temperature);
  const measured = new Set(own.map(({ prompt }) => prompt));
  const texts = trace.texts.filter(({ prompt }) => measured.has(prompt));
  const known = new Set(texts.map(({ prompt }) => prompt));
  const policies = [...new Set(own.map(({ policy }) => policy))];
  if (texts.length === 0) return [];
  const learned = policies.some((policy) => policy.startsWith('learned')) ? await loadLearnedWeights() : undefined;
  const rows = replayAll({ trace: { ...trace, texts }, policies, profile, seeds, ...(learned && { learned }) });
  return rows
    .filter(({ kind }) => kind === 'all')
    .flatMap(({ decodeTokensPerSecond: replayed, policy }) => {
      const real = decodeRate(own.filter((each) => each.policy === policy && known.has(each.prompt)));
      if (real === undefined) return [];
      const fitted = policy === 'off' || policy.startsWith('static:');
      return [{ temperature, policy, fitted, real, replayed, difference: replayed / real - 1 }];
    });
}

export const agreementColumns: readonly Column<Agreement>[] = [
  { title: 'temperature', cell: ({ temperature }) => String(temperature) },
  { title: 'policy', align: 'left', cell: ({ policy }) => policy },
  { title: 'fitted', align: 'left', cell: ({ fitted }) => (fitted ? 'yes' : 'no') },
  { title: 'real tokens/s', cell: ({ real }) => decimals(real, 1) },
  { title: 'replayed tokens/s', cell: ({ replayed }) => decimals(replayed, 1) },
  { title: 'difference', cell: ({ difference }) => percent(difference, 1) },
];
