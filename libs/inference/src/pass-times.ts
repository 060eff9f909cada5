/** What passes have taken of late, and what follows from that: no constants of one model on one machine. */

/** Weight of the latest pass in an average. */
const LATEST = 0.25;
/** A chunk beside blocks takes at most so many times what a pass over the blocks takes. */
const CHUNK_SHARE = 1.5;
/** Chunks are cut to multiples of this, and to no less than twice it: smaller ones cost too much a token. */
const CHUNK_STEP = 8;
/** Waiting for others pays up to what a pass costs beyond its lanes; half the quickest pass is surely less. */
const WAIT_SHARE = 0.5;
/** By so much the quickest pass is forgotten with each pass. */
const FORGET = 1.002;

export class PassTimes {
  private blockMs = 0;
  private quickestMs = Infinity;
  private chunkMsPerToken = 0;

  block(ms: number): void {
    this.blockMs = average(this.blockMs, ms);
    this.quickestMs = Math.min(ms, this.quickestMs * FORGET);
  }

  chunk(ms: number, tokens: number): void {
    // A short one says little of what a token costs.
    if (tokens >= 2 * CHUNK_STEP) this.chunkMsPerToken = average(this.chunkMsPerToken, ms / tokens);
  }

  /** Tokens of a chunk beside which blocks of others wait. */
  chunkTokens(most: number): number {
    const least = Math.min(most, 2 * CHUNK_STEP);
    if (this.chunkMsPerToken === 0) return least;
    const tokens = (CHUNK_SHARE * this.blockMs) / this.chunkMsPerToken;
    return Math.max(least, Math.min(most, tokens - (tokens % CHUNK_STEP)));
  }

  /** Milliseconds for which a block may wait for company. */
  patienceMs(): number {
    return Number.isFinite(this.quickestMs) ? WAIT_SHARE * this.quickestMs : 0;
  }
}

function average(before: number, latest: number): number {
  return before === 0 ? latest : (1 - LATEST) * before + LATEST * latest;
}
