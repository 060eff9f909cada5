import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { DEFAULT_PROMPT } from './options/generate-options.js';
import { createProgram } from './program.js';

interface Outcome {
  /** The handler that was called, with its arguments. */
  readonly called: readonly unknown[] | undefined;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

async function parse(...args: string[]): Promise<Outcome> {
  let called: readonly unknown[] | undefined;
  let stderr = '';
  const record =
    (name: string) =>
    (...handed: unknown[]): Promise<void> => {
      called = [name, ...handed.slice(0, 2)];
      return Promise.resolve();
    };
  const program = createProgram(
    {
      up: record('up'),
      generate: record('generate'),
      importModel: record('import'),
      listModels: record('list'),
      removeModel: record('remove'),
      bench: record('bench'),
    },
    { write: (text: string) => (stderr += text) },
  );
  try {
    await program.parseAsync(args, { from: 'user' });
    return { called, stderr, exitCode: undefined };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { called, stderr, exitCode: error.exitCode };
  }
}

describe('generate', () => {
  it('has a default for everything that must be known', async () => {
    const { called } = await parse('generate');
    expect(called).toEqual([
      'generate',
      {
        prompt: DEFAULT_PROMPT,
        temperature: 0,
        topK: 0,
        seed: 0n,
        maxTokens: 256,
        draft: true,
      },
    ]);
  });

  it('reads every option', async () => {
    const { called } = await parse(
      ...['generate', '--prompt', '-', '--system', 'Be brief.', '--temperature', '0.7', '--top-p', '0.9'],
      ...['--top-k', '40', '--seed', '18446744073709551615', '--max-tokens', '12', '--policy', 'static:4'],
      ...['--compare', '--json', '--address', 'example.org:7300'],
      ...['--min-p', '.05', '--repetition-penalty', '1.1', '--frequency-penalty', '-0.5', '--presence-penalty', '2'],
      ...['--logit-bias', '28:-2.5', '--logit-bias', '0:100', '--ban-token', '7', '--ban-token', '4294967295'],
      ...['--stop', '\\n\\n', '--stop', 'a\\tb\\\\n\\d', '--stop-token', '0', '--stop-token', '2', '--ignore-eos'],
      ...['--logprobs', '0', '--acceptance', 'coupled'],
    );
    expect(called?.[1]).toMatchObject({
      prompt: '-',
      system: 'Be brief.',
      temperature: 0.7,
      topP: 0.9,
      topK: 40,
      seed: 2n ** 64n - 1n,
      maxTokens: 12,
      policy: { kind: 'static', draftTokens: 4 },
      compare: true,
      json: true,
      address: 'example.org:7300',
      minP: 0.05,
      repetitionPenalty: 1.1,
      frequencyPenalty: -0.5,
      presencePenalty: 2,
      logitBias: [
        { id: 28, bias: -2.5 },
        { id: 0, bias: 100 },
      ],
      banToken: [7, 4294967295],
      stop: ['\n\n', 'a\tb\\n\\d'],
      stopToken: [0, 2],
      ignoreEos: true,
      logprobs: 0,
      acceptance: 'coupled',
    });
  });

  it('takes the prompt without an option, too', async () => {
    const { called } = await parse('generate', '--session', 'my.chat-1', '--fork', 'And then?');
    expect(called?.[1]).toMatchObject({ prompt: 'And then?', session: 'my.chat-1', fork: true });
  });

  it('reads the policy of the paper, too', async () => {
    const { called } = await parse('generate', '--policy', 'adaedl:discard');
    expect(called?.[1]).toMatchObject({ policy: { kind: 'adaedl', options: { proposeStopped: false } } });
  });

  it.each([
    ['--temperature', '-1'],
    ['--temperature', 'NaN'],
    ['--temperature', 'Infinity'],
    ['--temperature', ''],
    ['--temperature', '0x10'],
    ['--temperature', '101'],
    ['--temperature', '0.00001'],
    ['--top-p', '0'],
    ['--top-p', '1.01'],
    ['--top-k', '-1'],
    ['--top-k', '2.5'],
    ['--seed', '-1'],
    ['--seed', '18446744073709551616'],
    ['--seed', '1e3'],
    ['--max-tokens', '0'],
    ['--max-tokens', '262145'],
    ['--policy', 'static'],
    ['--policy', 'static:0'],
    ['--policy', 'static:65'],
    ['--policy', 'greedy'],
    ['--policy', 'adaedl:keep'],
    ['--min-p', '-0.1'],
    ['--min-p', '1.1'],
    ['--repetition-penalty', '0'],
    ['--repetition-penalty', '101'],
    ['--frequency-penalty', '-101'],
    ['--presence-penalty', '101'],
    ['--presence-penalty', 'much'],
    ['--logit-bias', '5'],
    ['--logit-bias', '5:'],
    ['--logit-bias', ':1'],
    ['--logit-bias', '5:1:1'],
    ['--logit-bias', '-5:1'],
    ['--logit-bias', '5:101'],
    ['--logit-bias', '5:-Infinity'],
    ['--logit-bias', '4294967296:1'],
    ['--ban-token', '-1'],
    ['--ban-token', '1.5'],
    ['--ban-token', '4294967296'],
    ['--ban-token', 'the'],
    ['--stop', ''],
    ['--stop', 'é'.repeat(513)],
    ['--stop-token', ''],
    ['--stop-token', '1e3'],
    ['--logprobs', '-1'],
    ['--logprobs', '21'],
    ['--logprobs', '2.5'],
    ['--acceptance', 'greedy'],
    ['--address', '7300'],
    ['--address', 'host:0'],
    ['--address', 'host:65536'],
    ['--threads', '0'],
    ['--slots', 'many'],
    ['--context-length', '0'],
  ])('refuses %s %j in one line that names the option', async (option, value) => {
    const { called, stderr, exitCode } = await parse('generate', `${option}=${value}`);
    expect(called).toBeUndefined();
    expect(exitCode).toBeGreaterThan(0);
    expect(stderr).toMatch(/^outrider: [^\n]*\n$/);
    expect(stderr).toContain(option);
    expect(stderr).toContain('It must be');
  });

  it.each([
    ['--stop', 'x', 16],
    ['--stop-token', '1', 64],
    ['--ban-token', '1', 4096],
    ['--logit-bias', '1:1', 4096],
  ])('takes %s %s only %i times', async (option, value, times) => {
    const given = (count: number): string[] => Array.from({ length: count }, () => [option, value]).flat();
    expect((await parse('generate', ...given(times))).stderr).toBe('');
    const { called, stderr } = await parse('generate', ...given(times + 1));
    expect(called).toBeUndefined();
    expect(stderr).toContain(option);
    expect(stderr).toContain(`It must be given at most ${times} times.`);
  });

  it.each([
    [['--address', 'a:1', '--threads', '2'], '--threads'],
    [['--address', 'a:1', '--no-draft'], '--no-draft'],
    [['--no-draft', '--draft-model', 'tiny'], '--draft-model'],
    [['--raw', '--system', 'Be brief.'], '--system'],
    [['--session', 'chat', '--raw'], '--session'],
    [['--session', 'chat', '--compare'], '--session'],
    [['--session', '../chat'], '--session'],
    [['Hello', '--prompt', 'Hello'], '--prompt'],
    [['Hello', 'again'], 'too many arguments'],
    [['--promt', 'x'], '--promt'],
  ])('refuses %j', async (args, named) => {
    const { called, stderr } = await parse('generate', ...args);
    expect(called).toBeUndefined();
    expect(stderr).toMatch(/^outrider: [^\n]*\n$/);
    expect(stderr).toContain(named);
  });
});

describe('up', () => {
  it('takes addresses on loopback only', async () => {
    const { called } = await parse('up', '--address', '127.0.0.1:7300', '--draft-address', '[::1]:7301');
    expect(called?.[1]).toMatchObject({ address: '127.0.0.1:7300', draftAddress: '[::1]:7301', draft: true });
    const refused = await parse('up', '--target-address', '0.0.0.0:7302');
    expect(refused.called).toBeUndefined();
    expect(refused.stderr).toContain('--target-address');
  });

  it('takes counts of services, one of each by default', async () => {
    expect((await parse('up')).called?.[1]).toMatchObject({ drafts: 1, targets: 1, orchestrators: 1 });
    const args = ['up', '--drafts', '2', '--targets', '3', '--orchestrators', '4', '--redis', 'redis://127.0.0.1'];
    const several = { drafts: 2, targets: 3, orchestrators: 4, redis: 'redis://127.0.0.1' };
    expect((await parse(...args)).called?.[1]).toMatchObject(several);
    for (const args of [
      ['--targets', '0'],
      ['--orchestrators', '65'],
      ['--no-draft', '--drafts', '2'],
    ]) {
      const { called, stderr } = await parse('up', ...args);
      expect(called).toBeUndefined();
      expect(stderr).toContain(args.at(-2));
    }
  });
});

describe('model', () => {
  it('hands over file, name and target', async () => {
    const { called } = await parse('model', 'import', 'a.gguf', '--name', 'a', '--draft-of', 'b');
    expect(called).toEqual(['import', 'a.gguf', { name: 'a', draftOf: 'b' }]);
    const nibbles = await parse('model', 'import', 'a.gguf', '--precision', 'nibbles');
    expect(nibbles.called).toEqual(['import', 'a.gguf', { precision: 'nibbles' }]);
    expect((await parse('model', 'import', 'a.gguf', '--precision', 'fast')).called).toBeUndefined();
  });

  it('needs a file to import and a name to remove', async () => {
    expect((await parse('model', 'import')).called).toBeUndefined();
    expect((await parse('model', 'remove')).stderr).toContain("missing required argument 'name'");
  });
});

describe('the whole command', () => {
  it('refuses an unknown command by its name', async () => {
    const { stderr, exitCode } = await parse('generat');
    expect(stderr).toBe("outrider: unknown command 'generat' (Did you mean generate?)\n");
    expect(exitCode).toBe(1);
  });
});

describe('bench', () => {
  it('hands everything on, options and all', async () => {
    const { called } = await parse('bench', 'replay', '--policies', 'off', 'trace.jsonl', '--help');
    expect(called?.[1]).toEqual(['replay', '--policies', 'off', 'trace.jsonl', '--help']);
    expect((await parse('bench')).called?.[1]).toEqual([]);
  });
});
