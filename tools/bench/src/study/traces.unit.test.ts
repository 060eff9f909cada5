import { expect, it } from 'vitest';
import { traceHeader, traceText } from '../trace/trace.fixture.js';
import { chosen } from './traces.js';

it('takes the texts of the prompts wanted, in their order, or none', () => {
  const texts = ['code-1', 'lists-1', 'code-2'].map((prompt) => traceText([1], { prompt }));
  const trace = { header: traceHeader(), texts };
  expect(chosen(trace, [{ id: 'lists-1' }, { id: 'code-1' }])?.texts.map(({ prompt }) => prompt)).toEqual([
    'lists-1',
    'code-1',
  ]);
  expect(chosen(trace, [{ id: 'code-1' }, { id: 'code-3' }])).toBeUndefined();
});
