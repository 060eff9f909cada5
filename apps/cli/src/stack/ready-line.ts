import type { ServiceName } from './service.js';

/** The one line a service prints on standard output once it serves. */
export interface ReadyLine {
  readonly service: ServiceName;
  /** host:port it listens on. */
  readonly address: string;
}

/** Reads `{"ready":true,"service":"draft","address":"127.0.0.1:4711"}`; undefined for any other line. */
export function parseReadyLine(line: string): ReadyLine | undefined {
  if (!line.startsWith('{')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined; // not ours: some library's own output
  }
  const { ready, service, address } = value as Record<string, unknown>;
  if (ready !== true || typeof address !== 'string') return undefined;
  return service === 'draft' || service === 'target' || service === 'orchestrator' ? { service, address } : undefined;
}
