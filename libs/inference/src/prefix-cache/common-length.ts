import type { TokenId } from '@outrider/speculation';

/** How many of the first of `tokens` stand in `text` from `start` on. */
export function commonLength(tokens: readonly TokenId[], text: readonly TokenId[], start = 0): number {
  const most = Math.min(tokens.length, text.length - start);
  let length = 0;
  while (length < most && tokens[length] === text[start + length]) length++;
  return length;
}
