import { accept } from './acceptance.js';
import {
  type DecodeOptions,
  type Generation,
  type RoundEvent,
  cachePosition,
  capLimits,
  roomInBlock,
} from './generation.js';
import type { RoundCost } from './policy.js';
import { type Proposal, propose } from './propose.js';
import { figuresOf } from './stopping.js';
import { checkScores } from './score-check.js';

/** One round of speculative decoding: draft, score, accept, learn, commit. Rejects when the target does. */
export async function round(number: number, generation: Generation, options: DecodeOptions): Promise<RoundEvent> {
  const { chooser, now, policy, scorer } = options;
  const { committed, endTokenIds } = generation;
  const startedAt = now?.() ?? 0;

  const lambda = policy.lambda;
  const wanted = policy.nextLimits();
  const limits = capLimits(wanted, generation.remaining, roomInBlock(committed.length, options.targetBlock));

  const draft = await propose(generation, number, wanted, limits);
  const draftedAt = now?.() ?? 0;

  const scores = await scorer.score(cachePosition(number, committed, generation.targetHeld), draft.tokens);
  checkScores(scores, draft.tokens, committed.length + draft.tokens.length, options.coupled === undefined);
  const scoredAt = now?.() ?? 0;

  const firstPosition = committed.length;
  const drawFromTail = (index: number) => scorer.drawFromTail(number, index);
  const { accepted, emitted } = await accept(draft.tokens, scores.positions, {
    firstPosition,
    coupled: options.coupled,
    chooser,
    drawFromTail,
    endTokenIds,
  });

  const drafted = draft.tokens.length;
  const cost = now && roundCost(generation, draft, draftedAt - startedAt, scoredAt - draftedAt, scores.batchSize);
  const { maxTokens } = limits;
  const { stopReason } = draft;
  const figures = draft.tokens.map(figuresOf);
  policy.observe({ drafted, accepted, maxTokens, stopReason, figures, ...(cost && { cost }) });

  // Of what was forwarded, the accepted tokens stay right; the one emitted after them is new to both caches.
  committed.push(...emitted.map((token) => token.id));
  generation.remaining -= emitted.length;
  generation.targetHeld = Math.min(scores.kvLength, firstPosition + accepted);
  if (draft.block) generation.draftHeld = Math.min(draft.block.kvLength, firstPosition + accepted);
  const ended = endTokenIds.has(committed.at(-1) as number);

  return {
    round: number,
    emitted,
    drafted,
    accepted,
    stopReason,
    entropies: draft.tokens.map((token) => token.entropy),
    limits,
    scores,
    held: { target: generation.targetHeld, draft: generation.draftHeld },
    ...(draft.block && { draft: draft.block }),
    ...(draft.block?.stoppingEntropy !== undefined && { stoppingEntropy: draft.block.stoppingEntropy }),
    ...(lambda !== undefined && { lambda }),
    ...(now && {
      timing: { draftMs: draftedAt - startedAt, targetMs: scoredAt - draftedAt, roundMs: now() - startedAt },
    }),
    ...(draft.error !== undefined && { draftError: draft.error }),
    ...((ended || generation.remaining <= 0) && { finishReason: ended ? 'stop' : 'length' }),
  };
}

/** Before the lengths that the replicas hold are brought up to date. */
function roundCost(
  generation: Generation,
  draft: Proposal,
  draftMs: number,
  targetMs: number,
  targetSessions: number,
): RoundCost {
  const { committed, draftHeld, targetHeld } = generation;
  const taken = (held: number): number => committed.length - Math.min(held, committed.length - 1);
  const asked = draft.block !== undefined || draft.error !== undefined;
  return {
    // The clock runs on a little where nobody is asked.
    draftMs: asked ? draftMs : 0,
    draftComputeMs: draft.block?.computeMs ?? 0,
    draftPasses: draft.block?.passes ?? 0,
    draftTaken: draft.block === undefined ? 0 : taken(draftHeld),
    targetMs,
    targetTokens: taken(targetHeld) + draft.tokens.length,
    targetSessions,
  };
}
