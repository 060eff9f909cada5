import { type Config, optionalText, readConfig, replicaSettings } from '@outrider/config';

const settings = {
  ...replicaSettings,
  /** Model folder. Unset: the target of the default pair. */
  model: optionalText('OUTRIDER_TARGET_MODEL'),
};

export type TargetConfig = Config<typeof settings>;

/** Errors: ConfigError. */
export function readTargetConfig(environment: NodeJS.ProcessEnv, args: readonly string[]): TargetConfig {
  return readConfig(settings, environment, args);
}
