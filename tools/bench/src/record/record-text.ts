/** Records one generation. */
import type { DraftEngine, Engine } from '@outrider/inference';
import {
  type DraftKind,
  type DraftedToken,
  type Sampling,
  type TargetDistribution,
  type TokenId,
  drawToken,
  keyedRandom,
  tokenProbability,
} from '@outrider/speculation';
import type { OffPath, PlaceFigures, TraceText } from '../trace/types.js';
import type { WorkloadPrompt } from '../workload/prompts.js';
import { type Coupling, coupling } from './coupling.js';
import { type DraftSession, openDraftSession } from './draft-session.js';
import { recordOffPath, sourceLetter } from './off-path.js';
import { roundOff } from './round-off.js';
import { generateText, scoreText } from './target-text.js';

export interface RecordingEngines {
  readonly target: Engine;
  /** With room for two sessions. */
  readonly draft: DraftEngine;
}

export interface TextPlan {
  readonly prompt: WorkloadPrompt;
  readonly promptTokens: readonly TokenId[];
  readonly sampling: Sampling;
  readonly draftKind: DraftKind;
  readonly maxTokens: number;
  readonly offPathDepth: number;
}

/** Errors: what the engines reject with; their sessions are closed whatever happens. */
export async function recordText(engines: RecordingEngines, plan: TextPlan, signal: AbortSignal): Promise<TraceText> {
  const { draft, target } = engines;
  const { draftKind, maxTokens, prompt, promptTokens, sampling } = plan;
  const key = { sessionId: `trace-${prompt.id}`, fence: 1n };
  const modelKey = { sessionId: `${key.sessionId}-model`, fence: 1n };
  try {
    await target.open(key);
    const text = await generateText(target, key, promptTokens, sampling, maxTokens, signal);
    const session = await openDraftSession(draft, key, draftKind, promptTokens, sampling, signal);
    const model =
      draftKind === 'hybrid'
        ? await openDraftSession(draft, modelKey, 'neural', promptTokens, sampling, signal)
        : undefined;

    const own = await lookAlong(session, promptTokens, text.tokens);
    const fallback = model && (await lookAlong(model, promptTokens, text.tokens));
    const laws = await scoreText(
      target,
      key,
      promptTokens,
      text.tokens,
      sampling,
      (i) => [...new Set([own, fallback].flatMap((looks) => looks?.[i]?.token?.candidates.ids ?? []))],
      signal,
    );
    const figures = (looks: readonly Look[], wanted: (i: number) => boolean): Promise<PlaceFigures> =>
      figuresAlong(looks, wanted, { session, model, text: text.tokens, laws }, plan, draft.info().endTokenIds);
    return {
      prompt: prompt.id,
      kind: prompt.kind,
      promptTokens: promptTokens.length,
      finishReason: text.finishReason,
      tokens: text.tokens,
      sources: own.map(({ token }) => (token === undefined ? '-' : sourceLetter(token))).join(''),
      ...(await figures(own, () => true)),
      ...(fallback && { fallback: await figures(fallback, (i) => own[i]?.token?.source === 'ngram') }),
      draftMs: own.map(({ ms }) => roundOff(ms)),
      targetMs: text.targetMs.map((ms) => roundOff(ms)),
    };
  } finally {
    await Promise.all([target.close(key), draft.close(key), draft.close(modelKey)]);
  }
}

/** What a draft sees at one place; no token where it has nothing to propose. */
interface Look {
  readonly token: DraftedToken | undefined;
  readonly ms: number;
}

async function lookAlong(session: DraftSession, prompt: readonly TokenId[], text: readonly TokenId[]): Promise<Look[]> {
  const looks: Look[] = [];
  for (let i = 0; i < text.length; i++) {
    const { computeMs, tokens } = await session.draft([...prompt, ...text.slice(0, i)], 1);
    looks.push({ token: tokens[0], ms: computeMs });
  }
  return looks;
}

interface Along {
  readonly session: DraftSession;
  readonly model: DraftSession | undefined;
  readonly text: readonly TokenId[];
  readonly laws: readonly TargetDistribution[];
}

async function figuresAlong(
  looks: readonly Look[],
  wanted: (i: number) => boolean,
  { laws, model, session, text }: Along,
  { offPathDepth, promptTokens, sampling }: TextPlan,
  endTokenIds: readonly TokenId[],
): Promise<PlaceFigures> {
  const random = keyedRandom(sampling.seed);
  const places: Recorded[] = [];
  for (const [i, { token }] of looks.entries()) {
    if (token === undefined || !wanted(i)) {
      places.push(NOTHING);
      continue;
    }
    const emitted = text[i] as TokenId;
    const place = coupling(token.candidates, laws[i] as TargetDistribution, emitted);
    const accepted = tokenProbability({ ...token, id: emitted });
    if (place.acceptance === 1) {
      places.push({ token, place, accepted, rejected: 0, offPath: null });
      continue;
    }
    const uniform = random.uniform(promptTokens.length + i, 'residual');
    const id = drawToken({ ids: token.candidates.ids, probabilities: place.rejectedWeights }, uniform);
    const behind = [...promptTokens, ...text.slice(0, i), id];
    const offPath = await recordOffPath(session, model, behind, offPathDepth, endTokenIds);
    places.push({ token, place, accepted, rejected: tokenProbability({ ...token, id }), offPath });
  }
  const numbers = (figure: (place: Recorded) => number): number[] => places.map((place) => roundOff(figure(place)));
  return {
    entropy: numbers(({ token }) => token.entropy),
    topProbability: numbers(({ token }) => token.topProbability),
    acceptance: numbers(({ place }) => place.acceptance),
    expectedAcceptance: numbers(({ place }) => place.expectedAcceptance),
    acceptedProbability: numbers(({ accepted }) => accepted),
    rejectedProbability: numbers(({ rejected }) => rejected),
    offPath: places.map(({ offPath }) => offPath),
  };
}

interface Recorded {
  readonly token: Pick<DraftedToken, 'entropy' | 'topProbability'>;
  readonly place: Coupling;
  readonly accepted: number;
  readonly rejected: number;
  readonly offPath: OffPath | null;
}

const NOTHING: Recorded = {
  token: { entropy: 0, topProbability: 0 },
  place: { acceptance: 0, expectedAcceptance: 0, rejectedWeights: [] },
  accepted: 0,
  rejected: 0,
  offPath: null,
};
