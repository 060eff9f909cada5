import type { ModelName } from '../policies/result.js';
import type { Provenance } from '../report/provenance.js';
import type { LoadPlan } from './plan.js';
import type { LoadSummary } from './summary.js';
import type { TextReport } from './texts.js';

/** load.json. The single steps stand beside it, one a line. */
export interface LoadResult extends Provenance {
  readonly benchmark: 'load';
  readonly settings: LoadPlan & {
    readonly temperature: 0;
    readonly threads: number;
    readonly slots: number;
    /** Tokens that replicas may keep of finished sessions. */
    readonly cacheTokens: number;
  };
  readonly models: { readonly target: ModelName; readonly draft: ModelName };
  readonly summaries: readonly LoadSummary[];
  readonly texts: TextReport;
}
