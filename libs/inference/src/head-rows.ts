/** Rows of the output head and token ids: the same, unless the head covers only a part of the vocabulary. */
import type { LoadedModel } from './model.js';

export function tokenOfRow(model: LoadedModel, row: number): number {
  return model.headTokenIds === undefined ? row : (model.headTokenIds[row] as number);
}

/** Undefined when the head has no row for the token: its probability is 0. */
export function rowOfToken(model: LoadedModel, token: number): number | undefined {
  const ids = model.headTokenIds;
  if (ids === undefined) return token < model.headRows ? token : undefined;
  let low = 0;
  let high = ids.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = ids[middle] as number;
    if (found === token) return middle;
    if (found < token) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}
