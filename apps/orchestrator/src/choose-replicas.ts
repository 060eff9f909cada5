import type { DraftKind, DraftPolicy, TokenId } from '@outrider/speculation';
import { type Choice, createChoice, findPrefixes } from './choice.js';
import { hasDraftKind } from './draft-kind.js';
import type { HeldSession } from './lease.js';
import type { Orchestrator } from './orchestrator.js';
import type { OwnPolicy } from './policies.js';
import type { ConnectedReplica } from './replica-link.js';

/** Questions that the store is asked at most before a generation's first token, the claim of its session included. */
const mostQuestions = 3;

export interface Chosen {
  readonly targets: Choice;
  /** undefined when nothing is to be drafted. */
  readonly drafts: Choice | undefined;
  readonly policy: DraftPolicy;
}

export interface Wanted {
  readonly prompt: readonly TokenId[];
  readonly draftKind: DraftKind | undefined;
  readonly own: OwnPolicy;
  /** Fingerprint of the model that the generation is begun with, and ended. */
  readonly target: string;
}

/**
 * Ranks the replicas that could serve a session, and starts its policy: what the store has to be asked for that, it is
 * asked at once, side by side, as long as there are questions left. The draft's prefixes come last, since a draft takes
 * a prompt in quickest.
 */
export async function chooseReplicas(
  { draftKind, own, prompt, target }: Wanted,
  { caches, questions }: Pick<HeldSession, 'caches' | 'questions'>,
  { drafts, shared, store, targets }: Orchestrator,
): Promise<Chosen> {
  let left = mostQuestions - questions;
  const mayAsk = (): boolean => left-- > 0;
  const index = { prefixes: shared.prefixes, store, mayAsk };
  const targetSuits = ({ model }: ConnectedReplica): boolean =>
    model.fingerprint === target && prompt.length < model.contextLength;
  const draftSuits = (replica: ConnectedReplica): boolean => hasDraftKind(replica, draftKind);
  const [targetOwn, draftOwn] = [caches.target?.replica, caches.draft?.replica];

  const targetPrefixes = findPrefixes(prompt, targets.members().filter(targetSuits), targetOwn, index);
  const starting = own.start(own.asks && mayAsk());
  const draftPrefixes = findPrefixes(
    prompt,
    own.drafts && drafts ? drafts.members().filter(draftSuits) : [],
    draftOwn,
    index,
  );
  const targetHints = { own: targetOwn, prefixTokens: await targetPrefixes };
  const draftHints = { own: draftOwn, prefixTokens: await draftPrefixes };
  return {
    targets: createChoice({ pool: targets, hints: targetHints, suits: targetSuits }),
    drafts: own.drafts && drafts ? createChoice({ pool: drafts, hints: draftHints, suits: draftSuits }) : undefined,
    policy: await starting,
  };
}
