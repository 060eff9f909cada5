/** What every journal must do. */
import { describe, expect, it } from 'vitest';
import { type OpenStateUnderTest, at, idleUnits } from './state-under-test.fixture.js';

const start = { prompt: [0, 1, 49_151, 2 ** 32 - 1], seed: 2n ** 64n - 3n };

export function journalConformance(name: string, open: OpenStateUnderTest): void {
  describe.concurrent(`${name} as a journal`, () => {
    it('gives back what was written, round after round', async () => {
      const { state, unitMs } = await open();
      const { lease } = (await state.sessions.claim('s', 10 * unitMs))!;
      expect(await state.journal.read('s')).toBeUndefined();
      expect(await state.journal.begin(lease, start)).toBe(true);
      expect(await state.journal.read('s')).toEqual({ ...start, tokens: [], rounds: 0 });
      expect(await state.journal.append(lease, { index: 0, tokens: [5, 6, 7], rounds: 1 })).toBe(true);
      expect(await state.journal.append(lease, { index: 3, tokens: [], rounds: 2 })).toBe(true);
      expect(await state.journal.append(lease, { index: 3, tokens: [8], rounds: 4 })).toBe(true);
      expect(await state.journal.read('s')).toEqual({ ...start, tokens: [5, 6, 7, 8], rounds: 4 });
      expect(await state.journal.read('other')).toBeUndefined();
    });

    it('holds a long text', async () => {
      const { state, unitMs } = await open();
      const { lease } = (await state.sessions.claim('s', 20 * unitMs))!;
      const prompt = Array.from({ length: 5000 }, (_, i) => (i * 7919) % 49_152);
      await state.journal.begin(lease, { prompt, seed: 1n });
      for (let index = 0; index < 2000; index += 500) {
        const tokens = prompt.slice(index, index + 500);
        expect(await state.journal.append(lease, { index, tokens, rounds: index })).toBe(true);
      }
      const tokens = prompt.slice(0, 2000);
      expect(await state.journal.read('s')).toEqual({ prompt, seed: 1n, tokens, rounds: 1500 });
    });

    it('writes nothing that would leave a gap or repeat a token', async () => {
      const { state, unitMs } = await open();
      const { lease } = (await state.sessions.claim('s', 10 * unitMs))!;
      expect(await state.journal.append(lease, { index: 0, tokens: [1], rounds: 1 })).toBe(false);
      await state.journal.begin(lease, start);
      await state.journal.append(lease, { index: 0, tokens: [1, 2], rounds: 1 });
      for (const index of [1, 3]) {
        expect(await state.journal.append(lease, { index, tokens: [9], rounds: 2 })).toBe(false);
      }
      expect(await state.journal.read('s')).toEqual({ ...start, tokens: [1, 2], rounds: 1 });
    });

    it('takes an entry for written when it is repeated, since the answer to the first may have been lost', async () => {
      const { state, unitMs } = await open();
      const { lease } = (await state.sessions.claim('s', 10 * unitMs))!;
      await state.journal.begin(lease, start);
      const entry = { index: 0, tokens: [1, 2], rounds: 1 };
      expect(await state.journal.append(lease, entry)).toBe(true);
      expect(await state.journal.append(lease, entry)).toBe(true);
      expect(await state.journal.append(lease, { ...entry, tokens: [1, 3] })).toBe(false);
      expect(await state.journal.read('s')).toEqual({ ...start, tokens: [1, 2], rounds: 1 });
    });

    it('begins anew', async () => {
      const { state, unitMs } = await open();
      const { lease } = (await state.sessions.claim('s', 10 * unitMs))!;
      await state.journal.begin(lease, start);
      await state.journal.append(lease, { index: 0, tokens: [1], rounds: 1 });
      await state.journal.begin(lease, { prompt: [], seed: 0n });
      expect(await state.journal.read('s')).toEqual({ prompt: [], seed: 0n, tokens: [], rounds: 0 });
    });

    it('is written by the holder of the lease alone, and read by whoever comes next', async () => {
      const { state, unitMs, pass } = await open();
      const { lease: late } = (await state.sessions.claim('s', 2 * unitMs))!;
      await state.journal.begin(late, start);
      await state.journal.append(late, { index: 0, tokens: [1], rounds: 1 });
      await pass(2);
      expect(await state.journal.append(late, { index: 1, tokens: [2], rounds: 2 })).toBe(false);
      const { lease } = (await state.sessions.claim('s', 10 * unitMs))!;
      expect(await state.journal.begin(late, { prompt: [], seed: 0n })).toBe(false);
      expect(await state.journal.append(late, { index: 1, tokens: [2], rounds: 2 })).toBe(false);
      expect(await state.journal.append(lease, { index: 1, tokens: [3], rounds: 2 })).toBe(true);
      expect(await state.journal.read('s')).toEqual({ ...start, tokens: [1, 3], rounds: 2 });
    });

    it('is kept as long as the idle session is', async () => {
      const { state, unitMs, pass } = await open();
      const { lease } = (await state.sessions.claim('s', 10 * unitMs))!;
      await state.journal.begin(lease, start);
      await pass(3);
      await state.sessions.release(lease, at(1));
      await pass(idleUnits - 2);
      expect(await state.journal.read('s')).toBeDefined();
      await pass(2);
      expect(await state.journal.read('s')).toBeUndefined();
    });

    it('is forgotten with a session that is closed', async () => {
      const { state, unitMs } = await open();
      const { lease } = (await state.sessions.claim('s', 10 * unitMs))!;
      await state.journal.begin(lease, start);
      await state.sessions.close('s');
      expect(await state.journal.read('s')).toBeUndefined();
      expect(await state.journal.append(lease, { index: 0, tokens: [1], rounds: 1 })).toBe(false);
    });
  });
}
