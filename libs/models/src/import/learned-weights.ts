import { fileURLToPath } from 'node:url';
import { DEFAULT_DRAFT } from './default-pair.js';

/** The JSON file with the weights of the drafting policy `learned`, trained for the default pair; it says how. */
export const DEFAULT_LEARNED_WEIGHTS = fileURLToPath(
  new URL(`../../assets/${DEFAULT_DRAFT}/learned-stopping.json`, import.meta.url),
);
