/** Decides by name: the same (purpose, position, index) is the same random number. */
export interface NamedChooser {
  choose(purpose: string, position: number, index: number, weights: ArrayLike<number>): number;
}

export interface Enumeration {
  /** Probability of each outcome. */
  readonly law: Map<string, number>;
  /** Paths walked. */
  readonly paths: number;
}

/**
 * The exact law of a random procedure: runs it once for every way its decisions can fall, and adds up the
 * probabilities by outcome.
 *
 * Each name stands for one uniform number, of which a path knows an interval. A decision cuts the interval at the
 * cumulated weights, as an inverse-CDF draw would, and the path goes on with one piece. So a name that is asked
 * twice is, as in production, not independent of itself, and a procedure that wrongly reuses a random number
 * shows the bias that this causes.
 */
export async function enumerateOutcomes(run: (chooser: NamedChooser) => Promise<string>): Promise<Enumeration> {
  const law = new Map<string, number>();
  /** The decisions of the current path: which piece was taken, of how many. */
  const path: { taken: number; pieces: number }[] = [];
  let paths = 0;
  do {
    let depth = 0;
    let probability = 1;
    const known = new Map<string, Interval>();
    const chooser: NamedChooser = {
      choose(purpose, position, index, weights) {
        const name = `${purpose}:${position}:${index}`;
        const interval = known.get(name) ?? { low: 0, high: 1 };
        const pieces = cut(interval, weights);
        if (depth === path.length) path.push({ taken: 0, pieces: pieces.length });
        const piece = pieces[(path[depth++] as { taken: number }).taken] as Piece;
        probability *= (piece.high - piece.low) / (interval.high - interval.low);
        known.set(name, piece);
        return piece.choice;
      },
    };
    const outcome = await run(chooser);
    law.set(outcome, (law.get(outcome) ?? 0) + probability);
    paths++;
    path.length = depth;
  } while (advance(path));
  return { law, paths };
}

/** Largest difference between the probabilities of an outcome. */
export function largestDifference(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const keys = new Set([...a.keys(), ...b.keys()]);
  return Math.max(0, ...[...keys].map((key) => Math.abs((a.get(key) ?? 0) - (b.get(key) ?? 0))));
}

interface Interval {
  readonly low: number;
  readonly high: number;
}

interface Piece extends Interval {
  readonly choice: number;
}

/** Pieces narrower than this are rounding of a boundary that was cut before. */
const NARROWEST = 1e-15;

function cut(interval: Interval, weights: ArrayLike<number>): Piece[] {
  const values = Array.from(weights);
  const total = values.reduce((a, b) => a + b, 0);
  const pieces: Piece[] = [];
  let cumulated = 0;
  values.forEach((weight, choice) => {
    const low = Math.max(interval.low, cumulated / total);
    cumulated += weight;
    const high = Math.min(interval.high, cumulated / total);
    if (high - low > NARROWEST) pieces.push({ choice, low, high });
  });
  if (pieces.length === 0) throw new Error(`no choice has any weight: ${values.join(', ')}`);
  return pieces;
}

/** Moves to the next path in depth-first order; false after the last. */
function advance(path: { taken: number; pieces: number }[]): boolean {
  for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
    if (++last.taken < last.pieces) return true;
    path.pop();
  }
  return false;
}
