import { describe, expect, it } from 'vitest';
import { abortWithin } from './abort-within.js';
import { whenAborted } from './when-aborted.js';

const never = new AbortController().signal;

describe('abortWithin', () => {
  it('aborts when the time is over', async () => {
    const limit = abortWithin(10, never);
    await whenAborted(limit.signal);
    expect(limit.isLate()).toBe(true);
  });

  it.each(['before', 'after'])('aborts with the reason of a parent that aborts %s', async (when) => {
    const parent = new AbortController();
    const reason = new Error('stop');
    if (when === 'before') parent.abort(reason);
    const limit = abortWithin(60_000, parent.signal);
    if (when === 'after') parent.abort(reason);
    expect(await whenAborted(limit.signal)).toBe(reason);
    expect(limit.isLate()).toBe(false);
    limit.release();
  });

  it('does nothing after its release', async () => {
    const parent = new AbortController();
    const limit = abortWithin(10, parent.signal);
    limit.release();
    parent.abort();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(limit.signal.aborted).toBe(false);
  });
});
