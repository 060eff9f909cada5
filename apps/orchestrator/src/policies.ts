import {
  type AcceptanceMode,
  type DraftKind,
  type DraftPolicy,
  type PolicyContext,
  type PolicySpec,
  type Sampling,
  SpeculationError,
  createPolicy,
} from '@outrider/speculation';
import type { SharedWarmStarts } from './shared-warm-starts.js';

/** What a policy's experience is worth for: the same models in the same kind of traffic. */
export interface Circumstances {
  readonly sampling: Sampling;
  readonly acceptance: AcceptanceMode;
  /** Fingerprint of the target. */
  readonly target: string;
  /** Fingerprint of the draft, as far as one is connected. */
  readonly draft: string | undefined;
  readonly draftKind: DraftKind | undefined;
}

/** A generation's policy before it starts. */
export interface OwnPolicy {
  readonly name: string;
  /** Whether it may ask for drafts at all. */
  readonly drafts: boolean;
  /** Whether starting it asks the store: this process knows nothing that it could start with. */
  readonly asks: boolean;
  /** Starts it with what others like it have learned; with `ask`, also those of other processes. */
  start(ask: boolean): Promise<DraftPolicy>;
  /** Keeps what it has learned, for the next generation alike. */
  keep(): void;
}

/** Makes each generation its own policy. */
export interface Policies {
  /** Errors: SpeculationError invalid_policy, naming an option. */
  create(spec: PolicySpec | undefined, circumstances: Circumstances): OwnPolicy;
}

export interface PoliciesOptions {
  readonly defaultPolicy: PolicySpec;
  readonly warmStarts: SharedWarmStarts;
  readonly learned?: PolicyContext['learned'];
}

export function createPolicies({ defaultPolicy, learned, warmStarts }: PoliciesOptions): Policies {
  return {
    create(asked, circumstances) {
      const spec = asked ?? defaultPolicy;
      const context = { temperature: circumstances.sampling.temperature, ...(learned && { learned }) };
      const key = keyOf(spec, circumstances);
      const known = warmStarts.recall(key);
      let policy = warmPolicy(spec, context, known);
      const asks = known === undefined && policy.exportState !== undefined;
      let started = false;
      return {
        name: policy.name,
        drafts: spec.kind !== 'off',
        asks,
        async start(ask) {
          if (asks && ask) policy = warmPolicy(spec, context, await warmStarts.ask(key));
          started = true;
          return policy;
        },
        keep() {
          const state = started ? policy.exportState?.() : undefined;
          if (state !== undefined) warmStarts.keep(key, state);
        },
      };
    },
  };
}

/** A state that another version wrote, or a hand, is no reason to refuse a request: the policy then starts cold. */
function warmPolicy(spec: PolicySpec, context: PolicyContext, warmStart: unknown): DraftPolicy {
  if (warmStart === undefined) return createPolicy(spec, context);
  try {
    return createPolicy(spec, { ...context, warmStart });
  } catch (error) {
    if (error instanceof SpeculationError) return createPolicy(spec, context);
    throw error;
  }
}

/** Temperatures are told apart in quarters: acceptance falls as they rise. */
function keyOf(spec: PolicySpec, { acceptance, draft, draftKind, sampling, target }: Circumstances): string {
  const { constraint, temperature } = sampling;
  const traffic = [`t${Math.round(temperature * 4) / 4}`, acceptance, ...(constraint ? [constraint.kind] : [])];
  return [spec.kind, target.slice(0, 16), draft?.slice(0, 16) ?? '', draftKind ?? '', ...traffic].join('|');
}
