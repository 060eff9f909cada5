import { ReplyError } from 'ioredis';
import { StoreError } from '../error.js';

/** Answers of a Redis that cannot serve now, but another, or the same one later, can. */
const passing = /^(LOADING|BUSY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|READONLY|NOREPLICAS|MOVED|ASK) /;

/** What a call of ioredis rejects with, as the one error of the stores. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const refused = isReply(error) && !passing.test(message);
  return refused
    ? new StoreError('refused', `Redis refused: ${message}`, { cause: error })
    : new StoreError('unavailable', `Redis is unavailable: ${message}`, { cause: error });
}

/** Whether Redis itself said so. */
export function isReply(error: unknown): error is Error {
  return error instanceof ReplyError;
}

export function isWrongType(error: StoreError): boolean {
  return error.code === 'refused' && isReply(error.cause) && error.cause.message.startsWith('WRONGTYPE');
}
