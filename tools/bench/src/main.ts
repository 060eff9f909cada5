#!/usr/bin/env node
import { CommanderError } from 'commander';
import { BenchError } from './bench-error.js';
import type { BenchContext } from './context.js';
import { watchInterruption } from './interruption.js';
import { createProgram } from './program.js';
import { createProgress } from './progress.js';

const { env, stderr, stdout } = process;
const args = process.argv.slice(2);
const signal = watchInterruption(env);
const progress = createProgress(stderr);
const context: BenchContext = { stdout, progress, signal, args, env };

const program = createProgram({
  policies: async (options) => (await import('./policies/command.js')).runPolicies(options, context),
  engine: async (options) => (await import('./engine/command.js')).runEngine(options, context),
  peer: async (options) => (await import('./peer/command.js')).runPeer(options, context),
  quality: async (options) => (await import('./quality/command.js')).runQuality(options, context),
  features: async (options) => (await import('./features/command.js')).runFeatures(options, context),
  record: async (options) => (await import('./record/command.js')).runRecord(options, context),
  replay: async (files, options) => (await import('./replay/command.js')).runReplay(files, options, context),
  profile: async (files, options) => (await import('./profiles/command.js')).runProfile(files, options, context),
  study: async (options) => (await import('./study/command.js')).runStudy(options, context),
  train: async (files, options) => (await import('./train/command.js')).runTrain(files, options, context),
  load: async (options) => (await import('./load/command.js')).runLoad(options, context),
  sessions: async (options) => (await import('./sessions/command.js')).runSessions(options, context),
  readme: async () => (await import('./report/readme.js')).updateReadme(context),
});

let exitCode = 0;
try {
  await program.parseAsync(args, { from: 'user' });
} catch (thrown) {
  progress.end();
  // commander has written its message already, and counts a shown help as success.
  if (thrown instanceof CommanderError) exitCode = thrown.exitCode === 0 ? 0 : 2;
  else {
    const error = BenchError.from(signal.aborted ? signal.reason : thrown);
    stderr.write(`bench: ${error.message}\n`);
    exitCode = error.exitCode;
  }
}
// What is written must be out before the process ends.
await Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))));
process.exit(exitCode);
