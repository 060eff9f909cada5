import { createRequire } from 'node:module';
import { CliError } from '../cli-error.js';
import type { ServiceName } from './service.js';

const require = createRequire(import.meta.url);

/** The program of a service. */
export function entryPoint(name: ServiceName): string {
  return mainOf(`app-${name}`, `the ${name} service is not built; run: npm run build`);
}

/** The benchmark program, which is no part of a deployment. */
export function benchEntryPoint(): string {
  return mainOf('bench', 'there are no benchmarks here; they run in a checkout of the repository');
}

/** Each app offers its program as its `main` export. An app is never imported, only run. */
function mainOf(name: string, problem: string): string {
  try {
    return require.resolve(`@outrider/${name}/main`);
  } catch {
    throw new CliError(problem);
  }
}
