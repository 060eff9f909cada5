/** Orchestrators over one real Redis: what they ask it, and what it cannot do to them. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { GenerateCommand } from '@outrider/contracts';
import { createAdmission } from '@outrider/rpc';
import { type SharedState, openRedisState } from '@outrider/sessions';
import { createLogger } from '@outrider/telemetry';
import { seededRandom } from '@outrider/testing';
import { type RedisServer, startRedisServer } from '@outrider/testing/redis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { announceOrchestrator } from './announce-orchestrator.js';
import { type TestStack, generate, request, stream } from './stack.fixture.js';
import { atEnd, drafts, orchestrate, targets } from './stacks.fixture.js';
import { watchStore } from './store-watch.js';
import { sayAfter } from './toy-cache.fixture.js';

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedisServer();
});
afterAll(() => redis.stop());
beforeEach(() => redis.command('flushall'));

async function state(timeoutMs = 500): Promise<SharedState> {
  const shared = await openRedisState({ url: redis.url, idleMs: 60_000, timeoutMs });
  atEnd(() => shared.close());
  // It answers from the first question on.
  await shared.replicas.list('target');
  return shared;
}

interface Monitor {
  /** Commands of clients so far, those of scripts left out. */
  commands(): Promise<readonly string[]>;
}

async function monitor(): Promise<Monitor> {
  const child = spawn('redis-cli', ['-p', `${redis.port}`, 'monitor'], { stdio: ['ignore', 'pipe', 'ignore'] });
  atEnd(async () => child.kill('SIGKILL'));
  const seen: string[] = [];
  const lines = createInterface({ input: child.stdout });
  const ready = new Promise<void>((resolve) => lines.once('line', () => resolve()));
  lines.on('line', (line) => {
    const [, client, command] = /^[\d.]+ \[\d+ (\S+)\] "(.*)"$/.exec(line) ?? [];
    if (client !== undefined && client !== 'lua') seen.push(command as string);
  });
  await ready;
  let marks = 0;
  return {
    async commands() {
      const mark = `mark ${++marks}`;
      await redis.command('echo', mark);
      await expect.poll(() => seen.some((command) => command.includes(mark))).toBe(true);
      return seen.filter((command) => !command.includes('mark '));
    },
  };
}

const start = 'Once upon a time there was a replica that kept what it had read, and then ';
const asking = (text: string, sessionId?: string) =>
  request({ prompt: { type: 'text', text }, maxTokens: 30, ...(sessionId !== undefined && { sessionId }) });

async function conversation(stacks: readonly TestStack[], sessionId: string, turns: number): Promise<number> {
  let text = start;
  let cached = 0;
  for (let turn = 0; turn < turns; turn++) {
    const answer = await generate(stacks[turn % stacks.length]!, asking(text, sessionId));
    expect(answer.text).toBe(sayAfter(text, 30));
    expect(answer.finished.speculation.draftLost).toBe(false);
    cached += answer.finished.usage.cachedTokens;
    text = `${text}${answer.text} `;
    if (text.length > 140) text = start;
  }
  return cached;
}

describe('a generation', () => {
  it('asks at most three questions before its first token', async () => {
    const waiting: (() => void)[] = [];
    const onBlock = (round: number): Promise<void> | void =>
      round === 0 ? new Promise((resolve) => void waiting.push(resolve)) : undefined;
    const stack = await orchestrate(await targets({ onBlock }, { onBlock }), await drafts({}, {}), {
      shared: await state(),
    });
    const { commands } = await monitor();
    const policy = { kind: 'adaedl', options: {} } as const;
    /** Begins a generation and stops it before its first round; answers what was asked, and what ends it. */
    const begin = async (changes: Partial<GenerateCommand>) => {
      const before = (await commands()).length;
      const events = stream(stack, { ...asking(start), policy, ...changes });
      await events.next();
      await expect.poll(() => waiting.length).toBe(1);
      const go = waiting.pop();
      const asked = (await commands()).length - before;
      const end = async (): Promise<void> => {
        go?.();
        for await (const event of events) expect(event.type).not.toBe('started');
      };
      return { asked, end };
    };
    // The claim, the target's prefixes, and what is known of the policy; then where the session's caches are is known.
    const first = await begin({ sessionId: 's' });
    await first.end();
    const second = await begin({ sessionId: 's' });
    // A claim that fails, that of the fork, and the target's prefixes.
    const fork = await begin({ sessionId: 's', fork: true });
    await fork.end();
    await second.end();
    // What the policy starts with is known here by now: the draft's prefixes can be asked for.
    const other = await begin({});
    await other.end();
    expect([first, second, fork, other].map(({ asked }) => asked)).toEqual([3, 1, 3, 3]);
  });

  it('goes on when the store dies in its middle, and the next one without it', async () => {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const stack = await orchestrate(
      await targets({ onBlock: (round) => (round === 3 ? opened : undefined) }),
      await drafts({}),
      { shared: await state(200) },
    );
    const running = generate(stack, asking(start, 's'));
    await expect.poll(() => stack.orchestrator.admission.inside()).toBe(1);
    await redis.kill();
    open();
    expect((await running).text).toBe(sayAfter(start, 30));
    for (let i = 0; i < 3; i++) expect((await generate(stack, asking(start, 's'))).text).toBe(sayAfter(start, 30));
    await redis.restart();
    const back = async (): Promise<number> => {
      await generate(stack, asking(start, 's'));
      return stack.lines.filter((line) => line.includes('shared state')).length;
    };
    await expect.poll(back, { timeout: 10_000, interval: 200 }).toBe(2);
    expect((await generate(stack, asking(start, 's'))).finished.usage.cachedTokens).toBe(start.length - 1);
  });

  it('waits for no answer of the store between its rounds', async () => {
    const stack = await orchestrate(await targets({}), await drafts({}), { shared: await state(1500) });
    let rounds = 0;
    for await (const event of stream(stack, { ...asking(start, 's'), maxTokens: 100 })) {
      if (event.type === 'started') redis.pause();
      if (event.type === 'tokens') rounds++;
      // Not a single question has been given up: none was waited for.
      if (event.type !== 'finished') expect(stack.lines.filter((line) => line.includes('shared state'))).toEqual([]);
    }
    redis.resume();
    expect(rounds).toBeGreaterThan(20);
  });
});

describe('two orchestrators', () => {
  it('share a conversation and its caches', async () => {
    const [all, helpers] = [await targets({}, {}), await drafts({}, {})];
    const stacks = [
      await orchestrate(all, helpers, { shared: await state() }),
      await orchestrate(all, helpers, { shared: await state() }),
    ];
    expect(await conversation(stacks, 's', 6)).toBeGreaterThan(4 * (start.length - 1));
  });

  it('never hold one session at once', async () => {
    let scoring = 0;
    let most = 0;
    const all = await targets({
      async onBlock() {
        most = Math.max(most, ++scoring);
        await new Promise((resolve) => setTimeout(resolve, 1));
        scoring--;
      },
    });
    const stacks = [
      await orchestrate(all, [], { shared: await state() }),
      await orchestrate(all, [], { shared: await state() }),
    ];
    const outcomes = { done: 0, busy: 0 };
    const attempt = async (stack: TestStack): Promise<void> => {
      for (let i = 0; i < 15; i++) {
        try {
          expect((await generate(stack, asking(start, 's'))).text).toBe(sayAfter(start, 30));
          outcomes.done++;
        } catch (error) {
          expect(error).toMatchObject({ code: 'session_busy' });
          outcomes.busy++;
        }
      }
    };
    await Promise.all([...stacks, ...stacks].map(attempt));
    expect(outcomes.done).toBeGreaterThan(0);
    expect(outcomes.busy).toBeGreaterThan(0);
    expect(most).toBe(1);
  });
});

describe('references', () => {
  it.each([
    ['a replica that there is not', (id: string) => ({ replica: `not-${id}`, length: 90, link: 'x' })],
    ['the wrong replica', () => ({ replica: 'draft-1', length: 90, link: '' })],
    ['a length that nobody holds', (id: string) => ({ replica: id, length: 4_000_000_000, link: 'y'.repeat(22) })],
    ['another text’s link', (id: string) => ({ replica: id, length: 16, link: 'A'.repeat(22) })],
  ])('to %s cost a prefill at most', async (_, forge) => {
    const shared = await state();
    const [all, helpers] = [await targets({}, {}), await drafts({}, {})];
    const stack = await orchestrate(all, helpers, { shared });
    await generate(stack, asking(start, 's'));
    const claimed = await shared.sessions.claim('s', 5000);
    await shared.sessions.release(claimed!.lease, { target: forge(all[1]!.id), draft: forge(helpers[1]!.id) });
    const { finished, text } = await generate(stack, asking(start, 's'));
    expect(text).toBe(sayAfter(start, 30));
    expect(finished.speculation.draftLost).toBe(false);
  });

  it('and whatever else Redis holds, corrupted at random while generations run, never change a text', async () => {
    const [all, helpers] = [await targets({}, {}), await drafts({}, {})];
    const stacks = [
      await orchestrate(all, helpers, { shared: await state() }),
      await orchestrate(all, helpers, { shared: await state() }),
    ];
    const random = seededRandom(6);
    let running = true;
    let corrupted = 0;
    const garbage = ['', '\u00ff\u0001', '{"target":{"replica":1}}', '9'.repeat(40), '[[[', '-1'];
    const corrupt = async (): Promise<void> => {
      while (running) {
        const keys = (await redis.command('keys', '*')).split('\n').filter(Boolean);
        const key = keys[Math.floor(random() * keys.length)];
        if (key === undefined) continue;
        const value = garbage[Math.floor(random() * garbage.length)] as string;
        const kind = random();
        const fields =
          kind < 0.5 ? (await redis.command('hkeys', key).catch(() => '')).split('\n').filter(Boolean) : [];
        const field = fields[Math.floor(random() * fields.length)];
        if (field !== undefined) await redis.command('hset', key, field, value);
        else if (kind < 0.8) await redis.command('set', key, value);
        else await redis.command('del', key);
        corrupted++;
      }
    };
    const corrupting = corrupt();
    /** A lease that was taken away, or a session that looks taken, may end a generation; nothing else may. */
    const outcomes = { done: 0, refused: 0 };
    const talk = async (sessionId: string): Promise<void> => {
      for (let turn = 0; turn < 25; turn++) {
        try {
          await conversation(stacks, `${sessionId}${turn % 3}`, 2);
          outcomes.done++;
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^(session_busy|stale_fence)$/) });
          outcomes.refused++;
        }
      }
    };
    await Promise.all(['a', 'b', 'c', 'd'].map(talk));
    running = false;
    await corrupting;
    expect(corrupted).toBeGreaterThan(10);
    expect(outcomes.done).toBeGreaterThan(outcomes.refused);
  });
});

it('an orchestrator is in the registry while it runs, with its load', async () => {
  const shared = await state();
  const admission = createAdmission({ slots: 3, queueLength: 0 });
  const place = await admission.enter();
  const announcer = announceOrchestrator({
    registry: shared.replicas,
    store: watchStore(createLogger('orchestrator', 'silent')),
    address: '127.0.0.1:7',
    fingerprint: 'a'.repeat(64),
    tokenizerFingerprint: 'b'.repeat(64),
    slots: 3,
    admission,
  });
  const list = () => shared.replicas.list('orchestrator');
  await expect.poll(list).toMatchObject([{ address: '127.0.0.1:7', status: { slots: 3, slotsInUse: 1 } }]);
  place.release();
  await announcer.stop();
  expect(await list()).toEqual([]);
});
