import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smallTokenizer, smallTokenizers } from './small-tokenizers.fixture.js';
import { anyText, chunked } from './text-arbitraries.fixture.js';

const kinds = Object.keys(smallTokenizers).map((kind) => ({
  kind,
  tokenizer: smallTokenizer(kind),
  reference: smallTokenizers[kind]!,
}));

describe.each(kinds)('the $kind tokenizer', ({ kind, tokenizer, reference }) => {
  // Qwen2's own tokenizer brings text to NFC first.
  const normal = (text: string) => (kind === 'qwen2' ? text.normalize('NFC') : text);

  it.each(reference.texts)('encodes %j as the reference does', (text, ids) => {
    expect(tokenizer.encode(text)).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe(normal(text));
  });

  it.each(reference.chats)('encodes the chat %j as the reference does', (messages, ids) => {
    expect(tokenizer.encodeChat(messages)).toEqual(ids);
  });

  it('gives random text back, and never a special token', () => {
    fc.assert(
      fc.property(anyText(reference.specials), (text) => {
        const ids = tokenizer.encode(text);
        expect(tokenizer.decode(ids)).toBe(normal(text));
        expect(ids.some((id) => tokenizer.isSpecial(id))).toBe(false);
      }),
      { numRuns: 2000, seed: 20240518 },
    );
  });

  it('streams random tokens, and decodes them whole, to the same text', () => {
    const ids = fc.array(fc.nat(tokenizer.size + 5), { maxLength: 40 });
    fc.assert(
      fc.property(ids, fc.boolean(), (tokens, special) => {
        const decoder = tokenizer.streamDecoder({ special });
        const pieces = tokens.map((id) => decoder.push(id));
        expect(pieces.join('') + decoder.flush()).toBe(tokenizer.decode(tokens, { special }));
      }),
      { numRuns: 1000, seed: 20240518 },
    );
  });

  it('streams text without ever showing half a character, and can be flushed anywhere', () => {
    fc.assert(
      fc.property(chunked(anyText(reference.specials)), ({ text, cuts }) => {
        const expected = normal(text);
        const decoder = tokenizer.streamDecoder();
        const ids = tokenizer.encode(text);
        let shown = '';
        for (const id of ids) {
          shown += decoder.push(id);
          // A prefix at every step: a character that is not complete would show as U+FFFD.
          expect(expected.startsWith(shown)).toBe(true);
        }
        expect(shown + decoder.flush()).toBe(expected);
        // Flushed at random places: what each stretch shows is what it decodes to.
        for (const [from, to] of cuts(ids.length)) {
          const stretch = ids.slice(from, to);
          expect(stretch.map((id) => decoder.push(id)).join('') + decoder.flush()).toBe(tokenizer.decode(stretch));
        }
      }),
      { numRuns: 500, seed: 20240518 },
    );
  });
});

describe('tokenizerFrom', () => {
  const tokenizer = smallTokenizer('smollm');
  const end = tokenizer.encodeChat([{ role: 'user', content: 'x' }]).find((id) => tokenizer.isSpecial(id))!;

  it('leaves special tokens out of decoded text unless they are asked for', () => {
    const [x] = tokenizer.encode('x');
    expect(tokenizer.decode([end, x!, end])).toBe('x');
    expect(tokenizer.decode([end, x!, end], { special: true })).toBe('<|im_start|>x<|im_start|>');
  });

  it('knows nothing of ids outside the vocabulary', () => {
    expect(tokenizer.decode([-1, tokenizer.size, 1e9, 0.5])).toBe('');
    expect(tokenizer.tokenBytes(tokenizer.size)).toHaveLength(0);
    expect(tokenizer.isSpecial(tokenizer.size)).toBe(false);
  });

  it('encodes a lone surrogate as U+FFFD', () => {
    expect(tokenizer.decode(tokenizer.encode('a\ud800b\udc00'))).toBe('a\ufffdb\ufffd');
  });

  it('keeps a byte order mark', () => {
    expect(tokenizer.decode(tokenizer.encode('\ufeffa'))).toBe('\ufeffa');
  });

  it('holds back the bytes of an incomplete character and gives U+FFFD for it when flushed', () => {
    const decoder = tokenizer.streamDecoder();
    const bytes = tokenizer.encode('\u{1f9ff}'); // four bytes, no merges in this vocabulary
    expect(bytes).toHaveLength(4);
    expect(bytes.slice(0, 3).map((id) => decoder.push(id))).toEqual(['', '', '']);
    expect(decoder.push(bytes[3]!)).toBe('\u{1f9ff}');
    decoder.push(bytes[0]!);
    expect(decoder.flush()).toBe('\ufffd');
    expect(decoder.flush()).toBe('');
  });

  it('puts the begin token in front of prompts where the model wants one, once', () => {
    const llama = smallTokenizer('llama-bpe');
    const begin = smallTokenizers['llama-bpe']!.tokens.indexOf('<|begin_of_text|>');
    expect(llama.encodePrompt('x')).toEqual([begin, ...llama.encode('x')]);
    expect(llama.encodeChat([{ role: 'user', content: 'x' }]).filter((id) => id === begin)).toHaveLength(1);
    expect(tokenizer.encodePrompt('x')).toEqual(tokenizer.encode('x'));
  });
});
