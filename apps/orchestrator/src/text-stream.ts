import type { GeneratedToken } from '@outrider/contracts';
import type { Tokenizer } from '@outrider/models';
import type { EmittedToken, TokenId } from '@outrider/speculation';
import { stopMatcher } from './stop-strings.js';

/** Turns a generation's tokens into text as they come, up to the first stop string. */
export interface TextStream {
  /** The tokens with their own text, and the text that is known to belong to the answer. */
  push(tokens: readonly EmittedToken[]): TextPiece;
  /** What was held back: an incomplete character, or what might have begun a stop string; it may also complete one. */
  flush(): Omit<TextPiece, 'tokens'>;
  /** A single token's text, lossy where a character spans tokens. */
  textOf(id: TokenId): string;
}

export interface TextPiece {
  /** Up to the one that completes the stop string. */
  readonly tokens: readonly GeneratedToken[];
  readonly text: string;
  /** The stop string that ended the text; nothing may follow. */
  readonly stop?: string;
}

/** Makes text streams that share what single tokens look like. */
export function textStreams(tokenizer: Tokenizer): (stops: readonly string[]) => TextStream {
  const texts: (string | undefined)[] = [];
  const textOf = (id: TokenId): string => (texts[id] ??= tokenizer.decode([id]));
  return (stops) => {
    const decoder = tokenizer.streamDecoder();
    const matcher = stopMatcher(stops);
    return {
      textOf,
      push(emitted) {
        const tokens: GeneratedToken[] = [];
        let text = '';
        for (const { id, source } of emitted) {
          tokens.push({ id, text: textOf(id), source });
          const piece = matcher.push(decoder.push(id));
          text += piece.text;
          if (piece.stop !== undefined) return { tokens, text, stop: piece.stop };
        }
        return { tokens, text };
      },
      flush() {
        const piece = matcher.push(decoder.flush());
        return piece.stop === undefined ? { text: piece.text + matcher.flush() } : piece;
      },
    };
  };
}
