/** Builds the graph's inputs for one group of lanes; see the graph signature in @outrider/models. */
import { graphSignature } from '@outrider/models';
import { Tensor } from 'onnxruntime-node';
import type { Pool } from './kv-cache.js';
import type { LaneGroup } from './lane-groups.js';
import type { Lane } from './lanes.js';
import type { LoadedModel } from './model.js';

const { BLOCK_TOKENS, INPUTS, frozenKey, frozenValue, tail } = graphSignature;
/** Finite, so that a row with nothing to attend to gives no NaN; its exponential is exactly 0 beside any score. */
const MASKED = -1e30;

export type Feeds = Record<string, Tensor>;

export function buildFeeds(model: LoadedModel, group: LaneGroup): Feeds {
  const { heads, keyValueHeads } = model.architecture;
  const { allHeads, group: shared } = model;
  const { lanes, start, count } = group;
  const pool = (lanes[0] as Lane).slot.pool;
  const rows = lanes.reduce((sum, lane) => sum + lane.tokens.length, 0);
  const width = Math.max(2, shared * Math.max(...lanes.map((lane) => lane.tokens.length)));
  const keys = pool.capacity + BLOCK_TOKENS;

  const tokens = integers(rows);
  const rotary = integers(rows * allHeads);
  const query = integers(count * keyValueHeads * width);
  const key = integers(count * keyValueHeads * BLOCK_TOKENS);
  const value = integers(count * keyValueHeads * BLOCK_TOKENS);
  const output = integers(rows * heads * 4);
  const mask = new Float32Array(count * width * keys);
  const scored: number[] = [];

  let firstRow = 0;
  for (const { slot, tokens: laneTokens, scored: laneScored } of lanes) {
    const lane = slot.index - start;
    const held = slot.length - slot.frozen;
    laneTokens.forEach((token, i) => {
      const row = firstRow + i;
      tokens.set(row, token);
      for (let head = 0; head < heads + keyValueHeads; head++) rotary.set(row * allHeads + head, slot.length + i);
      for (let head = 0; head < heads; head++) {
        const place = (row * heads + head) * 4;
        const keyValueHead = Math.floor(head / shared);
        const member = i * shared + (head % shared);
        output.set(place + 1, lane);
        output.set(place + 2, keyValueHead);
        output.set(place + 3, member);
        query.set((lane * keyValueHeads + keyValueHead) * width + member, row * allHeads + head);
      }
      for (let member = i * shared; member < (i + 1) * shared; member++) {
        const maskRow = (lane * width + member) * keys;
        mask.fill(MASKED, maskRow + slot.frozen, maskRow + pool.capacity);
        mask.fill(MASKED, maskRow + pool.capacity + held + i + 1, maskRow + keys);
      }
      if (i >= laneTokens.length - laneScored) scored.push(row);
    });
    for (let head = 0; head < keyValueHeads; head++) {
      for (let token = 0; token < BLOCK_TOKENS; token++) {
        const place = (lane * keyValueHeads + head) * BLOCK_TOKENS + token;
        const isNew = token >= held && token < held + laneTokens.length;
        const base = isNew
          ? (firstRow + token - held) * allHeads + heads
          : rows * allHeads + (lane * BLOCK_TOKENS + token) * 2 * keyValueHeads;
        key.set(place, base + head);
        value.set(place, base + keyValueHeads + head);
      }
    }
    firstRow += laneTokens.length;
  }

  return {
    ...feedsOfPast(pool, group, model),
    [INPUTS.tokens]: tokens.tensor([rows]),
    [INPUTS.rotaryPositions]: rotary.tensor([1, rows * allHeads]),
    [INPUTS.queryIndex]: query.tensor([count, keyValueHeads, width]),
    [INPUTS.keyIndex]: key.tensor([count, keyValueHeads, BLOCK_TOKENS]),
    [INPUTS.valueIndex]: value.tensor([count, keyValueHeads, BLOCK_TOKENS]),
    [INPUTS.outputIndex]: output.tensor([rows, heads, 4]),
    [INPUTS.mask]: new Tensor('float32', mask, [count, 1, width, keys]),
    [INPUTS.keySplit]: integersOf([pool.capacity, BLOCK_TOKENS]),
    ...headFeeds(lanes, scored),
  };
}

/** Inputs of the sampling head. */
function headFeeds(lanes: readonly Lane[], scored: readonly number[]): Feeds {
  const temperatures: number[] = [];
  const lawRows: number[] = [];
  const candidates: (readonly number[])[] = [];
  let lawSize = 1;
  for (const lane of lanes) {
    for (let i = 0; i < lane.scored; i++) {
      if (lane.lawSize > 0) {
        lawRows.push(temperatures.length);
        candidates.push(lane.candidates?.[i] ?? []);
        lawSize = Math.max(lawSize, lane.lawSize);
      }
      temperatures.push(1 / lane.temperature);
    }
  }
  // Quantised products cannot take an empty matrix: a pass that scores nothing scores one row that nobody reads.
  if (scored.length === 0) {
    scored = [0];
    temperatures.push(1);
  }
  if (candidates.length === 0) {
    lawRows.push(0);
    candidates.push([]);
  }
  const most = candidates.reduce((length, list) => Math.max(length, list.length), 1);
  const padded = integers(candidates.length * most);
  candidates.forEach((list, row) => list.forEach((id, i) => padded.set(row * most + i, id)));
  return {
    [INPUTS.scoredRows]: integersOf(scored),
    [INPUTS.inverseTemperature]: new Tensor('float32', Float32Array.from(temperatures), [temperatures.length, 1]),
    [INPUTS.lawRows]: integersOf(lawRows),
    [INPUTS.lawSize]: integersOf([lawSize]),
    [INPUTS.candidates]: padded.tensor([candidates.length, most]),
  };
}

/** Feeds of a pool's slots, by where they start and how many they are. */
interface PastFeeds {
  /** The pool's arrays they look at; others have taken their place when the pool grew. */
  readonly keys: readonly Float32Array[];
  readonly bySlots: Map<string, Feeds>;
}

const MOST_KEPT = 256;
const pastFeeds = new WeakMap<Pool, PastFeeds>();

/** The lanes' part of the pool's arrays, as it lies in memory. Kept: there are three tensors a layer, and many passes. */
function feedsOfPast(pool: Pool, { start, count }: LaneGroup, model: LoadedModel): Feeds {
  let kept = pastFeeds.get(pool);
  if (kept?.keys !== pool.keys) {
    kept = { keys: pool.keys, bySlots: new Map() };
    pastFeeds.set(pool, kept);
  }
  const slots = `${start}+${count}`;
  let feeds = kept.bySlots.get(slots);
  if (feeds === undefined) {
    feeds = makeFeedsOfPast(pool, start, count, model);
    if (kept.bySlots.size === MOST_KEPT) kept.bySlots.clear();
    kept.bySlots.set(slots, feeds);
  }
  return feeds;
}

function makeFeedsOfPast(pool: Pool, start: number, count: number, { architecture }: LoadedModel): Feeds {
  const { headSize, keyValueHeads, layers } = architecture;
  const slotSize = keyValueHeads * pool.capacity * headSize;
  const shape = [count, keyValueHeads, pool.capacity, headSize];
  const tailRows = BLOCK_TOKENS * 2 * keyValueHeads;
  const tailShape = [1, count * tailRows, headSize];
  const part = (array: Float32Array, size: number): Float32Array =>
    array.subarray(start * size, (start + count) * size);
  const feeds: Feeds = {};
  for (let layer = 0; layer < layers; layer++) {
    feeds[frozenKey(layer)] = new Tensor('float32', part(pool.keys[layer] as Float32Array, slotSize), shape);
    feeds[frozenValue(layer)] = new Tensor('float32', part(pool.values[layer] as Float32Array, slotSize), shape);
    const tails = part(pool.tails[layer] as Float32Array, tailRows * headSize);
    feeds[tail(layer)] = new Tensor('float32', tails, tailShape);
  }
  return feeds;
}

interface Integers {
  set(place: number, value: number): void;
  tensor(shape: readonly number[]): Tensor;
}

/** int64 values below 2^31, written as their low words: no BigInt is made for each. */
function integers(length: number): Integers {
  const values = new BigInt64Array(length);
  const low = new Int32Array(values.buffer);
  return {
    set: (place, value) => {
      low[2 * place] = value;
    },
    tensor: (shape) => new Tensor('int64', values, shape),
  };
}

function integersOf(values: readonly number[]): Tensor {
  const all = integers(values.length);
  values.forEach((value, place) => all.set(place, value));
  return all.tensor([values.length]);
}
