/** What every store of warm starts must do. */
import { describe, expect, it } from 'vitest';
import { type OpenStateUnderTest } from './state-under-test.fixture.js';

export function warmStartConformance(name: string, open: OpenStateUnderTest): void {
  describe.concurrent(`${name} as a store of warm starts`, () => {
    it('gives back what was kept last, by its key', async () => {
      const { state } = await open();
      const key = '{"policy":"adaedl","pair":["a","b"]} {x}';
      expect(await state.warmStarts.find(key)).toBeUndefined();
      await state.warmStarts.keep(key, { lambda: 0.5 });
      await state.warmStarts.keep(key, { lambda: 0.625, counts: [1, 2], note: null });
      await state.warmStarts.keep('other', 7);
      expect(await state.warmStarts.find(key)).toEqual({ lambda: 0.625, counts: [1, 2], note: null });
      expect(await state.warmStarts.find('other')).toBe(7);
    });

    it('does not follow later changes of what it was given', async () => {
      const { state } = await open();
      const learned = { lambda: 0.5 };
      await state.warmStarts.keep('k', learned);
      learned.lambda = 0;
      expect(await state.warmStarts.find('k')).toEqual({ lambda: 0.5 });
    });
  });
}
