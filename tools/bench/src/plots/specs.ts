/** What the plots of a study show, each as a Vega-Lite specification; undefined where the study has nothing to show. */
import type { TopLevelSpec } from 'vega-lite';
import { THIS_MACHINE } from '../profiles/types.js';
import { rowOf } from '../study/cell.js';
import type { StudyCell, StudyDraftName, StudyResult, StudyRow } from '../study/types.js';
import { COLOURS } from './render.js';

const A100 = 'a100-llama2-7b';
const DRAFT: StudyDraftName = 'default';

const SOURCE_TITLES: Readonly<Record<string, string>> = {
  real: 'this machine, real runs',
  [THIS_MACHINE]: 'this machine, replayed',
  [A100]: 'A100, Llama2-7B, simulated',
};

/** A colour for each value of a field, in the order in which the values come. */
function colour<Row>(values: readonly Row[], field: string & keyof Row) {
  const domain = distinct(values, field);
  return { field, type: 'nominal', title: field, scale: { domain, range: [...COLOURS] } } as const;
}

function distinct<Row>(values: readonly Row[], field: keyof Row): string[] {
  return [...new Set(values.map((row) => String(row[field])))];
}

const policyAxis = <Row extends { readonly policy: string }>(values: readonly Row[]) =>
  ({
    field: 'policy',
    type: 'nominal',
    title: 'policy',
    sort: distinct(values, 'policy'),
    axis: { labelLimit: 220 },
  }) as const;

/** Tokens per second by temperature, for the policies that a plot has room for. */
export function throughputPlot({ cells, shown }: StudyResult): TopLevelSpec | undefined {
  const policies = ['off', `static:${shown}`, `max-confidence@${shown}`, `adaedl@${shown}`, `learned@${shown}`, 'pace'];
  const values = shownCells(cells, ['real', THIS_MACHINE, A100]).flatMap((cell) => [
    ...policies.flatMap((policy) => point(cell, policy, rowOf(cell, policy))),
    ...point(cell, 'best static', rowOf(cell, cell.bestStatic)),
  ]);
  if (values.length === 0) return undefined;
  return {
    title: 'Throughput by temperature',
    data: { values },
    facet: { field: 'where', type: 'nominal', title: null, sort: distinct(values, 'where') },
    columns: 3,
    spec: {
      width: 230,
      height: 240,
      mark: { type: 'line', point: true },
      encoding: {
        x: { field: 'temperature', type: 'quantitative', title: 'sampling temperature', axis: { tickCount: 5 } },
        y: { field: 'tokensPerSecond', type: 'quantitative', title: 'tokens per second', scale: { zero: false } },
        color: colour(values, 'policy'),
      },
    },
    resolve: { scale: { y: 'independent' } },
  };
}

/** Tokens per target pass, by policy. */
export function acceptedLengthPlot({ cells }: StudyResult): TopLevelSpec | undefined {
  const source = cells.some((cell) => cell.source === 'real') ? 'real' : THIS_MACHINE;
  const values = shownCells(cells, [source]).flatMap((cell) =>
    cell.rows.map((row) => ({ policy: row.policy, temperature: String(cell.temperature), length: row.acceptedLength })),
  );
  if (values.length === 0) return undefined;
  return {
    title: `Accepted length by policy (${SOURCE_TITLES[source] ?? source})`,
    data: { values },
    width: 460,
    height: { step: 9 },
    mark: 'bar',
    encoding: {
      y: policyAxis(values),
      x: { field: 'length', type: 'quantitative', title: 'tokens per target pass' },
      yOffset: { field: 'temperature', type: 'nominal', sort: distinct(values, 'temperature') },
      color: colour(values, 'temperature'),
    },
  };
}

/** Acceptance in each bin of entropy, and AdaEDL's bound. */
export function boundPlot({ bound }: StudyResult): TopLevelSpec | undefined {
  const values = bound
    .filter(({ draft }) => draft !== 'hybrid')
    .flatMap((bin) => {
      const where = {
        from: bin.from,
        nats: bin.to === undefined ? `> ${bin.from}` : `${bin.from}–${bin.to}`,
        temperature: bin.temperature,
      };
      return { ...where, draft: bin.draft, acceptance: bin.acceptance, bound: bin.bound };
    });
  if (values.length === 0) return undefined;
  const x = {
    field: 'nats',
    type: 'ordinal',
    title: 'draft entropy, nats',
    // As the bins come, also where the first draft has none in one of them.
    sort: { field: 'from', op: 'min' },
    axis: { labelAngle: -40 },
  } as const;
  return {
    title: 'Acceptance by entropy (lines), and the bound 1 − √(0.2 H) that AdaEDL stops by (ticks)',
    data: { values },
    facet: { field: 'temperature', type: 'ordinal', title: 'temperature' },
    columns: 2,
    spec: {
      width: 250,
      height: 200,
      layer: [
        {
          mark: { type: 'line', point: true },
          encoding: {
            x,
            y: {
              field: 'acceptance',
              type: 'quantitative',
              title: 'acceptance probability',
              scale: { domain: [0, 1] },
            },
            color: colour(values, 'draft'),
          },
        },
        {
          mark: { type: 'tick', thickness: 2, bandSize: 26 },
          encoding: { x, y: { field: 'bound', type: 'quantitative' }, color: colour(values, 'draft') },
        },
      ],
    },
  };
}

/** The threshold's mean in the n-th round of a generation. */
export function lambdaPlot({ lambda }: StudyResult): TopLevelSpec | undefined {
  const values = lambda
    .filter(({ draft, profile }) => draft === DRAFT && profile === A100)
    .flatMap(({ lambda: means, policy, temperature }) =>
      means.map((value, round) => ({ round, policy, temperature: String(temperature), lambda: value })),
    );
  if (values.length === 0) return undefined;
  return {
    title: 'λ of AdaEDL over a generation',
    data: { values },
    width: 460,
    height: 240,
    mark: 'line',
    encoding: {
      x: { field: 'round', type: 'quantitative', title: 'round' },
      y: { field: 'lambda', type: 'quantitative', title: 'mean λ', scale: { zero: false } },
      color: colour(values, 'temperature'),
    },
  };
}

/** Speed as a share of what blocks of the right length in hindsight would reach. */
export function ceilingPlot({ cells }: StudyResult): TopLevelSpec | undefined {
  const values = shownCells(cells, [THIS_MACHINE, A100]).flatMap((cell) =>
    cell.rows.flatMap(({ ceilingShare, policy }) =>
      ceilingShare === undefined
        ? []
        : [{ where: titleOf(cell), policy, temperature: String(cell.temperature), share: 100 * ceilingShare }],
    ),
  );
  if (values.length === 0) return undefined;
  return {
    title: 'Speed against the clairvoyant ceiling',
    data: { values },
    facet: { field: 'where', type: 'nominal', title: null, sort: distinct(values, 'where') },
    columns: 2,
    spec: {
      width: 250,
      height: { step: 18 },
      mark: { type: 'point', filled: true, size: 45 },
      encoding: {
        y: policyAxis(values),
        x: { field: 'share', type: 'quantitative', title: 'share of the ceiling, %', scale: { zero: false } },
        color: colour(values, 'temperature'),
      },
    },
  };
}

/** Of the default draft, in the order of the sources; replays of this machine give way to its real runs. */
function shownCells(cells: readonly StudyCell[], sources: readonly string[]): StudyCell[] {
  const own = cells.filter(({ draft }) => draft === DRAFT);
  const hasReal = sources.includes('real') && own.some(({ source }) => source === 'real');
  return sources
    .filter((source) => !(hasReal && source === THIS_MACHINE))
    .flatMap((source) => own.filter((cell) => cell.source === source));
}

function point(cell: StudyCell, policy: string, row: StudyRow | undefined) {
  if (row === undefined) return [];
  return [{ where: titleOf(cell), policy, temperature: cell.temperature, tokensPerSecond: row.tokensPerSecond }];
}

function titleOf({ source }: StudyCell): string {
  return SOURCE_TITLES[source] ?? source;
}
