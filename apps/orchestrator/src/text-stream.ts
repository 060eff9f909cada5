import type { GeneratedToken } from '@outrider/contracts';
import type { Tokenizer } from '@outrider/models';
import type { EmittedToken, TokenId } from '@outrider/speculation';

/** Turns a generation's tokens into text as they come. */
export interface TextStream {
  /** The tokens with their own text, and the text that they complete together. */
  push(tokens: readonly EmittedToken[]): { readonly tokens: GeneratedToken[]; readonly text: string };
  /** What was held back because its last character is incomplete. */
  flush(): string;
}

/** Makes text streams that share what single tokens look like. */
export function textStreams(tokenizer: Tokenizer): () => TextStream {
  const texts: (string | undefined)[] = [];
  const textOf = (id: TokenId): string => (texts[id] ??= tokenizer.decode([id]));
  return () => {
    const decoder = tokenizer.streamDecoder();
    return {
      push(emitted) {
        let text = '';
        const tokens = emitted.map(({ id, source }) => {
          text += decoder.push(id);
          return { id, text: textOf(id), source };
        });
        return { tokens, text };
      },
      flush: () => decoder.flush(),
    };
  };
}
