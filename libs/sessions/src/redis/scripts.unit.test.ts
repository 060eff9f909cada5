import { readFileSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { scriptFolder, scriptNames } from './scripts.js';

it('knows every script there is', () => {
  const files = readdirSync(scriptFolder).filter((file) => file !== 'common.lua');
  expect(files.sort()).toEqual(scriptNames.map((name) => `${name}.lua`).sort());
});

it.each(scriptNames)('%s says in its header which keys it takes, and takes as many as its name says', (name) => {
  const lua = readFileSync(new URL(`${name}.lua`, scriptFolder), 'utf8');
  const header = lua.slice(0, lua.search(/^[^-\n]/m));
  const code = lua.slice(header.length);
  expect(header).toMatch(/^-- Result: /m);
  expect(header).toMatch(/^-- KEYS/m);
  const count = name.slice(name.lastIndexOf('-') + 1);
  if (count === 'n') return;
  const numbersOf = (text: string, word: string) =>
    [...new Set([...text.matchAll(new RegExp(`${word}\\[(\\d+)\\]`, 'g'))].map(([, n]) => Number(n)))].sort();
  const keys = Array.from({ length: Number(count) }, (_, i) => i + 1);
  expect(numbersOf(header, 'KEYS')).toEqual(keys);
  expect(numbersOf(code, 'KEYS')).toEqual(keys);
  expect(numbersOf(header, 'ARGV')).toEqual(expect.arrayContaining(numbersOf(code, 'ARGV')));
});
