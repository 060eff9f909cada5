import { format } from 'prettier';
import { expect, it } from 'vitest';
import { type Column, decimals, markdownTable, percent, textTable } from './table.js';

interface Row {
  readonly name: string;
  readonly value: number;
}
const columns: Column<Row>[] = [
  { title: 'name', align: 'left', cell: ({ name }) => name },
  { title: '× off', cell: ({ value }) => decimals(value, 2) },
];
const rows = [
  { name: 'off', value: 1 },
  { name: 'static:2', value: 12.345 },
];

it('a table for the terminal is padded', () => {
  expect(textTable(columns, rows)).toBe(['name      × off', 'off        1.00', 'static:2  12.35', ''].join('\n'));
});

it('a Markdown table is laid out as the formatter wants it', async () => {
  const table = markdownTable(columns, rows);
  expect(table).toBe(
    ['| name     | × off |', '| -------- | ----: |', '| off      |  1.00 |', '| static:2 | 12.35 |', ''].join('\n'),
  );
  expect(await format(table, { parser: 'markdown' })).toBe(table);
});

it('a figure that does not exist is a dash', () => {
  expect(decimals(undefined, 2)).toBe('-');
  expect(percent(undefined)).toBe('-');
  expect(percent(0.0834, 1)).toBe('8.3 %');
});
