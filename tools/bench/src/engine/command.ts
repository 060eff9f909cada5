/** The engine's own curve: no service, no network, one model pass after the other. */
import { createEngine } from '@outrider/inference';
import type { BenchContext } from '../context.js';
import { defaultPair } from '../models.js';
import { modelName } from '../policies/result.js';
import { describeRun } from '../report/provenance.js';
import { resultPath, writeResult } from '../report/result-file.js';
import { evaluationText } from '../workload/evaluation-text.js';
import { type CurvePlan, measureCurve } from './curve.js';
import { type EngineResult, engineReport } from './table.js';

export interface EngineOptions {
  readonly repeat: number;
  readonly threads: number;
  readonly contexts: readonly number[];
  readonly temperatures: readonly number[];
  readonly output?: string;
  readonly quick?: boolean;
}

const WIDTHS = [1, 2, 3, 4, 5, 6, 8, 9, 12, 16];

/** What the services send and ask for by default. */
const CANDIDATES = 64;

export async function runEngine(options: EngineOptions, context: BenchContext): Promise<void> {
  const { contexts, repeat, temperatures, threads } = options;
  const { args, progress, signal, stdout } = context;
  const provenance = describeRun(args, new Date());
  const models = await defaultPair(context);
  const tokenizer = await models.target.loadTokenizer();
  const text = tokenizer.encode(evaluationText());
  const open = (model: { readonly directory: string }) =>
    createEngine({ modelDirectory: model.directory, slots: contexts.length, threads, maxCandidates: CANDIDATES });

  const target = await open(models.target);
  try {
    const draft = await open(models.draft);
    try {
      const plan: CurvePlan = { widths: WIDTHS, contexts, temperatures, repeat, candidates: CANDIDATES };
      const result: EngineResult = {
        benchmark: 'engine',
        ...provenance,
        settings: { ...plan, threads },
        models: { target: modelName(models.target.manifest), draft: modelName(models.draft.manifest) },
        points: await measureCurve(plan, { target, draft }, text, progress, signal),
      };
      stdout.write(engineReport(result));
      const output = options.output ?? (options.quick === true ? undefined : resultPath('engine'));
      if (output === undefined) return;
      await writeResult(output, result);
      progress.note(`written to ${output}`);
    } finally {
      await draft.dispose();
    }
  } finally {
    progress.end();
    await target.dispose();
  }
}
