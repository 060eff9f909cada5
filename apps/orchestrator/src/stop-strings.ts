/** Finds the first stop string in a text that comes in pieces. */
export interface StopMatcher {
  /** Text that is known to come before any stop string, and the stop string that ended it, once one has. */
  push(piece: string): { readonly text: string; readonly stop?: string };
  /** What was held back because it might have begun a stop string. */
  flush(): string;
}

/** Without stop strings, everything passes at once. */
export function stopMatcher(stops: readonly string[]): StopMatcher {
  let held = '';
  return {
    push(piece) {
      held += piece;
      const found = firstOf(held, stops);
      if (found !== undefined) {
        const text = held.slice(0, found.start);
        held = '';
        return { text, stop: found.stop };
      }
      const keep = longestBeginning(held, stops);
      const text = held.slice(0, held.length - keep);
      held = held.slice(held.length - keep);
      return { text };
    },
    flush() {
      const text = held;
      held = '';
      return text;
    },
  };
}

/** The stop string that is complete first; of those complete at the same place, the longest, which begins first. */
function firstOf(text: string, stops: readonly string[]): { start: number; stop: string } | undefined {
  let first: { start: number; stop: string } | undefined;
  for (const stop of stops) {
    const start = text.indexOf(stop);
    if (start === -1) continue;
    const end = start + stop.length;
    const firstEnd = first === undefined ? Infinity : first.start + first.stop.length;
    if (end < firstEnd || (end === firstEnd && start < (first?.start ?? Infinity))) first = { start, stop };
  }
  return first;
}

/** Length of the longest end of the text that is the beginning of a stop string. */
function longestBeginning(text: string, stops: readonly string[]): number {
  let longest = 0;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
      if (text.endsWith(stop.slice(0, length))) longest = length;
    }
  }
  return longest;
}
