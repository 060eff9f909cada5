import { BINS, type Sureness, type SurenessByPlace } from './plan.js';

/** Share of one more distribution, once so many are counted that older ones are to be forgotten. */
const RATE = 0.005;
/** Before the first: any sureness is as frequent, and counts as so many. */
const PRIOR_COUNT = 10;

const flat: Sureness = { shares: new Array<number>(BINS).fill(1 / BINS), count: PRIOR_COUNT };
export const startingSureness: SurenessByPlace = { first: flat, later: flat };

/** Counts one more distribution, at place `index` of its block. */
export function observeSureness(sureness: SurenessByPlace, index: number, estimate: number): SurenessByPlace {
  const place = index === 0 ? 'first' : 'later';
  const { count, shares } = sureness[place];
  const at = Math.min(BINS - 1, Math.floor(estimate * BINS));
  const rate = Math.max(RATE, 1 / (count + 1));
  const moved = shares.map((share, bin) => share + rate * (Number(bin === at) - share));
  return { ...sureness, [place]: { shares: moved, count: count + 1 } };
}
