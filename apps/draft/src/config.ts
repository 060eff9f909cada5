import { type Config, choice, optionalText, readConfig, redisSettings, replicaSettings } from '@outrider/config';

const settings = {
  ...replicaSettings,
  ...redisSettings,
  /**
   * What sessions are drafted for with that ask for nothing else. With `ngram` no model is loaded, and there is nothing
   * else; otherwise there is all of it.
   */
  draftKind: choice('OUTRIDER_DRAFT_KIND', ['neural', 'ngram', 'hybrid'], 'hybrid'),
  /** Model folder. Unset: the draft of the default pair; of n-grams, which only need its tokenizer's, the target. */
  modelDirectory: optionalText('OUTRIDER_MODEL_DIRECTORY'),
};

export type DraftConfig = Config<typeof settings>;

/** Errors: ConfigError. */
export function readDraftConfig(environment: NodeJS.ProcessEnv, args: readonly string[]): DraftConfig {
  return readConfig(settings, environment, args);
}
