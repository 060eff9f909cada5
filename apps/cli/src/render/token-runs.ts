/** Which part of a round's text came from which kind of token. */
import type { GeneratedToken } from '@outrider/contracts';
import type { TokenSource } from '@outrider/speculation';

export interface TokenRun {
  readonly source: TokenSource;
  readonly text: string;
}

/**
 * Splits a round's text along its tokens. Characters that span tokens make a token's own text lossy; such text goes
 * to the last of the tokens it spans. The runs always add up to exactly `text`.
 */
export function tokenRuns(text: string, tokens: readonly GeneratedToken[]): TokenRun[] {
  const runs: TokenRun[] = [];
  let position = 0;
  let unplaced: TokenSource | undefined;
  const push = (source: TokenSource, upTo: number): void => {
    if (upTo > position) runs.push({ source, text: text.slice(position, upTo) });
    position = upTo;
  };

  for (const token of tokens) {
    const whole = token.text !== '' && !token.text.includes('\ufffd');
    const at = whole ? text.indexOf(token.text, position) : -1;
    // Text before a token's place is allowed only when earlier tokens left some unplaced.
    if (at < 0 || (at > position && unplaced === undefined)) {
      unplaced = token.source;
      continue;
    }
    if (unplaced !== undefined) push(unplaced, at);
    unplaced = undefined;
    push(token.source, at + token.text.length);
  }
  push(unplaced ?? tokens.at(-1)?.source ?? 'bonus', text.length);
  return runs;
}
