import { type Config, ConfigError, integer, optionalAddress, optionalText, readConfig } from '@outrider/config';
import { requiredAddress, serviceSettings, text } from '@outrider/config';
import { type PolicySpec, SpeculationError, parsePolicy } from '@outrider/speculation';

const hourMs = 3_600_000;

const settings = {
  ...serviceSettings,
  targetAddress: requiredAddress('OUTRIDER_TARGET_ADDRESS'),
  /** Unset: every generation is target-only. */
  draftAddress: optionalAddress('OUTRIDER_DRAFT_ADDRESS'),
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
  /** How long a session is remembered after its last generation. */
  sessionIdleMs: integer('OUTRIDER_SESSION_IDLE_MS', { min: 0, max: 24 * hourMs }, 10 * 60_000),
  /** Sessions remembered at most. */
  maxIdleSessions: integer('OUTRIDER_MAX_IDLE_SESSIONS', { min: 0, max: 1_000_000 }, 1000),
};

export type OrchestratorConfig = Omit<Config<typeof settings>, 'policy'> & { readonly policy: PolicySpec };

/** Errors: ConfigError. */
export function readOrchestratorConfig(environment: NodeJS.ProcessEnv, args: readonly string[]): OrchestratorConfig {
  const config = readConfig(settings, environment, args);
  try {
    return Object.freeze({ ...config, policy: parsePolicy(config.policy) });
  } catch (error) {
    if (!(error instanceof SpeculationError)) throw error;
    throw new ConfigError([`${settings.policy.variable} (--policy): ${error.message}`]);
  }
}
