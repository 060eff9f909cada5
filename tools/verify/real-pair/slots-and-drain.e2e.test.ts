/** Slots come free when a client goes, and the services when they are asked to. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OutriderError } from '@outrider/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Generation } from './generation-client.fixture.js';
import { storyOf } from './requests.fixture.js';
import { type RealStack, accepts, isAlive, startStack } from './stack.fixture.js';

const SLOTS = 2;
/** Long enough to be running still when it is cancelled. */
const long = storyOf(1000);
const story = storyOf(128);

let stack: RealStack;
let temporaryFolder: string;

beforeEach(async () => {
  temporaryFolder = mkdtempSync(join(tmpdir(), 'outrider-real-pair-'));
  stack = await startStack({ slots: SLOTS, queueLength: 0, temporaryFolder });
});

afterEach(async () => {
  await stack.stop();
  rmSync(temporaryFolder, { recursive: true });
});

interface Held {
  /** Drafted tokens so far: not 0 when it has a slot of the draft too. */
  readonly drafted: number;
  /** Cancels the call and returns without waiting for the services. */
  cancel(): void;
}

/** Opens a generation and leaves it running in the middle of its text. */
async function hold(): Promise<Held> {
  const abort = new AbortController();
  const events = stack.client.stream(long, { signal: abort.signal });
  let drafted = 0;
  for (let rounds = 0; rounds < 3;) {
    const { value: event } = await events.next();
    if (event?.type !== 'tokens') continue;
    drafted += event.round.drafted;
    rounds++;
  }
  return { drafted, cancel: () => abort.abort() };
}

/** A generation with a slot of both services; what is still being freed may take up to two seconds. */
async function holdSoon(): Promise<Held> {
  const last = performance.now() + 2000;
  for (;;) {
    const held = await hold().catch(OutriderError.from);
    const whole = !(held instanceof OutriderError) && held.drafted > 0;
    if (whole) return held;
    if (performance.now() > last) throw held instanceof OutriderError ? held : new Error('no slot of the draft');
    if (!(held instanceof OutriderError)) held.cancel();
    await sleep(20);
  }
}

describe('a client that cancels', () => {
  it('frees the slots of both services, all of them', async () => {
    const undisturbed = await stack.client.generate(story);
    for (let turn = 0; turn < 3; turn++) {
      const held = await Promise.all(Array.from({ length: SLOTS }, holdSoon));
      // They fill both services, or the next turn would prove nothing.
      await expect(stack.client.generate(story)).rejects.toMatchObject({ code: 'resource_exhausted' });
      for (const { cancel } of held) cancel();
    }
    const again = (): Promise<Generation | OutriderError> => stack.client.generate(story).catch(OutriderError.from);
    const { finished, text } = undisturbed;
    await expect
      .poll(again, { timeout: 10_000 })
      .toMatchObject({ text, finished: { speculation: finished.speculation } });
  });
});

describe('SIGTERM', () => {
  it('lets the running generation finish, refuses new ones, and leaves nothing', async () => {
    const services = [stack.draft, stack.target, stack.orchestrator];
    const undisturbed = await stack.client.generate(story);
    let refused: Promise<OutriderError> | undefined;
    const drained = await stack.client.generate(story, (event) => {
      if (event.type !== 'tokens' || event.round.round !== 10) return;
      for (const service of services) service.signal('SIGTERM');
      refused = sleep(100).then(() =>
        stack.client.generate(story).then(() => new OutriderError('internal', 'served'), OutriderError.from),
      );
    });
    expect(drained.text).toBe(undisturbed.text);
    expect(drained.finished.speculation).toEqual(undisturbed.finished.speculation);
    expect(await refused).toMatchObject({ code: 'unavailable' });

    expect(await Promise.all(services.map(({ exited }) => exited))).toEqual(
      services.map(() => ({ code: 0, signal: null })),
    );
    expect(services.map(({ pid }) => isAlive(pid))).toEqual([false, false, false]);
    expect(await Promise.all(services.map(({ address }) => accepts(address)))).toEqual([false, false, false]);
    expect(services.map((service) => service.log())).toEqual(['', '', '']);
    expect(readdirSync(temporaryFolder)).toEqual([]);
  });
});
