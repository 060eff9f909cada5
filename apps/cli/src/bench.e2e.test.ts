import { expect, it } from 'vitest';
import { runCli } from './cli.fixture.js';

it('bench hands its arguments to the benchmark program, and its exit code back', async () => {
  const { code, stdout } = await runCli(['bench', 'replay', '--profiles', 'no-gain', '--policies', 'off,adaedl']);
  expect(code).toBe(0);
  expect(stdout).toContain('simulated: a draft whose step costs as much as a pass of the target');
  expect(stdout).toMatch(/^adaedl +\d/m);

  const wrong = await runCli(['bench', 'replay', '--profiles', 'none']);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('no profile none; there are a100-llama2-7b');
});
