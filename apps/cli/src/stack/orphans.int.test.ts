import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { behaviours, fakeService, isAlive } from './fake-service.fixture.js';

const STACK_MODULE = new URL('../../dist/stack/stack.js', import.meta.url).href;

/** A supervisor in a process of its own, as only another process can be killed without a chance to clean up. */
function supervisor(ending: string) {
  const specs = (['draft', 'target', 'orchestrator'] as const).map((name) => fakeService(name, behaviours.good()));
  const script = `import { startStack } from '${STACK_MODULE}';
    const stack = await startStack(${JSON.stringify(specs)}, { signal: new AbortController().signal, onEvent: () => {} });
    console.log(JSON.stringify([...stack.addresses.values()]));
    ${ending}`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function servicePids(child: ReturnType<typeof supervisor>): Promise<number[]> {
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return (JSON.parse(line) as string[]).map((address) => Number(address.split(':')[1]));
}

it('leaves no service behind when the supervisor is killed outright', async () => {
  const child = supervisor('setInterval(() => {}, 1000);');
  const pids = await servicePids(child);
  expect(pids).toHaveLength(3);
  expect(pids.every(isAlive)).toBe(true);
  child.kill('SIGKILL');
  await expect.poll(() => pids.some(isAlive), { timeout: 5_000 }).toBe(false);
});

it('leaves no service behind when the supervisor ends by an exception', async () => {
  const child = supervisor('setTimeout(() => process.exit(7), 300);');
  const pids = await servicePids(child);
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(7);
  await expect.poll(() => pids.some(isAlive), { timeout: 5_000 }).toBe(false);
});
