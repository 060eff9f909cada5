import { type Config, ConfigError, integer, optionalAddress, optionalText, readConfig } from '@outrider/config';
import { redisSettings, serviceSettings, text } from '@outrider/config';
import { type PolicySpec, SpeculationError, parsePolicy } from '@outrider/speculation';
import { type ReplicaSource, parseReplicaSource } from './replica-source.js';

const hourMs = 3_600_000;

const settings = {
  ...serviceSettings,
  ...redisSettings,
  /** `host:port,host:port`, `dns:///name:port` (every address of the name), or `registry` (those found in Redis). */
  targetAddress: text('OUTRIDER_TARGET_ADDRESS', ''),
  /** The same. Unset: every generation is target-only. */
  draftAddress: optionalText('OUTRIDER_DRAFT_ADDRESS'),
  /** Where others reach this orchestrator, for the registry; by default where it listens. */
  advertisedAddress: optionalAddress('OUTRIDER_ADVERTISED_ADDRESS'),
  /** The target's model folder, for its tokenizer. Unset: the target of the default pair. */
  modelDirectory: optionalText('OUTRIDER_MODEL_DIRECTORY'),
  /** Of requests that name none; parsePolicy reads it. */
  policy: text('OUTRIDER_POLICY', 'adaedl'),
  /** A JSON file with the weights of the policy `learned`. Unset: those trained for the default pair. */
  learnedWeightsFile: optionalText('OUTRIDER_LEARNED_WEIGHTS'),
  /** A JSON file that keeps what policies have learned while no orchestrator runs. Unset: it is lost. */
  warmStartsFile: optionalText('OUTRIDER_WARM_STARTS_FILE'),
  /** How long a draft may keep a generation waiting before it goes on without. */
  draftTimeoutMs: integer('OUTRIDER_DRAFT_TIMEOUT_MS', { min: 1, max: hourMs }, 1000),
  /** Generations that run at a time. */
  maxGenerations: integer('OUTRIDER_MAX_GENERATIONS', { min: 1, max: 65_536 }, 256),
  /** Generations that may wait until one of them is over; one more is refused. */
  queueLength: integer('OUTRIDER_QUEUE_LENGTH', { min: 0, max: 65_536 }, 64),
  /** A generation whose client reads nothing for so long is ended. */
  streamIdleMs: integer('OUTRIDER_STREAM_IDLE_MS', { min: 10, max: 24 * hourMs }, 60_000),
  /** How long a session is remembered after its last generation. */
  sessionIdleMs: integer('OUTRIDER_SESSION_IDLE_MS', { min: 0, max: 24 * hourMs }, 10 * 60_000),
  /** Sessions remembered at most, without a Redis. */
  maxIdleSessions: integer('OUTRIDER_MAX_IDLE_SESSIONS', { min: 0, max: 1_000_000 }, 1000),
};

type Settings = Config<typeof settings>;

export interface OrchestratorConfig extends Omit<Settings, 'policy' | 'targetAddress' | 'draftAddress'> {
  readonly policy: PolicySpec;
  readonly targets: ReplicaSource;
  readonly drafts: ReplicaSource | undefined;
}

/** Errors: ConfigError. */
export function readOrchestratorConfig(environment: NodeJS.ProcessEnv, args: readonly string[]): OrchestratorConfig {
  const { draftAddress, policy, targetAddress, ...config } = readConfig(settings, environment, args);
  const hasRegistry = config.redisUrl !== undefined;
  return Object.freeze({
    ...config,
    policy: readPolicy(policy),
    targets: readSource('targetAddress', 'target', targetAddress, hasRegistry),
    drafts: draftAddress === undefined ? undefined : readSource('draftAddress', 'draft', draftAddress, hasRegistry),
  });
}

function readPolicy(name: string): PolicySpec {
  try {
    return parsePolicy(name);
  } catch (error) {
    if (!(error instanceof SpeculationError)) throw error;
    throw new ConfigError([`${settings.policy.variable} (--policy): ${error.message}`]);
  }
}

function readSource(
  key: 'targetAddress' | 'draftAddress',
  role: string,
  value: string,
  hasRegistry: boolean,
): ReplicaSource {
  const source = parseReplicaSource(value);
  const problem =
    value === ''
      ? 'is required'
      : source === undefined
        ? 'must be host:port, several of them with commas, dns:///name:port or registry'
        : source.kind === 'registry' && !hasRegistry
          ? `is registry, which needs ${redisSettings.redisUrl.variable}`
          : undefined;
  if (source && problem === undefined) return source;
  throw new ConfigError([`${settings[key].variable} (--${role}-address): ${problem}`]);
}
