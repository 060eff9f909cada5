/**
 * Proves the lint rules. Each fixture is linted as if it were the file that its first line names, and must report
 * exactly what its second line says: `nothing`, or `rule: part of the message`, several joined by `; `.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createProjectGraphAsync } from '@nx/devkit';
import { ESLint, type Linter } from 'eslint';
import { beforeAll, describe, expect, it } from 'vitest';
import { root } from './workspace.mjs';

const folder = join(import.meta.dirname, 'fixtures');
const fixtures = readdirSync(folder).map(readFixture);
const eslint = new ESLint({ cwd: root });

// The module-boundaries rule reads the project graph from Nx's cache.
beforeAll(async () => {
  await createProjectGraphAsync();
});

describe('lint rules', () => {
  it.each(fixtures)('$name', async ({ code, path, expected }) => {
    const messages = await lint(code, path);
    expect(messages.map(({ ruleId }) => `${ruleId}`).sort()).toEqual(expected.map(({ rule }) => rule).sort());
    for (const { rule, text } of expected) {
      expect(messages).toContainEqual(
        expect.objectContaining({ ruleId: rule === 'null' ? null : rule, message: expect.stringContaining(text) }),
      );
    }
  });

  it.each(['round', 'decode'])('keeps %s() on one screen', async (name) => {
    const path = `libs/speculation/src/${name}.ts`;
    const lines = (count: number) => Array.from({ length: count }, (_, line) => `  steps.push(${line});\n`).join('');
    const code = (count: number) => `export function ${name}(steps: number[]): void {\n${lines(count)}}\n`;
    expect(await lint(code(58), path)).toEqual([]);
    expect(await lint(code(59), path)).toMatchObject([{ ruleId: 'max-lines-per-function' }]);
  });

  it('has fixtures for every kind of package', () => {
    const tags = fixtures.flatMap(({ path }) => tagsOf(path));
    const kinds = ['app', 'service', 'adapter', 'contracts', 'core', 'util', 'testing'].map((kind) => `type:${kind}`);
    expect(new Set(tags.filter((tag) => tag.startsWith('type:')))).toEqual(new Set(kinds));
  });
});

function readFixture(file: string) {
  const code = readFileSync(join(folder, file), 'utf8');
  const [, path, reports] = /^\/\/ as: (.+)\n\/\/ reports: (.+)\n/.exec(code) ?? [];
  if (path === undefined || reports === undefined) throw new Error(`${file} does not begin with as: and reports:`);
  const expected = (reports === 'nothing' ? [] : reports.split('; ')).map((report) => {
    const [, rule = '', text = ''] = /^(.+?): (.+)$/.exec(report) ?? [];
    return { rule, text };
  });
  return { name: file.replace(/\.ts$/, ''), code, path, expected };
}

async function lint(code: string, path: string): Promise<Linter.LintMessage[]> {
  const results = await eslint.lintText(code, { filePath: join(root, path) });
  return results.flatMap(({ messages }) => messages);
}

function tagsOf(path: string): string[] {
  const manifest = readFileSync(join(root, path.split('/').slice(0, 2).join('/'), 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { nx: { tags: string[] } }).nx.tags;
}
