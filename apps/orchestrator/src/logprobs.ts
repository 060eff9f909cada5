import { type GeneratedToken, OutriderError } from '@outrider/contracts';
import type { RoundEvent } from '@outrider/speculation';
import type { TargetClient } from './target-client.js';
import type { TextStream } from './text-stream.js';

/**
 * A round's tokens with what the target says of each: the positions it scored are, in order, the places of the tokens
 * that were emitted. Throws bad_reply when the target left out what was asked for.
 */
export function withLogprobs(
  tokens: readonly GeneratedToken[],
  { scores }: RoundEvent,
  { textOf }: Pick<TextStream, 'textOf'>,
  target: Pick<TargetClient, 'tailLogprob'>,
): GeneratedToken[] {
  return tokens.map((token, index) => {
    const position = scores.positions[index];
    const logprob = position?.logprobs?.[position.ids.indexOf(token.id)] ?? target.tailLogprob(index);
    if (logprob === undefined) {
      const field = `scored.positions[${index}].candidate_logprobs`;
      throw new OutriderError('bad_reply', 'the target sent no log-probability of an emitted token', { field });
    }
    const top = position?.topLogprobs ?? [];
    return { ...token, logprob, topLogprobs: top.map((each) => ({ ...each, text: textOf(each.id) })) };
  });
}
