import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { generatedFolder } from '../generate.mjs';
import { checkGeneratedCode, differences } from './generated-code.mjs';

let copy: string;
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'outrider-generated-'));
  cpSync(generatedFolder, copy, { recursive: true });
});
afterEach(() => {
  rmSync(copy, { recursive: true });
});

it('finds the code in version control up to date', () => {
  expect(checkGeneratedCode()).toEqual([]);
});

it('reports changed, missing and left-over files', () => {
  expect(differences(copy, generatedFolder)).toEqual([]);
  writeFileSync(join(copy, 'descriptors.ts'), '// edited by hand\n');
  rmSync(join(copy, 'outrider/v1/draft.ts'));
  writeFileSync(join(copy, 'extra.ts'), '');
  expect(differences(copy, generatedFolder)).toEqual([
    'descriptors.ts differs',
    'extra.ts is not generated any more',
    'outrider/v1/draft.ts is missing',
  ]);
});
