/** Turns token ids into text as they come. */
export interface StreamDecoder {
  /** Text that is complete after this token; empty while a character still lacks bytes. */
  push(id: number): string;
  /** What is left: U+FFFD if the text ended within a character. The decoder then starts afresh. */
  flush(): string;
}

/**
 * The pieces joined are the decoded text: bytes go through one streaming UTF-8 decoder, which holds back the
 * bytes of an incomplete character. `tokenBytes` gives a token's bytes, none for one that is not shown.
 */
export function streamDecoder(tokenBytes: (id: number) => Uint8Array): StreamDecoder {
  // ignoreBOM keeps U+FEFF as a character instead of dropping it at the start.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    push: (id) => decoder.decode(tokenBytes(id), { stream: true }),
    flush: () => decoder.decode(),
  };
}
