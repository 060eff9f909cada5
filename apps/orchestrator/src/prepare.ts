import { type GenerateCommand, OutriderError } from '@outrider/contracts';
import type { AcceptanceMode, Sampling, TokenId } from '@outrider/speculation';
import { checkDraftKind } from './draft-kind.js';
import type { Orchestrator } from './orchestrator.js';
import type { OwnPolicy } from './policies.js';

/** A request that can be served, before anything is held for it. */
export interface Prepared {
  readonly prompt: readonly TokenId[];
  readonly sampling: Sampling;
  readonly acceptance: AcceptanceMode;
  readonly own: OwnPolicy;
  /** Of the target model, and of the tokenizer that prompt and replicas share. */
  readonly targetFingerprint: string;
  readonly tokenizerFingerprint: string;
}

/**
 * Reads a request against the models that are there. Errors: unavailable when no target is; invalid_argument naming the
 * field; SpeculationError invalid_policy; draft_kind_unavailable.
 */
export async function prepare(
  command: Omit<GenerateCommand, 'completions'>,
  { drafts, policies, prompts, targets }: Orchestrator,
): Promise<Prepared> {
  const members = await targets.acquire();
  const model = members[0]?.model;
  if (!model) throw new OutriderError('unavailable', 'there is no target');
  const longest = Math.max(...members.map((replica) => replica.model.contextLength));
  const prompt = prompts.encode(command.prompt, longest);
  const { sampling, acceptance = 'rejection' } = command;
  const draft = drafts?.members()[0];
  const own = policies.create(command.policy, {
    sampling,
    acceptance,
    target: model.fingerprint,
    draft: draft?.model.fingerprint,
    draftKind: command.draftKind ?? draft?.draftKinds?.[0],
  });
  if (own.drafts) checkDraftKind(drafts, command.draftKind);
  const { fingerprint: targetFingerprint, tokenizerFingerprint } = model;
  return { prompt, sampling, acceptance, own, targetFingerprint, tokenizerFingerprint };
}
