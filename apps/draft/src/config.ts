import { type Config, optionalText, readConfig, replicaSettings } from '@outrider/config';

const settings = {
  ...replicaSettings,
  /** Model folder. Unset: the draft of the default pair. */
  modelDirectory: optionalText('OUTRIDER_MODEL_DIRECTORY'),
};

export type DraftConfig = Config<typeof settings>;

/** Errors: ConfigError. */
export function readDraftConfig(environment: NodeJS.ProcessEnv, args: readonly string[]): DraftConfig {
  return readConfig(settings, environment, args);
}
