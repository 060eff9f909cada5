import { type DecodeOptions, type FinishReason, type RoundEvent, startGeneration } from './generation.js';
import { round } from './round.js';

/**
 * Continues a prompt by speculative decoding, one event per round. The emitted tokens follow the target's own
 * law, whatever the draft proposes, however the policy stops it, and whether it fails on the way.
 *
 * Returns why it ended; the last event says it too. A prompt that fills the context ends at once, without an
 * event. Rejects with what the target rejects with, with invalid_scores when its answer makes no sense, and with
 * invalid_argument before the first round. A draft's failure is reported in its round's event and survived.
 */
export async function* decode(options: DecodeOptions): AsyncGenerator<RoundEvent, FinishReason, void> {
  const generation = startGeneration(options);
  if (generation.remaining <= 0) return 'length';
  for (let number = 0; ; number++) {
    if (options.signal?.aborted) return 'cancelled';
    const event = await round(number, generation, options);
    yield event;
    if (event.finishReason) return event.finishReason;
  }
}
