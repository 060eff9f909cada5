import { type Column, decimals, textTable } from '../report/table.js';
import type { LoadResult } from './result.js';
import type { LoadSummary } from './summary.js';

export const loadColumns: readonly Column<LoadSummary>[] = [
  { title: 'policy', align: 'left', cell: ({ policy }) => policy },
  { title: 'streams', cell: ({ streams }) => String(streams) },
  { title: 'tokens/s', cell: (row) => decimals(row.tokensPerSecond, 1) },
  { title: '× one', cell: (row) => decimals(row.ratioToFewest.total, 2) },
  { title: 'decoding tokens/s', cell: (row) => decimals(row.decodeTokensPerSecond, 1) },
  { title: 'decoding × one', cell: (row) => decimals(row.ratioToFewest.decode, 2) },
  { title: 'ms/token', cell: (row) => decimals(row.perTokenMs.median, 1) },
  { title: 'p99 ms', cell: (row) => decimals(row.perTokenMs.p99, 1) },
  { title: 'p99/median', cell: (row) => decimals(row.perTokenMs.p99OverMedian, 2) },
  { title: 'first token ms', cell: (row) => decimals(row.firstTokenMs.median, 0) },
  { title: 'first token p99', cell: (row) => decimals(row.firstTokenMs.p99, 0) },
  { title: 'tokens/round', cell: (row) => decimals(row.meanAcceptanceLength, 2) },
  { title: 'batch', cell: (row) => decimals(row.meanBatchSize, 2) },
  { title: 'queue ms', cell: (row) => decimals(row.meanTargetQueueMs, 1) },
  { title: 'slowest/fastest', cell: (row) => decimals(row.slowestOverFastest, 2) },
  { title: 'target MiB', cell: (row) => decimals(row.peakMemoryMiB['target'], 0) },
  { title: 'draft MiB', cell: (row) => decimals(row.peakMemoryMiB['draft'], 0) },
  { title: 'orchestrator MiB', cell: (row) => decimals(row.peakMemoryMiB['orchestrator'], 0) },
];

export function loadReport(result: LoadResult): string {
  return `${textTable(loadColumns, result.summaries)}\n${textsLine(result)}\n`;
}

export function textsLine({ texts: { compared, differences }, settings }: LoadResult): string {
  const fewest = Math.min(...settings.streams);
  const against = `those of ${fewest === 1 ? 'one stream' : `${fewest} streams`}`;
  if (compared === 0) return 'No texts were compared.';
  if (differences.length === 0) return `All ${compared} texts are ${against}, token for token.`;
  const ties = differences.filter(({ tie }) => tie);
  const named = ties.map(({ firstDifference, marginNats, policy, prompt, streams }) => {
    return `${prompt} token ${firstDifference} with ${policy} at ${streams} streams (${marginNats?.toFixed(3)} nats)`;
  });
  const tied = ties.length === 0 ? 'none' : `${ties.length}`;
  return (
    `${differences.length} of ${compared} texts differ from ${against}, ${tied} of them at a tie of the target's two best ` +
    `tokens${named.length === 0 ? '' : `: ${[...new Set(named)].join(', ')}`}.`
  );
}
