import { expect, it } from 'vitest';
import { largestGroup } from './fingerprint-group.js';
import { createReplicaLoad } from './replica-load.js';

const status = { id: 'a', slots: 4, slotsInUse: 0, queued: 0, draining: false, cachedTokens: 0, cacheTokens: 0 };

it('a load counts own sessions at once, and none of them twice', () => {
  const load = createReplicaLoad(status);
  const [leave] = [load.enter(), load.enter()];
  expect(load.value()).toBe(0.5);
  load.update({ ...status, slotsInUse: 4, queued: 1 });
  expect(load.value()).toBe(1.25);
  leave?.();
  leave?.();
  expect(load.value()).toBe(1);
  load.update({ ...status, slotsInUse: 1 });
  expect(load.value()).toBe(0.25);
});

it('the largest group is the one with most members, among equals the first', () => {
  const group = (members: string) => largestGroup([...members], (member) => member).join('');
  expect(group('')).toBe('');
  expect(group('abb')).toBe('bb');
  expect(group('babaab')).toBe('bbb');
});
