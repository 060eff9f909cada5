import type { Engine, EngineOptions } from '@outrider/inference';
import { type Model, ensureDefaultPair, openModel } from '@outrider/models';
import { engineOptions, serveReplica } from '@outrider/replica';
import type { StartedService } from '@outrider/rpc';
import type { Logger } from '@outrider/telemetry';
import type { TargetConfig } from './config.js';
import { targetService } from './handler.js';

/** Loads the model and serves it. */
export async function startTarget(
  config: TargetConfig,
  log: Logger,
  createEngine: (options: EngineOptions) => Promise<Engine>,
): Promise<StartedService> {
  const { directory, manifest } = await findModel(config);
  return serveReplica({
    role: 'target',
    config,
    log,
    identity: manifest,
    createEngine: (caches) => createEngine(engineOptions(config, directory, caches)),
    createService: targetService,
  });
}

async function findModel({ modelDirectory }: TargetConfig): Promise<Model> {
  return modelDirectory === undefined ? (await ensureDefaultPair()).target : openModel(modelDirectory);
}
