const dayMs = 86_400_000;

/** Milliseconds as Redis takes them: whole, at least 1, at most the day beyond which scripts take an end for nonsense. */
export function wholeMs(milliseconds: number): string {
  return String(Math.min(dayMs, Math.max(1, Math.ceil(milliseconds) || 1)));
}
