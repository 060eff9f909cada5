/** What the import's 8-bit form costs: perplexity against the float reference of the same weights. */
import { type Engine, createEngine } from '@outrider/inference';
import { type Model, importGguf } from '@outrider/models';
import type { TokenId } from '@outrider/speculation';
import type { BenchContext } from '../context.js';
import { defaultGguf, defaultPair, importText } from '../models.js';
import { modelName } from '../policies/result.js';
import { remainingTime } from '../progress.js';
import { describeRun } from '../report/provenance.js';
import { resultPath, writeResult } from '../report/result-file.js';
import { withTemporaryFolder } from '../temporary-folder.js';
import { evaluationText } from '../workload/evaluation-text.js';
import { type DivergenceSums, addPositions, addSums, figuresOf } from './divergence.js';
import { scoreChunk } from './scores.js';
import { type QualityResult, qualityReport } from './table.js';

export interface QualityOptions {
  readonly maxChunks?: number;
  readonly threads: number;
  readonly output?: string;
}

const CHUNK_TOKENS = 512;

/** Most probable tokens of the reference that the divergence is taken over. */
const CANDIDATES = 256;

export async function runQuality(options: QualityOptions, context: BenchContext): Promise<void> {
  const { args, progress, signal, stdout } = context;
  const { threads, maxChunks = Infinity } = options;
  const provenance = describeRun(args, new Date());
  const { target } = await defaultPair(context);
  const gguf = await defaultGguf(context);
  const tokenizer = await target.loadTokenizer();
  const chunks = chunksOf(tokenizer.encode(evaluationText()), CHUNK_TOKENS).slice(0, maxChunks);

  await withTemporaryFolder('quality', async (home) => {
    const reference = await importGguf(gguf, {
      home,
      name: 'reference',
      graph: { precision: 'float' },
      signal,
      onProgress: (report) => progress.report(importText(report)),
    });
    const sums = await withEngines([reference, target], threads, (engines) =>
      compareChunks(engines as [Engine, Engine], chunks, context),
    );
    const result: QualityResult = {
      benchmark: 'quality',
      ...provenance,
      settings: { chunkTokens: CHUNK_TOKENS, chunks: chunks.length, candidates: CANDIDATES, threads },
      models: { target: modelName(target.manifest) },
      ...figuresOf(addSums(sums)),
      chunkRatios: sums.map((each) => figuresOf(each).perplexityRatio),
    };
    stdout.write(qualityReport(result));
    // Part of the text is a look, not a result.
    const output = options.output ?? (options.maxChunks === undefined ? resultPath('quality') : undefined);
    if (output === undefined) return;
    await writeResult(output, result);
    progress.note(`written to ${output}`);
  }).finally(() => progress.end());
}

async function compareChunks(
  [reference, imported]: readonly [Engine, Engine],
  chunks: readonly (readonly TokenId[])[],
  { progress, signal }: BenchContext,
): Promise<DivergenceSums[]> {
  const sums: DivergenceSums[] = [];
  const startedAt = performance.now();
  for (const tokens of chunks) {
    progress.report(`scoring chunks (${remainingTime(sums.length, chunks.length, performance.now() - startedAt)})`);
    const next = (position: number): TokenId => tokens[position + 1] as TokenId;
    const expected = await scoreChunk(reference, tokens, (position) => [next(position)], signal);
    const wanted = (position: number): TokenId[] => [...new Set([...(expected[position]?.ids ?? []), next(position)])];
    const found = await scoreChunk(imported, tokens, wanted, signal);
    sums.push(
      addPositions(
        expected.flatMap((distribution, position) => {
          const other = found[position];
          return other === undefined ? [] : [{ next: next(position), reference: distribution, imported: other }];
        }),
      ),
    );
  }
  progress.end();
  return sums;
}

/** Equal parts of the text; the last one is what is left over, unless it is too short to predict anything in. */
export function chunksOf(tokens: readonly TokenId[], size: number): TokenId[][] {
  const count = Math.ceil(tokens.length / size);
  const chunks = Array.from({ length: count }, (_, i) => tokens.slice(i * size, (i + 1) * size));
  return chunks.filter((chunk) => chunk.length > 1);
}

async function withEngines<T>(
  models: readonly Model[],
  threads: number,
  work: (engines: readonly Engine[]) => Promise<T>,
): Promise<T> {
  const engines: Engine[] = [];
  try {
    for (const { directory } of models) {
      engines.push(await createEngine({ modelDirectory: directory, slots: 1, threads, maxCandidates: CANDIDATES }));
    }
    return await work(engines);
  } finally {
    await Promise.all(engines.map((engine) => engine.dispose()));
  }
}
