import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PREFIX_BLOCK_TOKENS, prefixChain } from './prefix-chain.js';

const tokens = fc.array(fc.nat(49_151), { maxLength: 100 });

it('names every whole block of 16 tokens, by what is before it too', () => {
  fc.assert(
    fc.property(tokens, tokens, (text, other) => {
      const chain = prefixChain(text);
      expect(chain).toHaveLength(Math.floor(text.length / PREFIX_BLOCK_TOKENS));
      expect(new Set(chain).size).toBe(chain.length);
      // What follows changes nothing.
      expect(prefixChain([...text, ...other]).slice(0, chain.length)).toEqual(chain);
      const differs = other.findIndex((token, i) => token !== text[i]);
      const shared = Math.min(differs < 0 ? other.length : differs, text.length);
      const same = prefixChain(other).filter((link, i) => link === chain[i]).length;
      expect(same).toBe(Math.floor(shared / PREFIX_BLOCK_TOKENS));
    }),
  );
});

it('stays what it was: replicas and orchestrators of different versions share it', () => {
  expect(prefixChain(Array.from({ length: 32 }, (_, i) => i))).toMatchInlineSnapshot(`
    [
      "QfNyc_XcudQX-FQcINOC7Q",
      "fCgqSqhZwVGrb-nEEwe1iw",
    ]
  `);
});
