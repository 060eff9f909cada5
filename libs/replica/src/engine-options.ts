import type { Config, replicaSettings } from '@outrider/config';
import type { EngineOptions } from '@outrider/inference';

/** What the caches of an engine need. */
export type CacheOptions = Pick<EngineOptions, 'cacheTokens' | 'onCacheChange'>;

/** An engine over the model in a folder, as the settings of a replica want it. */
export function engineOptions(
  { contextLength, engineThread: thread, maxCandidates, slots, threads }: Config<typeof replicaSettings>,
  modelDirectory: string,
  caches: CacheOptions,
): EngineOptions {
  return {
    modelDirectory,
    slots,
    threads,
    thread,
    maxCandidates,
    ...(contextLength !== undefined && { contextLength }),
    ...caches,
  };
}
