/** Where a result comes from: without this, a figure says nothing. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpus, release, totalmem } from 'node:os';
import { repositoryFolder } from '../paths.js';

export interface Provenance {
  readonly command: string;
  /** ISO 8601. */
  readonly date: string;
  /** The checkout's commit; undefined outside a checkout. */
  readonly commit?: string;
  /** Whether files differed from that commit. */
  readonly modified?: boolean;
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly system: string;
    readonly node: string;
  };
}

export function describeRun(args: readonly string[], now: Date): Provenance {
  const commit = git('rev-parse', 'HEAD');
  const changes = git('status', '--porcelain', '--untracked-files=no', '--', ':!tools/bench/results', ':!README.md');
  const processors = cpus();
  return {
    command: ['npm run bench --', ...withoutOutput(args)].join(' ').replace(/ --$/, ''),
    date: now.toISOString(),
    ...(commit === undefined ? {} : { commit }),
    ...(changes === undefined ? {} : { modified: changes !== '' }),
    machine: {
      processor: processors[0]?.model.trim() ?? 'unknown',
      cores: processors.length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      system: `${process.platform} ${release()} ${process.arch}`,
      node: process.version,
    },
  };
}

/** Where results are written belongs to one machine and changes no figure. */
function withoutOutput(args: readonly string[]): string[] {
  const places = ['--output', '--folder'];
  return args.filter(
    (arg, i) =>
      !places.includes(arg) &&
      !places.includes(args[i - 1] ?? '') &&
      !places.some((place) => arg.startsWith(`${place}=`)),
  );
}

/** Where the code lies that a measurement depends on. */
const CODE = ['apps', 'libs', 'tools/bench/src'];

/**
 * Tells one state of that code from another, so that results and documents may change between two halves of a run.
 * Undefined outside a checkout.
 */
export function codeVersion(): string | undefined {
  const trees = git('rev-parse', ...CODE.map((folder) => `HEAD:${folder}`));
  const changes = git('diff', 'HEAD', '--', ...CODE);
  if (trees === undefined || changes === undefined) return undefined;
  return createHash('sha256').update(trees).update(changes).digest('hex').slice(0, 16);
}

function git(...args: string[]): string | undefined {
  try {
    return execFileSync('git', args, {
      cwd: repositoryFolder,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined; // no git, or no checkout: the result says so by silence
  }
}
