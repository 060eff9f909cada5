import { type ModelInfo, OutriderError, createVocabulary } from '@outrider/contracts';
import { type Model, ensureDefaultPair, openModel } from '@outrider/models';
import { type StartedService, createAdmission, startServer } from '@outrider/rpc';
import { openSharedState } from '@outrider/sessions';
import { type Logger, logFields } from '@outrider/telemetry';
import { announceOrchestrator } from './announce-orchestrator.js';
import type { OrchestratorConfig } from './config.js';
import { identifyDraft } from './draft-client.js';
import { generationService } from './handler.js';
import { loadLearnedWeights } from './learned-weights.js';
import { createSessionHolder } from './lease.js';
import { createPolicies } from './policies.js';
import { createPromptEncoder } from './prompt.js';
import { createReplicaPool } from './replica-pool.js';
import { shareWarmStarts } from './shared-warm-starts.js';
import { watchStore } from './store-watch.js';
import { identifyTarget } from './target-client.js';
import { textStreams } from './text-stream.js';
import { type WarmStarts, createWarmStarts, readWarmStarts, writeWarmStarts } from './warm-starts.js';

/** Loads the tokenizer, dials the replicas and serves, whether they are there already or not. */
export async function startOrchestrator(config: OrchestratorConfig, log: Logger): Promise<StartedService> {
  const { manifest, loadTokenizer } = await findModel(config);
  const tokenizer = await loadTokenizer();
  const learned = await loadLearnedWeights(config.learnedWeightsFile);
  const experience = await loadExperience(config.warmStartsFile, log);

  const store = watchStore(log);
  const shared = await openSharedState(config, { idleMs: config.sessionIdleMs, maxIdle: config.maxIdleSessions });
  const check = tokenizerCheck(manifest.tokenizerFingerprint);
  const common = { registry: shared.replicas, store, check, log };
  const targets = createReplicaPool({ ...common, source: config.targets, role: 'target', identify: identifyTarget });
  const drafts =
    config.drafts && createReplicaPool({ ...common, source: config.drafts, role: 'draft', identify: identifyDraft });
  const admission = createAdmission({ slots: config.maxGenerations, queueLength: config.queueLength });

  const service = generationService({
    targets,
    drafts,
    admission,
    sessions: createSessionHolder({ sessions: shared.sessions, store }),
    shared,
    store,
    tokenizer,
    prompts: createPromptEncoder(tokenizer),
    textStream: textStreams(tokenizer),
    vocabulary: createVocabulary(manifest.architecture.vocabularySize),
    policies: createPolicies({
      defaultPolicy: config.policy,
      warmStarts: shareWarmStarts(experience.warmStarts, shared.warmStarts, store),
      learned,
    }),
    draftTimeoutMs: config.draftTimeoutMs,
    readerIdleMs: config.streamIdleMs,
    log,
  });
  const server = await startServer({
    address: config.address,
    services: [service],
    onFailure: (method, error) => {
      const fields = { [logFields.method]: method, [logFields.errorCode]: error.code };
      if (error.code === 'internal' || error.code === 'bad_reply')
        log.error({ ...fields, err: error }, 'a call failed');
      else log.debug({ ...fields, [logFields.errorField]: error.field }, 'a call was refused or cut short');
    },
  });
  const announcer = announceOrchestrator({
    registry: shared.replicas,
    store,
    address: config.advertisedAddress ?? server.address,
    fingerprint: manifest.fingerprint,
    tokenizerFingerprint: manifest.tokenizerFingerprint,
    slots: config.maxGenerations,
    admission,
  });
  log.info({ [logFields.address]: server.address, [logFields.model]: manifest.name }, 'serving');
  return {
    server: {
      address: server.address,
      // Clients look for another one before this one is gone.
      drain: async (graceMs) => void (await Promise.all([announcer.stop(), server.drain(graceMs)])),
    },
    dispose: async () => {
      targets.close();
      drafts?.close();
      await experience.save();
      await shared.close();
    },
  };
}

/** What policies have learned, from the file and back to it. Losing it costs a little speed: never a reason to fail. */
async function loadExperience(
  file: string | undefined,
  log: Logger,
): Promise<{ readonly warmStarts: WarmStarts; save(): Promise<void> }> {
  if (file === undefined) return { warmStarts: createWarmStarts(), save: async () => undefined };
  const warmStarts = await readWarmStarts(file).catch((error: unknown) => {
    log.warn({ err: error }, 'policies start without what they had learned');
    return createWarmStarts();
  });
  const save = (): Promise<void> =>
    writeWarmStarts(file, warmStarts).catch((error: unknown) => {
      log.warn({ err: error }, 'what policies have learned is lost');
    });
  return { warmStarts, save };
}

/** Refuses replicas whose token ids are not the tokenizer's. */
function tokenizerCheck(expected: string): (model: ModelInfo) => void {
  return ({ name, tokenizerFingerprint }) => {
    if (tokenizerFingerprint === expected) return;
    const problem = `the tokenizer of ${name} is ${tokenizerFingerprint}, not ${expected}`;
    throw new OutriderError('fingerprint_mismatch', problem);
  };
}

async function findModel({ modelDirectory }: OrchestratorConfig): Promise<Model> {
  return modelDirectory === undefined ? (await ensureDefaultPair()).target : openModel(modelDirectory);
}
