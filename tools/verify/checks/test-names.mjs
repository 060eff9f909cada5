export const tiers = ['unit', 'paper', 'int', 'e2e'];

/**
 * Every test file says its tier, `name.<tier>.test.ts`, or no tier would run it.
 *
 * @param {readonly string[]} paths relative to the root
 * @returns {string[]} one line for each test file with another name
 */
export function checkTestNames(paths) {
  const isTest = /\.(test|spec)\.[cm]?[jt]sx?$/;
  const isNamedWell = new RegExp(`^(apps|libs|tools)/[^/]+/.*[^/.]\\.(${tiers.join('|')})\\.test\\.ts$`);
  return paths
    .filter((path) => isTest.test(path) && !isNamedWell.test(path))
    .map((path) => `${path}: name it <what>.<${tiers.join(' | ')}>.test.ts, inside a package`);
}
