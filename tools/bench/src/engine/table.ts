import type { Provenance } from '../report/provenance.js';
import type { ModelName } from '../policies/result.js';
import { type Column, decimals, textTable } from '../report/table.js';
import type { CurvePlan, CurvePoint } from './curve.js';

/** engine.json. */
export interface EngineResult extends Provenance {
  readonly benchmark: 'engine';
  readonly settings: CurvePlan & { readonly threads: number };
  readonly models: { readonly target: ModelName; readonly draft: ModelName };
  readonly points: readonly CurvePoint[];
}

/** One width, with its point at each context. */
export interface CurveRow {
  readonly label: string;
  readonly points: readonly (CurvePoint | undefined)[];
}

export function curveRows({ points, settings }: EngineResult, temperature: number): CurveRow[] {
  const row = (label: string, what: CurvePoint['what'], width: number): CurveRow => ({
    label,
    points: settings.contexts.map((context) =>
      points.find(
        (point) =>
          point.temperature === temperature &&
          point.context === context &&
          point.what === what &&
          point.width === width,
      ),
    ),
  });
  return [
    ...settings.widths.map((width) => row(`${width} ${width === 1 ? 'token' : 'tokens'}`, 'target', width)),
    row('draft step', 'draft', 1),
  ];
}

/** For each context the median and its ratio to one token; with `all`, the same of the least times. */
export function curveColumns({ settings }: EngineResult, all: boolean): Column<CurveRow>[] {
  return [
    { title: 'new tokens', align: 'left', cell: ({ label }) => label },
    ...settings.contexts.flatMap((context, i): Column<CurveRow>[] => [
      { title: `ms at ${context}`, cell: ({ points }) => decimals(points[i]?.medianMs, 2) },
      { title: '× one', cell: ({ points }) => decimals(points[i]?.ratioToOne, 2) },
      ...(all
        ? [
            { title: 'least', cell: ({ points }: CurveRow) => decimals(points[i]?.minMs, 2) },
            { title: '× one', cell: ({ points }: CurveRow) => decimals(points[i]?.minRatioToOne, 2) },
          ]
        : []),
    ]),
  ];
}

export function engineReport(result: EngineResult): string {
  return result.settings.temperatures
    .map(
      (temperature) =>
        `Temperature ${temperature}: milliseconds of a target pass, and of a draft step, by tokens of context\n` +
        textTable(curveColumns(result, true), curveRows(result, temperature)),
    )
    .join('\n');
}
