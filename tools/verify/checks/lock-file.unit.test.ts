import { expect, it } from 'vitest';
import { checkLockFile, type LockedPackage } from './lock-file.mjs';

const check = (path: string, locked: LockedPackage) => checkLockFile({ packages: { [path]: locked } });
const integrity = 'sha512-x';

it('accepts installed, linked and bundled packages and those of the workspace', () => {
  const packages: Record<string, LockedPackage> = {
    '': { engines: { node: '>=20.19' } },
    'libs/a': {},
    'node_modules/a': { resolved: 'libs/a', link: true },
    'node_modules/b': { integrity, engines: { node: '^20.19.0 || >=22.12.0' }, dependencies: { c: '1', d: '2' } },
    'node_modules/b/node_modules/c': { inBundle: true },
    'node_modules/d': { integrity, engines: ['node >= 0.6'] },
  };
  expect(checkLockFile({ packages })).toEqual([]);
});

it('reports a download address', () => {
  const resolved = 'https://registry.example/b/-/b-1.0.0.tgz';
  expect(check('node_modules/b', { integrity, resolved })).toEqual([
    'package-lock.json: node_modules/b has a download address',
  ]);
});

it('reports a git address', () => {
  expect(check('node_modules/b', { integrity, resolved: 'git+ssh://git@host.example/b.git' })).toHaveLength(1);
});

it('reports a package without a checksum', () => {
  expect(check('node_modules/b', {})).toEqual(['package-lock.json: node_modules/b has no checksum']);
});

it('reports a package that needs a newer Node', () => {
  expect(check('node_modules/b', { integrity, engines: { node: '>=22' } })).toEqual([
    'package-lock.json: node_modules/b needs Node >=22, not 20.19.0',
  ]);
});

it('reports a package of another platform that was not locked', () => {
  const packages: Record<string, LockedPackage> = {
    'node_modules/b': { integrity, optionalDependencies: { 'b-linux': '1', 'b-darwin': '1' } },
    'node_modules/b/node_modules/b-linux': { integrity },
  };
  expect(checkLockFile({ packages })).toEqual(['package-lock.json: node_modules/b needs b-darwin, which is missing']);
});
