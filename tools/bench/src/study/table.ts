/** A study's tables, in the form of the paper's. */
import { type Column, decimals, percent, textTable } from '../report/table.js';
import { partsOf } from './policies.js';
import type { ProfileNote, RatioRange, StudyCell, StudyCheck, StudyResult, StudyRow } from './types.js';

const gain = (range: RatioRange | undefined): string => {
  if (range === undefined) return '-';
  const share = 100 * (range.ratio - 1);
  return `${share < 0 ? '' : '+'}${share.toFixed(0)} %`;
};

export const studyColumns: readonly Column<StudyRow>[] = [
  { title: 'policy', align: 'left', cell: ({ policy }) => policy },
  { title: 'tokens/s', cell: (row) => decimals(row.tokensPerSecond, 1) },
  { title: 'over off', cell: (row) => gain(row.overOff) },
  { title: 'static, same L', cell: (row) => gain(row.overStatic) },
  { title: 'best static', cell: (row) => gain(row.overBestStatic) },
  { title: 'max-confidence', cell: (row) => gain(row.overMaxConfidence) },
  { title: 'tokens/pass', cell: (row) => decimals(row.acceptedLength, 2) },
  { title: 'accepted', cell: (row) => percent(row.acceptanceRate) },
  { title: 'of the ceiling', cell: (row) => percent(row.ceilingShare) },
];

export function studyReport(result: Pick<StudyResult, 'cells' | 'checks' | 'profiles'>): string {
  const tables = result.cells.map(
    (cell) => `${cellTitle(cell, result.profiles)}\n${textTable(studyColumns, cell.rows)}${rivalLine(cell)}`,
  );
  return [...tables, checksText(result.checks)].join('\n');
}

export function cellTitle({ draft, source, temperature }: StudyCell, profiles: readonly ProfileNote[]): string {
  const profile = profiles.find(({ name }) => name === source);
  const where =
    profile === undefined ? 'real runs' : `${profile.simulated ? 'simulated' : 'replayed'}: ${profile.title}`;
  return `Draft ${draft}, temperature ${temperature}, ${where}`;
}

function rivalLine({ bestStatic, rival }: StudyCell): string {
  const best = `The best static is ${bestStatic}.`;
  if (rival === undefined) return `${best}\n`;
  const { high, low, policy, ratio } = rival;
  return `${best} pace runs at ${ratio.toFixed(3)} times the best other policy, ${policy} (${low.toFixed(3)} to ${high.toFixed(3)}).\n`;
}

export function checksText(checks: readonly StudyCheck[]): string {
  return checks.map(({ found, name, passed }) => `${passed ? 'holds' : 'FAILS'}  ${name}: ${found}\n`).join('');
}

/** The rows that a short table shows: one length, and what has none; of real runs, which are fewer, all. */
export function shortRows(cell: StudyCell, length: number): StudyRow[] {
  if (cell.source === 'real') return [...cell.rows];
  return cell.rows.filter(({ policy }) => {
    const parts = partsOf(policy);
    return parts.length === undefined || parts.length === length || policy === cell.bestStatic;
  });
}
