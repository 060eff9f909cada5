/** What every index of prefixes must do. */
import { describe, expect, it } from 'vitest';
import { type OpenStateUnderTest } from './state-under-test.fixture.js';

const fingerprint = 'sha256:model';
const names = (count: number, mark = 'n'): string[] => Array.from({ length: count }, (_, i) => `${mark}${i}`);

export function prefixIndexConformance(name: string, open: OpenStateUnderTest): void {
  describe.concurrent(`${name} as a prefix index`, () => {
    it('tells how much of a text each replica holds', async () => {
      const { state, unitMs } = await open();
      const { prefixes } = state;
      const chain = names(40);
      for (const [replica, held] of Object.entries({ none: 0, one: 1, some: 17, all: 40 })) {
        const added = [...names(5, 'other'), ...chain.slice(0, held)];
        await prefixes.update({ replica, fingerprint }, { added, removed: [] }, 50 * unitMs);
      }
      const replicas = ['all', 'unknown', 'some', 'one', 'none'];
      expect(await prefixes.find(fingerprint, replicas, chain)).toEqual([40, 0, 17, 1, 0]);
      expect(await prefixes.find(fingerprint, replicas, chain.slice(0, 8))).toEqual([8, 0, 8, 1, 0]);
      expect(await prefixes.find(fingerprint, replicas, [])).toEqual([0, 0, 0, 0, 0]);
      expect(await prefixes.find(fingerprint, [], chain)).toEqual([]);
      expect(await prefixes.find('sha256:another', replicas, chain)).toEqual([0, 0, 0, 0, 0]);
    });

    it('follows what a replica ceases to hold', async () => {
      const { state, unitMs } = await open();
      const holder = { replica: 'a', fingerprint };
      const chain = names(10);
      await state.prefixes.update(holder, { added: chain, removed: [] }, 50 * unitMs);
      await state.prefixes.update(holder, { added: ['x'], removed: chain.slice(4) }, 50 * unitMs);
      expect(await state.prefixes.find(fingerprint, ['a'], chain)).toEqual([4]);
      await state.prefixes.forget(holder);
      expect(await state.prefixes.find(fingerprint, ['a'], chain)).toEqual([0]);
    });

    it('takes many names at once', async () => {
      const { state, unitMs } = await open();
      const holder = { replica: 'a', fingerprint };
      const chain = names(10_000);
      await state.prefixes.update(holder, { added: chain, removed: [] }, 100 * unitMs);
      expect(await state.prefixes.find(fingerprint, ['a'], chain)).toEqual([10_000]);
      await state.prefixes.update(holder, { added: [], removed: chain.slice(1) }, 100 * unitMs);
      expect(await state.prefixes.find(fingerprint, ['a'], chain)).toEqual([1]);
    });

    it('forgets what is not renewed, and renews with an empty change', async () => {
      const { state, unitMs, pass } = await open();
      const chain = names(2);
      for (const replica of ['a', 'b']) {
        await state.prefixes.update({ replica, fingerprint }, { added: chain, removed: [] }, 4 * unitMs);
      }
      await pass(2);
      await state.prefixes.update({ replica: 'b', fingerprint }, { added: [], removed: [] }, 6 * unitMs);
      await pass(3);
      expect(await state.prefixes.find(fingerprint, ['a', 'b'], chain)).toEqual([0, 2]);
    });
  });
}
