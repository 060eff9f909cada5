import fc from 'fast-check';

/** Text of everything that is awkward: any Unicode, emoji sequences, control characters, spaces, special tokens' names. */
export function anyText(specials: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.string({ unit: 'grapheme-ascii', maxLength: 20 }),
    fc.string({
      unit: fc.constantFrom(' ', '\n', '\r', '\t', '\u00a0', '\u0085', '\u3000', '\ufeff', '\u200d'),
      maxLength: 6,
    }),
    fc.string({ unit: fc.integer({ min: 0, max: 31 }).map((code) => String.fromCharCode(code)), maxLength: 4 }),
    fc.constantFrom(
      ...specials,
      '<|',
      '|>',
      'im_end|>',
      '<|im_',
      "'LL",
      "it's",
      '1234567',
      '٣٤٥',
      '👩‍👩‍👧‍👦',
      '🇩🇪',
      '\ufffd',
      '\ufdd0',
    ),
  );
  return fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
}

/** A text, and stretches [from, to) that cover any length, cut at random places. */
export function chunked(
  text: fc.Arbitrary<string>,
): fc.Arbitrary<{ text: string; cuts: (length: number) => [number, number][] }> {
  return fc
    .record({ text, at: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }) })
    .map(({ text: drawn, at }) => ({
      text: drawn,
      cuts: (length) => {
        const ends = [...at.map((share) => Math.floor(share * length)), length].sort((a, b) => a - b);
        return ends.map((to, i) => [ends[i - 1] ?? 0, to]);
      },
    }));
}
