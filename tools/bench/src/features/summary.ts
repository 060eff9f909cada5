import { type Column, decimals, percent, textTable } from '../report/table.js';
import { median, ratio, sum } from '../statistics/samples.js';
import type { FeatureName } from './features.js';

/** One generation. */
export interface FeatureMeasurement {
  readonly name: FeatureName;
  readonly policy: string;
  readonly temperature: number;
  readonly prompt: string;
  /** After the first round. */
  readonly decodeTokens: number;
  readonly decodeMs: number;
  readonly timeToFirstTokenMs: number;
  readonly rounds: number;
  readonly drafted: number;
  readonly accepted: number;
}

export interface FeatureSummary {
  readonly name: FeatureName;
  readonly policy: string;
  readonly temperature: number;
  readonly tokensPerSecond: number;
  /** Against the plain text under the same policy and temperature, of the same run. */
  readonly ratioToPlain: number;
  readonly acceptanceRate: number;
  readonly medianTimeToFirstTokenMs: number;
}

/** One row for each feature, policy and temperature, in the order they occur. */
export function summarizeFeatures(measurements: readonly FeatureMeasurement[]): FeatureSummary[] {
  const keyOf = ({ name, policy, temperature }: FeatureMeasurement): string => [temperature, policy, name].join();
  const groups = new Map<string, FeatureMeasurement[]>();
  for (const each of measurements) groups.set(keyOf(each), [...(groups.get(keyOf(each)) ?? []), each]);
  const speedOf = (group: readonly FeatureMeasurement[]): number =>
    ratio(1000 * sum(group.map((each) => each.decodeTokens)), sum(group.map((each) => each.decodeMs))) ?? 0;
  return [...groups.values()].map((group) => {
    const { name, policy, temperature } = group[0] as FeatureMeasurement;
    const plain = groups.get([temperature, policy, 'plain'].join()) ?? [];
    return {
      name,
      policy,
      temperature,
      tokensPerSecond: speedOf(group),
      ratioToPlain: ratio(speedOf(group), speedOf(plain)) ?? 0,
      acceptanceRate: ratio(sum(group.map((each) => each.accepted)), sum(group.map((each) => each.drafted))) ?? 0,
      medianTimeToFirstTokenMs: median(group.map((each) => each.timeToFirstTokenMs)) ?? 0,
    };
  });
}

export const featureColumns: Column<FeatureSummary>[] = [
  { title: 'feature', align: 'left', cell: ({ name }) => name },
  { title: 'policy', align: 'left', cell: ({ policy }) => policy },
  { title: 'temperature', cell: ({ temperature }) => String(temperature) },
  { title: 'tokens/s', cell: (row) => decimals(row.tokensPerSecond, 1) },
  { title: '× plain', cell: (row) => decimals(row.ratioToPlain, 2) },
  { title: 'accepted', cell: (row) => percent(row.acceptanceRate) },
  { title: 'first token ms', cell: (row) => decimals(row.medianTimeToFirstTokenMs, 0) },
];

export function featuresReport(features: readonly FeatureSummary[]): string {
  const order = [...features].sort((a, b) => a.temperature - b.temperature || a.policy.localeCompare(b.policy));
  return textTable(featureColumns, order);
}
