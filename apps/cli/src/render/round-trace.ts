/** How the draft's entropy and AdaEDL's lambda went, round by round. */
import type { RoundReport } from '@outrider/contracts';
import { rangeOf, sparkline } from './sparkline.js';
import type { Style } from './style.js';

/** Of the lines that show figures as bars. */
export const LABEL_WIDTH = 9;
/** Room for the range behind the bars. */
const RANGE_WIDTH = 26;
const MAX_BARS = 60;
const MIN_BARS = 10;

/** A line for entropy (nats, mean over the positions the draft looked at) and one for lambda; none without a draft. */
export function roundTrace(rounds: readonly RoundReport[], style: Style, width: number): string[] {
  const bars = Math.min(MAX_BARS, Math.max(MIN_BARS, width - LABEL_WIDTH - RANGE_WIDTH));
  const entropies = rounds.map(meanEntropy);
  const lambdas = rounds.map((round) => round.lambda);
  const lines: string[] = [];

  if (entropies.some((value) => value !== undefined)) {
    const { max } = rangeOf(entropies);
    lines.push(traceLine('entropy', sparkline(entropies, bars, { min: 0, max }), `0 to ${max.toFixed(2)} nats`, style));
  }
  if (lambdas.some((value) => value !== undefined)) {
    const range = rangeOf(lambdas);
    const words = `${range.min.toFixed(4)} to ${range.max.toFixed(4)}`;
    lines.push(traceLine('lambda', sparkline(lambdas, bars, range), words, style));
  }
  return lines;
}

function meanEntropy({ entropies, stoppingEntropy }: RoundReport): number | undefined {
  const seen = stoppingEntropy === undefined ? entropies : [...entropies, stoppingEntropy];
  return seen.length === 0 ? undefined : seen.reduce((sum, value) => sum + value, 0) / seen.length;
}

function traceLine(label: string, bars: string, range: string, style: Style): string {
  return `${label.padEnd(LABEL_WIDTH)}${bars} ${style.dim(range)}`;
}
