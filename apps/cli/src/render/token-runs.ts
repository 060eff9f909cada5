/** Which part of a text came from which kind of token. */
import type { GeneratedToken } from '@outrider/contracts';
import type { TokenSource } from '@outrider/speculation';

export interface TokenRun {
  readonly source: TokenSource;
  readonly text: string;
}

type TokenText = Pick<GeneratedToken, 'source' | 'text'>;

export interface TokenRuns {
  /** They always add up to exactly the text. */
  readonly runs: readonly TokenRun[];
  /** Tokens whose text, or the end of it, is still to come: put them before the next tokens. */
  readonly rest: readonly TokenText[];
}

/**
 * Splits a text along its tokens. Characters that span tokens make a token's own text lossy; such text goes to the
 * last of the tokens it spans. The text may lag behind the tokens, where it might be the beginning of a stop string.
 */
export function tokenRuns(text: string, tokens: readonly TokenText[]): TokenRuns {
  const runs: TokenRun[] = [];
  let position = 0;
  let unplaced: number | undefined;
  const push = (source: TokenSource, upTo: number): void => {
    if (upTo > position) runs.push({ source, text: text.slice(position, upTo) });
    position = upTo;
  };

  for (const [index, token] of tokens.entries()) {
    const whole = token.text !== '' && !token.text.includes('\ufffd');
    const left = text.slice(position);
    if (whole && unplaced === undefined && left.length < token.text.length && token.text.startsWith(left)) {
      push(token.source, text.length);
      return { runs, rest: [{ ...token, text: token.text.slice(left.length) }, ...tokens.slice(index + 1)] };
    }
    const at = whole ? text.indexOf(token.text, position) : -1;
    // Text before a token's place is allowed only when earlier tokens left some unplaced.
    if (at < 0 || (at > position && unplaced === undefined)) {
      unplaced = index;
      continue;
    }
    if (unplaced !== undefined) push(tokens[unplaced]?.source ?? token.source, at);
    unplaced = undefined;
    push(token.source, at + token.text.length);
  }
  if (position === text.length) return { runs, rest: unplaced === undefined ? [] : tokens.slice(unplaced) };
  push(tokens[unplaced ?? tokens.length - 1]?.source ?? 'bonus', text.length);
  return { runs, rest: [] };
}
