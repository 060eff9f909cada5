/** One run of the command, from its arguments to an exit code. */
import { CommanderError } from 'commander';
import { CliError } from './cli-error.js';
import type { CliContext } from './context.js';
import { ExitCode } from './exit-codes.js';
import { createProgram } from './program.js';

/** Never rejects; a failure has put one line on standard error. Commands are loaded when they are needed. */
export async function run(args: readonly string[], context: CliContext): Promise<ExitCode> {
  const program = createProgram(
    {
      up: async (options) => (await import('./commands/up.js')).up(options, context),
      generate: async (options) => (await import('./commands/generate.js')).generate(options, context),
      importModel: async (file, options) => (await import('./commands/model.js')).importModel(file, options, context),
      listModels: async () => (await import('./commands/model.js')).listModels(context),
      removeModel: async (name) => (await import('./commands/model.js')).removeModel(name, context),
      bench: async (args) => (await import('./commands/bench.js')).bench(args, context),
    },
    context.stderr,
  );
  try {
    await program.parseAsync(args, { from: 'user' });
    return ExitCode.ok;
  } catch (thrown) {
    // commander has written its message already, and counts a shown help as success.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    const error = CliError.from(context.signal.aborted ? context.signal.reason : thrown);
    if (error.exitCode !== ExitCode.ok) context.stderr.write(`outrider: ${error.message}\n`);
    return error.exitCode;
  }
}
