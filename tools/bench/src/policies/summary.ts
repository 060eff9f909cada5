/** From single measurements to the figures of a table. */
import { median, ratio, sum } from '../statistics/samples.js';
import { PROMPT_KINDS, type PromptKind } from '../workload/prompts.js';
import type { Measurement } from './measurement.js';

/** Of one policy at one temperature, over all prompts or those of one kind. A figure that does not exist is absent. */
export interface PolicySummary {
  readonly temperature: number;
  readonly policy: string;
  readonly kind: PromptKind | 'all';
  readonly generations: number;
  readonly completionTokens: number;
  /** All tokens over all time, without the prefill and the first round. */
  readonly decodeTokensPerSecond?: number;
  /** The median over the generations: one that the machine disturbed does not move it. */
  readonly medianDecodeTokensPerSecond?: number;
  /** All tokens over all time, with them. */
  readonly totalTokensPerSecond?: number;
  /** Decoding speed against `off` in the same groups: of the pooled rates, and the median over the groups. */
  readonly ratioToOff?: { readonly overall: number; readonly median: number };
  readonly rounds: number;
  readonly drafted: number;
  readonly accepted: number;
  /** Drafted tokens that were computed and not emitted. */
  readonly thrownAway: number;
  /** accepted / drafted. */
  readonly acceptanceRate?: number;
  /** Tokens per target pass. */
  readonly meanAcceptanceLength: number;
  /** Rounds by how many of their drafted tokens were accepted, from 0 on. */
  readonly acceptedHistogram: readonly number[];
  readonly stopReasons: Readonly<Record<string, number>>;
  readonly medianTimeToFirstTokenMs: number;
  readonly perRound: {
    readonly roundMs: number;
    /** Waiting for the draft and for the target, calls included. */
    readonly draftMs: number;
    readonly targetMs: number;
    /** Their model passes alone. */
    readonly draftComputeMs: number;
    readonly targetComputeMs: number;
  };
  /** (round - draft's passes - target's passes) / round. */
  readonly overheadShare: number;
  /** The same of the client's own clock, which also sees what happens between rounds. */
  readonly clientOverheadShare?: number;
}

/** In the order of the temperatures and policies given; all kinds first, then each kind. */
export function summarize(
  measurements: readonly Measurement[],
  temperatures: readonly number[],
  policies: readonly string[],
): PolicySummary[] {
  return temperatures.flatMap((temperature) =>
    (['all', ...PROMPT_KINDS] as const).flatMap((kind) => {
      const ofKind = measurements.filter(
        (each) => each.temperature === temperature && (kind === 'all' || each.kind === kind),
      );
      const off = ofKind.filter(({ policy }) => policy === 'off');
      return policies.flatMap((policy) => {
        const own = ofKind.filter((each) => each.policy === policy);
        return own.length === 0 ? [] : [summarizeOne({ temperature, policy, kind }, own, off)];
      });
    }),
  );
}

function summarizeOne(
  name: Pick<PolicySummary, 'temperature' | 'policy' | 'kind'>,
  own: readonly Measurement[],
  off: readonly Measurement[],
): PolicySummary {
  const total = (figure: (each: Measurement) => number): number => sum(own.map(figure));
  const rounds = total((each) => each.rounds);
  const drafted = total((each) => each.drafted);
  const accepted = total((each) => each.accepted);
  const roundMs = total((each) => each.roundMs);
  const decodeMs = total((each) => each.decodeMs);
  const computeMs = total((each) => each.draftComputeMs + each.targetComputeMs);
  const completionTokens = total((each) => each.completionTokens);
  return {
    ...name,
    generations: own.length,
    completionTokens,
    ...present('decodeTokensPerSecond', decodeRate(own)),
    ...present('medianDecodeTokensPerSecond', medianDecodeRate(own)),
    ...present(
      'totalTokensPerSecond',
      ratio(
        completionTokens * 1000,
        total((each) => each.totalMs),
      ),
    ),
    ...present('ratioToOff', ratioToOff(own, off)),
    rounds,
    drafted,
    accepted,
    thrownAway: drafted - accepted,
    ...present('acceptanceRate', ratio(accepted, drafted)),
    meanAcceptanceLength: completionTokens / rounds,
    acceptedHistogram: addLists(own.map((each) => each.acceptedHistogram)),
    stopReasons: addRecords(own.map((each) => each.stopReasons)),
    medianTimeToFirstTokenMs: median(own.map((each) => each.timeToFirstTokenMs)) ?? 0,
    perRound: {
      roundMs: roundMs / rounds,
      draftMs: total((each) => each.draftMs) / rounds,
      targetMs: total((each) => each.targetMs) / rounds,
      draftComputeMs: total((each) => each.draftComputeMs) / rounds,
      targetComputeMs: total((each) => each.targetComputeMs) / rounds,
    },
    overheadShare: (roundMs - computeMs) / roundMs,
    ...present('clientOverheadShare', ratio(decodeMs - total((each) => each.decodeComputeMs), decodeMs)),
  };
}

/** Decoded tokens per second, pooled; undefined when all ended in their first round. */
export function decodeRate(
  measurements: readonly Pick<Measurement, 'decodeTokens' | 'decodeMs'>[],
): number | undefined {
  const tokens = sum(measurements.map((each) => each.decodeTokens));
  return tokens === 0 ? undefined : ratio(tokens * 1000, sum(measurements.map((each) => each.decodeMs)));
}

/** The median of their own speeds. */
export function medianDecodeRate(
  measurements: readonly Pick<Measurement, 'decodeTokens' | 'decodeMs'>[],
): number | undefined {
  return median(measurements.flatMap((each) => decodeRate([each]) ?? []));
}

function ratioToOff(own: readonly Measurement[], off: readonly Measurement[]): PolicySummary['ratioToOff'] {
  const offByGroup = new Map(off.map((each) => [groupOf(each), each]));
  const pairs = own.flatMap((each) => {
    const other = offByGroup.get(groupOf(each));
    return other === undefined ? [] : [{ each, other }];
  });
  const ratios = pairs.flatMap(({ each, other }) => {
    const [one, reference] = [decodeRate([each]), decodeRate([other])];
    return one === undefined || reference === undefined ? [] : [one / reference];
  });
  const one = decodeRate(pairs.map(({ each }) => each));
  const reference = decodeRate(pairs.map(({ other }) => other));
  const middle = median(ratios);
  if (one === undefined || reference === undefined || middle === undefined) return undefined;
  return { overall: one / reference, median: middle };
}

/** What those measurements have in common that differ in the policy alone. */
function groupOf({ prompt, temperature, repeat }: Measurement): string {
  return `${prompt} ${temperature} ${repeat}`;
}

function addLists(lists: readonly (readonly number[])[]): number[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, i) => sum(lists.map((list) => list[i] ?? 0)));
}

function addRecords(records: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))].sort();
  return Object.fromEntries(names.map((name) => [name, sum(records.map((record) => record[name] ?? 0))]));
}

/** A property that is absent instead of undefined. */
function present<K extends string, V>(name: K, value: V | undefined): { readonly [P in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [P in K]?: V };
}
