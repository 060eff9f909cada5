/**
 * An abort that comes from a signal or from a deadline, whichever is first. `AbortSignal.any` over a timeout would
 * be shorter, but Node 20 may collect such a signal as garbage while it is waited for, and then it never fires.
 */
export interface AbortWithin {
  readonly signal: AbortSignal;
  /** True when the deadline was first. */
  isLate(): boolean;
  /** Takes timer and listener away. */
  release(): void;
}

export function abortWithin(timeoutMs: number, parent: AbortSignal): AbortWithin {
  const controller = new AbortController();
  let late = false;
  const follow = (): void => controller.abort(parent.reason);
  const timer = setTimeout(() => {
    late = true;
    controller.abort(new DOMException('too late', 'TimeoutError'));
  }, timeoutMs);
  if (parent.aborted) follow();
  else parent.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    isLate: () => late,
    release: () => {
      clearTimeout(timer);
      parent.removeEventListener('abort', follow);
    },
  };
}
