import { OutriderError } from '@outrider/contracts';
import type { DraftKind } from '@outrider/speculation';
import type { ConnectedReplica } from './replica-link.js';
import type { ReplicaPool } from './replica-pool.js';

/**
 * What a generation is drafted for with on this replica: what it asks for, or what the replica does by default.
 * Errors: draft_kind_unavailable. A client that names a kind is not served without it unasked.
 */
export function draftKindOn({ draftKinds: kinds = [] }: ConnectedReplica, asked: DraftKind | undefined): DraftKind {
  const kind = asked ?? kinds[0];
  if (kind === undefined || !kinds.includes(kind)) {
    throw unavailable(`the draft service has no ${asked ?? 'known'} drafts, only ${kinds.join(', ')}`);
  }
  return kind;
}

/** The same for a service whose replicas may not be connected, or not there at all. */
export function checkDraftKind(drafts: ReplicaPool | undefined, asked: DraftKind | undefined): void {
  if (asked === undefined) return;
  if (drafts === undefined) throw unavailable('there is no draft service');
  const members = drafts.members();
  const [first] = members;
  if (first && !members.some((replica) => hasDraftKind(replica, asked))) draftKindOn(first, asked);
}

export function hasDraftKind({ draftKinds: kinds = [] }: ConnectedReplica, asked: DraftKind | undefined): boolean {
  return asked === undefined || kinds.includes(asked);
}

function unavailable(problem: string): OutriderError {
  const field = 'speculation.draft_kind';
  return new OutriderError('draft_kind_unavailable', `${field}: ${problem}`, { field });
}
