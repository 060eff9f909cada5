import { OutriderError } from '@outrider/contracts';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AdmittedPlace, createAdmission } from './admission.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const cancelled = new OutriderError('cancelled', 'gone');

describe('an admission', () => {
  it('says how long a caller waited, and lets in as many as it has slots', async () => {
    const door = createAdmission({ slots: 2, queueLength: 4 });
    const first = await door.enter();
    expect(first.queueMs).toBe(0);
    await door.enter();
    const third = door.enter();
    expect([door.inside(), door.waiting()]).toEqual([2, 1]);
    await vi.advanceTimersByTimeAsync(30);
    first.release();
    expect((await third).queueMs).toBe(30);
    expect([door.inside(), door.waiting()]).toEqual([2, 0]);
  });

  it('refuses who is one too many, with a delay that grows with holding times and the queue', async () => {
    const door = createAdmission({ slots: 2, queueLength: 3 });
    let places = [await door.enter(), await door.enter()];
    const waiting = [door.enter(), door.enter(), door.enter()];
    await expect(door.enter()).rejects.toMatchObject({ code: 'resource_exhausted', retryAfterMs: 1000 });

    await vi.advanceTimersByTimeAsync(400);
    for (const place of places) place.release();
    places = [(await waiting[0])!, (await waiting[1])!];
    void door.enter();
    void door.enter();
    // Four times 400 ms in two slots.
    await expect(door.enter()).rejects.toMatchObject({ retryAfterMs: 800 });
    await vi.advanceTimersByTimeAsync(1400);
    places[0]!.release();
    void door.enter();
    // The average follows the newest: 400 + 0.2 * 1000.
    await expect(door.enter()).rejects.toMatchObject({ retryAfterMs: 1200 });
  });

  it('keeps what it says of the delay within bounds', async () => {
    const delayAfter = async (heldMs: number): Promise<number | undefined> => {
      const door = createAdmission({ slots: 1, queueLength: 0 });
      const place = await door.enter();
      await vi.advanceTimersByTimeAsync(heldMs);
      place.release();
      await door.enter();
      const refusal = await door.enter().catch((error: unknown) => OutriderError.from(error));
      return refusal instanceof OutriderError ? refusal.retryAfterMs : undefined;
    };
    expect(await delayAfter(0)).toBe(50);
    expect(await delayAfter(700)).toBe(700);
    expect(await delayAfter(3_600_000)).toBe(60_000);
  });

  it('lets who is aborted or past its deadline leave without a trace', async () => {
    const door = createAdmission({ slots: 1, queueLength: 8 });
    const place = await door.enter();
    const controller = new AbortController();
    const removed = vi.spyOn(controller.signal, 'removeEventListener');
    const aborted = expect(door.enter({ signal: controller.signal })).rejects.toBe(cancelled);
    const late = expect(door.enter({ deadline: new Date(Date.now() + 50) })).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
    const patient = door.enter({ deadline: new Date(Date.now() + 60_000), signal: new AbortController().signal });
    expect(door.waiting()).toBe(3);
    controller.abort(cancelled);
    await aborted;
    expect(removed).toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(50);
    await late;
    expect(door.waiting()).toBe(1);
    place.release();
    (await patient).release();
    expect([door.inside(), door.waiting(), vi.getTimerCount()]).toEqual([0, 0, 0]);
  });

  it('does not take who is given up already, whatever is free', async () => {
    const door = createAdmission({ slots: 1, queueLength: 1 });
    await expect(door.enter({ signal: AbortSignal.abort(cancelled) })).rejects.toBe(cancelled);
    await expect(door.enter({ deadline: new Date(Date.now()) })).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect(door.inside()).toBe(0);
  });

  it('waits for a deadline that is further away than timers reach', async () => {
    const door = createAdmission({ slots: 1, queueLength: 1 });
    const place = await door.enter();
    const patient = door.enter({ deadline: new Date(Date.now() + 2 ** 40) });
    await vi.advanceTimersByTimeAsync(10);
    expect(door.waiting()).toBe(1);
    place.release();
    await patient;
  });

  it('refuses everybody when it is closed, but those inside', async () => {
    const door = createAdmission({ slots: 1, queueLength: 1 });
    const place = await door.enter();
    const reason = new OutriderError('unavailable', 'stopping');
    const waiting = expect(door.enter()).rejects.toBe(reason);
    door.close(reason);
    await waiting;
    await expect(door.enter()).rejects.toBe(reason);
    expect([door.inside(), door.waiting()]).toEqual([1, 0]);
    place.release();
    await expect(door.enter()).rejects.toBe(reason);
  });
});

type Step = { readonly do: 'enter' | 'abort' | 'release' | 'again' | 'wait'; readonly which: number };

it('never lets in more than it has slots, in any order but that of coming, and loses nobody', async () => {
  const step = fc.record<Step>({
    do: fc.constantFrom('enter', 'enter', 'abort', 'release', 'release', 'again', 'wait'),
    which: fc.nat(20),
  });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.nat(4), fc.array(step), async (slots, queueLength, steps) => {
      const door = createAdmission({ slots, queueLength });
      // What ought to be, kept as plainly as can be.
      const inside: number[] = [];
      let queue: number[] = [];
      const outcomes = new Map<number, 'in' | 'refused' | 'aborted' | 'late'>();
      const expected = new Map(outcomes);
      const places = new Map<number, AdmittedPlace>();
      const callers = new Map<number, { controller: AbortController; leavesAt: number }>();
      const admit = (id: number): void => {
        inside.push(id);
        expected.set(id, 'in');
      };
      const drop = (id: number, how: 'aborted' | 'late'): void => {
        queue = queue.filter((other) => other !== id);
        expected.set(id, how);
      };

      for (const [id, { do: action, which }] of steps.entries()) {
        if (action === 'enter') {
          const controller = new AbortController();
          const leavesAt = Date.now() + 100 + which;
          callers.set(id, { controller, leavesAt });
          door.enter({ signal: controller.signal, deadline: new Date(leavesAt) }).then(
            (place) => {
              places.set(id, place);
              outcomes.set(id, 'in');
            },
            ({ code }: OutriderError) =>
              outcomes.set(id, code === 'cancelled' ? 'aborted' : code === 'deadline_exceeded' ? 'late' : 'refused'),
          );
          if (inside.length < slots) admit(id);
          else if (queue.length < queueLength) queue.push(id);
          else expected.set(id, 'refused');
        } else if (action === 'abort') {
          const id = [...callers.keys()][which % callers.size];
          if (id === undefined) continue;
          callers.get(id)?.controller.abort(cancelled);
          if (queue.includes(id)) drop(id, 'aborted');
        } else if (action === 'release') {
          const id = inside[which % inside.length];
          if (id === undefined) continue;
          inside.splice(inside.indexOf(id), 1);
          places.get(id)?.release();
          const next = queue.shift();
          if (next !== undefined) admit(next);
        } else if (action === 'again') {
          // A place that was given back already.
          for (const [id, place] of places) if (!inside.includes(id)) place.release();
        } else {
          await vi.advanceTimersByTimeAsync(10 * which);
          for (const id of queue) if ((callers.get(id)?.leavesAt ?? Infinity) <= Date.now()) drop(id, 'late');
        }
        await vi.advanceTimersByTimeAsync(0);
        expect([door.inside(), door.waiting()]).toEqual([inside.length, queue.length]);
        expect(door.inside()).toBeLessThanOrEqual(slots);
        expect(outcomes).toEqual(expected);
      }
      for (const id of queue) callers.get(id)?.controller.abort(cancelled);
      for (const place of places.values()) place.release();
      expect([door.inside(), door.waiting(), vi.getTimerCount()]).toEqual([0, 0, 0]);
    }),
  );
});
