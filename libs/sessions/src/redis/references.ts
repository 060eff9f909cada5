/** Cache references as JSON, and back. What makes no sense is no reference: it is a hint at most. */
import type { CacheReference, CacheReferences } from '../store.js';
import { isRecord, isShortText, isWhole, parseJson } from './json.js';

export function encodeCaches({ target, draft }: CacheReferences): string {
  return JSON.stringify({ target, draft });
}

export function decodeCaches(json: unknown): CacheReferences {
  const value = parseJson(json);
  if (!isRecord(value)) return {};
  const target = decodeReference(value['target']);
  const draft = decodeReference(value['draft']);
  return { ...(target && { target }), ...(draft && { draft }) };
}

function decodeReference(value: unknown): CacheReference | undefined {
  if (!isRecord(value)) return undefined;
  const { replica, length, link } = value;
  return isShortText(replica) && isWhole(length) && typeof link === 'string' ? { replica, length, link } : undefined;
}
