import type { Vocabulary } from '@outrider/contracts';
import type { Tokenizer } from '@outrider/models';
import type { Admission } from '@outrider/rpc';
import type { SharedState } from '@outrider/sessions';
import type { Logger } from '@outrider/telemetry';
import type { SessionHolder } from './lease.js';
import type { Policies } from './policies.js';
import type { PromptEncoder } from './prompt.js';
import type { ReplicaPool } from './replica-pool.js';
import type { StoreWatch } from './store-watch.js';
import type { TextStream } from './text-stream.js';

/** What every generation of this process shares. */
export interface Orchestrator {
  readonly targets: ReplicaPool;
  /** Undefined when the service runs without a draft. */
  readonly drafts: ReplicaPool | undefined;
  readonly admission: Admission;
  readonly sessions: SessionHolder;
  readonly shared: Pick<SharedState, 'journal' | 'prefixes'>;
  readonly store: StoreWatch;
  readonly tokenizer: Tokenizer;
  readonly prompts: PromptEncoder;
  readonly textStream: (stops: readonly string[]) => TextStream;
  readonly vocabulary: Vocabulary;
  readonly policies: Policies;
  readonly draftTimeoutMs: number;
  /** How long a client may read nothing before its generation ends. */
  readonly readerIdleMs: number;
  readonly log: Logger;
}
