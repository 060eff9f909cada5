import { expect, it } from 'vitest';
import { type CurvePoint, withRatios } from './curve.js';
import { type EngineResult, curveColumns, curveRows } from './table.js';
import { textTable } from '../report/table.js';

const point = (what: CurvePoint['what'], context: number, width: number, medianMs: number): CurvePoint => ({
  temperature: 0,
  context,
  what,
  width,
  medianMs,
  minMs: medianMs / 2,
  medianCallMs: medianMs + 1,
});

const points = withRatios([
  point('target', 64, 1, 4),
  point('target', 64, 5, 6),
  point('draft', 64, 1, 1),
  point('target', 512, 1, 8),
  point('target', 512, 5, 10),
  point('draft', 512, 1, 2),
]);

it('ratios are to one token at the same context', () => {
  expect(points.map(({ ratioToOne }) => ratioToOne)).toEqual([1, 1.5, 0.25, 1, 1.25, 0.25]);
  expect(points.map(({ minRatioToOne }) => minRatioToOne)).toEqual([1, 1.5, 0.25, 1, 1.25, 0.25]);
});

it('the table has a line for each width and one for the draft', () => {
  const settings = { widths: [1, 5], contexts: [64, 512], temperatures: [0], repeat: 1, candidates: 64, threads: 2 };
  const result = { settings, points } as unknown as EngineResult;
  expect(textTable(curveColumns(result, false), curveRows(result, 0))).toBe(
    [
      'new tokens  ms at 64  × one  ms at 512  × one',
      '1 token         4.00   1.00       8.00   1.00',
      '5 tokens        6.00   1.50      10.00   1.25',
      'draft step      1.00   0.25       2.00   0.25',
      '',
    ].join('\n'),
  );
});
