import { describe, expect, it } from 'vitest';
import { createProgressReporter, type Progress } from './progress.js';

function reporter(isTTY: boolean, plain = false) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const sink = { isTTY, columns: 80, write: (text: string) => written.push(text) };
  return { written, clock, reporter: createProgressReporter(sink, plain, () => clock.ms) };
}

const download = (done: number): Progress => ({ label: 'download pair', done, total: 100e6, unit: 'bytes' });

describe('createProgressReporter', () => {
  it('writes a line now and then where there is no terminal', () => {
    const { written, clock, reporter: progress } = reporter(false);
    for (let ms = 0; ms <= 10_000; ms += 100) {
      clock.ms = ms;
      progress.report(download(ms * 1e4));
    }
    progress.report(download(100e6));
    progress.end();
    expect(written).toEqual([
      'download pair 0 % (0.0 of 100.0 MB)\n',
      'download pair 50 % (50.0 of 100.0 MB)\n',
      'download pair 100 % (100.0 of 100.0 MB)\n',
    ]);
  });

  it('draws a bar over itself on a terminal and takes it away at the end', () => {
    const { written, clock, reporter: progress } = reporter(true);
    progress.report(download(50e6));
    clock.ms = 10;
    progress.report(download(51e6));
    progress.end();
    expect(written).toEqual([
      '\r\u001b[2Kdownload pair ████████████░░░░░░░░░░░░  50 % (50.0 of 100.0 MB)',
      '\r\u001b[2K',
    ]);
  });

  it('uses no escape codes on a terminal that wants none', () => {
    const { written, reporter: progress } = reporter(true, true);
    progress.report(download(1));
    progress.end();
    expect(written.join('')).not.toContain('\u001b');
  });

  it('tells a new stage at once, and steps and unknown totals in words', () => {
    const { written, reporter: progress } = reporter(false);
    progress.report({ label: 'starting', done: 0, unit: 'steps', minor: true });
    progress.report({ label: 'import a', done: 3, total: 12, unit: 'steps' });
    progress.report({ label: 'download b', done: 2_500_000, unit: 'bytes' });
    expect(written).toEqual(['import a 25 % (3 of 12)\n', 'download b (2.5 MB)\n']);
  });
});
