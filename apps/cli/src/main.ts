import { watchInterruption } from './interruption.js';
import { run } from './run.js';

const { stdin, stdout, stderr, env } = process;
const interruption = watchInterruption(stdout, env);
// Nobody reads our complaints any more: nothing to complain about.
stderr.on('error', () => undefined);

const { signal, insisted } = interruption;
const exitCode = await run(process.argv.slice(2), { stdin, stdout, stderr, env, signal, insisted });
// What is written must be out before the process ends; a reader that has gone lets it end at once.
await Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))));
process.exit(exitCode);
