import { describe, expect, it } from 'vitest';
import { sampleEvents, sampleGeneration } from '../generation/generation.fixture.js';
import { createStyle, wantsColour } from './style.js';
import { summaryLines } from './summary.js';
import { createTextWriter } from './text-writer.js';

const plain = createStyle(false);
const coloured = createStyle(true);
const ESCAPE = '\u001b';

describe('summaryLines', () => {
  it('shows the figures, plain', () => {
    expect(summaryLines(sampleGeneration(), plain, 80)).toEqual([
      'adaedl  big + small + n-grams',
      '142.3 tokens/s  5 tokens (length limit), first after 43 ms, prompt 38 (3 cached)',
      'acceptance rate 0.500  2 of 4 drafted tokens, mean entropy 0.65 nats',
      'drafted by  n-grams 1 (1 accepted), the model 3 (1 accepted) in 4 passes',
      'mean acceptance length 1.67  tokens per target pass, 3 rounds',
      'drafting stopped by  max_tokens 1, entropy 1, off 1',
      'entropy  ▃█  0 to 2.00 nats',
      'lambda   ▁█  0.7000 to 0.7010',
      'accepted █▁▅ 0 to 2 a round, mostly 0 (2 of 3 rounds)',
      'tokens   accepted 2  recovered 2  bonus 1',
      'time     target 63 %, draft 13 %, network and the rest 25 % of 24 ms in rounds',
    ]);
  });

  it('says which stop string ended the text, disarmed', () => {
    const generation = sampleGeneration();
    const finished = { ...generation.finished, reason: 'stop' as const, stop: '\n\u009b' };
    expect(summaryLines({ ...generation, finished }, plain, 80)[1]).toContain('5 tokens (stopped by "\\n\ufffd"), ');
    expect(summaryLines({ ...generation, finished: { ...finished, stop: '' } }, plain, 80)[1]).toContain(
      '(end of text)',
    );
  });

  it('shortens a long stop string', () => {
    const generation = sampleGeneration();
    const finished = { ...generation.finished, reason: 'stop' as const, stop: 'x'.repeat(1024) };
    const line = summaryLines({ ...generation, finished }, plain, 80)[1];
    expect(line).toContain(`(stopped by "${'x'.repeat(22)}…), `);
  });

  it('names the queue when it took time, and leaves out what took none', () => {
    const generation = sampleGeneration();
    const timing = { ...generation.finished.timing, draftMs: 0, targetMs: 30, queueMs: 10, networkMs: 0 };
    const waited = { ...generation, finished: { ...generation.finished, timing } };
    expect(summaryLines(waited, plain, 80).at(-1)).toBe('time     target 75 %, queue 25 % of 40 ms in rounds');
  });

  it('says when the draft was lost', () => {
    const generation = sampleGeneration();
    const speculation = { ...generation.finished.speculation, draftLost: true };
    const lost = { ...generation, finished: { ...generation.finished, speculation } };
    expect(summaryLines(lost, plain, 80).at(-1)).toBe('the draft service was lost; the text went on without it');
  });

  it('leaves out what a run without a draft does not have', () => {
    const generation = sampleGeneration({ policy: 'off' });
    const off = {
      ...generation,
      started: { ...generation.started, draftModel: '' },
      rounds: generation.rounds.slice(2),
      finished: {
        ...generation.finished,
        speculation: {
          ...generation.finished.speculation,
          drafted: 0,
          accepted: 0,
          stopReasons: { off: 3 },
          positions: [],
          acceptedLengths: [3],
        },
      },
    };
    const text = summaryLines(off, plain, 80).join('\n');
    expect(text).not.toMatch(/acceptance rate|entropy|lambda|a round/);
    expect(text).toMatch(/^off {2}big\n/);
  });

  it('is the same text in colour', () => {
    const lines = summaryLines(sampleGeneration(), coloured, 80);
    expect(lines.join('')).toContain(ESCAPE);
    const stripped = lines.map((line) => line.replace(/\u001b\[[0-9;]*m/g, ''));
    expect(stripped).toEqual(summaryLines(sampleGeneration(), plain, 80));
  });
});

describe('createTextWriter', () => {
  const written = (isTTY: boolean, colour: boolean): string => {
    let text = '';
    const writer = createTextWriter({ isTTY, write: (part: string) => (text += part) }, createStyle(colour));
    for (const event of sampleEvents()) writer.onEvent(event);
    writer.end();
    return text;
  };

  it('writes the exact text into a pipe', () => {
    expect(written(false, false)).toBe('The cat sat.\u001b[2J!\n');
  });

  it('disarms the model on a terminal without colour', () => {
    expect(written(true, false)).toBe('The cat sat.␛[2J!\n');
  });

  it('colours text that came late by the tokens it belongs to', () => {
    let text = '';
    const writer = createTextWriter({ isTTY: true, write: (part: string) => (text += part) }, coloured);
    const [, round, , , finished] = sampleEvents();
    if (round?.type !== 'tokens' || finished?.type !== 'finished') throw new Error('the sample has both');
    writer.onEvent({ ...round, text: 'The c' });
    writer.onEvent({ ...finished, finished: { ...finished.finished, text: 'at' } });
    expect(text).toBe(['The', ' c', 'at'].map((part) => coloured.source('accepted', part)).join(''));
  });

  it('colours each token by its source on a terminal', () => {
    const green = (text: string): string => `\u001b[32m${text}\u001b[39m`;
    const yellow = (text: string): string => `\u001b[33m${text}\u001b[39m`;
    const cyan = (text: string): string => `\u001b[36m${text}\u001b[39m`;
    expect(written(true, true)).toBe(
      green('The') + green(' cat') + yellow(' sat') + yellow('.␛[2J') + cyan('!') + '\n',
    );
  });
});

describe('wantsColour', () => {
  it.each([
    [true, {}, true],
    [true, { NO_COLOR: '' }, true],
    [true, { NO_COLOR: '1' }, false],
    [true, { TERM: 'dumb' }, false],
    [false, {}, false],
  ])('terminal %s with %j: %s', (isTTY, env, expected) => {
    expect(wantsColour({ isTTY }, env)).toBe(expected);
  });
});
