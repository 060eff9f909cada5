import type { FloatTensor } from '../types.js';

/**
 * Undoes the row order in which llama GGUF files hold q and k.
 *
 * Their converter interleaves the two halves of each head (rows 2i and 2i+1 of a head are what Hugging Face
 * has at i and i + headSize/2) for a rotary embedding of neighbouring pairs; ours rotates halves. Works on a
 * weight [heads * headSize, in] and on a bias [heads * headSize].
 */
export function halfRotationOrder(tensor: FloatTensor, headSize: number): FloatTensor {
  const rows = tensor.shape[0] ?? 0;
  const columns = tensor.data.length / rows;
  const half = headSize / 2;
  const data = new Float32Array(tensor.data.length);
  for (let row = 0; row < rows; row++) {
    const within = row % headSize;
    const source = row - within + 2 * (within % half) + Math.floor(within / half);
    data.set(tensor.data.subarray(source * columns, (source + 1) * columns), row * columns);
  }
  return { shape: tensor.shape, data };
}
