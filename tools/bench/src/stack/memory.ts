/** What processes hold, where the system tells (Linux). */
import { readFileSync, writeFileSync } from 'node:fs';

/** The most memory a process has held so far, in MiB (VmHWM); undefined where the system does not tell. */
export function peakMemoryMiB(pid: number): number | undefined {
  return statusMiB(pid, 'VmHWM');
}

/** What a process holds now, in MiB (VmRSS); undefined where the system does not tell. */
export function residentMemoryMiB(pid: number): number | undefined {
  return statusMiB(pid, 'VmRSS');
}

/** Has the system count the peak from now on; without effect where it cannot (proc(5), clear_refs). */
export function resetPeakMemory(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // another system, or not allowed: the peak is that of the whole run
  }
}

function statusMiB(pid: number, field: 'VmHWM' | 'VmRSS'): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
  } catch {
    return undefined;
  }
}
