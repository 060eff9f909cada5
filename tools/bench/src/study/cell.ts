/** One cell's rows: each policy against the same cell's others. */
import { decodeRate } from '../policies/summary.js';
import { ratio, sum } from '../statistics/samples.js';
import { PROMPT_KINDS } from '../workload/prompts.js';
import { ratioRange } from './bootstrap.js';
import { isStatic, partsOf } from './policies.js';
import type { CellKey, Figures, RatioRange, StudyCell, StudyRow } from './types.js';

const NONE: RatioRange = { ratio: 1, low: 1, high: 1 };

/** `figures` are of one cell and have `off` among their policies; rows are in the order of `policies`. */
export function cellOf(key: CellKey, policies: readonly string[], figures: readonly Figures[]): StudyCell {
  const byPolicy = new Map(policies.map((policy) => [policy, figures.filter((each) => each.policy === policy)]));
  const speedOf = (policy: string): number => decodeRate(byPolicy.get(policy) ?? []) ?? 0;
  const quickest = (names: readonly string[]): string | undefined =>
    names.reduce<string | undefined>(
      (best, name) => (best === undefined || speedOf(name) > speedOf(best) ? name : best),
      undefined,
    );
  const measured = policies.filter((policy) => (byPolicy.get(policy)?.length ?? 0) > 0);
  const bestStatic = quickest(measured.filter(isStatic)) ?? 'off';
  const against = (policy: string, other: string): RatioRange | undefined =>
    policy === other ? NONE : ratioRange(byPolicy.get(policy) ?? [], byPolicy.get(other) ?? []);

  const rows = measured.flatMap((policy): StudyRow[] => {
    const own = byPolicy.get(policy) ?? [];
    const [overOff, overBestStatic] = [against(policy, 'off'), against(policy, bestStatic)];
    if (overOff === undefined || overBestStatic === undefined) return [];
    const { length } = partsOf(policy);
    const overStatic = length === undefined ? undefined : against(policy, `static:${length}`);
    const overMaxConfidence = length === undefined ? undefined : against(policy, `max-confidence@${length}`);
    return [
      {
        policy,
        tokensPerSecond: speedOf(policy),
        overOff,
        ...(overStatic && { overStatic }),
        overBestStatic,
        ...(overMaxConfidence && { overMaxConfidence }),
        ...counts(own),
        overOffByKind: kindsOverOff(own, byPolicy.get('off') ?? []),
      },
    ];
  });
  const rival = quickest(measured.filter((policy) => partsOf(policy).family !== 'pace'));
  const range = rival === undefined || !measured.includes('pace') ? undefined : against('pace', rival);
  return { ...key, rows, bestStatic, ...(range && rival !== undefined && { rival: { policy: rival, ...range } }) };
}

function counts(own: readonly Figures[]): Pick<StudyRow, 'acceptedLength' | 'drafted'> & Partial<StudyRow> {
  const total = (figure: (each: Figures) => number): number => sum(own.map(figure));
  const drafted = total((each) => each.drafted);
  const acceptanceRate = ratio(
    total((each) => each.accepted),
    drafted,
  );
  const ceilingShare = ratio(
    total((each) => each.ceilingMs ?? 0),
    total((each) => each.totalMs ?? 0),
  );
  return {
    acceptedLength: total((each) => each.completionTokens) / total((each) => each.rounds),
    ...(acceptanceRate !== undefined && { acceptanceRate }),
    drafted,
    ...(ceilingShare !== undefined && ceilingShare > 0 && { ceilingShare }),
  };
}

function kindsOverOff(own: readonly Figures[], off: readonly Figures[]): StudyRow['overOffByKind'] {
  return Object.fromEntries(
    PROMPT_KINDS.flatMap((kind) => {
      const of = (list: readonly Figures[]) => decodeRate(list.filter((each) => each.kind === kind));
      const [speed, reference] = [of(own), of(off)];
      return speed === undefined || reference === undefined ? [] : [[kind, speed / reference]];
    }),
  );
}

/** A row of one cell by the policy's name. */
export function rowOf(cell: Pick<StudyCell, 'rows'> | undefined, policy: string): StudyRow | undefined {
  return cell?.rows.find((row) => row.policy === policy);
}
