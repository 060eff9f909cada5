import { ensureDefaultPair } from '@outrider/models';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './cli.fixture.js';
import type { JsonReport } from './generation/json-report.js';

const PROMPT = 'Write a Python function that returns the first n Fibonacci numbers.';
const ESCAPE = '\u001b';

/** The shape of a value: objects by key, arrays by their first element, anything else by its type. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return [shapeOf(value[0])];
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
}

async function json(...args: string[]): Promise<JsonReport> {
  const { code, stdout, stderr } = await runCli(['generate', '--json', '--prompt', PROMPT, ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as JsonReport;
}

// The first run may have to fetch and import the default pair.
beforeAll(async () => {
  await ensureDefaultPair();
}, 600_000);

describe('generate --json', () => {
  it('prints one object of exactly this shape, whose parts agree', async () => {
    const report = await json('--policy', 'static:3', '--draft-kind', 'neural', '--max-tokens', '40');
    const { stop_reasons: stopReasons, ...speculation } = report.speculation;
    expect(shapeOf({ ...report, speculation })).toEqual({
      text: 'string',
      tokens: [{ id: 'number', text: 'string', source: 'string' }],
      usage: { prompt_tokens: 'number', completion_tokens: 'number', cached_tokens: 'number' },
      speculation: {
        policy: 'string',
        rounds: 'number',
        drafted: 'number',
        accepted: 'number',
        acceptance_rate: 'number',
        mean_acceptance_length: 'number',
        draft_lost: 'boolean',
        positions: [{ drafted: 'number', accepted: 'number' }],
        accepted_lengths: ['number'],
        mean_entropy: 'number',
        discarded: 'number',
        discarded_passes: 'number',
        accepted_tokens: 'number',
        recovered_tokens: 'number',
        bonus_tokens: 'number',
        sources: { neural: { drafted: 'number', accepted: 'number' } },
        draft_passes: 'number',
      },
      timing: {
        time_to_first_token_ms: 'number',
        total_ms: 'number',
        tokens_per_second: 'number',
        draft_ms: 'number',
        target_ms: 'number',
        queue_ms: 'number',
        network_ms: 'number',
      },
      finish_reason: 'string',
      stop: 'object',
      draft_kind: 'string',
      session_id: 'string',
      target_replica: 'string',
      draft_replica: 'string',
      seed: 'string',
    });

    expect(report.finish_reason).toBe('length');
    expect(report.tokens).toHaveLength(40);
    expect(report.usage.completion_tokens).toBe(40);
    expect(report.text).toBe(report.tokens.map(({ text }) => text).join(''));
    expect(speculation.policy).toBe('static:3');
    expect(speculation.drafted).toBeGreaterThan(0);
    expect(speculation.acceptance_rate).toBeCloseTo(speculation.accepted / speculation.drafted, 9);
    const count = (source: string): number => report.tokens.filter((token) => token.source === source).length;
    // The last round may accept tokens beyond --max-tokens.
    expect(count('accepted')).toBeLessThanOrEqual(speculation.accepted);
    expect(count('accepted') + count('recovered') + count('bonus')).toBe(40);
    expect(Object.values(stopReasons).reduce((sum, rounds) => sum + rounds, 0)).toBe(speculation.rounds);

    expect(report.stop).toBeNull();
    expect([speculation.accepted_tokens, speculation.recovered_tokens, speculation.bonus_tokens]).toEqual(
      ['accepted', 'recovered', 'bonus'].map(count),
    );
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    expect(sum(speculation.positions.map(({ drafted }) => drafted))).toBe(speculation.drafted);
    expect(sum(speculation.positions.map(({ accepted }) => accepted))).toBe(speculation.accepted);
    expect(sum(speculation.accepted_lengths)).toBe(speculation.rounds);
    expect(sum(speculation.accepted_lengths.map((rounds, length) => rounds * length))).toBe(speculation.accepted);
    expect(speculation.discarded).toBe(speculation.drafted - speculation.accepted);
    const { timing } = report;
    expect(timing.draft_ms + timing.target_ms + timing.queue_ms + timing.network_ms).toBeLessThan(timing.total_ms);
  });

  it('ends before a stop string, and leaves nothing of it in the text', async () => {
    const whole = await json('--max-tokens', '40');
    expect(whole.text).toContain('(n):\n');
    for (const policy of ['off', 'static:4']) {
      const report = await json('--policy', policy, '--stop', 'never', '--stop', '(n):\\n');
      expect(report).toMatchObject({ finish_reason: 'stop', stop: '(n):\n' });
      expect(report.text).toBe(whole.text.slice(0, whole.text.indexOf('(n):\n')));
    }
  });

  it('gives the same log-probabilities with speculation and without', async () => {
    const args = ['--logprobs', '3', '--max-tokens', '24'];
    const plain = await json('--policy', 'off', ...args);
    const speculative = await json('--policy', 'static:4', ...args);
    expect(speculative.tokens.map(({ id }) => id)).toEqual(plain.tokens.map(({ id }) => id));
    speculative.tokens.forEach(({ id, logprob = Number.NaN, top_logprobs: top = [] }, index) => {
      expect(Math.abs(logprob - (plain.tokens[index]?.logprob ?? Number.NaN))).toBeLessThan(1e-3);
      expect(top).toHaveLength(3);
      // Greedy: the token is the most probable one.
      expect(top[0]).toMatchObject({ id, logprob });
    });
  });

  it('draws one text for a seed, with penalties and banned tokens, whatever the policy', async () => {
    const [first] = (await json('--max-tokens', '1')).tokens;
    const args = ['--temperature', '1', '--seed', '3', '--acceptance', 'coupled', '--max-tokens', '30'];
    args.push('--min-p', '0.02', '--repetition-penalty', '1.1', '--frequency-penalty', '0.2', '--ignore-eos');
    args.push('--ban-token', String(first?.id), '--logit-bias', '198:1.5');
    const reports = [];
    for (const policy of ['off', 'adaedl', 'static:4']) reports.push(await json('--policy', policy, ...args));
    const texts = new Set(reports.map(({ text }) => text));
    expect(texts.size).toBe(1);
    expect(reports[0]?.seed).toBe('3');
    for (const { tokens } of reports) {
      expect(tokens).toHaveLength(30);
      expect(tokens.map(({ id }) => id)).not.toContain(first?.id);
    }
  });

  it('gives the same text under every policy at temperature 0', async () => {
    const texts = [];
    for (const policy of ['off', 'adaedl', 'static:4']) texts.push((await json('--policy', policy)).text);
    expect(texts[0]).not.toBe('');
    expect(new Set(texts).size).toBe(1);
  });

  it('gives the same text for a seed, and another for another', async () => {
    const sample = async (seed: string): Promise<string> =>
      (await json('--temperature', '1', '--top-k', '50', '--top-p', '0.95', '--max-tokens', '30', '--seed', seed)).text;
    const [first, again, other] = [await sample('11'), await sample('11'), await sample('12')];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('compares with target-only and finds the same text', async () => {
    const { comparison, text } = await json('--compare', '--max-tokens', '48');
    expect(text).not.toBe('');
    expect(comparison?.same_text).toBe(true);
    expect(comparison?.runs.map(({ policy, tokens }) => [policy, tokens])).toEqual([
      ['adaedl', 48],
      ['off', 48],
      ['off', 48],
      ['adaedl', 48],
    ]);
    expect(comparison?.speedup).toBeCloseTo(
      (comparison?.tokens_per_second ?? 0) / (comparison?.target_only_tokens_per_second ?? 0),
      9,
    );
  });
});

describe('generate into pipes', () => {
  it('writes the text alone to standard output and figures to standard error, without escape codes', async () => {
    const args = ['generate', '--prompt', PROMPT, '--max-tokens', '24'];
    const { code, stdout, stderr } = await runCli([...args, '--compare']);
    const report = await json('--max-tokens', '24');
    expect(code).toBe(0);
    expect(stdout).toBe(report.text.endsWith('\n') ? report.text : `${report.text}\n`);
    for (const word of [
      'tokens/s',
      'acceptance rate',
      'mean acceptance length',
      'rounds',
      'entropy',
      'network',
      'lambda',
      'same text',
    ]) {
      expect(stderr).toContain(word);
    }
    expect(stdout + stderr).not.toContain(ESCAPE);
  });

  it('reads the prompt from standard input, as plain text when asked', async () => {
    const args = ['generate', '--prompt', '-', '--max-tokens', '8', '--json'];
    const raw = await runCli([...args, '--raw'], {}, 'The capital of France is\n');
    const chat = await runCli(args, {}, 'The capital of France is\n');
    const report = JSON.parse(raw.stdout) as JsonReport;
    expect(report.text).toContain('Paris');
    // The chat template adds tokens of its own.
    expect((JSON.parse(chat.stdout) as JsonReport).usage.prompt_tokens).toBeGreaterThan(report.usage.prompt_tokens);
  });

  it.each([
    ['an empty prompt', ['--prompt', ''], 2, /^outrider: option '--prompt <text>' is empty\n$/],
    [
      'a prompt longer than the context',
      ['--prompt', 'word '.repeat(100), '--context-length', '64'],
      2,
      /^outrider: [^\n]+\n$/,
    ],
    [
      'a token that the model does not have',
      ['--ban-token', '4000000000'],
      2,
      /^outrider: option '--ban-token <id>': [^\n]*4000000000[^\n]*\n$/,
    ],
    [
      'one token twice',
      ['--ban-token', '5', '--logit-bias', '5:1'],
      2,
      /^outrider: option '--ban-token <id>' names token 5 again, also by option '--logit-bias <id:bias>'\n$/,
    ],
    [
      'an address where nobody answers',
      ['--address', '127.0.0.1:1'],
      1,
      /^outrider: no Outrider answers at 127\.0\.0\.1:1\n$/,
    ],
    [
      'a comparison without a draft',
      ['--compare', '--no-draft'],
      2,
      /^outrider: option '--compare' needs a draft[^\n]*\n$/,
    ],
    [
      'a model that is not there',
      ['--target-model', 'no-such-model'],
      2,
      /^outrider: option '--target-model <name>'[^\n]*\n$/,
    ],
  ])('refuses %s in one line', async (_, args, expected, line) => {
    const { code, stdout, stderr } = await runCli(['generate', ...args]);
    expect(stderr).toMatch(line);
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
  });
});
