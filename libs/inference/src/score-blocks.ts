/** Scoring: one pass over the blocks of several sessions, one distribution for each position. */
import {
  type BlockScores,
  type Sampling,
  type SparseDistribution,
  type TargetDistribution,
  type TokenId,
  distributionFromLogits,
  drawFromTailOfLogits,
  drawTokenOutside,
  includeTokens,
  keyedRandom,
  targetDistribution,
  withTail,
} from '@outrider/speculation';
import { type Workshop, checkAppending, rollBack } from './block.js';
import { forward } from './forward.js';
import { rowOfToken, tokenOfRow } from './head-rows.js';
import type { Lane, ScoredRow } from './lanes.js';
import type { LoadedModel } from './model.js';
import { EngineError, type ScoreBlockRequest, type SessionKey } from './port.js';
import type { EngineSession, ScoredPosition } from './sessions.js';

/** Answers in the order of the requests; all of them are checked before any cache changes. */
export async function scoreBlocks(workshop: Workshop, requests: readonly ScoreBlockRequest[]): Promise<BlockScores[]> {
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
  requests.forEach((request, i) => rollBack(workshop, sessions[i] as EngineSession, request.keepLength));
  const lanes = requests.map((request, i) => laneFor(workshop, request, sessions[i] as EngineSession));
  const rows = await forward(workshop.model, workshop.cache, lanes);
  const positions = requests.map((request, i) =>
    keepScores(workshop, request, sessions[i] as EngineSession, rows[i] ?? []),
  );
  const computeMs = performance.now() - started;
  return requests.map((_, i) => ({
    positions: positions[i] ?? [],
    kvLength: sessions[i]?.slot.length ?? 0,
    queueMs: 0,
    computeMs,
    batchSize: requests.length,
  }));
}

function laneFor({ model, maxCandidates }: Workshop, request: ScoreBlockRequest, { slot }: EngineSession): Lane {
  const { draft, sampling, tokens } = request;
  const greedy = sampling.temperature === 0;
  return {
    slot,
    tokens: [...tokens, ...draft.map((token) => token.id)],
    scored: draft.length + 1,
    temperature: greedy ? 1 : sampling.temperature,
    lawSize: greedy ? 0 : Math.min(maxCandidates, model.headRows),
    candidates: [...draft.map((token) => token.candidateIds.map((id) => rowOfToken(model, id) ?? 0)), []],
    wantsLogits: !greedy,
  };
}

/** The distributions to send; what a later draw from the tail needs stays with the session. */
function keepScores(
  { model, maxCandidates }: Workshop,
  { draft, sampling }: ScoreBlockRequest,
  session: EngineSession,
  rows: readonly ScoredRow[],
): TargetDistribution[] {
  session.seed = sampling.seed;
  const first = session.slot.length - draft.length;
  const scored = rows.map((row, i): { sent: TargetDistribution; law?: SparseDistribution } => {
    if (sampling.temperature === 0) return { sent: mostProbable(model, row) };
    return lawOf(model, row, draft[i]?.candidateIds ?? [], sampling, maxCandidates);
  });
  session.scored = scored.flatMap(({ sent, law }, i): ScoredPosition[] => {
    const logits = rows[i]?.logits;
    return logits === undefined ? [] : [{ position: first + i, sent, logits, ...(law === undefined ? {} : { law }) }];
  });
  return scored.map(({ sent }) => sent);
}

/** Greedy decoding: the best token, the lowest id of equals. */
function mostProbable(model: LoadedModel, { bestRows, bestLogits }: ScoredRow): TargetDistribution {
  const row = bestLogits[0] === bestLogits[1] ? Math.min(...bestRows) : bestRows[0];
  return { ids: [tokenOfRow(model, row)], probabilities: [1], tailProbability: 0 };
}

function lawOf(
  model: LoadedModel,
  row: ScoredRow,
  candidateIds: readonly TokenId[],
  sampling: Sampling,
  maxCandidates: number,
): { sent: TargetDistribution; law?: SparseDistribution } {
  const known = {
    ids: row.lawRows.map((headRow) => tokenOfRow(model, headRow)),
    logits: row.lawProbabilities.map(Math.log),
    logNormalizer: 0,
    vocabularySize: model.headRows,
  };
  const direct = targetDistribution(known, sampling);
  if (direct !== undefined) {
    const probabilities = new Map(candidateIds.map((id, i) => [id, row.candidateProbabilities[i] ?? 0]));
    return {
      sent: includeTokens(direct, candidateIds, (id) =>
        rowOfToken(model, id) === undefined ? 0 : (probabilities.get(id) ?? 0),
      ),
    };
  }
  // The truncation reaches beyond the candidates. The logits are divided by the temperature already.
  const byRow = distributionFromLogits(row.logits as Float32Array, { ...sampling, temperature: 1 });
  const law = { ids: byRow.ids.map((headRow) => tokenOfRow(model, headRow)), probabilities: byRow.probabilities };
  const probabilities = new Map(law.ids.map((id, i) => [id, law.probabilities[i] as number]));
  const sent = includeTokens(withTail(law, maxCandidates), candidateIds, (id) => probabilities.get(id) ?? 0);
  return { sent, law };
}

/**
 * A token outside the candidates sent for one position of the session's last block, keyed by (seed, position).
 * Errors: invalid_argument naming index; unknown_session, stale_fence.
 */
export function drawFromTail({ model, sessions }: Workshop, key: SessionKey, index: number): TokenId {
  const session = sessions.find(key);
  const scored = session.scored[index];
  if (scored === undefined || !(scored.sent.tailProbability > 0)) {
    throw new EngineError('invalid_argument', `position ${index} has no tail to draw from`, 'index');
  }
  const uniform = keyedRandom(session.seed).uniform(scored.position, 'tail');
  const sent = new Set(scored.sent.ids);
  if (scored.law !== undefined) return drawTokenOutside(scored.law, sent, uniform);
  const rows = new Set([...sent].flatMap((id) => rowOfToken(model, id) ?? []));
  return tokenOfRow(model, drawFromTailOfLogits(scored.logits, 1, rows, uniform));
}
