import { randomInt, randomUUID } from 'node:crypto';
import { type GenerateCommand, type GenerationEvent, OutriderError } from '@outrider/contracts';
import type { CallContext } from '@outrider/rpc';
import { decode, keyedRandom, seededChooser } from '@outrider/speculation';
import { logFields } from '@outrider/telemetry';
import { checkDraftKind } from './draft-kind.js';
import { holdSession } from './lease.js';
import { withLogprobs } from './logprobs.js';
import { type OpenedReplicas, openReplicas } from './open-replicas.js';
import type { Orchestrator } from './orchestrator.js';
import { createTally, reportRound } from './summary.js';

/** Tokens generated at most when the request does not say. */
const defaultMaxTokens = 1024;

/** How long the end of a generation waits for the replicas to free its slots. */
const finishMs = 1000;

const now = (): number => performance.now();

/**
 * One completion, with a seed: claim the session, open and prefill both replicas, decode round by round, and report.
 * Throws an OutriderError, or what the core throws; whatever happens, both replicas' slots are freed.
 */
export async function* generate(
  command: Omit<GenerateCommand, 'completions'>,
  { deadline, signal, trace }: CallContext,
  orchestrator: Orchestrator,
): AsyncGenerator<GenerationEvent, void, void> {
  const startedAt = now();
  const { model } = await orchestrator.targets.acquire();
  const prompt = orchestrator.prompts.encode(command.prompt, model.contextLength);
  const { sampling } = command;
  const sessionId = command.sessionId ?? randomUUID();
  const acceptance = command.acceptance ?? 'rejection';
  const own = orchestrator.policies.create(command.policy, {
    sampling,
    acceptance,
    target: model.fingerprint,
    draft: orchestrator.drafts?.current()?.model.fingerprint,
    draftKind: command.draftKind ?? orchestrator.drafts?.current()?.draftKinds?.[0],
  });
  const { policy } = own;
  if (own.drafts) checkDraftKind(orchestrator.drafts, command.draftKind);

  const session = await holdSession(orchestrator.sessions, sessionId, now);
  let replicas: OpenedReplicas | undefined;
  try {
    const drafts = own.drafts ? orchestrator.drafts : undefined;
    const { tokenizerFingerprint } = model;
    replicas = await openReplicas(orchestrator.targets, drafts, {
      open: {
        ...session.lease,
        sampling,
        acceptance,
        promptTokens: prompt.length,
        tokens: prompt,
        logprobs: command.logprobs,
        draftKind: command.draftKind,
        tokenizerFingerprint,
        ...(trace && { trace }),
      },
      prompt,
      vocabulary: orchestrator.vocabulary,
      draftTimeoutMs: orchestrator.draftTimeoutMs,
      trace,
      limits: { signal, deadline },
    });
    const { target } = replicas;
    const draft = replicas.draft instanceof OutriderError ? undefined : replicas.draft;
    const counts = { promptTokens: prompt.length, cachedTokens: target.cached };
    const names = {
      targetModel: model.name,
      draftModel: draft?.replica.model.name ?? '',
      draftKind: draft?.draftKind,
      targetReplica: target.replica.connection.address,
      draftReplica: draft?.replica.connection.address ?? '',
    };
    yield { type: 'started', started: { sessionId, policy: policy.name, seed: sampling.seed, ...counts, ...names } };

    const text = orchestrator.textStream(command.stop ?? []);
    const tally = createTally({ startedAt, policy: policy.name, ...counts });
    const rounds = decode({
      prompt,
      policy,
      drafter: draft?.client,
      scorer: target.client,
      chooser: seededChooser(sampling.seed),
      coupled: acceptance === 'coupled' ? keyedRandom(sampling.seed) : undefined,
      endTokenIds: [...(command.ignoreEos === true ? [] : model.endTokenIds), ...(command.stopTokenIds ?? [])],
      maxTokens: command.maxTokens ?? defaultMaxTokens,
      contextLength: model.contextLength,
      targetBlock: model.blockTokens,
      draftCached: draft?.held ?? 0,
      targetCached: target.held,
      now,
      signal,
    });
    let reason: 'stop' | 'length' | undefined;
    let stop: string | undefined;
    for await (const event of rounds) {
      const piece = text.push(event.emitted);
      stop = piece.stop;
      tally.add(event, piece.tokens, now());
      if (event.draftError !== undefined) draft?.client.giveUp(event.draftError);
      const tokens =
        command.logprobs === undefined ? piece.tokens : withLogprobs(piece.tokens, event, text, target.client);
      yield { type: 'tokens', tokens, text: piece.text, round: reportRound(event) };
      reason = stop === undefined ? event.finishReason : 'stop';
      if (stop !== undefined) break;
      await session.keep();
    }
    if (!reason) throw signal.reason;

    const finished = tally.finish(now());
    const draftLost = draftProblem(replicas) !== undefined;
    // The slots are free before the client learns that it may ask again.
    await Promise.all([target.client.finish(finishMs), draft?.client.finish(finishMs)]);
    const speculation = { ...finished.speculation, draftLost };
    const rest = stop === undefined ? text.flush() : { text: '', stop };
    if (rest.stop !== undefined) reason = 'stop';
    yield { type: 'finished', finished: { ...finished, ...rest, stop: rest.stop ?? '', reason, speculation } };
  } catch (error) {
    if (replicas && isGone(error)) orchestrator.targets.lost(replicas.target.replica);
    throw error;
  } finally {
    own.keep();
    if (replicas) leave(replicas, sessionId, orchestrator);
    await session.release({});
  }
}

/** Any seed but 0, which means that none was asked for. */
export function chooseSeed(): bigint {
  return BigInt(randomInt(1, 2 ** 48 - 1));
}

function draftProblem({ draft }: OpenedReplicas): OutriderError | undefined {
  return draft instanceof OutriderError ? draft : draft?.client.failure();
}

/** Gives both sessions up, which is harmless when they are over, and says what became of the draft. */
function leave(replicas: OpenedReplicas, sessionId: string, { drafts, log }: Orchestrator): void {
  const { draft, target } = replicas;
  const problem = draftProblem(replicas);
  target.client.cancel();
  if (draft && !(draft instanceof OutriderError)) {
    draft.client.cancel();
    if (problem && isGone(problem)) drafts?.lost(draft.replica);
  }
  if (!problem || problem.code === 'cancelled') return;
  const fields = { [logFields.sessionId]: sessionId, [logFields.errorCode]: problem.code };
  log.warn({ ...fields, err: problem }, 'a generation went on without the draft');
}

function isGone(error: unknown): boolean {
  const { code } = OutriderError.from(error);
  return code === 'unavailable' || code === 'deadline_exceeded';
}
