import { createRequire } from 'node:module';
import { CliError } from '../cli-error.js';
import type { ServiceName } from './service.js';

const require = createRequire(import.meta.url);

/** The program of a service: each app offers it as its `main` export. An app is never imported, only run. */
export function entryPoint(name: ServiceName): string {
  try {
    return require.resolve(`@outrider/app-${name}/main`);
  } catch {
    throw new CliError(`the ${name} service is not built; run: npm run build`);
  }
}
