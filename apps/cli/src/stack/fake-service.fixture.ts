/** Small programs that behave like services, well or badly. They run in a node of their own. */
import { existsSync, readFileSync } from 'node:fs';
import type { ServiceName, ServiceSpec } from './service.js';

/** Leaves when its parent is gone, as a service does: its standard input ends. */
const LEAVE_WITH_PARENT = `process.stdin.resume(); process.stdin.on('end', () => process.exit(0));`;
const STAY = `setInterval(() => {}, 1000);`;

export function fakeService(service: ServiceName, script: string, name: string = service): ServiceSpec {
  const env = { ...process.env, SERVICE: service };
  return { name, service, command: process.execPath, args: ['-e', script], env };
}

export const behaviours = {
  /** Serves after `ms` and ends on SIGTERM. */
  good: (ms = 0): string => `${LEAVE_WITH_PARENT} setTimeout(() => console.log(JSON.stringify(
    { ready: true, service: process.env.SERVICE, address: '127.0.0.1:' + process.pid })), ${ms}); ${STAY}`,
  crashAtStart: `console.error(JSON.stringify({ level: 50, msg: 'cannot load', err: { message: 'no such model' } }));
    process.exitCode = 3;`,
  neverReady: `${LEAVE_WITH_PARENT} ${STAY}`,
  ignoresTerm: (): string => `process.on('SIGTERM', () => {}); ${behaviours.good()}`,
  /** Serves, and leaves with `code` after `ms`. */
  diesAfter: (ms: number, code: number): string =>
    `${behaviours.good()} setTimeout(() => process.exit(${code}), ${ms});`,
  /** Serves with a child of its own that ignores SIGTERM and the end of its parent, and says its pid. */
  withGrandchild: (): string => `const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"],
      { stdio: 'inherit' });
    console.error(JSON.stringify({ level: 30, msg: 'grandchild ' + child.pid })); ${behaviours.good()}`,
} as const;

/** A zombie counts as gone: it has ended, and only its new parent (a container may have none) has not looked yet. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return !existsSync('/proc/self'); // no /proc on this system: trust the signal
  }
}
