import { OutriderError } from '@outrider/contracts';
import { logFields } from '@outrider/telemetry';
import type { OpenedReplicas } from './open-replicas.js';
import type { Orchestrator } from './orchestrator.js';

/** Why the draft is not in use, once it is not. */
export function draftProblem({ draft }: OpenedReplicas): OutriderError | undefined {
  return draft instanceof OutriderError ? draft : draft?.client.failure();
}

/** Gives both sessions up, which is harmless when they are over, and says what became of the draft. */
export function leaveReplicas(replicas: OpenedReplicas, sessionId: string, { drafts, log }: Orchestrator): void {
  const { draft, target } = replicas;
  const problem = draftProblem(replicas);
  target.client.cancel();
  target.leave();
  if (draft && !(draft instanceof OutriderError)) {
    draft.client.cancel();
    draft.leave();
    const replica = draft.replica();
    if (problem && replica && isGone(problem)) drafts?.lost(replica);
  }
  if (!problem || problem.code === 'cancelled') return;
  const fields = { [logFields.sessionId]: sessionId, [logFields.errorCode]: problem.code };
  log.warn({ ...fields, err: problem }, 'a generation went on without the draft');
}

/** A draft that is silent for longer than its time is as good as gone. */
function isGone({ code }: OutriderError): boolean {
  return code === 'unavailable' || code === 'deadline_exceeded';
}
