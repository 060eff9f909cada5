import type { ModelName } from '../policies/result.js';
import type { Provenance } from '../report/provenance.js';
import { type Column, decimals, percent, textTable } from '../report/table.js';
import type { ContenderSummary } from './summary.js';

/** peer.json. */
export interface PeerResult extends Provenance {
  readonly benchmark: 'peer';
  readonly settings: {
    readonly prompts: number;
    readonly policies: readonly string[];
    readonly maxTokens: number;
    readonly repeat: number;
    readonly threads: number;
    readonly seed: string;
  };
  readonly models: { readonly target: ModelName; readonly draft: ModelName };
  readonly peer: { readonly name: string; readonly version: string };
  readonly contenders: readonly ContenderSummary[];
  /** Mean share of a text that both have in common before they differ. */
  readonly textAgreement: number;
  /** VmHWM of each process at the end, in MiB. */
  readonly peakMemoryMiB: Readonly<Record<string, number>>;
}

export const contenderColumns = ({ peer }: PeerResult): Column<ContenderSummary>[] => [
  {
    title: 'program',
    align: 'left',
    cell: ({ contender }) =>
      contender === peer.name ? `${peer.name} ${peer.version}` : `Outrider, three services, ${contender}`,
  },
  { title: 'tokens/s', cell: (row) => decimals(row.decodeTokensPerSecond, 1) },
  { title: 'median tokens/s', cell: (row) => decimals(row.medianDecodeTokensPerSecond, 1) },
  { title: '× peer', cell: (row) => decimals(row.ratioToPeer?.overall, 2) },
  { title: 'median × peer', cell: (row) => decimals(row.ratioToPeer?.median, 2) },
  { title: 'with prefill, tokens/s', cell: (row) => decimals(row.totalTokensPerSecond, 1) },
  { title: 'first token ms', cell: (row) => decimals(row.medianTimeToFirstTokenMs, 0) },
];

export function peerReport(result: PeerResult): string {
  const memory = Object.entries(result.peakMemoryMiB).map(([name, mebibytes]) => `${name} ${mebibytes.toFixed(0)} MiB`);
  return [
    `Temperature 0, ${result.settings.threads} threads each, ${result.settings.prompts} prompts\n`,
    textTable(contenderColumns(result), result.contenders),
    `\nThe texts agree for ${percent(result.textAgreement)} of their length on average before they differ.\n`,
    memory.length === 0 ? '' : `Peak memory: ${memory.join(', ')}.\n`,
  ].join('');
}
