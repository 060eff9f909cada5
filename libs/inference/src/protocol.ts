/** Messages between an engine and its worker thread. */
import type { BlockScores, DraftBlock } from '@outrider/speculation';
import type {
  CacheChange,
  DraftBlockRequest,
  EngineErrorCode,
  EngineInfo,
  EngineOptions,
  OpenRequest,
  PrefillRequest,
  PrefillResult,
  ScoreBlockRequest,
  SessionKey,
  TailDraw,
} from './port.js';

export interface WorkerOptions {
  readonly options: Omit<EngineOptions, 'onCacheChange'>;
  /** Whether the engine is to send what its kept caches hold. */
  readonly reportsCache: boolean;
  /** Int32 cells that the engine sets to 1 to abort a call while the worker is busy. */
  readonly abortCells: SharedArrayBuffer;
}

export interface Calls {
  open: { readonly args: OpenRequest; readonly result: { readonly cachedLength: number } };
  prefill: { readonly args: PrefillRequest; readonly result: PrefillResult };
  draftBlock: { readonly args: DraftBlockRequest; readonly result: DraftBlock };
  scoreBlocks: { readonly args: readonly ScoreBlockRequest[]; readonly result: BlockScores[] };
  drawFromTail: { readonly args: { readonly key: SessionKey; readonly index: number }; readonly result: TailDraw };
  close: { readonly args: SessionKey; readonly result: undefined };
  release: { readonly args: undefined; readonly result: undefined };
}

export type CallName = keyof Calls;

export type CallMessage = { [Name in CallName]: CallOf<Name> }[CallName];

export interface CallOf<Name extends CallName> {
  readonly id: number;
  readonly name: Name;
  readonly args: Calls[Name]['args'];
  /** Index of the abort cell, -1 for none. */
  readonly abortCell: number;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
}

export type ReplyMessage = { readonly id: number; readonly use: EngineUse } & (
  { readonly result: unknown } | { readonly error: PlainError }
);

/** What a call may change of what the engine says of itself. */
export type EngineUse = Pick<EngineInfo, 'slotsInUse' | 'cachedTokens'>;

/** Sent ahead of the reply to the call that changed the caches. */
export interface CacheMessage {
  readonly cacheChange: CacheChange;
}

export interface ReadyMessage {
  readonly ready: true;
  readonly info: EngineInfo;
}

export interface FailedMessage {
  readonly ready: false;
  readonly error: PlainError;
}

/** Errors lose their class between threads. */
export interface PlainError {
  readonly code: EngineErrorCode;
  readonly message: string;
  readonly field?: string | undefined;
}
