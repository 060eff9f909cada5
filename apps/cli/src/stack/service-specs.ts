/** How each service is started: its program, and its settings as environment variables. */
import { join } from 'node:path';
import { oneMachineEnvironment } from '@outrider/config';
import { cacheHome } from '@outrider/models';
import { policyName } from '@outrider/speculation';
import type { StackChoices } from '../options/stack-options.js';
import { entryPoint } from './entry-point.js';
import type { ChosenModels } from './model-choice.js';
import type { StackPlacement } from './open-stack.js';
import type { ServiceName, ServiceSpec } from './service.js';

export interface StackPlan {
  readonly models: ChosenModels;
  readonly choices: StackChoices & Pick<StackPlacement, 'policy' | 'redis'>;
  /** Of each instance. */
  readonly addresses: Readonly<Record<ServiceName, readonly string[]>>;
  /** Of the machine. */
  readonly cores: number;
  /** What the services inherit; their own settings come over it. */
  readonly env: NodeJS.ProcessEnv;
}

const DEFAULT_GRACE_MS = 4_000;

/** How long the generations that run at Ctrl-C may take; the supervisor waits a little longer before it kills. */
export function serviceGraceMs(env: NodeJS.ProcessEnv): number {
  const given = env['OUTRIDER_GRACE_MS'] ?? '';
  return /^\d{1,8}$/.test(given) ? Number(given) : DEFAULT_GRACE_MS;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** The draft service is left out when there is no draft. */
export function serviceSpecs({ models, choices, addresses, cores, env }: StackPlan): ServiceSpec[] {
  const { target, draft } = models;
  // Without a draft nothing can be drafted; by default nobody should ask.
  const policy = choices.policy ?? (draft === undefined ? { kind: 'off' as const } : undefined);
  const instances = (service: ServiceName, variables: (index: number) => Variables): ServiceSpec[] =>
    addresses[service].map((address, index, { length }) => ({
      name: length === 1 ? service : `${service}-${index + 1}`,
      service,
      command: process.execPath,
      args: [entryPoint(service)],
      env: {
        // ONNX Runtime's builds report their use to its maker unless told not to, and leave files in the temporary
        // folder for it. Nothing that starts here calls home by itself.
        ORT_DISABLE_TELEMETRY: '1',
        ...oneMachineEnvironment(env),
        OUTRIDER_LISTEN_ADDRESS: address,
        OUTRIDER_LOG_LEVEL: env['OUTRIDER_LOG_LEVEL'] ?? (choices.verbose === true ? 'info' : 'warn'),
        OUTRIDER_GRACE_MS: String(serviceGraceMs(env)),
        OUTRIDER_PARENT_PID: String(process.pid),
        OUTRIDER_STOP_ON_STDIN_END: 'true',
        ...given('OUTRIDER_REDIS_URL', choices.redis),
        ...variables(index),
      },
    }));
  const replica = (service: ServiceName, directory: string): Variables => ({
    OUTRIDER_MODEL_DIRECTORY: directory,
    ...given('OUTRIDER_THREADS', choices.threads ?? threadsOf(addresses[service].length, cores, env)),
    ...given('OUTRIDER_SLOTS', choices.slots),
    ...given('OUTRIDER_CONTEXT_LENGTH', choices.contextLength),
  });
  // With a Redis they could find each other there, a little later; what is known needs no finding, and stays known
  // while the Redis is away.
  const whereabouts = (service: ServiceName): string => addresses[service].join();

  const specs = [
    ...instances('target', () => replica('target', target.directory)),
    ...instances('orchestrator', (index) => ({
      OUTRIDER_MODEL_DIRECTORY: target.directory,
      OUTRIDER_TARGET_ADDRESS: whereabouts('target'),
      // Empty counts as unset: a variable of the user's must not bring a draft back.
      OUTRIDER_DRAFT_ADDRESS: draft === undefined ? '' : whereabouts('draft'),
      OUTRIDER_WARM_STARTS_FILE: env['OUTRIDER_WARM_STARTS_FILE'] ?? join(cacheHome(env), warmStartsFile(index)),
      ...given('OUTRIDER_POLICY', policy === undefined ? undefined : policyName(policy)),
    })),
  ];
  if (draft === undefined) return specs;
  const kind = given('OUTRIDER_DRAFT_KIND', choices.draftKind);
  return [...instances('draft', () => ({ ...replica('draft', draft.directory), ...kind })), ...specs];
}

/**
 * Replicas of one service run at the same time, so they share the cores; a draft and a target take turns within a
 * generation, so they do not. Undefined where the service's own default or the user's variable holds.
 */
function threadsOf(replicas: number, cores: number, env: NodeJS.ProcessEnv): number | undefined {
  if (replicas === 1 || env['OUTRIDER_THREADS']) return undefined;
  return Math.max(1, Math.floor(cores / replicas));
}

/** Each orchestrator writes its own when it ends. */
function warmStartsFile(index: number): string {
  return index === 0 ? 'warm-starts.json' : `warm-starts-${index + 1}.json`;
}

/** A variable only when there is a value: otherwise the service's own default, or the user's variable, holds. */
function given(name: string, value: string | number | undefined): Variables {
  return value === undefined ? {} : { [name]: String(value) };
}
