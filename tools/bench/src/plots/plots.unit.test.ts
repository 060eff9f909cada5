import { describe, expect, it } from 'vitest';
import { studyResult } from '../study/study.fixture.js';
import { renderSvg } from './render.js';
import { STUDY_PLOTS } from './write.js';

const result = studyResult();
const draw = async (name: string): Promise<string> => {
  const spec = STUDY_PLOTS[name]?.(result);
  if (spec === undefined) throw new Error(`nothing to show in ${name}`);
  return await renderSvg(spec);
};

describe('the plots of a study', () => {
  it.each([
    [
      'throughput',
      ['tokens per second', 'sampling temperature', 'adaedl@7', 'best static', 'A100, Llama2-7B, simulated'],
    ],
    ['accepted-length', ['tokens per target pass', 'this machine, real runs', 'static:7', 'pace']],
    ['bound', ['draft entropy, nats', 'acceptance probability', '0–0.25', '&gt; 4']],
    ['lambda', ['mean λ', 'round']],
    ['ceiling', ['share of the ceiling, %', 'this machine, replayed', 'learned@7']],
  ])('%s names its axes and what it shows, on a white ground', async (name, texts) => {
    const svg = await draw(name);
    for (const text of texts) expect(svg).toContain(text);
    expect(svg).toMatch(/^<svg [^>]*width="\d+/);
    expect(svg).toContain('fill="white"');
    expect(svg).toMatch(/class="mark-(line|rect|symbol|rule)/);
  });

  it('are the same each time', async () => {
    expect(await draw('bound')).toBe(await draw('bound'));
  });

  it('are left out where there is nothing to show', () => {
    const nothing = { ...result, cells: [], bound: [], lambda: [] };
    for (const plot of Object.values(STUDY_PLOTS)) expect(plot(nothing)).toBeUndefined();
  });
});
