/** The text of one generation, from the target alone, and the target's distributions along it. */
import { type Engine, EngineError, type SessionKey } from '@outrider/inference';
import {
  type Sampling,
  type Scorer,
  type TargetDistribution,
  type TokenId,
  decode,
  off,
  seededChooser,
} from '@outrider/speculation';

export interface TargetText {
  readonly tokens: readonly TokenId[];
  readonly finishReason: 'stop' | 'length';
  /** Of each token's pass. */
  readonly targetMs: readonly number[];
}

/** Positions scored at a time. */
const STEP = 64;

/** What policy `off` generates for the same seed. The session is open and holds nothing but what `prompt` begins with. */
export async function generateText(
  engine: Engine,
  key: SessionKey,
  prompt: readonly TokenId[],
  sampling: Sampling,
  maxTokens: number,
  signal: AbortSignal,
): Promise<TargetText> {
  const { contextLength, endTokenIds } = engine.info();
  const held = prompt.length - 1;
  if (held > 0) await engine.prefill({ ...key, keepLength: 0, tokens: prompt.slice(0, held) }, signal);
  const targetMs: number[] = [];
  const scorer: Scorer = {
    async score({ keepLength, tokens }) {
      const [scores] = await engine.scoreBlocks([{ ...key, keepLength, tokens, draft: [], sampling }], signal);
      if (scores === undefined) throw new EngineError('internal', 'a block without scores');
      targetMs.push(scores.computeMs);
      return scores;
    },
    drawFromTail: async (_round, index) => (await engine.drawFromTail(key, index)).token,
  };
  const rounds = decode({
    prompt,
    policy: off(),
    scorer,
    chooser: seededChooser(sampling.seed),
    endTokenIds,
    maxTokens,
    contextLength,
    targetCached: held,
  });
  const tokens: TokenId[] = [];
  let finishReason: TargetText['finishReason'] = 'length';
  for await (const round of rounds) {
    tokens.push(...round.emitted.map(({ id }) => id));
    finishReason = round.finishReason ?? finishReason;
  }
  return { tokens, finishReason, targetMs };
}

/** One distribution for each token of the text, in which the probability of the wanted candidates is known. */
export async function scoreText(
  engine: Engine,
  key: SessionKey,
  prompt: readonly TokenId[],
  text: readonly TokenId[],
  sampling: Sampling,
  wanted: (index: number) => readonly TokenId[],
  signal: AbortSignal,
): Promise<TargetDistribution[]> {
  const all = [...prompt, ...text];
  const laws: TargetDistribution[] = [];
  for (let from = 0; from < text.length; from += STEP) {
    const to = Math.min(text.length, from + STEP);
    const keepLength = prompt.length + from - 1;
    const tokens = all.slice(keepLength, keepLength + 1);
    // The last one is rolled back by the next step.
    const draft = text.slice(from, to).map((id, i) => ({ id, candidateIds: wanted(from + i) }));
    const [scores] = await engine.scoreBlocks([{ ...key, keepLength, tokens, draft, sampling }], signal);
    laws.push(...(scores?.positions.slice(0, to - from) ?? []));
  }
  return laws;
}
