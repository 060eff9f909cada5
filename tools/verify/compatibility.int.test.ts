import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { problemsOf, root } from './workspace.mjs';

let copy: string;
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'outrider-proto-'));
  cpSync(join(root, 'proto'), copy, { recursive: true });
  // What the change is measured against is the schema as it is now, whatever was released.
  expect(problemsOf('buf', ['build', '--output', 'baseline.binpb'], copy)).toEqual([]);
});
afterEach(() => {
  rmSync(copy, { recursive: true });
});

const breaking = () => problemsOf('buf', ['breaking', '--against', 'baseline.binpb'], copy);

function edit(file: string, from: string, to: string): void {
  const path = join(copy, 'outrider/v1', file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

it('allows a new field', () => {
  edit('common.proto', 'uint32 cached_length = 1;', 'uint32 cached_length = 1;\n  uint32 more = 99;');
  expect(breaking()).toEqual([]);
});

it('reports a field that is gone', () => {
  edit('common.proto', 'uint32 cached_length = 1;', '');
  expect(breaking().join('\n')).toContain('Previously present field "1" with name "cached_length"');
});

it('reports a field with another type', () => {
  edit('common.proto', 'uint32 cached_length = 1;', 'string cached_length = 1;');
  expect(breaking().join('\n')).toContain('changed type from "uint32" to "string"');
});

it('reports a method that is gone', () => {
  edit('draft.proto', 'rpc Draft(stream DraftRequest) returns (stream DraftResponse);', '');
  expect(breaking().join('\n')).toContain('Previously present RPC "Draft"');
});
