import { randomUUID } from 'node:crypto';
import { StoreError } from '../error.js';
import type { Journal } from '../journal.js';
import type { SessionStore } from '../store.js';
import type { RedisCalls } from './calls.js';
import { wholeMs } from './durations.js';
import { isWrongType } from './errors.js';
import { decodeJournal, encodeJournal, encodeTokens } from './journal-format.js';
import type { Keys } from './keys.js';
import { decodeCaches, encodeCaches } from './references.js';

export interface RedisSessionsOptions {
  readonly calls: RedisCalls;
  readonly keys: Keys;
  /** How long a session is remembered after its last change. */
  readonly idleMs: number;
}

export function createRedisSessions({ calls, keys, idleMs }: RedisSessionsOptions): SessionStore {
  const idle = wholeMs(idleMs);
  return {
    async claim(sessionId, ttlMs) {
      const args = [wholeMs(ttlMs), idle, randomUUID()];
      const answer = await calls.script('claim-session-2', keys.session(sessionId), args);
      if (answer === null) return undefined;
      const [fence, caches] = Array.isArray(answer) ? (answer as unknown[]) : [];
      if (typeof fence !== 'string') throw new StoreError('refused', 'Redis answered a claim with nonsense');
      return { lease: { sessionId, fence: BigInt(fence) }, caches: decodeCaches(caches) };
    },
    async renew({ sessionId, fence }, ttlMs) {
      const args = [String(fence), wholeMs(ttlMs), idle];
      return (await calls.script('renew-session-2', keys.session(sessionId), args)) === 1;
    },
    async release({ sessionId, fence }, caches) {
      const args = [String(fence), encodeCaches(caches), idle];
      await calls.script('release-session-2', keys.session(sessionId), args);
    },
    async close(sessionId) {
      return (await calls.script('close-session-2', keys.session(sessionId), [idle])) === 1;
    },
  };
}

export function createRedisJournal({ calls, keys, idleMs }: RedisSessionsOptions): Journal {
  const idle = wholeMs(idleMs);
  return {
    async begin({ sessionId, fence }, start) {
      const args = [String(fence), encodeJournal(start), idle];
      return (await calls.script('begin-journal-2', keys.session(sessionId), args)) === 1;
    },
    async append({ sessionId, fence }, { index, tokens, rounds }) {
      const args = [String(fence), String(index), encodeTokens(tokens), String(rounds), idle];
      return (await calls.script('append-journal-2', keys.session(sessionId), args)) === 1;
    },
    async read(sessionId) {
      const [, journal] = keys.session(sessionId);
      try {
        const bytes = await calls.call((redis) => redis.getBuffer(journal));
        return bytes === null ? undefined : decodeJournal(bytes);
      } catch (error) {
        if (error instanceof StoreError && isWrongType(error)) return undefined;
        throw error;
      }
    },
  };
}
