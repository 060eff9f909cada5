/**
 * Keys and values of all sessions, in the engine's own memory, laid out so that a pass reads them without a copy.
 *
 * Sessions of about the same length share a pool: one array a layer, [slot, key-value head, capacity, head size], so
 * that one slot, and any run of neighbouring slots, is a contiguous part. A pool's slots are kept dense. A session
 * that outgrows its pool moves to the next; capacities grow by a third to a half, so that little is fed in vain.
 *
 * A session's last, unfinished block lies in its tail (graph signature: frozen and tail).
 */
import { type Architecture, graphSignature } from '@outrider/models';

const { BLOCK_TOKENS } = graphSignature;

/** Invariants: frozen is a multiple of BLOCK_TOKENS, frozen <= length <= frozen + BLOCK_TOKENS, frozen <= capacity. */
export interface CacheSlot {
  /** Tokens held. */
  length: number;
  /** Their ids. */
  readonly tokens: number[];
  /** Tokens in finished blocks. */
  frozen: number;
  pool: Pool;
  /** Place in the pool. */
  index: number;
}

export interface Pool {
  readonly capacity: number;
  readonly members: CacheSlot[];
  /** Slots that the arrays have room for. */
  room: number;
  /** By layer: float32 [room, key-value heads, capacity, head size] */
  keys: Float32Array[];
  values: Float32Array[];
  /** By layer: float32 [room, BLOCK_TOKENS, 2 * key-value heads, head size] */
  tails: Float32Array[];
}

export class KvCache {
  private readonly pools = new Map<number, Pool>();
  /** Floats of one token's row in one layer's tail. */
  readonly rowSize: number;

  constructor(private readonly architecture: Architecture) {
    this.rowSize = 2 * architecture.keyValueHeads * architecture.headSize;
  }

  /** A slot that holds nothing, with room for so many tokens. */
  open(tokens = 0): CacheSlot {
    const pool = this.poolOf(capacityFor(finished(tokens)));
    const slot: CacheSlot = { length: 0, tokens: [], frozen: 0, pool, index: 0 };
    this.join(slot, pool);
    return slot;
  }

  close(slot: CacheSlot): void {
    this.leave(slot);
  }

  /** Floats that all pools hold room for. */
  size(): number {
    let floats = 0;
    for (const pool of this.pools.values()) {
      for (const arrays of [pool.keys, pool.values, pool.tails]) for (const array of arrays) floats += array.length;
    }
    return floats;
  }

  /** Forgets all tokens from `length` on. Nothing moves, except back from a finished block into the tail. */
  truncate(slot: CacheSlot, length: number): void {
    if (length < slot.frozen) {
      const frozen = finished(length);
      this.copyBlock(slot, frozen, 'thaw');
      slot.frozen = frozen;
    }
    slot.length = length;
    slot.tokens.length = length;
  }

  /** Finishes a full tail, so that at least one more token fits. */
  makeRoom(slot: CacheSlot): void {
    if (slot.length - slot.frozen < BLOCK_TOKENS) return;
    this.widen(slot, slot.frozen + BLOCK_TOKENS);
    this.copyBlock(slot, slot.frozen, 'freeze');
    slot.frozen += BLOCK_TOKENS;
  }

  /** Moves a slot to where so many tokens have room, if they have none where it is. */
  widen(slot: CacheSlot, tokens: number): void {
    if (finished(tokens) > slot.pool.capacity) this.move([slot], capacityFor(finished(tokens)));
  }

  /** Moves slots to the pool of that capacity, where they can share a pass with the others there. */
  move(slots: readonly CacheSlot[], capacity: number): void {
    const to = this.poolOf(capacity);
    const moving = slots.filter(({ pool }) => pool !== to);
    // All at once, since each growth copies what is there; and from the last places on, since a place that becomes free
    // takes the last slot of its pool.
    this.reserve(to, to.members.length + moving.length);
    for (const slot of moving.sort((a, b) => b.index - a.index)) {
      const place = to.members.length;
      this.copySlot(slot.pool, slot.index, to, place, slot.frozen);
      this.takeOut(slot);
      to.members.push(slot);
      slot.pool = to;
      slot.index = place;
    }
    for (const pool of [...this.pools.values()]) this.giveBack(pool);
  }

  private poolOf(capacity: number): Pool {
    let pool = this.pools.get(capacity);
    if (pool === undefined) {
      pool = { capacity, members: [], room: 0, keys: [], values: [], tails: [] };
      this.pools.set(capacity, pool);
    }
    return pool;
  }

  private join(slot: CacheSlot, pool: Pool): void {
    this.reserve(pool, pool.members.length + 1);
    slot.pool = pool;
    slot.index = pool.members.length;
    pool.members.push(slot);
  }

  private leave(slot: CacheSlot): void {
    this.takeOut(slot);
    this.giveBack(slot.pool);
  }

  /** The last slot of the pool takes the place that becomes free. */
  private takeOut({ pool, index }: CacheSlot): void {
    const last = pool.members.pop();
    if (last === undefined || last.index === index) return;
    this.copySlot(pool, last.index, pool, index, last.frozen);
    last.index = index;
    pool.members[index] = last;
  }

  /**
   * Room for four times the slots that are left is halved, which moves no slot more than once for each that left; a pool
   * without slots gives all its memory back.
   */
  private giveBack(pool: Pool): void {
    if (pool.members.length === 0) this.pools.delete(pool.capacity);
    else if (4 * pool.members.length <= pool.room) this.resize(pool, Math.ceil(pool.room / 2));
  }

  private reserve(pool: Pool, slots: number): void {
    if (slots > pool.room) this.resize(pool, Math.max(slots, 2 * pool.room));
  }

  private resize(pool: Pool, room: number): void {
    const { layers, keyValueHeads, headSize } = this.architecture;
    const slotSize = keyValueHeads * pool.capacity * headSize;
    const kept = Math.min(room, pool.room);
    const resized = (old: readonly Float32Array[], size: number): Float32Array[] =>
      Array.from({ length: layers }, (_, layer) => {
        const array = new Float32Array(room * size);
        if (old[layer] !== undefined) array.set(old[layer].subarray(0, kept * size));
        return array;
      });
    pool.keys = resized(pool.keys, slotSize);
    pool.values = resized(pool.values, slotSize);
    pool.tails = resized(pool.tails, BLOCK_TOKENS * this.rowSize);
    pool.room = room;
  }

  private copySlot(from: Pool, fromIndex: number, to: Pool, toIndex: number, frozen: number): void {
    const { layers, keyValueHeads, headSize } = this.architecture;
    const tailSize = BLOCK_TOKENS * this.rowSize;
    for (let layer = 0; layer < layers; layer++) {
      for (const kind of ['keys', 'values'] as const) {
        const source = from[kind][layer] as Float32Array;
        const target = to[kind][layer] as Float32Array;
        for (let head = 0; head < keyValueHeads; head++) {
          const start = (fromIndex * keyValueHeads + head) * from.capacity * headSize;
          const place = (toIndex * keyValueHeads + head) * to.capacity * headSize;
          target.set(source.subarray(start, start + frozen * headSize), place);
        }
      }
      const tails = from.tails[layer] as Float32Array;
      const target = to.tails[layer] as Float32Array;
      target.set(tails.subarray(fromIndex * tailSize, (fromIndex + 1) * tailSize), toIndex * tailSize);
    }
  }

  /** Copies the block that starts at token `start` from the tail to its frozen place, or back. */
  private copyBlock(slot: CacheSlot, start: number, direction: 'freeze' | 'thaw'): void {
    const { layers, keyValueHeads, headSize } = this.architecture;
    const { pool, index } = slot;
    for (let layer = 0; layer < layers; layer++) {
      const tails = pool.tails[layer] as Float32Array;
      for (let token = 0; token < BLOCK_TOKENS; token++) {
        const row = (index * BLOCK_TOKENS + token) * this.rowSize;
        for (let head = 0; head < 2 * keyValueHeads; head++) {
          const frozen = (head < keyValueHeads ? pool.keys : pool.values)[layer] as Float32Array;
          const tailPlace = row + head * headSize;
          const frozenHead = index * keyValueHeads + (head % keyValueHeads);
          const place = (frozenHead * pool.capacity + start + token) * headSize;
          if (direction === 'freeze') frozen.set(tails.subarray(tailPlace, tailPlace + headSize), place);
          else tails.set(frozen.subarray(place, place + headSize), tailPlace);
        }
      }
    }
  }
}

/** Of so many tokens, those in finished blocks. */
function finished(tokens: number): number {
  return tokens - (tokens % BLOCK_TOKENS);
}

/** The smallest of 64, 128, 192, 256, 384, 512, 768, ... that holds so many tokens. */
export function capacityFor(tokens: number): number {
  if (tokens <= 2 * BLOCK_TOKENS) return tokens <= BLOCK_TOKENS ? BLOCK_TOKENS : 2 * BLOCK_TOKENS;
  let power = 2 * BLOCK_TOKENS;
  while (power < tokens) power *= 2;
  const between = power - power / 4;
  return between >= tokens && between % BLOCK_TOKENS === 0 ? between : power;
}
