import type { ModelName } from '../policies/result.js';
import type { Provenance } from '../report/provenance.js';
import { percent } from '../report/table.js';
import type { QualityFigures } from './divergence.js';

/** quality.json. */
export interface QualityResult extends Provenance, QualityFigures {
  readonly benchmark: 'quality';
  readonly settings: {
    readonly chunkTokens: number;
    readonly chunks: number;
    /** Most probable tokens of the reference that the divergence is taken over, the rest as one. */
    readonly candidates: number;
    readonly threads: number;
  };
  readonly models: { readonly target: ModelName };
  /** Perplexity ratio of each chunk. */
  readonly chunkRatios: readonly number[];
}

export function qualityReport(result: QualityResult): string {
  return `${qualityLine(result)}\n`;
}

export function qualityLine(result: QualityResult): string {
  const change = result.perplexityRatio - 1;
  return (
    `Perplexity of ${result.models.target.name} over ${result.positions} tokens: ` +
    `${result.importedPerplexity.toFixed(3)} as imported, ${result.referencePerplexity.toFixed(3)} in float ` +
    `(${change < 0 ? '' : '+'}${percent(change, 2)}); mean divergence ${result.meanDivergence.toFixed(4)} nats, ` +
    `same best token at ${percent(result.bestTokenAgreement, 1)} of the positions.`
  );
}
