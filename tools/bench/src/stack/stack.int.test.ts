import { connect } from '@outrider/rpc';
import { ensureDefaultPair } from '@outrider/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TimedGeneration, timeGeneration } from './generate.js';
import type { ServiceName } from './service-process.js';
import { type Stack, startStack } from './stack.js';

const stacks: Stack[] = [];
afterAll(() => Promise.all(stacks.map((stack) => stack.stop())));
beforeAll(() => ensureDefaultPair(), 600_000);

async function open(signal = new AbortController().signal): Promise<Stack> {
  const stack = await startStack({ models: await ensureDefaultPair(), threads: 1, env: process.env, signal });
  stacks.push(stack);
  return stack;
}

async function generate(stack: Stack, maxTokens: number): Promise<TimedGeneration> {
  const connection = connect(stack.address, 'orchestrator');
  try {
    const sampling = { temperature: 0, topK: 0, topP: 1, seed: 1n };
    const prompt = { type: 'text', text: 'Count: 1, 2, 3,' } as const;
    return await timeGeneration(
      connection,
      { prompt, sampling, maxTokens, policy: { kind: 'static', draftTokens: 2 } },
      stack.signal,
    );
  } finally {
    connection.close();
  }
}

const pidOf = (stack: Stack, name: ServiceName): number =>
  stack.services.find((service) => service.name === name)?.pid ?? 0;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('a stack', () => {
  it('generates, tells what its processes held, and is gone when it is stopped', async () => {
    const stack = await open();
    const { tokenIds, roundTokens, rounds, firstTokenMs, lastTokenMs } = await generate(stack, 12);
    expect(tokenIds.length).toBeLessThanOrEqual(12);
    expect(roundTokens.reduce((a, b) => a + b)).toBe(tokenIds.length);
    expect(rounds).toHaveLength(roundTokens.length);
    expect(lastTokenMs).toBeGreaterThan(firstTokenMs);
    const memory = stack.peakMemory();
    for (const name of ['draft', 'target', 'orchestrator'] as const) {
      if (process.platform === 'linux') expect(memory[name]).toBeGreaterThan(20);
    }
    const pids = stack.services.map(({ pid }) => pid);
    expect(pids.map(isAlive)).toEqual([true, true, true]);
    await stack.stop();
    expect(pids.map(isAlive)).toEqual([false, false, false]);
  });

  it.each(['draft', 'target', 'orchestrator'] as const)(
    'names the %s service when it dies in a measurement',
    async (name) => {
      const stack = await open();
      const running = generate(stack, 1024);
      setTimeout(() => process.kill(pidOf(stack, name), 'SIGKILL'), 500);
      await expect(running).rejects.toThrow(`the ${name} service was killed by SIGKILL`);
      await stack.stop();
      expect(stack.services.map(({ pid }) => isAlive(pid))).toEqual([false, false, false]);
    },
  );

  it('leaves no process when it is given up while it starts', async () => {
    const controller = new AbortController();
    const starting = open(controller.signal);
    setTimeout(() => controller.abort(new Error('given up')), 200);
    await expect(starting).rejects.toThrow('given up');
  });
});
