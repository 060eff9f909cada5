/** How sure the target is of a token: what a difference between two texts is judged by. */
import type { GenerationEvent } from '@outrider/contracts';
import { decodeGenerationEvent, encodeGenerateRequest, wire } from '@outrider/contracts';
import { type Connection, callServerStream } from '@outrider/rpc';
import type { WorkloadPrompt } from '../workload/prompts.js';
import { firstDifference } from '../policies/equality.js';
import { loadCommand } from './measure.js';

/**
 * The log-probability of the best token less that of the second, in nats, at an index of the text that the target alone
 * generates; undefined when that text differs from `expected` before the index.
 */
export async function marginAt(
  connection: Connection,
  prompt: WorkloadPrompt,
  expected: readonly number[],
  index: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const command = { ...loadCommand(prompt, 'off', index + 1), logprobs: 2 };
  const { generate } = wire.GenerationServiceService;
  const events: GenerationEvent[] = [];
  for await (const response of callServerStream(connection, generate, encodeGenerateRequest(command), { signal })) {
    events.push(decodeGenerationEvent(response));
  }
  const tokens = events.flatMap((event) => (event.type === 'tokens' ? event.tokens : []));
  const ids = tokens.slice(0, index).map(({ id }) => id);
  if (firstDifference(ids, expected.slice(0, index)) !== undefined) return undefined;
  const [best, second] = tokens[index]?.topLogprobs ?? [];
  return best === undefined || second === undefined ? undefined : best.logprob - second.logprob;
}
