import { setImmediate } from 'node:timers/promises';
import type { WeightSource } from '../types.js';
import { decoder, type DecoderPlan } from './decoder.js';
import type { LinearForm } from './linear.js';
import { OnnxWriter } from './onnx-writer.js';
import type { ActivationPeaks, LinearKind } from './smoothing.js';

export { peakOutput } from './decoder.js';
export { GRAPH_FILE, WEIGHTS_FILE } from './onnx-writer.js';
export type { ActivationPeaks, LinearKind } from './smoothing.js';

/** Changes whenever a folder built before would give other results or could not be run. */
export const GRAPH_VERSION = '5';

/**
 * - `fast`: scores blocks quickest. Needs activation peaks, without which it would cost quality. Down projections,
 *   whose inputs have outliers that smoothing does not cure, stay in blocks (in channels they cost 1.3 % perplexity on
 *   the default target), and so do the attention's projections, too small to gain by it.
 * - `blocks`: quickest for single rows, and safe without peaks.
 * - `nibbles`: 4-bit weights, quickest of all for single rows; for drafts. Of the default target's greedy tokens, on
 *   12 of the benchmark's prompts, they give 75 %. Leaving layers out gives less for the same cost: 72 % without the three
 *   that matter least, 37 %, 17 % and 8 % with the first 24, 20 and 16 of the 30.
 * - `float`: the reference.
 */
export type Precision = 'fast' | 'blocks' | 'nibbles' | 'float';

export interface BuildOptions {
  /** Default: `fast` when there are activation peaks, else `blocks`. */
  readonly precision?: Precision;
  readonly peaks?: ActivationPeaks | undefined;
  /** Adds the outputs that activation peaks are measured with. */
  readonly measurePeaks?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Writes `graph.onnx` and `weights.bin` into a directory that exists: a decoder with the signature of
 * signature.ts. Throws what the source throws, and RangeError for dimensions that have no 8-bit form.
 */
export async function buildGraph(source: WeightSource, directory: string, options: BuildOptions = {}): Promise<void> {
  const graph = new OnnxWriter(directory);
  try {
    const total = source.architecture.layers + 1;
    let done = 0;
    options.onProgress?.(done, total);
    await decoder(graph, source, planFor(options), async () => {
      options.onProgress?.(++done, total);
      await setImmediate(); // lets a signal or an abort in
    });
    graph.finish();
    options.onProgress?.(total, total);
  } finally {
    graph.close();
  }
}

function planFor({ precision, peaks, measurePeaks }: BuildOptions): DecoderPlan {
  const chosen = precision ?? (peaks === undefined ? 'blocks' : 'fast');
  const base: LinearForm = chosen === 'fast' ? 'channels' : chosen;
  const forms: Record<LinearKind, LinearForm> = { qkv: base, output: base, gateUp: base, down: base, head: base };
  if (chosen === 'fast') forms.qkv = forms.output = forms.down = 'blocks';
  return { forms, peaks, measurePeaks: measurePeaks ?? false };
}
export { BLOCK_TOKENS, INPUTS, OUTPUTS, frozenKey, frozenValue, headsOfAllKinds, tail } from './signature.js';
