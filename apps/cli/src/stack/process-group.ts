/** Signals to a child's whole process group, so that nothing a service started outlives it. */

/** Sends a signal to the group led by `pid`; a group that is gone already is no error. */
export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error; // EPERM: macOS says so of a group of zombies
  }
}

export function killGroup(pid: number | undefined): void {
  signalGroup(pid, 'SIGKILL');
}
