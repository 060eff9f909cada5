import { randomInt } from 'node:crypto';
import { type GenerateCommand, type GenerationEvent, OutriderError } from '@outrider/contracts';
import type { CallContext } from '@outrider/rpc';
import { decode, keyedRandom, seededChooser } from '@outrider/speculation';
import { chooseReplicas } from './choose-replicas.js';
import { createJournalWriter } from './journal-writer.js';
import { draftProblem, leaveReplicas } from './leave-replicas.js';
import { withLogprobs } from './logprobs.js';
import { type OpenedReplicas, openReplicas } from './open-replicas.js';
import type { Orchestrator } from './orchestrator.js';
import { prepare } from './prepare.js';
import { type Progress, createProgress } from './progress.js';
import { createTally, reportRound } from './summary.js';

/** Tokens generated at most when the request does not say. */
const defaultMaxTokens = 1024;

/** How long the end of a generation waits for the replicas to free its slots. */
const finishMs = 1000;

const now = (): number => performance.now();

/**
 * One completion, with a seed: hold the session, choose, open and prefill the replicas, decode round by round, report,
 * and release. Throws an OutriderError, or what the core throws; whatever happens, what is held is freed.
 */
export async function* generate(
  command: Omit<GenerateCommand, 'completions'>,
  call: Pick<CallContext, 'deadline' | 'signal' | 'trace'>,
  orchestrator: Orchestrator,
): AsyncGenerator<GenerationEvent, void, void> {
  const startedAt = now();
  const { acceptance, own, prompt, sampling, targetFingerprint, tokenizerFingerprint } = await prepare(
    command,
    orchestrator,
  );

  const session = await orchestrator.sessions.hold(command.sessionId, command.fork === true);
  const { fence, sessionId } = session;
  const signal = AbortSignal.any([call.signal, session.lost]);
  let replicas: OpenedReplicas | undefined;
  let progress: Progress | undefined;
  const journal = createJournalWriter({
    journal: orchestrator.shared.journal,
    store: orchestrator.store,
    start: { prompt, seed: sampling.seed },
    lease: session.lease,
  });
  /** Leaves the session to others, with what is known of its caches. */
  const release = async (targetIsGone = false): Promise<void> => {
    journal.close();
    const draft = replicas && draftProblem(replicas) === undefined ? replicas.draft : undefined;
    const ids = {
      target: targetIsGone ? undefined : replicas?.target.replica.id,
      draft: draft instanceof OutriderError ? undefined : draft?.replica()?.id,
    };
    await session.release(progress?.references(ids) ?? {});
  };

  let targetIsGone = false;
  try {
    const wanted = { draftKind: command.draftKind, own, prompt, target: targetFingerprint };
    const { drafts, policy, targets } = await chooseReplicas(wanted, session, orchestrator);
    replicas = await openReplicas(targets, drafts, {
      open: {
        sessionId,
        fence,
        sampling,
        acceptance,
        promptTokens: prompt.length,
        tokens: prompt,
        logprobs: command.logprobs,
        draftKind: command.draftKind,
        tokenizerFingerprint,
        ...(call.trace && { trace: call.trace }),
      },
      prompt,
      vocabulary: orchestrator.vocabulary,
      draftTimeoutMs: orchestrator.draftTimeoutMs,
      trace: call.trace,
      limits: { signal, deadline: call.deadline },
      draftLater: policy.nextLimits().maxTokens === 0,
    });
    const { target } = replicas;
    const { model } = target.replica;
    const draft = replicas.draft instanceof OutriderError ? undefined : replicas.draft;
    progress = createProgress(prompt, { target: target.held, draft: draft?.held ?? 0 });
    const counts = { promptTokens: prompt.length, cachedTokens: target.cached };
    const names = {
      targetModel: model.name,
      draftModel: draft?.model ?? '',
      draftKind: draft?.draftKind,
      targetReplica: target.replica.id,
      draftReplica: draft?.replica()?.id ?? '',
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
      progress.add(event);
      journal.add(event.emitted.map(({ id }) => id));
      if (event.draftError !== undefined) draft?.client.giveUp(event.draftError);
      const tokens =
        command.logprobs === undefined ? piece.tokens : withLogprobs(piece.tokens, event, text, target.client);
      yield { type: 'tokens', tokens, text: piece.text, round: reportRound(event) };
      reason = stop === undefined ? event.finishReason : 'stop';
      if (stop !== undefined) break;
    }
    if (!reason) throw signal.reason;

    const finished = tally.finish(now());
    const draftLost = draftProblem(replicas) !== undefined;
    // Slots and session are free before the client learns that it may ask again.
    await Promise.all([target.client.finish(finishMs), draft?.client.finish(finishMs), release()]);
    const speculation = { ...finished.speculation, draftLost };
    const rest = stop === undefined ? text.flush() : { text: '', stop };
    if (rest.stop !== undefined) reason = 'stop';
    yield { type: 'finished', finished: { ...finished, ...rest, stop: rest.stop ?? '', reason, speculation } };
  } catch (error) {
    session.lost.throwIfAborted();
    targetIsGone = OutriderError.from(error).code === 'unavailable';
    if (replicas && targetIsGone) orchestrator.targets.lost(replicas.target.replica);
    throw error;
  } finally {
    own.keep();
    if (replicas) leaveReplicas(replicas, sessionId, orchestrator);
    await release(targetIsGone);
  }
}

/** Any seed but 0, which means that none was asked for. */
export function chooseSeed(): bigint {
  return BigInt(randomInt(1, 2 ** 48 - 1));
}
