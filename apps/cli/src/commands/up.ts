import { CliError } from '../cli-error.js';
import type { CliContext } from '../context.js';
import { checkUpOptions, type UpOptions } from '../options/up-options.js';
import { createProgressReporter } from '../render/progress.js';
import { createStackReporter } from '../render/stack-reporter.js';
import { createStyle, wantsColour } from '../render/style.js';
import { openStack } from '../stack/open-stack.js';
import { whenAborted } from '../when-aborted.js';

/** `outrider up`: runs the services until the user ends them or one that cannot be spared fails. */
export async function up(options: UpOptions, context: CliContext): Promise<void> {
  const { stdout, stderr, env, signal } = context;
  await checkUpOptions(options, env);
  const colour = wantsColour(stderr, env);
  const reporter = createStackReporter({ stdout, stderr }, createStyle(colour), options.verbose);
  const progress = createProgressReporter(stderr, !colour);
  const stack = await openStack(options, context, progress, reporter.onEvent).finally(() => progress.end());
  try {
    reporter.up(stack.addressesOf('orchestrator'));
    throw CliError.from(await Promise.race([stack.failed, whenAborted(signal)]));
  } finally {
    await stack.stop();
  }
}
