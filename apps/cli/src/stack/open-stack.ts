/** From what the user chose to a running stack. */
import { availableParallelism } from 'node:os';
import type { PolicySpec } from '@outrider/speculation';
import type { CliContext } from '../context.js';
import type { StackChoices } from '../options/stack-options.js';
import { importProgress } from '../render/import-progress.js';
import type { ProgressReporter } from '../render/progress.js';
import { freeAddresses } from './free-ports.js';
import { chooseModels } from './model-choice.js';
import { serviceGraceMs, serviceSpecs } from './service-specs.js';
import type { StackEvent } from './stack-event.js';
import { startStack, type Stack } from './stack.js';

/** Where the services of a stack listen, where it matters, and what its orchestrator does by default. */
export interface StackPlacement {
  readonly address?: string;
  readonly draftAddress?: string;
  readonly targetAddress?: string;
  readonly policy?: PolicySpec;
  /** Where sessions, leases and what is cached where are known to all. */
  readonly redis?: string;
  /** Of each service; one where not said. */
  readonly drafts?: number;
  readonly targets?: number;
  readonly orchestrators?: number;
}

/** A service that has used its grace up still frees its engine. */
const KILL_AFTER_GRACE_MS = 2_000;

/** Fetches the models when they are missing and starts the services. Rejects when the context's signal aborts. */
export async function openStack(
  choices: StackChoices & StackPlacement,
  context: CliContext,
  progress: ProgressReporter,
  onEvent: (event: StackEvent) => void,
): Promise<Stack> {
  const { signal, insisted, env, stderr } = context;
  const models = await chooseModels(choices, {
    signal,
    onProgress: (report) => progress.report(importProgress(report)),
  });
  if (choices.draft && models.draft === undefined) {
    progress.end();
    const { name } = models.target.manifest;
    stderr.write(
      `no draft for ${name}, so it runs target-only; import one with: outrider model import --draft-of ${name}\n` +
        'or draft without a model: --draft-kind ngram\n',
    );
  }
  progress.report({ label: 'starting services', done: 0, unit: 'steps', minor: true });

  const { drafts = 1, targets = 1, orchestrators = 1 } = choices;
  const free = await freeAddresses(drafts + targets + orchestrators);
  const take = (count: number, first: string | undefined): string[] => {
    const taken = free.splice(0, count);
    return first === undefined ? taken : [first, ...taken.slice(1)];
  };
  const specs = serviceSpecs({
    models,
    choices,
    env,
    cores: availableParallelism(),
    addresses: {
      orchestrator: take(orchestrators, choices.address),
      target: take(targets, choices.targetAddress),
      draft: take(drafts, choices.draftAddress),
    },
  });
  const onCleanLine = (event: StackEvent): void => {
    progress.end(); // what the event is about is written where the bar was
    onEvent(event);
  };
  return startStack(specs, {
    onEvent: onCleanLine,
    signal,
    insisted,
    graceMs: serviceGraceMs(env) + KILL_AFTER_GRACE_MS,
  });
}
