import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type StateUnderTest, idleUnits } from '../conformance/state-under-test.fixture.js';
import type { SharedState } from '../shared-state.js';
import { openRedisState } from './state.js';

const unitMs = 150;

/** States in one Redis, each under a prefix of its own. */
export function redisStates(url: () => string) {
  const opened: SharedState[] = [];
  const open = async (keyPrefix = `test-${randomUUID()}`, idleMs = idleUnits * unitMs): Promise<SharedState> => {
    const state = await openRedisState({ url: url(), keyPrefix, timeoutMs: 5000, idleMs });
    opened.push(state);
    return state;
  };
  return {
    open,
    async openUnderTest(): Promise<StateUnderTest> {
      const state = await open();
      // Tests that are about a second's fractions do not count the time that connecting takes.
      await state.warmStarts.find('');
      return { state, unitMs, pass: (units) => sleep(units * unitMs + 5) };
    },
    async close() {
      await Promise.all(opened.map((state) => state.close()));
    },
  };
}
