import type { ModelManifest } from '@outrider/models';
import type { DraftKind } from '@outrider/speculation';
import type { Provenance } from '../report/provenance.js';
import type { ServiceName } from '../stack/service-process.js';
import type { EqualityReport } from './equality.js';
import type { PolicySummary } from './summary.js';

/** What identifies a model in a result. */
export type ModelName = Pick<ModelManifest, 'name' | 'fingerprint'>;

/** policies.json. The single measurements stand beside it, one a line. */
export interface PolicyResult extends Provenance {
  readonly benchmark: 'policies';
  readonly settings: {
    readonly prompts: number;
    /** With the kind of draft after a blank where several were asked for. */
    readonly policies: readonly string[];
    readonly draftKinds?: readonly DraftKind[];
    readonly temperatures: readonly number[];
    readonly maxTokens: number;
    readonly repeat: number;
    readonly threads: number;
    /** Decimal digits of an unsigned 64-bit integer. */
    readonly seed: string;
  };
  readonly models: { readonly target: ModelName; readonly draft: ModelName };
  readonly summaries: readonly PolicySummary[];
  /** At temperature 0. */
  readonly equality?: EqualityReport;
  /** VmHWM of each process at the end, in MiB; absent where the system does not tell. */
  readonly peakMemoryMiB: Partial<Record<ServiceName, number>>;
}

export function modelName({ name, fingerprint }: ModelManifest): ModelName {
  return { name, fingerprint };
}
