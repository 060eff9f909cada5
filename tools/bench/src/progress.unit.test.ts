import { expect, it } from 'vitest';
import { createProgress, remainingTime } from './progress.js';

it('says how long the rest will take at the present pace', () => {
  expect(remainingTime(0, 10, 0)).toBe('0 of 10');
  expect(remainingTime(5, 10, 20_000)).toBe('5 of 10, 20 s left');
  expect(remainingTime(1, 61, 10_000)).toBe('1 of 61, 10 min left');
});

it('writes a line now and then where there is no terminal', () => {
  let now = 0;
  const written: string[] = [];
  const progress = createProgress({ write: (text) => written.push(text) }, () => now);
  for (now = 0; now <= 25_000; now += 1000) progress.report(`at ${now}`);
  progress.note('done');
  expect(written).toEqual(['at 0\n', 'at 10000\n', 'at 20000\n', 'done\n']);
});

it('writes over its line on a terminal, cut to the width, and clears it', () => {
  const written: string[] = [];
  const progress = createProgress({ isTTY: true, columns: 10, write: (text) => written.push(text) }, () => 0);
  progress.report('a long line of progress');
  progress.end();
  expect(written).toEqual(['\r\u001b[2Ka long li', '\r\u001b[2K']);
});
