/** Forward passes over the sessions' caches. */
import { graphSignature } from '@outrider/models';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { buildFeeds } from './feeds.js';
import type { CacheSlot, KvCache } from './kv-cache.js';
import { type LaneGroup, groupLanes, tokensOfPass } from './lane-groups.js';
import type { Lane, ScoredRow } from './lanes.js';
import type { LoadedModel } from './model.js';

const { BLOCK_TOKENS, OUTPUTS } = graphSignature;

/** Sees the raw outputs of each pass; asks for more of them by name. */
export interface PassObserver {
  readonly outputs: readonly string[];
  onPass(outputs: InferenceSession.OnnxValueMapType): void;
}

/**
 * Appends each lane's tokens to its cache and scores what it asks for, in as few passes as the pools and the block
 * borders allow: no pass crosses a border, which is what keeps every row independent of the width of its pass.
 * Returns the scored rows of each lane, in the order of the lanes.
 */
export async function forward(
  model: LoadedModel,
  cache: KvCache,
  lanes: readonly Lane[],
  observer?: PassObserver,
): Promise<ScoredRow[][]> {
  const results = new Map<Lane, ScoredRow[]>(lanes.map((lane) => [lane, []]));
  const done = new Map<Lane, number>(lanes.map((lane) => [lane, 0]));
  for (;;) {
    const parts = new Map<Lane, Lane>();
    for (const lane of lanes) {
      const start = done.get(lane) ?? 0;
      if (start === lane.tokens.length) continue;
      cache.makeRoom(lane.slot);
      const part = nextPart(lane, start);
      parts.set(part, lane);
      done.set(lane, start + part.tokens.length);
    }
    if (parts.size === 0) return lanes.map((lane) => results.get(lane) ?? []);
    const move = (slots: readonly CacheSlot[], capacity: number) => cache.move(slots, capacity);
    for (const group of groupLanes([...parts.keys()], tokensOfPass(model), move)) {
      const outputs = await runPass(model, cache, group, observer);
      let row = 0;
      let lawRow = 0;
      for (const part of group.lanes) {
        const rows = results.get(parts.get(part) as Lane) as ScoredRow[];
        for (let i = 0; i < part.scored; i++) {
          rows.push(readRow(outputs, part, i, row++, part.lawSize > 0 ? lawRow++ : -1));
        }
      }
    }
  }
}

/** The tokens that fit into the lane's unfinished block, and the scored ones among them. */
function nextPart(lane: Lane, start: number): Lane {
  const { slot, tokens } = lane;
  const end = Math.min(tokens.length, start + BLOCK_TOKENS - (slot.length - slot.frozen));
  const firstScored = tokens.length - lane.scored;
  const from = Math.max(start, firstScored);
  const scored = Math.max(0, end - from);
  const candidates = lane.candidates?.slice(from - firstScored, from - firstScored + scored);
  return {
    ...lane,
    tokens: start === 0 && end === tokens.length ? tokens : tokens.slice(start, end),
    scored,
    ...(candidates === undefined ? {} : { candidates }),
  };
}

type Outputs = InferenceSession.OnnxValueMapType;

async function runPass(
  model: LoadedModel,
  cache: KvCache,
  group: LaneGroup,
  observer: PassObserver | undefined,
): Promise<Outputs> {
  const { lanes } = group;
  const fetches: string[] = [OUTPUTS.newRows];
  if (lanes.some((lane) => lane.scored > 0)) fetches.push(OUTPUTS.bestLogits, OUTPUTS.bestRows);
  if (lanes.some((lane) => lane.scored > 0 && lane.lawSize > 0)) {
    fetches.push(OUTPUTS.lawProbabilities, OUTPUTS.lawRows, OUTPUTS.candidateProbabilities, OUTPUTS.expectedLogit);
  }
  if (lanes.some((lane) => lane.wantsLogits === true && lane.scored > 0)) fetches.push(OUTPUTS.logits);
  if (observer !== undefined) fetches.push(...observer.outputs);
  const outputs = await model.session.run(buildFeeds(model, group), fetches);
  keepNewRows(model, cache, lanes, outputs);
  observer?.onPass(outputs);
  return outputs;
}

/** Copies the new keys and values into the lanes' tails. */
function keepNewRows(model: LoadedModel, cache: KvCache, lanes: readonly Lane[], outputs: Outputs): void {
  const newRows = floats(outputs, OUTPUTS.newRows);
  const total = lanes.reduce((sum, lane) => sum + lane.tokens.length, 0);
  let row = 0;
  for (const { slot, tokens } of lanes) {
    const first = slot.index * BLOCK_TOKENS + slot.length - slot.frozen;
    for (let layer = 0; layer < model.architecture.layers; layer++) {
      const start = (layer * total + row) * cache.rowSize;
      const rows = newRows.subarray(start, start + tokens.length * cache.rowSize);
      (slot.pool.tails[layer] as Float32Array).set(rows, first * cache.rowSize);
    }
    row += tokens.length;
    slot.length += tokens.length;
    slot.tokens.push(...tokens);
  }
}

function readRow(outputs: Outputs, lane: Lane, scored: number, row: number, lawRow: number): ScoredRow {
  const bestRows = integers(outputs, OUTPUTS.bestRows);
  const bestLogits = floats(outputs, OUTPUTS.bestLogits);
  const best = {
    bestRows: [Number(bestRows[2 * row]), Number(bestRows[2 * row + 1])] as const,
    bestLogits: [bestLogits[2 * row] as number, bestLogits[2 * row + 1] as number] as const,
    ...(lane.wantsLogits === true ? { logits: slice(outputs, OUTPUTS.logits, row) } : {}),
  };
  if (lawRow < 0) {
    return { ...best, lawRows: [], lawProbabilities: [], candidateProbabilities: [], entropy: Number.NaN };
  }
  const lawProbabilities = Array.from(slice(outputs, OUTPUTS.lawProbabilities, lawRow).subarray(0, lane.lawSize));
  const ids = integers(outputs, OUTPUTS.lawRows);
  const width = (outputs[OUTPUTS.lawRows] as Tensor).dims[1] as number;
  const lawRows = Array.from({ length: lawProbabilities.length }, (_, i) => Number(ids[lawRow * width + i]));
  const wanted = lane.candidates?.[scored]?.length ?? 0;
  const expected = floats(outputs, OUTPUTS.expectedLogit)[lawRow] as number;
  return {
    ...best,
    lawRows,
    lawProbabilities,
    candidateProbabilities: Array.from(slice(outputs, OUTPUTS.candidateProbabilities, lawRow).subarray(0, wanted)),
    // H = ln Z - E[logit], and ln Z = best logit - ln(best probability).
    entropy: Math.max(0, best.bestLogits[0] - Math.log(lawProbabilities[0] as number) - expected),
  };
}

function floats(outputs: Outputs, name: string): Float32Array {
  return (outputs[name] as Tensor).data as Float32Array;
}

function integers(outputs: Outputs, name: string): BigInt64Array {
  return (outputs[name] as Tensor).data as BigInt64Array;
}

function slice(outputs: Outputs, name: string, row: number): Float32Array {
  const width = (outputs[name] as Tensor).dims[1] as number;
  return floats(outputs, name).subarray(row * width, (row + 1) * width);
}
