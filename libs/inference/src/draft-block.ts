/** Drafting: forward, look at the distribution, stop or sample, and again, without leaving the worker. */
import {
  type DraftBlock,
  type DraftStopReason,
  type DraftedToken,
  draftDistribution,
  drawToken,
  keyedRandom,
  stoppingAt,
} from '@outrider/speculation';
import { type Workshop, beginAppending } from './block.js';
import { forward } from './forward.js';
import { tokenOfRow } from './head-rows.js';
import type { ScoredRow } from './lanes.js';
import type { DraftBlockRequest } from './port.js';

/** `isAborted` is asked between steps. Errors: those of checkAppending. */
export async function draftBlock(
  workshop: Workshop,
  request: DraftBlockRequest,
  isAborted: () => boolean,
): Promise<DraftBlock> {
  const { model, cache, contextLength } = workshop;
  const { limits, sampling } = request;
  const { slot } = beginAppending(workshop, request);
  const random = keyedRandom(sampling.seed);
  const temperature = sampling.temperature === 0 ? 1 : sampling.temperature;
  const lawSize = Math.min(sampling.temperature === 0 ? 1 : workshop.maxCandidates, model.headRows);
  const started = performance.now();
  const drafted: DraftedToken[] = [];
  const end = (stopReason: DraftStopReason, stoppingEntropy?: number): DraftBlock => ({
    tokens: drafted,
    stopReason,
    ...(stoppingEntropy === undefined ? {} : { stoppingEntropy }),
    kvLength: slot.length,
    computeMs: performance.now() - started,
  });

  let tokens = request.tokens;
  for (;;) {
    if (drafted.length >= limits.maxTokens) return end('max_tokens');
    if (isAborted()) return end('cancelled');
    if (slot.length + tokens.length >= contextLength) return end('context');
    const lane = { slot, tokens, scored: 1, temperature, lawSize };
    const row = (await forward(model, cache, [lane]))[0]?.[0] as ScoredRow;
    const topProbability = row.lawProbabilities[0] as number;
    const stopping = stoppingAt(drafted.length, { entropy: row.entropy, topProbability }, limits);
    if (stopping?.proposes === false) return end(stopping.reason, row.entropy);
    const candidates = draftDistribution(
      {
        ids: row.lawRows.map((headRow) => tokenOfRow(model, headRow)),
        logits: row.lawProbabilities.map(Math.log),
        logNormalizer: 0,
        vocabularySize: model.headRows,
      },
      sampling,
    );
    const id = drawToken(candidates, random.uniform(slot.length, 'draft', drafted.length));
    drafted.push({ id, entropy: row.entropy, topProbability, candidates });
    if (model.endTokenIds.includes(id)) return end('end_of_text');
    if (stopping !== undefined) return end(stopping.reason);
    tokens = [id];
  }
}
