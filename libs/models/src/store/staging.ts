/**
 * Nothing appears in the cache before it is complete: it is written to a staging folder on the same file system
 * and renamed. Each staging folder carries its process, so that what a killed process left is found and removed.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { ModelError } from '../error.js';
import { stagingDirectory, type CacheOptions } from './cache-home.js';

/** A leftover of another machine, or under a process id in use again, is removed when it is older than this. */
const STALE_AFTER_MS = 24 * 3600 * 1000;

const active = new Set<string>();

/** Runs `work` in a new staging folder, which is gone afterwards, whatever happened. */
export async function withStaging<T>(options: CacheOptions, work: (directory: string) => Promise<T>): Promise<T> {
  await removeStaleStaging(options);
  const directory = join(stagingDirectory(options), `${machine()}-${process.pid}-${randomUUID()}`);
  await mkdir(directory, { recursive: true });
  if (active.size === 0) process.once('exit', removeActive);
  active.add(directory);
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
    active.delete(directory);
    if (active.size === 0) process.removeListener('exit', removeActive);
  }
}

/**
 * Moves a complete file or folder to its place. What is there already stays if `isSame` says that it is as good, for
 * another process may be opening it; else it is replaced. When several processes publish the same place, each
 * publishes a complete one.
 */
export async function publish(staged: string, place: string, isSame?: () => Promise<boolean>): Promise<void> {
  await mkdir(dirname(place), { recursive: true });
  // Every failed attempt means that somebody else published meanwhile; that ends.
  for (let attempt = 0; attempt < 100; attempt++) {
    if (isSame !== undefined && (await isSame())) return;
    await moveAway(place, `${staged}.replaced-${attempt}`);
    try {
      await rename(staged, place);
      return;
    } catch (reason) {
      if (!isTaken(reason)) throw ModelError.from(reason);
    }
  }
  throw new ModelError('io', `${place} is being written by other processes`);
}

/** Removes a file or folder so that it is either there in full or not at all. */
export async function unpublish(place: string, options: CacheOptions): Promise<void> {
  await withStaging(options, (staging) => moveAway(place, join(staging, 'removed')));
}

async function moveAway(place: string, to: string): Promise<void> {
  try {
    await rename(place, to);
  } catch (reason) {
    if (errorCode(reason) !== 'ENOENT') throw ModelError.from(reason);
  }
}

async function removeStaleStaging(options: CacheOptions): Promise<void> {
  const directory = stagingDirectory(options);
  const names = await readdir(directory).catch(() => []);
  for (const name of names) {
    const path = join(directory, name);
    if (await isStale(name, path)) await rm(path, { recursive: true, force: true });
  }
}

async function isStale(name: string, path: string): Promise<boolean> {
  const [, host, pid] = /^(.*)-(\d+)-[0-9a-f-]{36}$/.exec(name) ?? [];
  if (host === machine() && pid !== undefined && !isAlive(Number(pid))) return true;
  const age = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
  return age > STALE_AFTER_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (reason) {
    return errorCode(reason) === 'EPERM';
  }
}

/** For process.exit() in the middle of an import: no promise settles any more. */
function removeActive(): void {
  for (const directory of active) rmSync(directory, { recursive: true, force: true });
}

function machine(): string {
  return hostname().replace(/[^A-Za-z0-9]/g, '') || 'localhost';
}

function isTaken(reason: unknown): boolean {
  return ['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES'].includes(errorCode(reason) ?? '');
}

function errorCode(reason: unknown): string | undefined {
  return reason instanceof Error && 'code' in reason ? String(reason.code) : undefined;
}
