/**
 * Runs ESLint on the given paths (default: everything), on a project graph made just now: the module-boundaries rule
 * reads the graph from Nx's cache, and checks nothing when there is none.
 *
 * Usage: node tools/verify/lint.mjs [path...]
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createProjectGraphAsync } from '@nx/devkit';
import { root } from './workspace.mjs';

process.env['NX_DAEMON'] ??= 'false';
await createProjectGraphAsync({ exitOnError: true });

const paths = process.argv.slice(2);
const eslint = join(root, 'node_modules/eslint/bin/eslint.js');
const { status } = spawnSync(process.execPath, [eslint, '--max-warnings=0', ...(paths.length > 0 ? paths : ['.'])], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
