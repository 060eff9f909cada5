/** Measures the activation peaks that 8-bit activations are smoothed with (see the graph builder in @outrider/models). */
import { type ActivationPeaks, type Architecture, graphSignature, peakOutput } from '@outrider/models';
import type { Tensor } from 'onnxruntime-node';
import { forward } from './forward.js';
import { KvCache } from './kv-cache.js';
import { openSession } from './model.js';

/**
 * Runs sequences of token ids through a graph built with `measurePeaks` in `directory` and returns the largest
 * magnitude at each input channel of each linear layer. `onProgress` hears how many sequences are done.
 */
export async function measureActivationPeaks(
  directory: string,
  architecture: Architecture,
  sequences: readonly (readonly number[])[],
  onProgress?: (done: number, total: number) => void,
): Promise<ActivationPeaks> {
  const session = await openSession(directory, 2);
  try {
    const prefix = peakOutput('');
    const outputs = session.outputNames.filter((name) => name.startsWith(prefix));
    const peaks: Record<string, Float32Array> = {};
    const model = {
      session,
      architecture,
      endTokenIds: [],
      headTokenIds: undefined,
      headRows: architecture.vocabularySize,
      allHeads: graphSignature.headsOfAllKinds(architecture),
      group: architecture.heads / architecture.keyValueHeads,
    };
    const observer = {
      outputs,
      onPass: (values: Readonly<Record<string, unknown>>) => {
        for (const output of outputs) {
          const seen = (values[output] as Tensor).data as Float32Array;
          const peak = (peaks[output.slice(prefix.length)] ??= new Float32Array(seen.length));
          for (let i = 0; i < seen.length; i++) peak[i] = Math.max(peak[i] as number, seen[i] as number);
        }
      },
    };
    const cache = new KvCache(architecture);
    for (const [done, tokens] of sequences.entries()) {
      const slot = cache.open();
      await forward(model, cache, [{ slot, tokens, scored: 0, temperature: 1, lawSize: 0 }], observer);
      cache.close(slot);
      onProgress?.(done + 1, sequences.length);
    }
    return peaks;
  } finally {
    await session.release();
  }
}
