import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const loggerModule = new URL('../dist/logger.js', import.meta.url).href;

/** Runs a line of code with a logger in a process of its own, as only there standard error can be seen whole. */
function run(code: string): { stdout: string; stderr: string } {
  const script = `import { createLogger } from '${loggerModule}'; const log = createLogger('draft', 'info'); ${code}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
}

it('writes JSON lines to standard error only', () => {
  const { stdout, stderr } = run(`log.info({ slots: 4 }, 'serving'); log.debug('unseen');`);
  expect(stdout).toBe('');
  const lines = stderr.trim().split('\n');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 30, service: 'draft', slots: 4, msg: 'serving' });
});

it('loses nothing that is logged right before the end', () => {
  const { stderr } = run(
    `log.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'over'); process.exit(1);`,
  );
  expect(JSON.parse(stderr)).toMatchObject({
    level: 50,
    msg: 'over',
    err: { message: 'outer', cause: { message: 'inner' } },
  });
});
