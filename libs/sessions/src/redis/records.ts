/** What replicas say of themselves, as JSON, and back. */
import type { ReplicaStatus } from '@outrider/contracts';
import type { ReplicaRecord, ReplicaRole } from '../registry.js';
import { isRecord, isShortText, isWhole, parseJson } from './json.js';

export function encodeRecord(record: ReplicaRecord): string {
  return JSON.stringify(record);
}

/** undefined for what is no record of this replica. */
export function decodeRecord(role: ReplicaRole, id: unknown, json: unknown): ReplicaRecord | undefined {
  const value = parseJson(json);
  if (!isRecord(value) || value['role'] !== role) return undefined;
  const status = decodeStatus(value['status']);
  if (status === undefined || status.id !== id) return undefined;
  const { address, fingerprint, tokenizerFingerprint } = value;
  if (!isAddress(address) || typeof fingerprint !== 'string' || typeof tokenizerFingerprint !== 'string') {
    return undefined;
  }
  return { role, address, fingerprint, tokenizerFingerprint, status };
}

function decodeStatus(value: unknown): ReplicaStatus | undefined {
  if (!isRecord(value)) return undefined;
  const { id, slots, slotsInUse, queued, draining, cachedTokens, cacheTokens } = value;
  if (!isShortText(id) || typeof draining !== 'boolean') return undefined;
  if (!isWhole(slots) || !isWhole(slotsInUse) || !isWhole(queued)) return undefined;
  if (!isWhole(cachedTokens) || !isWhole(cacheTokens)) return undefined;
  return { id, slots, slotsInUse, queued, draining, cachedTokens, cacheTokens };
}

/** host:port. */
function isAddress(value: unknown): value is string {
  if (!isShortText(value)) return false;
  const [, port] = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:/]+):(\d{1,5})$/.exec(value) ?? [];
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}
