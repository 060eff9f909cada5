/** What the benchmark and the peer's process say to each other. */

export interface LoadMessage {
  readonly type: 'load';
  /** file: address of the peer's module. */
  readonly module: string;
  readonly modelPath: string;
  readonly threads: number;
  readonly contextLength: number;
}

export interface GenerateMessage {
  readonly type: 'generate';
  readonly promptIds: readonly number[];
  readonly maxTokens: number;
}

export type PeerRequest = LoadMessage | GenerateMessage;

/** Times in milliseconds since the request arrived. */
export interface PeerGeneration {
  /** An end token included, when there was one. */
  readonly tokenIds: readonly number[];
  readonly firstTokenMs: number;
  readonly lastTokenMs: number;
}

export type PeerReply =
  | { readonly type: 'loaded' }
  | { readonly type: 'generated'; readonly generation: PeerGeneration }
  | { readonly type: 'failed'; readonly message: string };
