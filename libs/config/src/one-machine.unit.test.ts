import { describe, expect, it } from 'vitest';
import { oneMachineEnvironment } from './one-machine.js';

describe('oneMachineEnvironment', () => {
  it('adds what is not set', () => {
    expect(oneMachineEnvironment({ HOME: '/home/a' })).toEqual({
      HOME: '/home/a',
      OUTRIDER_ENGINE_THREAD: 'caller',
      GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
    });
  });

  it('leaves what is set', () => {
    const own = { OUTRIDER_ENGINE_THREAD: 'worker', GLIBC_TUNABLES: 'glibc.malloc.arena_max=2' };
    expect(oneMachineEnvironment(own)).toEqual({
      OUTRIDER_ENGINE_THREAD: 'worker',
      GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1:glibc.malloc.arena_max=2',
    });
  });
});
