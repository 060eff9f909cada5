import {
  type Candidates,
  type TokenId,
  adjustCandidates,
  draftDistribution,
  entropy as entropyOf,
  logitChanges,
} from '@outrider/speculation';
import type { Guide } from './guide.js';
import { tokenOfRow } from './head-rows.js';
import type { ScoredRow } from './lanes.js';
import { type Look, guidedFrom } from './look.js';
import type { LoadedModel } from './model.js';
import type { DraftBlockRequest } from './port.js';

/**
 * What a pass of the model says comes next; of changed logits, as far as its candidates tell. Undefined when none of
 * them may be drawn. `history` are the tokens before.
 */
export function modelLook(
  model: LoadedModel,
  row: ScoredRow,
  { promptTokens = 0, sampling }: DraftBlockRequest,
  history: readonly TokenId[],
  guide: Guide | undefined,
): Look | undefined {
  const ids = row.lawRows.map((headRow) => tokenOfRow(model, headRow));
  const logits = row.lawProbabilities.map(Math.log);
  const { adjustments, temperature } = sampling;
  const lookOf = (candidates: Candidates, entropy: number, topProbability: number): Look => ({
    source: 'neural',
    entropy,
    topProbability,
    law: () => draftDistribution(candidates, sampling),
  });
  if (adjustments === undefined && guide === undefined) {
    const candidates = { ids, logits, logNormalizer: 0, vocabularySize: model.headRows };
    return lookOf(candidates, row.entropy, row.lawProbabilities[0] as number);
  }
  // ln p differs from the logit by the normaliser, which the best logit tells; penalties want the logit itself.
  const logNormalizer = row.bestLogits[0] - (logits[0] as number);
  const raw = logits.map((logit) => (logit + logNormalizer) * (temperature === 0 ? 1 : temperature));
  const own = adjustments && logitChanges(adjustments, { tokens: history, promptLength: promptTokens });
  const changes = guide === undefined ? own : guidedFrom(guide, history.slice(promptTokens), own);
  const candidates = changes && adjustCandidates(ids, raw, temperature, changes);
  if (candidates === undefined) return undefined;
  const probabilities = Array.from(candidates.logits, (logit) => Math.exp(logit - candidates.logNormalizer));
  return lookOf(candidates, entropyOf(probabilities), probabilities[0] as number);
}
