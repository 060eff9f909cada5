/** Drafting: forward, look at the distribution, stop or sample, and again, without leaving the worker. */
import { ConstraintError } from '@outrider/constraints';
import {
  type DraftBlock,
  type DraftStopReason,
  type Candidates,
  type DraftedToken,
  type LogitChanges,
  type TokenId,
  adjustCandidates,
  blockRule,
  draftDistribution,
  drawToken,
  entropy as entropyOf,
  keyedRandom,
  logitChanges,
  race,
} from '@outrider/speculation';
import { type Workshop, beginAppending } from './block.js';
import { forward } from './forward.js';
import { tokenOfRow } from './head-rows.js';
import { type Guide, guided } from './guide.js';
import type { ScoredRow } from './lanes.js';
import type { LoadedModel } from './model.js';
import type { DraftBlockRequest } from './port.js';

/** `isAborted` is asked between steps. Errors: those of checkAppending. */
export async function draftBlock(
  workshop: Workshop,
  request: DraftBlockRequest,
  isAborted: () => boolean,
): Promise<DraftBlock> {
  const { model, cache, contextLength } = workshop;
  const { limits, sampling } = request;
  const { guide, slot } = beginAppending(workshop, request);
  const random = keyedRandom(sampling.seed);
  const temperature = sampling.temperature === 0 ? 1 : sampling.temperature;
  const one = sampling.temperature === 0 && sampling.adjustments === undefined && guide === undefined;
  const lawSize = Math.min(one ? 1 : workshop.maxCandidates, model.headRows);
  const started = performance.now();
  const drafted: DraftedToken[] = [];
  let passes = 0;
  const end = (stopReason: DraftStopReason, stoppingEntropy?: number): DraftBlock => ({
    tokens: drafted,
    stopReason,
    ...(stoppingEntropy === undefined ? {} : { stoppingEntropy }),
    kvLength: slot.length,
    computeMs: performance.now() - started,
    passes,
  });

  const rule = blockRule(limits);
  let tokens = request.tokens;
  for (;;) {
    if (drafted.length >= limits.maxTokens) return end('max_tokens');
    const unlikely = rule.beforePass();
    if (unlikely !== undefined) return end(unlikely);
    if (isAborted()) return end('cancelled');
    if (slot.length + tokens.length >= contextLength) return end('context');
    const lane = { slot, tokens, scored: 1, temperature, lawSize };
    passes++;
    const row = (await forward(model, cache, [lane]))[0]?.[0] as ScoredRow;
    const look = lookAt(model, row, request, slot.tokens, guide);
    // None of its candidates may be drawn.
    if (look === undefined) return end('top_probability');
    const { entropy, topProbability } = look;
    const stopping = rule.at(look);
    if (stopping?.proposes === false) return end(stopping.reason, entropy);
    const candidates = draftDistribution(look.candidates, sampling);
    const id =
      request.acceptance === 'coupled'
        ? (candidates.ids[race(candidates, 0, slot.length, random)] as TokenId)
        : drawToken(candidates, random.uniform(slot.length, 'draft', drafted.length));
    const token: DraftedToken = { id, entropy, topProbability, candidates };
    drafted.push(token);
    const ending = rule.after(token);
    if (model.endTokenIds.includes(id)) return end('end_of_text');
    const reason = stopping?.reason ?? ending;
    if (reason !== undefined) return end(reason);
    tokens = [id];
  }
}

/**
 * Undefined when the guide knows no way on. Then the block ends with what was drafted: to fail, and lose it, because of
 * what the drafted tokens are would bias the output. Where the text really goes there, the target says what is wrong.
 */
function guidedFrom(guide: Guide, text: readonly TokenId[], own: LogitChanges | undefined): LogitChanges | undefined {
  try {
    return guide.follow(text) ? guided(own, guide) : undefined;
  } catch (error) {
    if (error instanceof ConstraintError) return undefined;
    throw error;
  }
}

interface Look {
  readonly candidates: Candidates;
  /** Nats, of the distribution at the sampling temperature (untempered at 0). */
  readonly entropy: number;
  readonly topProbability: number;
}

/** What the draft may draw from next, and how sure it is; of changed logits, as far as its candidates tell. */
function lookAt(
  model: LoadedModel,
  row: ScoredRow,
  { promptTokens = 0, sampling }: DraftBlockRequest,
  history: readonly TokenId[],
  guide: Guide | undefined,
): Look | undefined {
  const ids = row.lawRows.map((headRow) => tokenOfRow(model, headRow));
  const logits = row.lawProbabilities.map(Math.log);
  const { adjustments, temperature } = sampling;
  if (adjustments === undefined && guide === undefined) {
    const candidates = { ids, logits, logNormalizer: 0, vocabularySize: model.headRows };
    return { candidates, entropy: row.entropy, topProbability: row.lawProbabilities[0] as number };
  }
  // ln p differs from the logit by the normaliser, which the best logit tells; penalties want the logit itself.
  const logNormalizer = row.bestLogits[0] - (logits[0] as number);
  const raw = logits.map((logit) => (logit + logNormalizer) * (temperature === 0 ? 1 : temperature));
  const own = adjustments && logitChanges(adjustments, { tokens: history, promptLength: promptTokens });
  const changes = guide === undefined ? own : guidedFrom(guide, history.slice(promptTokens), own);
  const candidates = changes && adjustCandidates(ids, raw, temperature, changes);
  if (candidates === undefined) return undefined;
  const probabilities = Array.from(candidates.logits, (logit) => Math.exp(logit - candidates.logNormalizer));
  return { candidates, entropy: entropyOf(probabilities), topProbability: probabilities[0] as number };
}
