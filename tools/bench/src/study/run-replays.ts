/** The replayed part of a study: every policy over every trace under every profile. */
import type { Model } from '@outrider/models';
import type { LearnedWeights } from '@outrider/speculation';
import type { BenchContext } from '../context.js';
import type { DeviceProfile } from '../profiles/types.js';
import { remainingTime } from '../progress.js';
import type { Trace } from '../trace/types.js';
import { boundBins } from './bound.js';
import { cellOf } from './cell.js';
import type { Journal } from './journal.js';
import { lambdaMeans } from './lambda.js';
import { shownLength } from './plan.js';
import { replayFigures } from './replayed.js';
import { type TracePlan, traceOf } from './traces.js';
import type { BoundBin, CellKey, CellLine, StudyDraft, StudyLine, StudySettings } from './types.js';

export interface ReplayPart {
  readonly settings: StudySettings;
  readonly drafts: readonly StudyDraft[];
  readonly profiles: readonly DeviceProfile[];
  readonly target: Model;
  readonly traces: TracePlan;
  readonly learned: LearnedWeights | undefined;
}

/** Replays what the journal does not hold yet, recording traces that are missing; gives the bins of all traces. */
export async function runReplays(
  part: ReplayPart,
  journal: Journal<StudyLine>,
  context: BenchContext,
): Promise<BoundBin[]> {
  const { drafts, profiles, settings, target, traces } = part;
  const { progress } = context;
  const bound: BoundBin[] = [];
  const total = drafts.length * settings.temperatures.length * profiles.length;
  let done = 0;
  const startedAt = performance.now();
  for (const draft of drafts) {
    for (const temperature of settings.temperatures) {
      const trace = await traceOf(draft, target.manifest, temperature, traces, context);
      bound.push(...boundBins(draft.name, trace));
      for (const profile of profiles) {
        const key = { source: profile.name, draft: draft.name, temperature };
        const left = remainingTime(done++, total, performance.now() - startedAt);
        progress.report(`replaying draft ${draft.name}, temperature ${temperature}, ${profile.name} (${left})`);
        if (replayedCell(journal, key) !== undefined) continue;
        await journal.add(await replayCell(key, trace, profile, part, context.signal));
      }
    }
  }
  progress.end();
  return bound;
}

async function replayCell(
  key: CellKey,
  trace: Trace,
  profile: DeviceProfile,
  { learned, settings }: ReplayPart,
  signal: AbortSignal,
): Promise<CellLine> {
  const policies = settings.replayPolicies;
  const seeds = Array.from({ length: settings.replaySeeds }, (_, i) => BigInt(settings.seed) + BigInt(i));
  const means = lambdaMeans();
  const figures = await replayFigures({ trace, profile, policies, seeds, learned }, signal, means.watch);
  const policy = `adaedl@${shownLength(settings.lengths)}`;
  return {
    type: 'cell',
    cell: cellOf(key, policies, figures),
    lambda: [
      { policy, draft: key.draft, temperature: key.temperature, profile: profile.name, lambda: means.of(policy) },
    ],
  };
}

export function replayedCell(journal: Journal<StudyLine>, key: CellKey): CellLine | undefined {
  return journal.lines.find(
    (line): line is CellLine =>
      line.type === 'cell' &&
      line.cell.source === key.source &&
      line.cell.draft === key.draft &&
      line.cell.temperature === key.temperature,
  );
}
