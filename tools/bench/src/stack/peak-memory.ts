import { readFileSync } from 'node:fs';

/** The most memory a process has held so far, in MiB (VmHWM); undefined where the system does not tell. */
export function peakMemoryMiB(pid: number): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
  } catch {
    return undefined;
  }
}
