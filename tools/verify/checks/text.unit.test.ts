import { expect, it } from 'vitest';
import { checkText } from './text.mjs';

const check = (text: string) => checkText('file', Buffer.from(text));

it.each([
  'cd /' + 'work/main',
  '"/' + 'root/.cache"',
  'see /' + 'tmp/notes.txt',
  'a\n// TO' + 'DO later',
  'FIX' + 'ME',
])('reports %j', (text) => {
  expect(check(text)).toEqual([expect.stringMatching(/^file:[12]: (a path of one machine|unfinished work): /)]);
});

it.each(['mountPath: /tmp', 'a/work/b', '`${folder}/work/x`', 'https://host.example/root/', 'TO' + 'DOS', 'tmpdir()'])(
  'accepts %j',
  (text) => {
    expect(check(text)).toEqual([]);
  },
);

it('says the line', () => {
  expect(check('one\ntwo /' + 'tmp/x\n')).toEqual(['file:2: a path of one machine: two /' + 'tmp/x']);
});

it('passes over binary files', () => {
  expect(checkText('file', Buffer.from('\0 /' + 'work/'))).toEqual([]);
});
