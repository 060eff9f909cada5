/** Speculation against target-only on one prompt, measured so that neither side is favoured. */
import type { Generation } from './generation.js';

export interface ComparedRun {
  readonly policy: string;
  readonly tokensPerSecond: number;
  /** Token ids. */
  readonly tokens: readonly number[];
}

export interface Comparison {
  /** Medians over the measured runs. */
  readonly tokensPerSecond: number;
  readonly targetOnlyTokensPerSecond: number;
  readonly speedup: number;
  /** Undefined where two exact samplers need not draw the same text. */
  readonly sameText: boolean | undefined;
  readonly runs: readonly ComparedRun[];
}

export interface CompareHooks {
  /** One completion with speculation, or target-only. */
  readonly run: (speculate: boolean) => Promise<Generation>;
  /** Called before each measured run, for progress. */
  readonly onRun?: (done: number, total: number) => void;
}

/**
 * Both sides have been warmed by a run of their own, then they alternate as A B B A, so that a drift of the
 * machine (heat, a neighbour, a growing cache) falls on both alike.
 */
const ORDER: readonly boolean[] = [true, false, false, true];

/**
 * The caller has run the speculating side once: that run is its warm-up and is what the user read. `oneText` says that
 * every run has to give the same text.
 */
export async function compare(shown: Generation, oneText: boolean, hooks: CompareHooks): Promise<Comparison> {
  const warmUp = await hooks.run(false);
  const measured: { speculate: boolean; run: ComparedRun }[] = [];
  for (const [index, speculate] of ORDER.entries()) {
    hooks.onRun?.(index, ORDER.length);
    measured.push({ speculate, run: summarise(await hooks.run(speculate)) });
  }

  const speedOf = (speculate: boolean): number =>
    median(measured.filter((entry) => entry.speculate === speculate).map(({ run }) => run.tokensPerSecond));
  const tokensPerSecond = speedOf(true);
  const targetOnlyTokensPerSecond = speedOf(false);
  const everyRun = [summarise(shown), summarise(warmUp), ...measured.map(({ run }) => run)];
  return {
    tokensPerSecond,
    targetOnlyTokensPerSecond,
    speedup: targetOnlyTokensPerSecond > 0 ? tokensPerSecond / targetOnlyTokensPerSecond : 0,
    sameText: oneText ? everyRun.every((run) => sameTokens(run, everyRun[0])) : undefined,
    runs: measured.map(({ run }) => run),
  };
}

function summarise({ tokens, finished }: Generation): ComparedRun {
  return {
    policy: finished.speculation.policy,
    tokensPerSecond: finished.timing.tokensPerSecond,
    tokens: tokens.map(({ id }) => id),
  };
}

function sameTokens(run: ComparedRun, other: ComparedRun | undefined): boolean {
  return run.tokens.length === other?.tokens.length && run.tokens.every((id, index) => id === other.tokens[index]);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}
