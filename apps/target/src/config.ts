import { type Config, optionalText, readConfig, redisSettings, replicaSettings } from '@outrider/config';

const settings = {
  ...replicaSettings,
  ...redisSettings,
  /** Model folder. Unset: the target of the default pair. */
  modelDirectory: optionalText('OUTRIDER_MODEL_DIRECTORY'),
};

export type TargetConfig = Config<typeof settings>;

/** Errors: ConfigError. */
export function readTargetConfig(environment: NodeJS.ProcessEnv, args: readonly string[]): TargetConfig {
  return readConfig(settings, environment, args);
}
