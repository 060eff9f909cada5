/** Policies over a trace under a device profile, as rows of a table. */
import type { DraftPolicy } from '@outrider/speculation';
import { BenchError } from '../bench-error.js';
import { sum } from '../statistics/samples.js';
import { PROMPT_KINDS, type PromptKind } from '../workload/prompts.js';
import { clairvoyantMs } from './clairvoyant.js';
import { type RoundCosts, costsFor } from './costs.js';
import { type Acceptances, type TextPath, drawAll, preparePaths } from './path.js';
import { type PolicySource, policySource } from './policies.js';
import { type ReplayTotals, emptyTotals, simulate } from './simulate.js';
import type { ReplayRequest, ReplayRow } from './types.js';

/** A text with one seed's luck. */
interface Generation {
  readonly path: TextPath;
  readonly acceptances: Acceptances;
}

type ByKind<T> = Readonly<Partial<Record<PromptKind, T>>>;

/**
 * For each policy a row over all texts and then one for each kind of prompt. The same arguments give the same rows.
 * Throws a BenchError for an empty trace or a profile that makes no sense, and invalid_policy.
 */
export function replayAll({ learned, policies, profile, seeds, trace }: ReplayRequest): ReplayRow[] {
  const { temperature } = trace.header.settings;
  if (trace.texts.length === 0) throw new BenchError('the trace holds no text');
  if (seeds.length === 0) throw new BenchError('a replay wants a seed');
  const costs = costsFor(profile, trace.header);
  const generations = drawAll(preparePaths(trace), isCertain(trace.texts) ? seeds.slice(0, 1) : seeds);

  const ceilings: Partial<Record<PromptKind, number>> = {};
  for (const { path, acceptances } of generations) {
    const { kind } = path.text;
    ceilings[kind] = (ceilings[kind] ?? 0) + clairvoyantMs(path, acceptances, costs);
  }
  const off = totalsOf(policySource('off', temperature, undefined), generations, costs);

  return policies.flatMap((policy) => {
    const source = policySource(policy, temperature, learned);
    const totals = totalsOf(source, generations, costs);
    const name = { policy: source.name, profile: profile.name, temperature };
    const kinds = PROMPT_KINDS.filter((kind) => totals[kind] !== undefined);
    return [
      { ...name, kind: 'all' as const, ...figures(pool(totals), pool(off), sum(Object.values(ceilings))) },
      ...kinds.map((kind) => ({
        ...name,
        kind,
        ...figures(totals[kind] as ReplayTotals, off[kind] as ReplayTotals, ceilings[kind] as number),
      })),
    ];
  });
}

/** Whether no draw has more than one outcome, as at temperature 0. */
function isCertain(texts: ReplayRequest['trace']['texts']): boolean {
  return texts.every(({ acceptance }) => acceptance.every((each) => each === 0 || each === 1));
}

function totalsOf(source: PolicySource, generations: readonly Generation[], costs: RoundCosts): ByKind<ReplayTotals> {
  const totals: Partial<Record<PromptKind, ReplayTotals>> = {};
  let policy: DraftPolicy | undefined;
  for (const { path, acceptances } of generations) {
    policy = source.create(policy);
    simulate(path, acceptances, policy, costs, (totals[path.text.kind] ??= emptyTotals()));
  }
  return totals;
}

function pool(byKind: ByKind<ReplayTotals>): ReplayTotals {
  const pooled = emptyTotals();
  for (const { acceptedHistogram, stopReasons, ...counts } of Object.values(byKind)) {
    for (const key of Object.keys(counts) as (keyof typeof counts)[]) pooled[key] += counts[key];
    acceptedHistogram.forEach((count, accepted) => {
      pooled.acceptedHistogram[accepted] = (pooled.acceptedHistogram[accepted] ?? 0) + count;
    });
    for (const reason of Object.keys(stopReasons) as (keyof typeof stopReasons)[]) {
      pooled.stopReasons[reason] = (pooled.stopReasons[reason] ?? 0) + (stopReasons[reason] ?? 0);
    }
  }
  return pooled;
}

function figures(
  own: ReplayTotals,
  off: ReplayTotals,
  ceilingMs: number,
): Omit<ReplayRow, 'policy' | 'profile' | 'temperature' | 'kind'> {
  const { accepted, acceptedPasses, drafted, generations, ms, passes, rounds, tokens } = own;
  return {
    generations,
    tokens,
    rounds,
    totalMs: ms,
    tokensPerSecond: (1000 * tokens) / ms,
    decodeTokensPerSecond: (1000 * (tokens - own.firstTokens)) / (ms - own.firstMs),
    speedupOverOff: off.ms / ms,
    acceptedLength: tokens / rounds,
    drafted,
    accepted,
    ...(drafted > 0 && { acceptanceRate: accepted / drafted }),
    passes,
    wastedPasses: passes - acceptedPasses,
    stopReasons: own.stopReasons,
    acceptedHistogram: own.acceptedHistogram,
    clairvoyantTokensPerSecond: (1000 * tokens) / ceilingMs,
    clairvoyantShare: ceilingMs / ms,
  };
}
