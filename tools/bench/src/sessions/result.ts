import type { ModelName } from '../policies/result.js';
import type { Provenance } from '../report/provenance.js';
import type { RedisCounts } from './redis-process.js';
import type { LeftOver } from './replicas.js';
import type { ReuseSummary } from './reuse.js';
import type { MemoryGrowth, SoakRun } from './soak.js';

/** sessions.json. */
export interface SessionsResult extends Provenance {
  readonly benchmark: 'sessions';
  readonly settings: {
    readonly policy: string;
    readonly repeat: number;
    readonly sessions: number;
    readonly threads: number;
    /** Decimal digits of an unsigned 64-bit integer. */
    readonly seed: string;
    /** Whether the services shared a Redis. */
    readonly redis: boolean;
  };
  readonly models: { readonly target: ModelName; readonly draft: ModelName };
  readonly reuse: readonly ReuseSummary[];
  readonly soak?: SoakRun & {
    /** Of each replica once all sessions were over. */
    readonly leftOver: Readonly<Record<string, LeftOver>>;
    readonly redis?: RedisCounts;
    /** Of each process; empty where the system does not tell. */
    readonly growth: Readonly<Record<string, MemoryGrowth>>;
  };
}
