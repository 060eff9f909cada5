import { expect, it } from 'vitest';
import { loadPrompts } from '../workload/prompts.js';
import { dealPrompts } from './plan.js';
import { type LoadText, compareTexts, nameTies } from './texts.js';

const text = (streams: number, lap: number, tokenIds: readonly number[], prompt = 'code-1'): LoadText => ({
  policy: 'off',
  streams,
  lap,
  prompt,
  tokenIds,
});

it('texts are compared with those of the fewest streams, and each place of a difference is judged once', async () => {
  const texts = [text(8, 0, [1, 2, 4]), text(1, 0, [1, 2, 3]), text(8, 1, [1, 2, 4]), text(1, 1, [1, 2, 3])];
  const other = [text(1, 0, [7], 'lists-1'), text(8, 0, [8], 'lists-1')];
  const asked: string[] = [];
  const report = await nameTies(compareTexts([...texts, ...other]), async ({ prompt, firstDifference }) => {
    asked.push(`${prompt} ${firstDifference}`);
    return prompt === 'code-1' ? 0.02 : 1.5;
  });
  expect(report.compared).toBe(4);
  expect(report.differences).toEqual([
    { policy: 'off', streams: 8, lap: 0, prompt: 'code-1', firstDifference: 2, marginNats: 0.02, tie: true },
    { policy: 'off', streams: 8, lap: 1, prompt: 'code-1', firstDifference: 2, marginNats: 0.02, tie: true },
    { policy: 'off', streams: 8, lap: 0, prompt: 'lists-1', firstDifference: 0, marginNats: 1.5, tie: false },
  ]);
  expect(asked).toEqual(['code-1 2', 'lists-1 0']);
});

it('a difference at a place that the target alone does not come to is no tie', async () => {
  const report = await nameTies(compareTexts([text(1, 0, [1]), text(2, 0, [2])]), async () => undefined);
  expect(report.differences).toEqual([
    { policy: 'off', streams: 2, lap: 0, prompt: 'code-1', firstDifference: 0, tie: false },
  ]);
});

it('any number of streams is dealt the same prompts, each once', () => {
  const prompts = loadPrompts();
  const plan = { streams: [1, 2, 8], requests: 2 };
  for (const streams of plan.streams) {
    const dealt = dealPrompts(prompts, plan, streams);
    expect(dealt.map(({ length }) => length)).toEqual(Array.from({ length: streams }, () => 16 / streams));
    expect(new Set(dealt.flat())).toEqual(new Set(prompts.slice(0, 16)));
  }
});
