import { BINS, type SurenessByPlace } from './plan.js';

/** Share of one new token in how often the draft is how sure. */
const RATE = 0.005;

/** Counts one more distribution, at place `index` of its block. */
export function observeSureness(sureness: SurenessByPlace, index: number, estimate: number): SurenessByPlace {
  const place = index === 0 ? 'first' : 'later';
  const at = Math.min(BINS - 1, Math.floor(estimate * BINS));
  const shares = sureness[place].map((share, bin) => share + RATE * (Number(bin === at) - share));
  return { ...sureness, [place]: shares };
}
