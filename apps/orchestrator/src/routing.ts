/** What routing knows of a replica. */
export interface RoutingCandidate {
  readonly id: string;
  /** It is about to stop, or does not answer. */
  readonly avoided: boolean;
  /** Sessions by slot; from 1 on a further one waits. */
  readonly load: number;
}

export interface RoutingHints {
  /** Replica that has the session's cache, as far as it is known. */
  readonly own?: string | undefined;
  /** Tokens of the prompt that each replica has cached for anyone, as far as it is known. */
  readonly prefixTokens?: ReadonlyMap<string, number> | undefined;
}

/**
 * Fewer shared tokens decide nothing: taking them in again is cheaper than crowding every session that begins like the
 * others, as the chat template makes them all do, on one replica.
 */
export const WORTHWHILE_PREFIX_TOKENS = 64;

/**
 * Where a session is served: by the replica that has its cache; else by the one with the longest cached prefix; else,
 * and among equals, by the less loaded of two picked at random (Mitzenmacher, "The Power of Two Choices in Randomized
 * Load Balancing", 2001). One where the session would wait is passed over while another would serve it at once, and
 * one that is to be avoided while there is any other. undefined when there is no candidate.
 *
 * `pick` answers a random whole number below its argument.
 */
export function route<C extends RoutingCandidate>(
  candidates: readonly C[],
  { own, prefixTokens }: RoutingHints,
  pick: (below: number) => number,
): C | undefined {
  const able = servingAtOnce(candidates);
  const mine = own === undefined ? undefined : able.find(({ id }) => id === own);
  if (mine) return mine;
  const cached = ({ id }: C): number => {
    const tokens = prefixTokens?.get(id) ?? 0;
    return tokens >= WORTHWHILE_PREFIX_TOKENS ? tokens : 0;
  };
  const longest = Math.max(0, ...able.map(cached));
  return lessLoadedOfTwo(
    able.filter((candidate) => cached(candidate) === longest),
    pick,
  );
}

/** Whether the prefix index has anything to decide between these. */
export function hasChoice(candidates: readonly RoutingCandidate[], own: string | undefined): boolean {
  const able = servingAtOnce(candidates);
  return able.length > 1 && !able.some(({ id }) => id === own);
}

function servingAtOnce<C extends RoutingCandidate>(candidates: readonly C[]): readonly C[] {
  const staying = orAll(candidates, ({ avoided }) => !avoided);
  return orAll(staying, ({ load }) => load < 1);
}

/** Those that pass, or all where none does. */
function orAll<C>(candidates: readonly C[], passes: (candidate: C) => boolean): readonly C[] {
  const passing = candidates.filter(passes);
  return passing.length > 0 ? passing : candidates;
}

function lessLoadedOfTwo<C extends RoutingCandidate>(
  candidates: readonly C[],
  pick: (below: number) => number,
): C | undefined {
  if (candidates.length < 2) return candidates[0];
  const first = pick(candidates.length);
  const other = pick(candidates.length - 1);
  const one = candidates[first];
  const two = candidates[other < first ? other : other + 1];
  return one && two && two.load < one.load ? two : one;
}
