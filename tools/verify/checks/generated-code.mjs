import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { generate, generatedFolder } from '../generate.mjs';

/**
 * What differs between the generated code in version control and what the .proto files give now.
 *
 * @returns {string[]} one line a file; empty when all is up to date
 */
export function checkGeneratedCode() {
  const fresh = mkdtempSync(join(tmpdir(), 'outrider-generated-'));
  try {
    generate(fresh);
    return differences(generatedFolder, fresh).map(
      (problem) => `libs/contracts/src/gen/${problem}: run \`npm run generate\``,
    );
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * @param {string} actual
 * @param {string} expected
 * @returns {string[]}
 */
export function differences(actual, expected) {
  const [have, want] = [files(actual), files(expected)];
  return [...new Set([...have.keys(), ...want.keys()])].sort().flatMap((path) => {
    const [old, now] = [have.get(path), want.get(path)];
    if (now === undefined) return [`${path} is not generated any more`];
    if (old === undefined) return [`${path} is missing`];
    return old.equals(now) ? [] : [`${path} differs`];
  });
}

/**
 * @param {string} folder
 * @returns {Map<string, Buffer>} contents by path inside the folder
 */
function files(folder) {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile());
  return new Map(paths.map((path) => [relative(folder, path), readFileSync(path)]));
}
