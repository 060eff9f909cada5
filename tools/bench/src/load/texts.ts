/** At temperature 0 a text must not depend on what else is generated beside it. */
import { firstDifference } from '../policies/equality.js';

export interface LoadText {
  readonly policy: string;
  readonly streams: number;
  readonly lap: number;
  readonly prompt: string;
  readonly tokenIds: readonly number[];
}

export interface TextDifference {
  readonly policy: string;
  readonly streams: number;
  readonly lap: number;
  readonly prompt: string;
  /** Index of the first generated token that differs. */
  readonly firstDifference: number;
}

export interface TextReport {
  /** Texts compared, each with that of the same prompt and policy at the fewest streams in the first lap. */
  readonly compared: number;
  readonly differences: readonly (TextDifference & {
    /** Log-probability of the target's best token there less that of the second, in nats. */
    readonly marginNats?: number;
    /** So near each other that rounding decides. */
    readonly tie: boolean;
  })[];
}

/**
 * Passes over one block and over several are not the same sums in the same order, and the weights are multiplied in 8
 * bits: log-probabilities differ by a few hundredths of a nat. Two tokens nearer than this are tied.
 */
export const TIE_NATS = 0.1;

/** The text that the others of the same prompt and policy are compared with. */
export function referenceOf(texts: readonly LoadText[], { policy, prompt }: Pick<LoadText, 'policy' | 'prompt'>) {
  const fewest = Math.min(...texts.map(({ streams }) => streams));
  return texts.find((each) => each.policy === policy && each.prompt === prompt && each.streams === fewest);
}

export function compareTexts(texts: readonly LoadText[]): { compared: number; differences: TextDifference[] } {
  const differences: TextDifference[] = [];
  let compared = 0;
  for (const text of texts) {
    const reference = referenceOf(texts, text);
    if (reference === undefined || reference === text) continue;
    compared++;
    const { tokenIds, ...key } = text;
    const at = firstDifference(tokenIds, reference.tokenIds);
    if (at !== undefined) differences.push({ ...key, firstDifference: at });
  }
  return { compared, differences };
}

/** `marginAt` is asked once for each place; it may not know. */
export async function nameTies(
  { compared, differences }: ReturnType<typeof compareTexts>,
  marginAt: (difference: TextDifference) => Promise<number | undefined>,
): Promise<TextReport> {
  const margins = new Map<string, number | undefined>();
  const named: TextReport['differences'][number][] = [];
  for (const difference of differences) {
    const place = `${difference.policy} ${difference.prompt} ${difference.firstDifference}`;
    if (!margins.has(place)) margins.set(place, await marginAt(difference));
    const marginNats = margins.get(place);
    const tie = marginNats !== undefined && marginNats <= TIE_NATS;
    named.push({ ...difference, ...(marginNats !== undefined && { marginNats }), tie });
  }
  return { compared, differences: named };
}
