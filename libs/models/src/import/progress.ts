import type { BuildOptions } from '../graph/index.js';

/** What an import is doing, for a progress bar. `done` and `total` count bytes, or for `import` layers. */
export interface ImportProgress {
  readonly stage: 'download' | 'unpack' | 'verify' | 'import';
  /** The file or model at work. */
  readonly subject: string;
  readonly done: number;
  /** Absent while unknown. */
  readonly total?: number;
}

export interface ImportOptions {
  /** Default: `cacheHome()`. */
  readonly home?: string;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** How the graph is built; the builder's defaults without it. */
  readonly graph?: Pick<BuildOptions, 'precision' | 'peaks'>;
  /** Aborting rejects with `aborted` and leaves nothing behind. */
  readonly signal?: AbortSignal;
}
