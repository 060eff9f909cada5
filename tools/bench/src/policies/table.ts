import { type Column, decimals, percent, textTable } from '../report/table.js';
import type { PolicyResult } from './result.js';
import type { PolicySummary } from './summary.js';

/** A policy's figures over all prompts, and its ratio on code. */
export interface PolicyRow extends PolicySummary {
  readonly code: PolicySummary | undefined;
}

/** The rows of one temperature, in the order measured. */
export function policyRows({ summaries }: PolicyResult, temperature: number): PolicyRow[] {
  const ofTemperature = summaries.filter((summary) => summary.temperature === temperature);
  return ofTemperature
    .filter(({ kind }) => kind === 'all')
    .map((summary) => ({
      ...summary,
      code: ofTemperature.find(({ kind, policy }) => kind === 'code' && policy === summary.policy),
    }));
}

export const policyColumns: readonly Column<PolicyRow>[] = [
  { title: 'policy', align: 'left', cell: ({ policy }) => policy },
  { title: 'tokens/s', cell: (row) => decimals(row.decodeTokensPerSecond, 1) },
  { title: 'median tokens/s', cell: (row) => decimals(row.medianDecodeTokensPerSecond, 1) },
  { title: '× off', cell: (row) => decimals(row.ratioToOff?.overall, 2) },
  { title: 'median × off', cell: (row) => decimals(row.ratioToOff?.median, 2) },
  { title: '× off on code', cell: (row) => decimals(row.code?.ratioToOff?.overall, 2) },
  { title: 'accepted', cell: (row) => percent(row.acceptanceRate) },
  { title: 'tokens/pass', cell: (row) => decimals(row.meanAcceptanceLength, 2) },
  { title: 'thrown away', cell: (row) => String(row.thrownAway) },
  { title: 'draft ms', cell: (row) => decimals(row.perRound.draftMs, 2) },
  { title: 'target ms', cell: (row) => decimals(row.perRound.targetMs, 2) },
  { title: 'first token ms', cell: (row) => decimals(row.medianTimeToFirstTokenMs, 0) },
  { title: 'overhead', cell: (row) => percent(row.overheadShare, 1) },
];

const kindColumns = (result: PolicyResult, temperature: number): Column<PolicyRow>[] => [
  { title: 'policy', align: 'left', cell: ({ policy }) => policy },
  ...[...new Set(result.summaries.map(({ kind }) => kind))].map((kind) => ({
    title: kind,
    cell: ({ policy }: PolicyRow) =>
      decimals(
        result.summaries.find((s) => s.temperature === temperature && s.kind === kind && s.policy === policy)
          ?.ratioToOff?.overall,
        2,
      ),
  })),
];

export function policyReport(result: PolicyResult): string {
  const tables = result.settings.temperatures.map((temperature) => {
    const rows = policyRows(result, temperature);
    const ratios = rows.some(({ ratioToOff }) => ratioToOff !== undefined)
      ? `\nSpeed against off, by kind of prompt:\n${textTable(kindColumns(result, temperature), rows)}`
      : '';
    return `Temperature ${temperature}\n${textTable(policyColumns, rows)}${ratios}`;
  });
  return [...tables, `${equalityLine(result)}\n${memoryLine(result)}\n`].join('\n');
}

export function equalityLine({ equality }: PolicyResult): string {
  if (equality === undefined) return 'Temperature 0 was not measured, so no texts were compared.';
  const { prompts, differingPrompts } = equality;
  return differingPrompts === 0
    ? `At temperature 0 all policies gave the same text, token for token, for all ${prompts} prompts.`
    : `At temperature 0 the text differed between policies for ${differingPrompts} of ${prompts} prompts.`;
}

export function memoryLine({ peakMemoryMiB }: PolicyResult): string {
  const parts = Object.entries(peakMemoryMiB).map(([name, mebibytes]) => `${name} ${mebibytes.toFixed(0)} MiB`);
  return parts.length === 0 ? 'Peak memory is unknown on this system.' : `Peak memory: ${parts.join(', ')}.`;
}
