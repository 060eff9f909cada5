import { type ToyAdjustments, adjustedLogits } from './adjusted-logits.js';
import type { ToyModel } from './toy-model.js';

/** How the next token is sampled; the words are those of a sampling request. */
export interface ToySampling {
  /** 0 is greedy, the lowest id winning a tie. */
  readonly temperature: number;
  /** 0 keeps all. */
  readonly topK: number;
  /** 1 keeps all. */
  readonly topP: number;
  /** 0 keeps all. */
  readonly minP?: number;
}

/**
 * Next-token probabilities, [vocabulary], by the textbook: softmax, keep the k largest, renormalise, keep the
 * smallest prefix that reaches topP, renormalise, keep what is at least minP times as probable as the most probable
 * token, renormalise. An oracle: written to be read, not to be fast.
 */
export function nextTokenLaw(logits: readonly number[], sampling: ToySampling): number[] {
  const order = logits.map((_, id) => id).sort((a, b) => (logits[b] as number) - (logits[a] as number) || a - b);
  if (sampling.temperature === 0) return logits.map((_, id) => (id === order[0] ? 1 : 0));
  const largest = Math.max(...logits);
  let law = normalized(logits.map((logit) => Math.exp((logit - largest) / sampling.temperature)));
  if (sampling.topK > 0) law = normalized(keepOnly(law, order.slice(0, sampling.topK)));
  if (sampling.topP < 1) {
    const nucleus: number[] = [];
    for (let mass = 0; mass < sampling.topP && nucleus.length < order.length;) {
      const id = order[nucleus.length] as number;
      nucleus.push(id);
      mass += law[id] as number;
    }
    law = normalized(keepOnly(law, nucleus));
  }
  const least = (sampling.minP ?? 0) * Math.max(...law);
  return normalized(law.map((p) => (p >= least ? p : 0)));
}

export interface SequenceOptions extends ToySampling {
  readonly maxTokens: number;
  /** Depend on the tokens before each position. */
  readonly adjustments?: ToyAdjustments;
  /** Which tokens may follow a continuation: a constraint. At least one of them must. */
  readonly allows?: (continuation: readonly number[], id: number) => boolean;
  /** A sequence ends with one of these, or after maxTokens. */
  readonly endTokenIds: readonly number[];
}

/** The probability of every continuation of the prompt; keys are comma-joined token ids. */
export function autoregressiveLaw(
  model: ToyModel,
  prompt: readonly number[],
  options: SequenceOptions,
): Map<string, number> {
  const law = new Map<string, number>();
  const extend = (continuation: readonly number[], probability: number): void => {
    const last = continuation.at(-1);
    if (continuation.length === options.maxTokens || (last !== undefined && options.endTokenIds.includes(last))) {
      law.set(continuation.join(','), probability);
      return;
    }
    const logits = model.logits([...prompt, ...continuation]);
    const adjusted = adjustedLogits(logits, options.adjustments ?? {}, prompt, continuation);
    const held = adjusted.map((logit, id) => (options.allows?.(continuation, id) === false ? -Infinity : logit));
    nextTokenLaw(held, options).forEach((p, id) => {
      if (p > 0) extend([...continuation, id], probability * p);
    });
  };
  extend([], 1);
  return law;
}

function keepOnly(law: readonly number[], ids: readonly number[]): number[] {
  return law.map((p, id) => (ids.includes(id) ? p : 0));
}

function normalized(weights: readonly number[]): number[] {
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}
