import { type ModelInfo, OutriderError, createVocabulary } from '@outrider/contracts';
import { type Model, ensureDefaultPair, openModel } from '@outrider/models';
import { type StartedService, startServer } from '@outrider/rpc';
import { createMemoryStore } from '@outrider/sessions';
import { type Logger, logFields } from '@outrider/telemetry';
import type { OrchestratorConfig } from './config.js';
import { identifyDraft } from './draft-client.js';
import { generationService } from './handler.js';
import { loadLearnedWeights } from './learned-weights.js';
import { createPolicies } from './policies.js';
import { createPromptEncoder } from './prompt.js';
import { type ReplicaLink, type ReplicaLinkOptions, createReplicaLink } from './replica-link.js';
import { identifyTarget } from './target-client.js';
import { textStreams } from './text-stream.js';
import { type WarmStarts, createWarmStarts, readWarmStarts, writeWarmStarts } from './warm-starts.js';

/** Loads the tokenizer, dials the replicas and serves, whether they are there already or not. */
export async function startOrchestrator(config: OrchestratorConfig, log: Logger): Promise<StartedService> {
  const { manifest, loadTokenizer } = await findModel(config);
  const tokenizer = await loadTokenizer();
  const link = replicaLinks(manifest.tokenizerFingerprint, log);
  const targets = link(config.targetAddress, 'the target', identifyTarget);
  const drafts = config.draftAddress === undefined ? undefined : link(config.draftAddress, 'the draft', identifyDraft);

  const experience = await loadExperience(config.warmStartsFile, log);

  const service = generationService({
    targets,
    drafts,
    sessions: createMemoryStore({ now: Date.now, idleMs: config.sessionIdleMs, maxIdle: config.maxIdleSessions }),
    tokenizer,
    prompts: createPromptEncoder(tokenizer),
    textStream: textStreams(tokenizer),
    vocabulary: createVocabulary(manifest.architecture.vocabularySize),
    policies: createPolicies({
      defaultPolicy: config.policy,
      warmStarts: experience.warmStarts,
      learned: await loadLearnedWeights(config.learnedWeightsFile),
    }),
    draftTimeoutMs: config.draftTimeoutMs,
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
  log.info({ [logFields.address]: server.address, [logFields.model]: manifest.name }, 'serving');
  return {
    server,
    dispose: async () => {
      targets.close();
      drafts?.close();
      await experience.save();
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

/** Makes links to replicas whose token ids are the tokenizer's. */
function replicaLinks(tokenizerFingerprint: string, log: Logger) {
  return (address: string, peer: string, identify: ReplicaLinkOptions['identify']): ReplicaLink =>
    createReplicaLink({
      address,
      peer,
      identify,
      check: (model) => checkTokenizer(model, peer, tokenizerFingerprint),
      onChange: (change) => {
        const fields = { [logFields.address]: address };
        if ('model' in change) log.info({ ...fields, [logFields.model]: change.model.name }, `${peer} is connected`);
        else log.info({ ...fields, [logFields.errorCode]: change.error.code, err: change.error }, `no way to ${peer}`);
      },
    });
}

function checkTokenizer(model: ModelInfo, peer: string, expected: string): void {
  if (model.tokenizerFingerprint === expected) return;
  const problem = `the tokenizer of ${peer}, ${model.name}, is ${model.tokenizerFingerprint}, not ${expected}`;
  throw new OutriderError('fingerprint_mismatch', problem);
}

async function findModel({ modelDirectory }: OrchestratorConfig): Promise<Model> {
  return modelDirectory === undefined ? (await ensureDefaultPair()).target : openModel(modelDirectory);
}
