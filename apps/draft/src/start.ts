import type { DraftEngine, EngineOptions, NgramEngineOptions } from '@outrider/inference';
import { type Model, ensureDefaultPair, openModel } from '@outrider/models';
import { type StartedService, startServer } from '@outrider/rpc';
import { type Logger, logFields } from '@outrider/telemetry';
import type { DraftConfig } from './config.js';
import { draftService } from './handler.js';
import { type Replica, createReplica } from './replica.js';

/** Makes the engines; which of them is loaded is decided by the settings. */
export interface Engines {
  createEngine(options: EngineOptions): Promise<DraftEngine>;
  createNgramEngine(options: NgramEngineOptions): Promise<DraftEngine>;
}

/** Loads the model, unless n-grams do without, and serves it. */
export async function startDraft(config: DraftConfig, log: Logger, engines: Engines): Promise<StartedService> {
  const { slots, threads } = config;
  const makeReplica = config.draftKind === 'ngram' ? ngramReplica : modelReplica;
  const replica = await makeReplica(config, engines);
  const server = await startServer({
    address: config.address,
    services: [draftService(replica)],
    onFailure: (method, error) => {
      const fields = { [logFields.method]: method, [logFields.errorCode]: error.code };
      if (error.code === 'internal') log.error({ ...fields, err: error }, 'a call failed');
      else log.debug({ ...fields, [logFields.errorField]: error.field }, 'a call was refused or cut short');
    },
  });
  log.info({ [logFields.address]: server.address, [logFields.model]: replica.model.name, slots, threads }, 'serving');
  return { server, dispose: () => replica.engine.dispose() };
}

async function modelReplica(config: DraftConfig, { createEngine }: Engines): Promise<Replica> {
  const { draftKind, slots, threads, engineThread: thread, contextLength, maxCandidates, modelDirectory } = config;
  const { directory, manifest } = await findModel(modelDirectory, 'draft');
  const engine = await createEngine({
    modelDirectory: directory,
    slots,
    threads,
    thread,
    maxCandidates,
    ...(contextLength !== undefined && { contextLength }),
  });
  const others = (['neural', 'ngram', 'hybrid'] as const).filter((kind) => kind !== draftKind);
  return createReplica(engine, manifest, [draftKind, ...others]);
}

/** Of the model folder, only what says how tokens are numbered is read. */
async function ngramReplica(config: DraftConfig, { createNgramEngine }: Engines): Promise<Replica> {
  const { slots, contextLength = Infinity, maxCandidates, modelDirectory } = config;
  const { directory, manifest } = await findModel(modelDirectory, 'target');
  const { architecture, endTokenIds, fingerprint, tokenizerFingerprint } = manifest;
  const engine = await createNgramEngine({
    vocabularySize: architecture.vocabularySize,
    contextLength: Math.min(contextLength, architecture.contextLength),
    endTokenIds,
    slots,
    maxCandidates,
    modelDirectory: directory,
  });
  return createReplica(engine, { name: 'n-grams', fingerprint, tokenizerFingerprint }, ['ngram']);
}

/** One of the default pair where no folder is named. */
async function findModel(modelDirectory: string | undefined, role: 'draft' | 'target'): Promise<Model> {
  return modelDirectory === undefined ? (await ensureDefaultPair())[role] : openModel(modelDirectory);
}
