import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const benchFolder = fileURLToPath(new URL('..', import.meta.url));

export const repositoryFolder = join(benchFolder, '..', '..');
export const workloadFolder = join(benchFolder, 'workload');
export const resultsFolder = join(benchFolder, 'results');
export const tracesFolder = join(benchFolder, 'traces');
export const profilesFolder = join(benchFolder, 'profiles');
