import { randomInt } from 'node:crypto';
import { PREFIX_BLOCK_TOKENS, prefixChain } from '@outrider/contracts';
import type { PrefixIndex } from '@outrider/sessions';
import type { TokenId } from '@outrider/speculation';
import type { ConnectedReplica } from './replica-link.js';
import type { ReplicaPool } from './replica-pool.js';
import { type RoutingCandidate, type RoutingHints, WORTHWHILE_PREFIX_TOKENS, hasChoice, route } from './routing.js';
import type { StoreWatch } from './store-watch.js';

/** The replicas of a pool for one session: the best first, then whichever is the best without those before it. */
export interface Choice {
  readonly pool: ReplicaPool;
  /** undefined when none is left. */
  next(): ConnectedReplica | undefined;
}

export interface ChoiceOptions {
  readonly pool: ReplicaPool;
  readonly hints: RoutingHints;
  /** Of those the pool has now, the ones the session can be served by. */
  suits(replica: ConnectedReplica): boolean;
}

export function createChoice({ hints, pool, suits }: ChoiceOptions): Choice {
  const tried = new Set<string>();
  return {
    pool,
    next() {
      const left = pool.members().filter((replica) => !tried.has(replica.id) && suits(replica));
      const chosen = route(left.map(candidateOf), hints, randomInt);
      if (chosen) tried.add(chosen.id);
      return chosen?.replica;
    },
  };
}

interface Candidate extends RoutingCandidate {
  readonly replica: ConnectedReplica;
}

function candidateOf(replica: ConnectedReplica): Candidate {
  const { id, load } = replica;
  return { id, avoided: load.status().draining || !replica.responds(), load: load.value(), replica };
}

export interface PrefixQuestion {
  readonly prefixes: PrefixIndex;
  readonly store: StoreWatch;
  /** Whether the store may be asked one question more. */
  mayAsk(): boolean;
}

/**
 * How much of the prompt each replica has cached for anyone. The index is asked only where its answer could decide:
 * there is more than one replica to choose from, and the prompt is long enough.
 */
export async function findPrefixes(
  prompt: readonly TokenId[],
  members: readonly ConnectedReplica[],
  own: string | undefined,
  { mayAsk, prefixes, store }: PrefixQuestion,
): Promise<RoutingHints['prefixTokens']> {
  const [first] = members;
  if (!first || prompt.length < WORTHWHILE_PREFIX_TOKENS || !hasChoice(members.map(candidateOf), own)) return undefined;
  if (!mayAsk()) return undefined;
  const ids = members.map(({ id }) => id);
  const found = await store.ask(() => prefixes.find(first.model.fingerprint, ids, prefixChain(prompt)), []);
  return new Map(ids.map((id, i) => [id, (found[i] ?? 0) * PREFIX_BLOCK_TOKENS]));
}
