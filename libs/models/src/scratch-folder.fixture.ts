import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

/** A new folder for each call, removed after the test that made it. Call at the top of a test file. */
export function scratchFolders(): { make(): string; file(name: string, contents: Uint8Array | string): string } {
  const made: string[] = [];
  afterEach(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  const make = () => {
    const folder = mkdtempSync(join(tmpdir(), 'outrider-models-'));
    made.push(folder);
    return folder;
  };
  const file = (name: string, contents: Uint8Array | string) => {
    const path = join(make(), name);
    writeFileSync(path, contents);
    return path;
  };
  return { make, file };
}
