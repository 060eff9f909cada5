/** A tokenizer whose tokens are bytes, and one end token: characters of several bytes span tokens. */
import type { Tokenizer } from '@outrider/models';

export const endToken = 256;

export function byteTokenizer(): Tokenizer {
  const encode = (text: string): number[] => [...Buffer.from(text)];
  const tokenBytes = (id: number): Uint8Array => (id < endToken ? Uint8Array.of(id) : new Uint8Array());
  const streamDecoder: Tokenizer['streamDecoder'] = () => {
    const decoder = new TextDecoder();
    return { push: (id) => decoder.decode(tokenBytes(id), { stream: true }), flush: () => decoder.decode() };
  };
  return {
    size: endToken + 1,
    encode,
    encodePrompt: encode,
    encodeChat: (messages) => encode(messages.map(({ role, content }) => `${role}: ${content}\n`).join('')),
    decode: (ids) => Buffer.concat(ids.map(tokenBytes)).toString(),
    tokenBytes,
    isSpecial: (id) => id === endToken,
    streamDecoder,
  };
}
