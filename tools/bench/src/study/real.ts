/** Real runs: every policy with every draft, on three service processes for each draft model. */
import { type Model, openModel } from '@outrider/models';
import { connect } from '@outrider/rpc';
import type { BenchContext, Progress } from '../context.js';
import { type PolicyPlan, measurePolicies } from '../policies/measure.js';
import type { Measurement } from '../policies/measurement.js';
import { startStack } from '../stack/stack.js';
import type { Journal } from './journal.js';
import type { GroupLine, StudyDraft, StudyDraftName, StudyLine } from './types.js';

/** Measures what the journal does not hold yet; it holds everything then. */
export async function measureReal(
  plan: PolicyPlan,
  drafts: readonly StudyDraft[],
  target: Model,
  threads: number,
  journal: Journal<StudyLine>,
  context: BenchContext,
): Promise<void> {
  for (const directory of new Set(drafts.map((draft) => draft.directory))) {
    const own = drafts.filter((draft) => draft.directory === directory && !isWhole(draft, plan, journal));
    if (own.length === 0) continue;
    const models = { target, draft: await openModel(directory) };
    const stack = await startStack({ models, threads, env: context.env, signal: context.signal });
    const connection = connect(stack.address, 'orchestrator');
    try {
      for (const draft of own) {
        const at = `draft ${draft.name} (${drafts.indexOf(draft) + 1} of ${drafts.length})`;
        const progress = prefixed(context.progress, at);
        await measurePolicies({ ...plan, draftKind: draft.kind }, connection, progress, stack.signal, {
          isDone: (group) => linesOf(journal, draft.name).some((line) => isGroup(line, group)),
          onGroup: (measurements) => journal.add({ type: 'group', draft: draft.name, measurements }),
        });
      }
    } finally {
      context.progress.end();
      connection.close();
      await stack.stop();
    }
  }
}

export function linesOf(journal: Journal<StudyLine>, draft: StudyDraftName): GroupLine[] {
  return journal.lines.filter((line) => line.type === 'group').filter((line) => line.draft === draft);
}

type Group = Pick<Measurement, 'prompt' | 'temperature' | 'repeat'>;

function isGroup({ measurements }: GroupLine, group: Group): boolean {
  const first = measurements[0];
  return first?.prompt === group.prompt && first.temperature === group.temperature && first.repeat === group.repeat;
}

function isWhole({ name }: StudyDraft, plan: PolicyPlan, journal: Journal<StudyLine>): boolean {
  return linesOf(journal, name).length === plan.prompts.length * plan.temperatures.length * plan.repeat;
}

function prefixed(progress: Progress, prefix: string): Progress {
  return { ...progress, report: (text) => progress.report(`${prefix}: ${text}`) };
}
