/** The README's part about the study. */
import { STUDY_PLOTS } from '../plots/write.js';
import { rowOf } from '../study/cell.js';
import { cellTitle, studyColumns } from '../study/table.js';
import type { RatioRange, StudyCell, StudyResult } from '../study/types.js';
import { type Column, markdownTable } from './table.js';

/** Whose tables are shown, of the default draft. */
const SOURCES = ['real', 'a100-llama2-7b'];
/** Temperatures that are seen without unfolding. */
const OPEN_TEMPERATURES = [0, 1];

const PLOT_TITLES: Readonly<Record<string, string>> = {
  throughput: 'Tokens per second by temperature, for each policy',
  'accepted-length': 'Tokens per target pass, by policy',
  bound: "Acceptance by the draft's entropy, against AdaEDL's bound",
  lambda: 'The threshold of AdaEDL over a generation',
  ceiling: 'Speed as a share of the clairvoyant ceiling, by policy',
};

/** `source` is the line that says where the result comes from. */
export function studyPart(result: StudyResult, source: string): string[] {
  const { cells, settings, shown } = result;
  const tables = SOURCES.flatMap((name) => {
    const own = cells.filter((cell) => cell.source === name && cell.draft === 'default');
    const open = own.filter(({ temperature }) => OPEN_TEMPERATURES.includes(temperature));
    const folded = own.filter((cell) => !open.includes(cell));
    return [...open.map((cell) => table(cell, result)), ...(folded.length === 0 ? [] : [fold(folded, result)])];
  });
  return [
    `${settings.prompts} prompts of six kinds, ${settings.maxTokens} tokens each; L = ${shown}; the draft is the default ` +
      `one unless another is named. Gains are over the same cell's off, static length of the same L, quickest static ` +
      `length in hindsight, and max-confidence of the same L. ${source} The whole grid, by L, draft, temperature and kind ` +
      `of prompt: [study.measurements.jsonl](tools/bench/results/study.measurements.jsonl).\n`,
    ...tables,
    'pace with each draft against off, with the 95 % range over prompts:\n',
    markdownTable(draftColumns(cells), draftRows(cells)),
    ...result.checks.map(
      ({ found, name, passed }) => `- ${passed ? 'Holds' : '**Does not hold**'}: ${name}: ${found}.`,
    ),
    '',
    ...Object.keys(STUDY_PLOTS).map(
      (name) => `![${PLOT_TITLES[name] ?? name}](tools/bench/results/plots/${name}.svg)\n`,
    ),
  ];
}

function table(cell: StudyCell, { profiles }: StudyResult): string {
  return `${cellTitle(cell, profiles)}:\n\n${markdownTable(studyColumns, cell.rows)}`;
}

function fold(cells: readonly StudyCell[], result: StudyResult): string {
  const temperatures = cells.map(({ temperature }) => temperature).join(' and ');
  const inside = cells.map((cell) => table(cell, result)).join('\n');
  return `<details>\n<summary>The same at ${temperatures}</summary>\n\n${inside}\n</details>\n`;
}

interface DraftRow {
  readonly source: string;
  readonly draft: string;
}

function draftRows(cells: readonly StudyCell[]): DraftRow[] {
  const shown = cells.filter(({ source }) => SOURCES.includes(source));
  const names = new Set(shown.map(({ draft, source }) => JSON.stringify({ source, draft })));
  return [...names].map((name) => JSON.parse(name) as DraftRow);
}

function draftColumns(cells: readonly StudyCell[]): Column<DraftRow>[] {
  const temperatures = [...new Set(cells.map(({ temperature }) => temperature))].sort((a, b) => a - b);
  return [
    { title: 'where', align: 'left', cell: ({ source }) => source },
    { title: 'draft', align: 'left', cell: ({ draft }) => draft },
    ...temperatures.map((temperature): Column<DraftRow> => ({
      title: `temperature ${temperature}`,
      cell: ({ draft, source }) => {
        const own = cells.find(
          (cell) => cell.source === source && cell.draft === draft && cell.temperature === temperature,
        );
        return range(rowOf(own, 'pace')?.overOff);
      },
    })),
  ];
}

function range(value: RatioRange | undefined): string {
  return value === undefined ? '-' : `${value.ratio.toFixed(2)} (${value.low.toFixed(2)}–${value.high.toFixed(2)})`;
}
