import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeJournal, encodeJournal } from './journal-format.js';

const tokens = fc.array(fc.nat({ max: 2 ** 32 - 1 }), { maxLength: 40 });
const start = fc.record({ prompt: tokens, seed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) });

it('reads what it wrote', () => {
  fc.assert(
    fc.property(start, (written) => {
      expect(decodeJournal(encodeJournal(written))).toEqual({ ...written, tokens: [], rounds: 0 });
    }),
  );
});

it('takes nothing for a journal in which a byte is another, or some are missing', () => {
  fc.assert(
    fc.property(start, fc.nat(), fc.integer({ min: 1, max: 255 }), (written, where, change) => {
      const bytes = encodeJournal(written);
      const index = where % bytes.length;
      expect(decodeJournal(bytes.subarray(0, index))).toBeUndefined();
      bytes.writeUInt8(bytes.readUInt8(index) ^ change, index);
      expect(decodeJournal(bytes)).toBeUndefined();
    }),
    { numRuns: 1000 },
  );
});
