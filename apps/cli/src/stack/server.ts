/** Where a completion comes from: a stack that runs already, or one started for this command alone. */
import { setTimeout as delay } from 'node:timers/promises';
import type { CliContext } from '../context.js';
import { stackChoices, type StackChoices } from '../options/stack-options.js';
import type { ProgressReporter } from '../render/progress.js';
import { createStackReporter } from '../render/stack-reporter.js';
import { createStyle, wantsColour } from '../render/style.js';
import { openStack } from './open-stack.js';

export interface Server {
  /** The orchestrator's. */
  readonly address: string;
  /** What is behind an error of a call: a service that died explains more than a broken connection. */
  causeOf(error: unknown): Promise<unknown>;
  /** Ends the stack, if it is our own. */
  close(): Promise<void>;
}

export interface ServerChoices extends StackChoices {
  /** A running orchestrator. */
  readonly address?: string;
}

/** A connection breaks a moment before the exit of its process is noticed. */
const EXIT_NOTICE_MS = 300;

export async function openServer(
  choices: ServerChoices,
  context: CliContext,
  progress: ProgressReporter,
): Promise<Server> {
  const { address } = choices;
  if (address !== undefined) {
    return { address, causeOf: (error) => Promise.resolve(error), close: () => Promise.resolve() };
  }
  const style = createStyle(wantsColour(context.stderr, context.env));
  const reporter = createStackReporter({ stderr: context.stderr }, style, choices.verbose);
  const stack = await openStack(stackChoices(choices), context, progress, (event) => {
    if (event.type !== 'ready') return reporter.onEvent(event);
    const label = `starting services, ${event.service} is ready`;
    progress.report({ label, done: 0, unit: 'steps', minor: true });
  });
  return {
    address: stack.addressesOf('orchestrator')[0] ?? '',
    causeOf: (error) =>
      context.signal.aborted ? Promise.resolve(error) : Promise.race([stack.failed, delay(EXIT_NOTICE_MS, error)]),
    close: () => stack.stop(),
  };
}
