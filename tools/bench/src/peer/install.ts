/** Installs the peer from the package registry into a temporary folder; it is never a dependency. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BenchError } from '../bench-error.js';
import type { BenchContext } from '../context.js';

export const PEER_PACKAGE = 'node-llama-cpp';
export const PEER_VERSION = '3.22.1';

/** Prebuilt for the processor alone; the builds for graphics processors, several hundred megabytes, are left out. */
const BINARIES: Readonly<Record<string, string>> = {
  'linux x64': 'linux-x64',
  'linux arm64': 'linux-arm64',
  'linux arm': 'linux-armv7l',
  'darwin x64': 'mac-x64',
  'darwin arm64': 'mac-arm64-metal',
  'win32 x64': 'win-x64',
  'win32 arm64': 'win-arm64',
};

/** Returns the address of the peer's module. Rejects with a BenchError that holds what npm said. */
export async function installPeer(folder: string, { env, progress, signal }: BenchContext): Promise<string> {
  const platform = `${process.platform} ${process.arch}`;
  const binary = BINARIES[platform];
  if (binary === undefined) throw new BenchError(`${PEER_PACKAGE} has no prebuilt binary for ${platform}`);
  progress.report(`installing ${PEER_PACKAGE} ${PEER_VERSION} into a temporary folder`);
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  const packages = [`${PEER_PACKAGE}@${PEER_VERSION}`, `@node-llama-cpp/${binary}@${PEER_VERSION}`];
  const flags = [
    '--ignore-scripts',
    '--omit=optional',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    '--no-workspaces',
  ];
  await runNpm(['install', ...flags, ...packages], folder, env, signal);
  return pathToFileURL(join(folder, 'node_modules', PEER_PACKAGE, 'dist', 'index.js')).href;
}

function runNpm(args: readonly string[], folder: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  // Under `npm run` the environment names our own workspace as the place to install to.
  const ours = new Set(['npm_config_local_prefix', 'npm_config_workspace', 'npm_config_workspaces']);
  const clean = Object.fromEntries(Object.entries(env).filter(([name]) => !ours.has(name.toLowerCase())));
  const child = spawn('npm', [...args, '--prefix', folder], {
    cwd: folder,
    env: clean,
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
    shell: process.platform === 'win32',
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  return new Promise((resolve, reject) => {
    // Aborting is an error as well; npm must be gone before its folder is removed.
    child.once('error', (error) => {
      if (child.pid === undefined) reject(error);
    });
    child.once('close', (code) => {
      if (code === 0) resolve();
      else if (signal.aborted) reject(BenchError.from(signal.reason));
      else reject(new BenchError(`npm could not install ${PEER_PACKAGE}:\n${complaints.trim()}`));
    });
  });
}
