/** Scoring: one pass over the blocks of several sessions, one distribution for each position. */
import { ConstraintError } from '@outrider/constraints';
import {
  type BlockScores,
  type Impasse,
  type LogitAdjustments,
  type TargetDistribution,
  type TokenId,
  adjustLogits,
  drawFromTailOfLogits,
  drawTokenOutside,
  keyedRandom,
  logitChanges,
} from '@outrider/speculation';
import { type Workshop, checkAppending, rollBack } from './block.js';
import { rowOfToken, tokenOfRow } from './head-rows.js';
import type { Lane, ScoredRow } from './lanes.js';
import { type Law, lawOf, lawOfLogits, mostProbable } from './law.js';
import type { LoadedModel } from './model.js';
import { type Guide, isAllowed } from './guide.js';
import { type RowLogprobs, rowLogprobs } from './logprobs.js';
import { EngineError, type ScoreBlockRequest, type SessionKey, type TailDraw } from './port.js';
import { type EngineSession, type ScoredPosition, refuseScoring } from './sessions.js';
import type { Task } from './task.js';

/**
 * Answers in the order of the requests; all of them are checked before any cache changes. They share one pass, with
 * blocks of others maybe. `queuedAt` is when the call came in, by performance.now(). Errors: those of checkAppending;
 * invalid_argument for sessions that cannot be scored; aborted.
 */
export function* scoreBlocks(
  workshop: Workshop,
  requests: readonly ScoreBlockRequest[],
  queuedAt: number,
): Task<BlockScores[]> {
  if (new Set(requests.map((request) => request.sessionId)).size < requests.length) {
    throw new EngineError('invalid_argument', 'a session may have one block in a pass', 'session_id');
  }
  const started = performance.now();
  const sessions = requests.map((request) =>
    checkAppending(
      workshop,
      request,
      request.draft.map((token) => token.id),
    ),
  );
  sessions.forEach(refuseScoring);
  requests.forEach((request, i) => rollBack(workshop, sessions[i] as EngineSession, request.keepLength));
  const lanes = requests.map((request, i) => laneFor(workshop, request, sessions[i] as EngineSession));
  const preparedMs = performance.now() - started;
  const ran = yield { kind: 'block', lanes };
  if (ran === undefined) throw new EngineError('aborted', 'the caller gave up');
  const { batchSize, rows, startedAt } = ran;
  const resumed = performance.now();
  const positions = requests.map((request, i) =>
    keepScores(workshop, request, sessions[i] as EngineSession, rows[i] ?? []),
  );
  const computeMs = preparedMs + ran.ms + performance.now() - resumed;
  const queueMs = Math.max(0, startedAt - queuedAt - preparedMs);
  return requests.map((_, i) => ({
    positions: positions[i] ?? [],
    kvLength: sessions[i]?.slot.length ?? 0,
    queueMs,
    computeMs,
    batchSize,
  }));
}

function laneFor({ model, maxCandidates }: Workshop, request: ScoreBlockRequest, { guide, slot }: EngineSession): Lane {
  const { draft, logprobs, sampling, tokens } = request;
  const greedy = sampling.temperature === 0;
  const changed = sampling.adjustments !== undefined || guide !== undefined;
  return {
    slot,
    tokens: [...tokens, ...draft.map((token) => token.id)],
    scored: draft.length + 1,
    temperature: greedy || changed ? 1 : sampling.temperature,
    lawSize: greedy || changed ? 0 : Math.min(maxCandidates, model.headRows),
    candidates: [...draft.map((token) => token.candidateIds.map((id) => rowOfToken(model, id) ?? 0)), []],
    wantsLogits: !greedy || changed || logprobs !== undefined,
  };
}

/** The distributions to send; what a later draw from the tail needs stays with the session. */
function keepScores(
  workshop: Workshop,
  request: ScoreBlockRequest,
  session: EngineSession,
  rows: readonly ScoredRow[],
): TargetDistribution[] {
  const { draft, sampling } = request;
  session.seed = sampling.seed;
  const first = session.slot.length - draft.length;
  const scored = rows.map((row, i) => scorePosition(workshop, request, session, row, i, first + i));
  session.scored = scored.flatMap(({ kept }) => (kept === undefined ? [] : [kept]));
  return scored.map(({ sent }) => sent);
}

interface Scored {
  readonly sent: TargetDistribution;
  readonly kept?: ScoredPosition;
}

function scorePosition(
  workshop: Workshop,
  { draft, logprobs, promptTokens = 0, sampling }: ScoreBlockRequest,
  { guide, slot }: EngineSession,
  row: ScoredRow,
  index: number,
  position: number,
): Scored {
  const { model, maxCandidates } = workshop;
  const { adjustments, temperature } = sampling;
  const { logits } = row;
  // The graph has divided the logits by the temperature, unless they were to be changed first.
  const changed = adjustments !== undefined || guide !== undefined;
  const scale = temperature === 0 || changed ? 1 : temperature;
  const own = logprobs === undefined || logits === undefined ? undefined : rowLogprobs(logits, scale, logprobs);
  let law: Law;
  if (changed && logits !== undefined) {
    const impasse = changeLogits(model, logits, {
      adjustments,
      guide,
      promptTokens,
      tokens: slot.tokens.slice(0, position),
      committed: index === 0,
    });
    if (impasse !== undefined) return { sent: { ids: [], probabilities: [], tailProbability: 0, impasse } };
    law = lawOfLogits(model, logits, draft[index]?.candidateIds ?? [], sampling, maxCandidates);
  } else if (temperature === 0) law = { sent: mostProbable(model, row) };
  else law = lawOf(model, row, draft[index]?.candidateIds ?? [], sampling, maxCandidates);

  const sent = own === undefined ? law.sent : { ...law.sent, ...logprobsOf(model, law.sent, own) };
  if (logits === undefined || temperature === 0) return { sent };
  const divisor = changed ? temperature : 1;
  return {
    sent,
    kept: {
      position,
      sent,
      logits,
      temperature: divisor,
      logprobOf: own?.of,
      ...(law.truncated === undefined ? {} : { law: law.truncated }),
    },
  };
}

interface Changes {
  readonly adjustments: LogitAdjustments | undefined;
  readonly guide: Guide | undefined;
  readonly promptTokens: number;
  /** The text before the position, the prompt included. */
  readonly tokens: readonly TokenId[];
  /** Whether all of it is committed. */
  readonly committed: boolean;
}

/** Changes logits, [head rows], in place; says why when no token is left. Errors: invalid_argument for tokens. */
function changeLogits(
  model: LoadedModel,
  logits: Float32Array,
  { adjustments, committed, guide, promptTokens, tokens }: Changes,
): Impasse | undefined {
  const nothingLeft = { field: 'sampling.logit_bias', message: 'bans every token that may come next' };
  if (adjustments !== undefined) {
    const changes = logitChanges(adjustments, { tokens, promptLength: promptTokens });
    if (!adjustLogits(logits, changes, (id) => rowOfToken(model, id))) return nothingLeft;
  }
  try {
    // Behind a drafted token that does not fit, and is rejected, nothing is held to anything.
    if (guide === undefined) return undefined;
    if (!guide.follow(tokens.slice(promptTokens))) {
      if (!committed) return undefined;
      throw new EngineError('invalid_argument', 'hold a text that does not fit the constraint', 'tokens');
    }
    return banOthers(model, logits, guide) ? undefined : nothingLeft;
  } catch (error) {
    if (!(error instanceof ConstraintError)) throw error;
    return { field: `sampling.${error.field}`, message: error.message };
  }
}

/** Whether any token is left. */
function banOthers(model: LoadedModel, logits: Float32Array, guide: Guide): boolean {
  const mask = guide.mask();
  let left = false;
  for (let row = 0; row < logits.length; row++) {
    if (!isAllowed(mask, tokenOfRow(model, row))) logits[row] = -Infinity;
    else if ((logits[row] as number) > -Infinity) left = true;
  }
  return left;
}

function logprobsOf(
  model: LoadedModel,
  { ids }: TargetDistribution,
  own: RowLogprobs,
): Pick<TargetDistribution, 'logprobs' | 'topLogprobs'> {
  const logprobOf = (id: TokenId): number => {
    const row = rowOfToken(model, id);
    return row === undefined ? -Infinity : own.of(row);
  };
  return {
    logprobs: ids.map(logprobOf),
    topLogprobs: own.top.map((row) => ({ id: tokenOfRow(model, row), logprob: own.of(row) })),
  };
}

/**
 * A token outside the candidates sent for one position of the session's last block, keyed by (seed, position).
 * Errors: invalid_argument naming index; unknown_session, stale_fence.
 */
export function drawFromTail({ model, sessions }: Workshop, key: SessionKey, index: number): TailDraw {
  const session = sessions.find(key);
  const scored = session.scored[index];
  if (scored === undefined || !(scored.sent.tailProbability > 0)) {
    throw new EngineError('invalid_argument', `position ${index} has no tail to draw from`, 'index');
  }
  const token = drawOutside(model, scored, keyedRandom(session.seed).uniform(scored.position, 'tail'));
  const row = rowOfToken(model, token);
  if (scored.logprobOf === undefined || row === undefined) return { token };
  return { token, logprob: scored.logprobOf(row) };
}

function drawOutside(model: LoadedModel, { law, logits, sent, temperature }: ScoredPosition, uniform: number): TokenId {
  const known = new Set(sent.ids);
  if (law !== undefined) return drawTokenOutside(law, known, uniform);
  const rows = new Set([...known].flatMap((id) => rowOfToken(model, id) ?? []));
  return tokenOfRow(model, drawFromTailOfLogits(logits, temperature, rows, uniform));
}
