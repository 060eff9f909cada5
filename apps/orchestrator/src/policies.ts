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
import type { WarmStarts } from './warm-starts.js';

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

/** A generation's policy. */
export interface OwnPolicy {
  readonly policy: DraftPolicy;
  /** Whether it may ask for drafts at all. */
  readonly drafts: boolean;
  /** Keeps what it has learned, for the next generation alike. */
  keep(): void;
}

/** Makes each generation its own policy, which starts with what others like it have learned. */
export interface Policies {
  /** Errors: SpeculationError invalid_policy, naming an option. */
  create(spec: PolicySpec | undefined, circumstances: Circumstances): OwnPolicy;
}

export interface PoliciesOptions {
  readonly defaultPolicy: PolicySpec;
  readonly warmStarts: WarmStarts;
  readonly learned?: PolicyContext['learned'];
}

export function createPolicies({ defaultPolicy, learned, warmStarts }: PoliciesOptions): Policies {
  return {
    create(asked, circumstances) {
      const spec = asked ?? defaultPolicy;
      const context = { temperature: circumstances.sampling.temperature, ...(learned && { learned }) };
      const key = keyOf(spec, circumstances);
      const policy = warmPolicy(spec, context, warmStarts.find(key));
      return {
        policy,
        drafts: spec.kind !== 'off',
        keep() {
          const state = policy.exportState?.();
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
