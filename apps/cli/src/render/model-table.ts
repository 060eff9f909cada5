import type { ListedModel } from '@outrider/models';
import { sanitise } from './sanitise.js';

const HEADINGS = ['name', 'size', 'context', 'vocabulary', 'licence', 'source'] as const;

/** One line per model in columns; a folder that is no usable model says why. */
export function modelTable(models: readonly ListedModel[]): string[] {
  const rows = models.map((listed) => ('model' in listed ? modelRow(listed) : [listed.name, listed.problem.message]));
  const table: readonly (readonly string[])[] = [HEADINGS, ...rows];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...table.map((row) => (row.length === HEADINGS.length || column === 0 ? (row[column]?.length ?? 0) : 0))),
  );
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function modelRow({ name, model }: Extract<ListedModel, { model: unknown }>): string[] {
  const { architecture, files, licence, provenance } = model.manifest;
  const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
  const draftOf = provenance['draftOf'];
  const source = provenance['format'] ?? 'unknown';
  return [
    name,
    `${(bytes / 1e6).toFixed(0)} MB`,
    String(architecture.contextLength),
    String(architecture.vocabularySize),
    sanitise(licence),
    sanitise(draftOf === undefined ? source : `${source}, drafts for ${draftOf}`),
  ];
}
