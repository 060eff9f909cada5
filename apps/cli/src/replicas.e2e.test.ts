/** Several of each service on one machine, with a real Redis: who serves a conversation, and what outlives a target. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { wire } from '@outrider/contracts';
import { cacheHome, ensureDefaultPair } from '@outrider/models';
import { callUnary, connect } from '@outrider/rpc';
import { startRedisServer } from '@outrider/testing/redis';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { anyAlive, descendants, runCli, startCli } from './cli.fixture.js';
import { readConversation } from './generation/conversation.js';
import type { JsonReport } from './generation/json-report.js';

beforeAll(async () => {
  await ensureDefaultPair();
}, 600_000);

it('a conversation goes on through any orchestrator where its caches are, and elsewhere when these are lost', async () => {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const counts = ['--drafts', '2', '--targets', '2', '--orchestrators', '2', '--threads', '1'];
  const run = startCli(['up', '--redis', redis.url, ...counts]);
  await run.until((stdout) => stdout.includes('the same sessions are served at'));
  for (const name of ['draft', 'target', 'orchestrator'].flatMap((service) => [`${service}-1`, `${service}-2`])) {
    expect(run.stdout()).toMatch(new RegExp(`^${name} +ready at 127\\.0\\.0\\.1:\\d+ after`, 'm'));
  }
  const services = descendants(run.child.pid ?? 0);
  const [, one = ''] = /--address (\S+)/.exec(run.stdout()) ?? [];
  const [, other = ''] = /are served at (\S+)/.exec(run.stdout()) ?? [];
  expect(one).not.toBe(other);

  const session = `test-${process.pid}`;
  onTestFinished(() => {
    for (const name of [session, `${session}-2`])
      rmSync(join(cacheHome(), 'sessions', `${name}.json`), { force: true });
  });
  const say = async (address: string, prompt: string, ...more: string[]): Promise<JsonReport> => {
    const args = ['--address', address, '--session', session, '--json', '--max-tokens', '12'];
    const { stdout, stderr } = await runCli(['generate', ...args, ...more, prompt]);
    expect(stderr).toBe('');
    return JSON.parse(stdout) as JsonReport;
  };

  const first = await say(one, 'Name three rivers that flow through more than one country, and one sea.');
  const second = await say(other, 'And a lake?');
  expect(second.session_id).toBe(first.session_id);
  expect(second.target_replica).toBe(first.target_replica);
  // Everything of the first turn but the end of the answer, which no pass has read.
  expect(second.usage.cached_tokens).toBeGreaterThanOrEqual(first.usage.prompt_tokens);

  // While a turn runs through one orchestrator, the other refuses a second, or forks.
  const running = ['--address', one, '--session', session, '--max-tokens', '400', '--ignore-eos', 'Tell me a story.'];
  const story = startCli(['generate', ...running]);
  await story.until((stdout) => stdout.length > 10);
  const refused = await runCli(['generate', '--address', other, '--session', session, 'Me too.']);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('--fork');
  const forked = await say(other, 'Me too.', '--fork');
  story.child.kill('SIGINT');
  expect(await story.exited).toBe(130);
  expect(forked.session_id).not.toBe(first.session_id);
  const kept = await Promise.all([session, `${session}-2`].map((name) => readConversation(cacheHome(), name)));
  expect(kept.map(({ messages }) => messages.length)).toEqual([4, 6]);
  expect(kept.map(({ sessionId }) => sessionId)).toEqual([first.session_id, forked.session_id]);

  const addresses = [...run.stdout().matchAll(/^target-\d +ready at (\S+)/gm)].map(([, address = '']) => address);
  const ids = await Promise.all(addresses.map(replicaId));
  const address = addresses[ids.indexOf(second.target_replica)];
  const serving = services.find(({ command, pid }) => command.includes('/target/') && listensAt(pid, address));
  if (serving === undefined) throw new Error(`no target is ${second.target_replica}`);
  process.kill(serving.pid, 'SIGKILL');
  const third = await say(one, 'And a mountain?');
  expect(third.text).not.toBe('');
  expect(third.target_replica).not.toBe(second.target_replica);
  await run.until((_, stderr) => /target-[12]: was killed by SIGKILL; starting it again/.test(stderr));

  run.child.kill('SIGINT');
  expect(await run.exited).toBe(130);
  expect(anyAlive(services)).toBe(false);
  expect(
    await redis.command(
      'EVAL',
      'local n = 0 for _, k in ipairs(redis.call("KEYS", "*")) do if redis.call("PTTL", k) == -1 then n = n + 1 end end return n',
      '0',
    ),
  ).toBe('0');
});

async function replicaId(address: string): Promise<string | undefined> {
  const connection = connect(address, 'target');
  try {
    return (await callUnary(connection, wire.TargetServiceService.getModel, {})).replica?.id;
  } finally {
    connection.close();
  }
}

function listensAt(pid: number, address: string | undefined): boolean {
  return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`OUTRIDER_LISTEN_ADDRESS=${address}`);
}
