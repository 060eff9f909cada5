import type { GenerateCommand, GenerationEvent } from '@outrider/contracts';
import type { CallContext } from '@outrider/rpc';
import { chooseSeed, generate } from './generate.js';
import type { Orchestrator } from './orchestrator.js';

const LARGEST_SEED = 2n ** 64n - 1n;

/** The completions a request asks for, one after another. Completion i has the seed plus i, past the largest from 1 on. */
export async function* completions(
  { completions: count = 1, ...command }: GenerateCommand,
  context: Pick<CallContext, 'deadline' | 'signal' | 'trace'>,
  orchestrator: Orchestrator,
): AsyncGenerator<GenerationEvent, void, void> {
  const first = command.sampling.seed === 0n ? chooseSeed() : command.sampling.seed;
  for (let index = 0; index < count; index++) {
    // 0 would mean that none was asked for.
    const seed = ((first - 1n + BigInt(index)) % LARGEST_SEED) + 1n;
    const sampling = { ...command.sampling, seed };
    for await (const event of generate({ ...command, sampling }, context, orchestrator)) {
      yield index === 0 ? event : { ...event, index };
    }
  }
}
