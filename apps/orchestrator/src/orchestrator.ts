import type { Vocabulary } from '@outrider/contracts';
import type { Tokenizer } from '@outrider/models';
import type { SessionStore } from '@outrider/sessions';
import type { Logger } from '@outrider/telemetry';
import type { Policies } from './policies.js';
import type { PromptEncoder } from './prompt.js';
import type { ReplicaLink } from './replica-link.js';
import type { TextStream } from './text-stream.js';

/** What every generation of this process shares. */
export interface Orchestrator {
  readonly targets: ReplicaLink;
  /** Undefined when the service runs without a draft. */
  readonly drafts: ReplicaLink | undefined;
  readonly sessions: SessionStore;
  readonly tokenizer: Tokenizer;
  readonly prompts: PromptEncoder;
  readonly textStream: (stops: readonly string[]) => TextStream;
  readonly vocabulary: Vocabulary;
  readonly policies: Policies;
  readonly draftTimeoutMs: number;
  readonly log: Logger;
}
