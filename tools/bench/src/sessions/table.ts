import { type Column, decimals, percent, textTable } from '../report/table.js';
import type { SessionsResult } from './result.js';
import type { ReuseSummary } from './reuse.js';

export const reuseColumns: readonly Column<ReuseSummary>[] = [
  { title: 'generation', align: 'left', cell: (row) => row.case },
  { title: 'prompt tokens', cell: ({ promptTokens }) => decimals(promptTokens, 0) },
  { title: 'of them cached', cell: ({ cachedTokens }) => decimals(cachedTokens, 0) },
  { title: 'first token ms', cell: ({ firstTokenMs }) => decimals(firstTokenMs, 1) },
  { title: 'of the cold one', cell: ({ ratioToCold }) => percent(ratioToCold, 1) },
];

export function sessionsReport(result: SessionsResult): string {
  return `${textTable(reuseColumns, result.reuse)}\n${soakLines(result)
    .map((line) => `${line}\n`)
    .join('')}`;
}

/** Sentences about the soak. */
export function soakLines({ soak }: SessionsResult): string[] {
  if (soak === undefined) return [];
  const ended = Object.entries(soak.endings).map(([ending, count]) => `${count} ${ending}`);
  const slots = Object.entries(soak.leftOver).map(([name, { queued, slotsInUse }]) => {
    return `${name} ${slotsInUse} slots in use and ${queued} waiting`;
  });
  const memory = Object.entries(soak.growth).map(([name, { lastHalfRatio, lastMiB }]) => {
    return `${name} ${lastMiB.toFixed(0)} MiB (× ${lastHalfRatio.toFixed(3)})`;
  });
  return [
    `${soak.sessions} sessions in ${soak.seconds.toFixed(0)} s (${ended.join(', ')}) left behind: ${slots.join(', ')}` +
      (soak.redis === undefined
        ? '.'
        : `; in Redis ${soak.redis.keysWithoutExpiry} of ${soak.redis.keys} keys without expiry and ${soak.redis.leases} leases.`),
    memory.length === 0
      ? 'Memory is unknown on this system.'
      : `Memory at the end, and the last quarter's over the quarter's before it: ${memory.join(', ')}.`,
  ];
}
