import type { Engine, EngineOptions } from '@outrider/inference';
import { type Model, ensureDefaultPair, openModel } from '@outrider/models';
import { type StartedService, startServer } from '@outrider/rpc';
import { type Logger, logFields } from '@outrider/telemetry';
import type { DraftConfig } from './config.js';
import { draftService } from './handler.js';
import { createReplica } from './replica.js';

/** Loads the model and serves it. */
export async function startDraft(
  config: DraftConfig,
  log: Logger,
  createEngine: (options: EngineOptions) => Promise<Engine>,
): Promise<StartedService> {
  const { slots, threads, engineThread: thread, contextLength, maxCandidates } = config;
  const { directory, manifest } = await findModel(config);
  const engine = await createEngine({
    modelDirectory: directory,
    slots,
    threads,
    thread,
    maxCandidates,
    ...(contextLength !== undefined && { contextLength }),
  });
  const replica = createReplica(engine, manifest);
  const server = await startServer({
    address: config.address,
    services: [draftService(replica)],
    onFailure: (method, error) => {
      const fields = { [logFields.method]: method, [logFields.errorCode]: error.code };
      if (error.code === 'internal') log.error({ ...fields, err: error }, 'a call failed');
      else log.debug({ ...fields, [logFields.errorField]: error.field }, 'a call was refused or cut short');
    },
  });
  log.info({ [logFields.address]: server.address, [logFields.model]: manifest.name, slots, threads }, 'serving');
  return { server, dispose: () => engine.dispose() };
}

async function findModel({ modelDirectory }: DraftConfig): Promise<Model> {
  return modelDirectory === undefined ? (await ensureDefaultPair()).draft : openModel(modelDirectory);
}
