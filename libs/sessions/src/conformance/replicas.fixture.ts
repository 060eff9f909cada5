/** What every registry of replicas must do. */
import { describe, expect, it } from 'vitest';
import { type OpenStateUnderTest, replicaRecord } from './state-under-test.fixture.js';

export function replicaRegistryConformance(name: string, open: OpenStateUnderTest): void {
  describe.concurrent(`${name} as a registry`, () => {
    it('lists the replicas of a role in the order of their ids', async () => {
      const { state, unitMs } = await open();
      const records = ['c', 'a', 'b'].map((id) => replicaRecord('draft', id));
      for (const record of records) expect(await state.replicas.announce(record, 10 * unitMs)).toBe('new');
      await state.replicas.announce(replicaRecord('target', 'a'), 10 * unitMs);
      expect(await state.replicas.list('draft')).toEqual(['a', 'b', 'c'].map((id) => replicaRecord('draft', id)));
      expect(await state.replicas.list('target')).toEqual([replicaRecord('target', 'a')]);
      expect(await state.replicas.list('orchestrator')).toEqual([]);
    });

    it('tells what a replica said last', async () => {
      const { state, unitMs } = await open();
      await state.replicas.announce(replicaRecord('target', 'a'), 10 * unitMs);
      expect(await state.replicas.announce(replicaRecord('target', 'a', 3), 10 * unitMs)).toBe('known');
      expect(await state.replicas.list('target')).toEqual([replicaRecord('target', 'a', 3)]);
    });

    it('forgets a replica whose heartbeats cease, and no other', async () => {
      const { state, unitMs, pass } = await open();
      await state.replicas.announce(replicaRecord('target', 'gone'), 2 * unitMs);
      await state.replicas.announce(replicaRecord('target', 'alive'), 10 * unitMs);
      await pass(3);
      expect(await state.replicas.list('target')).toEqual([replicaRecord('target', 'alive')]);
      expect(await state.replicas.announce(replicaRecord('target', 'alive'), 10 * unitMs)).toBe('known');
      expect(await state.replicas.announce(replicaRecord('target', 'gone'), 10 * unitMs)).toBe('new');
    });

    it('forgets a replica that withdraws', async () => {
      const { state, unitMs } = await open();
      await state.replicas.announce(replicaRecord('target', 'a'), 10 * unitMs);
      await state.replicas.withdraw('draft', 'a');
      await state.replicas.withdraw('target', 'unknown');
      expect(await state.replicas.list('target')).toHaveLength(1);
      await state.replicas.withdraw('target', 'a');
      expect(await state.replicas.list('target')).toEqual([]);
      expect(await state.replicas.announce(replicaRecord('target', 'a'), 10 * unitMs)).toBe('new');
    });
  });
}
