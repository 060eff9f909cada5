import semver from 'semver';

/** The oldest Node that every installed package must run on. */
export const oldestNode = '20.19.0';

/**
 * @typedef {object} LockedPackage
 * @property {string} [resolved] where it was downloaded from, or the folder of a workspace package
 * @property {string} [integrity]
 * @property {boolean} [link]
 * @property {boolean} [inBundle]
 * @property {{ node?: string } | string[]} [engines]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [optionalDependencies]
 */

/**
 * A lock file names no download address, so that `npm ci` uses the registry it is told to; it has a checksum for
 * every package, every package that another one may need on any platform (or `npm ci` refuses it), and none that
 * needs a newer Node than ours.
 *
 * @param {{ packages: Record<string, LockedPackage> }} lock
 * @returns {string[]} one line a problem
 */
export function checkLockFile({ packages }) {
  return Object.entries(packages).flatMap(([path, locked]) => {
    const problems = [];
    if (/^[a-z+]+:\/\//.test(locked.resolved ?? '')) problems.push('has a download address');
    const isInstalled = path.startsWith('node_modules/') || path.includes('/node_modules/');
    if (isInstalled && !locked.link && !locked.inBundle && locked.integrity === undefined)
      problems.push('has no checksum');
    const node = Array.isArray(locked.engines) ? undefined : locked.engines?.node;
    if (node !== undefined && !semver.satisfies(oldestNode, node))
      problems.push(`needs Node ${node}, not ${oldestNode}`);
    for (const name of Object.keys({ ...locked.dependencies, ...locked.optionalDependencies }))
      if (!isLocked(packages, path, name)) problems.push(`needs ${name}, which is missing`);
    return problems.map((problem) => `package-lock.json: ${path || 'the root'} ${problem}`);
  });
}

/**
 * Whether Node's search upwards through node_modules folders finds a package.
 *
 * @param {Record<string, unknown>} packages
 * @param {string} from path of the package that imports it
 * @param {string} name
 * @returns {boolean}
 */
function isLocked(packages, from, name) {
  if (`${from === '' ? '' : `${from}/`}node_modules/${name}` in packages) return true;
  if (from === '') return false;
  const parent = from.lastIndexOf('/node_modules/');
  return isLocked(packages, parent === -1 ? '' : from.slice(0, parent), name);
}
