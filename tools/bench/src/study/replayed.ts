/** Policies over a trace, generation by generation, so that ranges can be told. */
import { setImmediate } from 'node:timers/promises';
import type { DraftPolicy, LearnedWeights } from '@outrider/speculation';
import type { DeviceProfile } from '../profiles/types.js';
import { clairvoyantMs } from '../replay/clairvoyant.js';
import { costsFor } from '../replay/costs.js';
import { drawAll, preparePaths } from '../replay/path.js';
import { policySource } from '../replay/policies.js';
import { emptyTotals, simulate } from '../replay/simulate.js';
import type { ReplayRound } from '../replay/types.js';
import type { Trace } from '../trace/types.js';
import type { Figures } from './types.js';

export interface StudyReplay {
  readonly trace: Trace;
  readonly profile: DeviceProfile;
  readonly policies: readonly string[];
  readonly seeds: readonly bigint[];
  readonly learned: LearnedWeights | undefined;
}

export type RoundWatch = (policy: string, generation: number, round: ReplayRound, index: number) => void;

/** Rejects with the signal's reason between two policies. */
export async function replayFigures(
  { learned, policies, profile, seeds, trace }: StudyReplay,
  signal: AbortSignal,
  watch?: RoundWatch,
): Promise<Figures[]> {
  const { temperature } = trace.header.settings;
  const costs = costsFor(profile, trace.header);
  const texts = preparePaths(trace);
  // At temperature 0 nothing is drawn.
  const generations = drawAll(texts, temperature === 0 ? seeds.slice(0, 1) : seeds);
  const ceilings = generations.map(({ path, acceptances }) => clairvoyantMs(path, acceptances, costs));
  const figures: Figures[] = [];
  for (const name of policies) {
    await setImmediate(); // lets a signal in
    signal.throwIfAborted();
    const source = policySource(name, temperature, learned);
    let policy: DraftPolicy | undefined;
    for (const [i, { path, acceptances }] of generations.entries()) {
      policy = source.create(policy);
      const totals = emptyTotals();
      let rounds = 0;
      simulate(path, acceptances, policy, costs, totals, watch && ((round) => watch(name, i, round, rounds++)));
      figures.push({
        prompt: path.text.prompt,
        kind: path.text.kind,
        temperature,
        repeat: Math.floor(i / texts.length),
        policy: name,
        completionTokens: totals.tokens,
        decodeTokens: totals.tokens - totals.firstTokens,
        decodeMs: totals.ms - totals.firstMs,
        rounds: totals.rounds,
        drafted: totals.drafted,
        accepted: totals.accepted,
        totalMs: totals.ms,
        ceilingMs: ceilings[i] as number,
      });
    }
  }
  return figures;
}
