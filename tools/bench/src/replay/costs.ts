/** A profile made ready for one trace: every cost a look-up. */
import { LARGEST_DRAFT_LENGTH } from '@outrider/speculation';
import { BenchError } from '../bench-error.js';
import type { DeviceProfile, DraftCosts, TargetCosts } from '../profiles/types.js';
import type { TraceHeader } from '../trace/types.js';

export interface RoundCosts {
  readonly draft: DraftCosts;
  readonly orchestratorMs: number;
  readonly overlap: number;
  /** Waiting for the target's pass over so many tokens, [widths]. */
  readonly targetMs: Float64Array;
  readonly blockTokens: number | undefined;
}

/** Throws a BenchError when the profile makes no sense. */
export function costsFor(
  profile: DeviceProfile,
  { models, settings }: Pick<TraceHeader, 'models' | 'settings'>,
): RoundCosts {
  const costs = settings.temperature > 0 ? (profile.sampled ?? profile.costs) : profile.costs;
  const draft = costs.drafts?.[models.draft.name] ?? costs.draft;
  checkCosts(profile.name, draft, costs.overlap, costs.target);
  const { target, orchestratorMs, overlap } = costs;
  const targetMs = Float64Array.from({ length: LARGEST_DRAFT_LENGTH + 2 }, (_, width) =>
    width === 0 ? 0 : target.roundTripMs + passMs(target, width),
  );
  return { draft, orchestratorMs, overlap, targetMs, blockTokens: target.blockTokens };
}

/** By a straight line between the widths on both sides, or through the last two. */
export function passMs({ passMs: table }: TargetCosts, width: number): number {
  const above = table.findIndex(([each]) => each >= width);
  const right = above < 0 ? table.length - 1 : above;
  const [x1, y1] = table[right] as readonly [number, number];
  if (x1 === width || table.length === 1) return y1;
  const [x0, y0] = table[Math.max(0, right - 1)] as readonly [number, number];
  return x0 === x1 ? y1 : y0 + ((y1 - y0) * (width - x0)) / (x1 - x0);
}

function checkCosts(name: string, draft: DraftCosts, overlap: number, target: TargetCosts): void {
  const numbers = [...Object.values(draft), target.roundTripMs, ...target.passMs.flat(), overlap];
  const problem = !numbers.every((value) => value >= 0 && Number.isFinite(value))
    ? 'a cost is no number >= 0'
    : target.passMs.length === 0
      ? 'the target has no costs'
      : !target.passMs.every(([width], i) => i === 0 || width > (target.passMs[i - 1]?.[0] ?? 0))
        ? 'the widths of the target do not ascend'
        : draft.extraTokenMs > Math.min(draft.firstPassMs, draft.passMs)
          ? 'a further token of a pass costs more than a pass'
          : overlap > 1
            ? 'the overlap is above 1'
            : undefined;
  if (problem !== undefined) throw new BenchError(`profile ${name}: ${problem}`);
}
