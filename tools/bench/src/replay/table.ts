import { type Column, decimals, percent } from '../report/table.js';
import type { ReplayRow } from './types.js';

export const replayColumns: readonly Column<ReplayRow>[] = [
  { title: 'policy', align: 'left', cell: ({ policy, kind }) => (kind === 'all' ? policy : `  ${kind}`) },
  { title: 'tokens/s', cell: (row) => decimals(row.tokensPerSecond, 1) },
  { title: '× off', cell: (row) => decimals(row.speedupOverOff, 2) },
  { title: 'of the ceiling', cell: (row) => percent(row.clairvoyantShare) },
  { title: 'tokens/pass', cell: (row) => decimals(row.acceptedLength, 2) },
  { title: 'accepted', cell: (row) => percent(row.acceptanceRate) },
  { title: 'drafted', cell: (row) => String(row.drafted) },
  { title: 'draft passes', cell: (row) => String(row.passes) },
  { title: 'wasted', cell: (row) => String(row.wastedPasses) },
];

export function ceilingLine({ clairvoyantTokensPerSecond }: ReplayRow): string {
  return `the ceiling, with every block as long as it should be in hindsight: ${clairvoyantTokensPerSecond.toFixed(1)} tokens/s`;
}
