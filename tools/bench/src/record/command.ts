/** `bench record`: traces of real generations, with the real engines in this process. */
import { join } from 'node:path';
import { type DraftEngine, type Engine, createEngine } from '@outrider/inference';
import { createNgramEngine } from '@outrider/inference/ngram';
import { type Model, openModel } from '@outrider/models';
import type { DraftKind } from '@outrider/speculation';
import type { BenchContext } from '../context.js';
import { defaultPair } from '../models.js';
import { tracesFolder } from '../paths.js';
import { type ModelName, modelName } from '../policies/result.js';
import { describeRun } from '../report/provenance.js';
import { TRACE_FORMAT, type TraceHeader, type TraceSettings } from '../trace/types.js';
import { type PromptSet, choosePrompts } from '../workload/prompts.js';
import { recordTrace } from './record-trace.js';

export interface RecordOptions {
  readonly promptSet?: PromptSet;
  readonly prompts?: number;
  readonly maxTokens: number;
  readonly temperatures: readonly number[];
  readonly draftKinds: readonly DraftKind[];
  /** Model folders; the default pair's without. */
  readonly target?: string;
  readonly draft?: string;
  readonly offPath: number;
  readonly threads: number;
  readonly seed: bigint;
  readonly folder?: string;
}

/** What the services send and ask for by default. */
const CANDIDATES = 64;

export async function runRecord(options: RecordOptions, context: BenchContext): Promise<void> {
  const { maxTokens, offPath, seed, temperatures, threads } = options;
  const { args, progress, signal, stdout } = context;
  const provenance = describeRun(args, new Date());
  const prompts = choosePrompts(options.prompts, options.promptSet);
  const pair = options.target === undefined || options.draft === undefined ? await defaultPair(context) : undefined;
  const target = options.target === undefined ? (pair?.target as Model) : await openModel(options.target);
  const draft = options.draft === undefined ? (pair?.draft as Model) : await openModel(options.draft);
  const tokenizer = await target.loadTokenizer();
  const targetEngine = await engineOf(target, threads, 1);
  try {
    for (const draftKind of options.draftKinds) {
      const engine = draftKind === 'ngram' ? ngramEngine(targetEngine) : await engineOf(draft, threads, 2);
      try {
        const models = { target: modelName(target.manifest), draft: draftName(draftKind, draft) };
        for (const temperature of temperatures) {
          const settings = { temperature, draftKind, seed: String(seed), prompts: prompts.length, maxTokens };
          const header: TraceHeader = {
            format: TRACE_FORMAT,
            ...provenance,
            settings: { ...settings, offPathDepth: offPath, candidates: CANDIDATES, threads },
            models,
          };
          const output = join(options.folder ?? tracesFolder, traceName(header));
          const encode = ({ messages }: (typeof prompts)[number]) => tokenizer.encodeChat(messages);
          const engines = { target: targetEngine, draft: engine };
          const { texts } = await recordTrace({ header, prompts, encode, output }, engines, progress, signal);
          const tokens = texts.reduce((sum, text) => sum + text.tokens.length, 0);
          stdout.write(`${output}: ${texts.length} texts, ${tokens} tokens\n`);
        }
      } finally {
        await engine.dispose();
      }
    }
  } finally {
    progress.end();
    await targetEngine.dispose();
  }
}

/** `smollm2-draft-4l-hybrid-t0.5.jsonl.gz`. */
export function traceName({
  models,
  settings,
}: {
  readonly models: { readonly draft: Pick<ModelName, 'name'> };
  readonly settings: Pick<TraceSettings, 'draftKind' | 'temperature'>;
}): string {
  const { draftKind, temperature } = settings;
  const kind = draftKind === 'ngram' ? '' : `-${draftKind}`;
  return `${models.draft.name}${kind}-t${temperature}.jsonl.gz`;
}

function draftName(kind: DraftKind, draft: Model): ModelName {
  return kind === 'ngram' ? { name: 'ngram', fingerprint: '' } : modelName(draft.manifest);
}

function engineOf({ directory }: Model, threads: number, slots: number): Promise<Engine> {
  return createEngine({ modelDirectory: directory, slots, threads, thread: 'caller', maxCandidates: CANDIDATES });
}

/** N-grams of the target's own tokens. */
function ngramEngine(target: Engine): DraftEngine {
  const { contextLength, endTokenIds, vocabularySize } = target.info();
  return createNgramEngine({ vocabularySize, contextLength, endTokenIds, slots: 1, maxCandidates: CANDIDATES });
}
