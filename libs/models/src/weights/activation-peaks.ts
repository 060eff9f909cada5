import type { ActivationPeaks } from '../graph/smoothing.js';
import { openSafetensors } from './safetensors.js';

/** Activation peaks from a safetensors file with one float vector for each linear layer. Errors: as openSafetensors. */
export function readActivationPeaks(path: string): ActivationPeaks {
  const file = openSafetensors(path);
  try {
    return Object.fromEntries(file.names.map((name) => [name, file.readFloats(name).data]));
  } finally {
    file.close();
  }
}
