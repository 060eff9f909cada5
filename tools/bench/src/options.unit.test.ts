import { describe, expect, it } from 'vitest';
import { parseDraftKinds, parsePolicies, parseSeed, parseTemperatures } from './options.js';
import { createProgram } from './program.js';

describe('option values', () => {
  it('a range of static lengths stands for each of them', () => {
    expect(parsePolicies('off,static:1..3,adaedl')).toEqual(['off', 'static:1', 'static:2', 'static:3', 'adaedl']);
    expect(parsePolicies('static:2,static:2')).toEqual(['static:2']);
  });

  it.each(['', 'fast', 'static:0', 'static:3..1', 'off,'])('no policy: %j', (text) => {
    expect(() => parsePolicies(text)).toThrow();
  });

  it('temperatures and seeds', () => {
    expect(parseTemperatures('0,0.7')).toEqual([0, 0.7]);
    expect(() => parseTemperatures('-1')).toThrow();
    expect(() => parseTemperatures('')).toThrow();
    expect(parseSeed('18446744073709551615')).toBe(2n ** 64n - 1n);
    expect(() => parseSeed('18446744073709551616')).toThrow();
    expect(() => parseSeed('0')).toThrow();
  });
});

describe('the command line', () => {
  const parse = async (...args: string[]): Promise<{ command: string; options: unknown }> => {
    let called = { command: 'none', options: {} as unknown };
    const note = (command: string) => async (options?: unknown) => {
      called = { command, options };
    };
    const noteFiles = (command: string) => async (files: readonly string[], options: unknown) => {
      called = { command, options: { files, ...(options as object) } };
    };
    const handlers = {
      policies: note('policies'),
      engine: note('engine'),
      peer: note('peer'),
      quality: note('quality'),
      features: note('features'),
      record: note('record'),
      replay: noteFiles('replay'),
      profile: noteFiles('profile'),
      train: noteFiles('train'),
      study: note('study'),
      load: note('load'),
      sessions: note('sessions'),
      readme: note('readme'),
    };
    await createProgram(handlers).parseAsync(args, { from: 'user' });
    return called;
  };

  it('shortens the load benchmark where the user has not said how long', async () => {
    expect((await parse('load')).options).toMatchObject({
      streams: [1, 2, 4, 8],
      requests: 2,
      maxTokens: 128,
      repeat: 3,
    });
    const { options } = await parse('load', '--quick', '--max-tokens', '16', '--streams', '4,1');
    expect(options).toMatchObject({ streams: [1, 4], requests: 1, maxTokens: 16, repeat: 1, cacheTokens: 0 });
  });

  it('measures the policies by default', async () => {
    const { command, options } = await parse();
    expect(command).toBe('policies');
    expect(options).toMatchObject({ temperatures: [0, 1], maxTokens: 128, repeat: 1, seed: 1n });
    expect((options as { policies: string[] }).policies).toEqual([
      'off',
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((k) => `static:${k}`),
      'adaedl',
    ]);
  });

  it('compares with the peer when asked to, with off unless policies are named', async () => {
    expect(await parse('--peer', 'node-llama-cpp', '--prompts', '3')).toMatchObject({
      command: 'peer',
      options: { policies: ['off'], prompts: 3 },
    });
    expect(await parse('--peer', 'node-llama-cpp', '--policies', 'off,adaedl')).toMatchObject({
      options: { policies: ['off', 'adaedl'] },
    });
    expect(await parse('peer')).toMatchObject({ command: 'peer', options: { policies: ['off'] } });
  });

  it('a quick look is short where nothing else is said', async () => {
    expect(await parse('--quick')).toMatchObject({ options: { prompts: 6, maxTokens: 48 } });
    expect(await parse('--quick', '--prompts', '2')).toMatchObject({ options: { prompts: 2, maxTokens: 48 } });
  });

  it('knows the other benchmarks', async () => {
    expect(await parse('engine')).toMatchObject({ command: 'engine', options: { contexts: [64, 512, 1500] } });
    expect(await parse('quality', '--max-chunks', '1')).toMatchObject({
      command: 'quality',
      options: { maxChunks: 1 },
    });
    expect(await parse('record', '--prompt-set', 'training')).toMatchObject({
      command: 'record',
      options: { promptSet: 'training', temperatures: [0, 1], draftKinds: ['neural'] },
    });
    expect(await parse('train', 'a.jsonl', 'b.jsonl', '--logistic')).toMatchObject({
      command: 'train',
      options: { files: ['a.jsonl', 'b.jsonl'], logistic: true, units: 6, seed: 1n },
    });
    expect(await parse('readme')).toMatchObject({ command: 'readme' });
  });
});

describe('kinds of draft', () => {
  it('are named by comma, each once', () => {
    expect(parseDraftKinds('hybrid,neural,hybrid')).toEqual(['hybrid', 'neural']);
  });

  it.each(['', 'none', 'neural,'])('are refused when they are none: %s', (text) => {
    expect(() => parseDraftKinds(text)).toThrow('is none of neural, ngram, hybrid');
  });
});
