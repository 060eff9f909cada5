import type { DraftEngine, EngineOptions, NgramEngineOptions } from '@outrider/inference';
import { type Model, ensureDefaultPair, openModel } from '@outrider/models';
import { type ServeReplicaOptions, engineOptions, serveReplica } from '@outrider/replica';
import type { StartedService } from '@outrider/rpc';
import type { Logger } from '@outrider/telemetry';
import type { DraftConfig } from './config.js';
import { type DraftKinds, draftService } from './handler.js';

/** Makes the engines; which of them is loaded is decided by the settings. */
export interface Engines {
  createEngine(options: EngineOptions): Promise<DraftEngine>;
  createNgramEngine(options: NgramEngineOptions): Promise<DraftEngine>;
}

/** What drafts, before it is loaded. */
interface Drafter extends Pick<ServeReplicaOptions<DraftEngine>, 'identity' | 'createEngine'> {
  readonly kinds: DraftKinds;
}

/** Loads the model, unless n-grams do without, and serves it. */
export async function startDraft(config: DraftConfig, log: Logger, engines: Engines): Promise<StartedService> {
  const choose = config.draftKind === 'ngram' ? ngramDrafter : modelDrafter;
  const { identity, createEngine, kinds } = await choose(config, engines);
  return serveReplica({
    role: 'draft',
    config,
    log,
    identity,
    createEngine,
    createService: (replica) => draftService(replica, kinds),
  });
}

async function modelDrafter(config: DraftConfig, { createEngine }: Engines): Promise<Drafter> {
  const { draftKind, modelDirectory } = config;
  const { directory, manifest } = await findModel(modelDirectory, 'draft');
  const others = (['neural', 'ngram', 'hybrid'] as const).filter((kind) => kind !== draftKind);
  return {
    identity: manifest,
    kinds: [draftKind, ...others],
    createEngine: (caches) => createEngine(engineOptions(config, directory, caches)),
  };
}

/** Of the model folder, only what says how tokens are numbered is read. There is nothing to keep in caches. */
async function ngramDrafter(config: DraftConfig, { createNgramEngine }: Engines): Promise<Drafter> {
  const { slots, contextLength = Infinity, maxCandidates, modelDirectory } = config;
  const { directory, manifest } = await findModel(modelDirectory, 'target');
  const { architecture, endTokenIds, fingerprint, tokenizerFingerprint } = manifest;
  return {
    identity: { name: 'n-grams', fingerprint, tokenizerFingerprint },
    kinds: ['ngram'],
    createEngine: () =>
      createNgramEngine({
        vocabularySize: architecture.vocabularySize,
        contextLength: Math.min(contextLength, architecture.contextLength),
        endTokenIds,
        slots,
        maxCandidates,
        modelDirectory: directory,
      }),
  };
}

/** One of the default pair where no folder is named. */
async function findModel(modelDirectory: string | undefined, role: 'draft' | 'target'): Promise<Model> {
  return modelDirectory === undefined ? (await ensureDefaultPair())[role] : openModel(modelDirectory);
}
