import fc from 'fast-check';
import { prefixChain } from '@outrider/contracts';
import { graphSignature } from '@outrider/models';
import { describe, expect, it } from 'vitest';
import { type PrefixTree, createPrefixTree } from './prefix-tree.js';

const { BLOCK_TOKENS } = graphSignature;

/** Rows that say which text they were copied from, and which place in it. */
function keep(tree: PrefixTree, text: readonly number[]): { readonly copied: number } {
  let copied = 0;
  tree.keep(text, (start, count) => {
    expect(start % BLOCK_TOKENS).toBe(0);
    expect(count).toBeLessThanOrEqual(BLOCK_TOKENS);
    copied += count;
    return Float32Array.from(text.slice(start, start + count), (token, i) => token * 10_000 + start + i);
  });
  return { copied };
}

/** Tokens that are found of the text, each by its own row. */
function found(tree: PrefixTree, text: readonly number[]): number {
  const { entries, length } = tree.find(text);
  let end = 0;
  for (const { rows, start, tokens } of entries) {
    expect(start).toBe(end);
    expect([...rows]).toEqual(tokens.map((token, i) => token * 10_000 + start + i));
    end = start + tokens.length;
    expect(tokens.slice(0, length - start)).toEqual(text.slice(start, Math.min(end, length)));
  }
  expect(end).toBeGreaterThanOrEqual(length);
  return length;
}

/**
 * The dumb oracle: a list of whole prefixes, each standing for its last block, that looks everything up by comparing
 * them one by one.
 */
class Oracle {
  private held: { readonly prefix: readonly number[]; used: number }[] = [];
  private now = 0;

  constructor(private readonly capacity: number) {}

  get tokens(): number {
    return this.held.reduce((sum, { prefix }) => sum + ownLength(prefix), 0);
  }

  names(): Set<string> {
    return new Set(this.held.flatMap(({ prefix }) => prefixChain(prefix)));
  }

  find(text: readonly number[]): number {
    let best: readonly number[] = [];
    let length = 0;
    // Of equals the one that came first.
    for (const { prefix } of this.held) {
      const shared = sharedLength(prefix, text);
      if (shared > length) [best, length] = [prefix, shared];
    }
    this.use(best.slice(0, Math.ceil(length / BLOCK_TOKENS) * BLOCK_TOKENS));
    return length;
  }

  keep(text: readonly number[]): void {
    if (this.find(text) === text.length) return;
    const whole = (length: number): number => length - (length % BLOCK_TOKENS);
    const own = this.held.filter(({ prefix }) => prefix.length % BLOCK_TOKENS === 0 && isPrefix(prefix, text));
    const start = Math.max(0, ...own.map(({ prefix }) => prefix.length));
    this.held = this.held.filter(
      ({ prefix }) => !(isPrefix(prefix, text) && whole(prefix.length) === start && prefix.length > start),
    );
    while (this.tokens + text.length - start > this.capacity) {
      const others = this.held.filter((each) => !own.includes(each));
      if (others.length === 0) break;
      const leaves = others.filter(
        ({ prefix }) => !this.held.some((each) => each.prefix.length > prefix.length && isPrefix(prefix, each.prefix)),
      );
      const oldest = leaves.reduce((least, each) => (each.used < least.used ? each : least));
      this.held.splice(this.held.indexOf(oldest), 1);
    }
    const end = Math.min(text.length, start + this.capacity - this.tokens);
    for (let next = start; next < end;) {
      next = Math.min(end, next + BLOCK_TOKENS);
      this.held.push({ prefix: text.slice(0, next), used: 0 });
    }
    this.use(text);
  }

  private use(text: readonly number[]): void {
    this.now++;
    for (const each of this.held) if (isPrefix(each.prefix, text)) each.used = this.now;
  }
}

function sharedLength(a: readonly number[], b: readonly number[]): number {
  const differs = a.findIndex((token, i) => token !== b[i]);
  return differs < 0 ? a.length : differs;
}

function isPrefix(prefix: readonly number[], text: readonly number[]): boolean {
  return sharedLength(prefix, text) === prefix.length;
}

function ownLength({ length }: readonly number[]): number {
  return length % BLOCK_TOKENS === 0 ? BLOCK_TOKENS : length % BLOCK_TOKENS;
}

/** Runs of a few tokens, so that texts begin alike, and part in the middle of blocks and at their borders. */
const text = fc
  .array(fc.tuple(fc.nat(1), fc.constantFrom(1, 16, 17, 40, 63, 64, 65)), { minLength: 1, maxLength: 6 })
  .map((runs) => runs.flatMap(([token, length], i) => Array.from({ length }, () => 2 * i + token)));
const step = fc.record({ do: fc.constantFrom('keep' as const, 'keep' as const, 'find' as const), text });

describe('a prefix tree', () => {
  it('holds, finds, forgets and names what the dumb oracle does', () => {
    let hits = 0;
    let forgotten = 0;
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 5, maxLength: 25 }),
        fc.integer({ min: 1, max: 700 }),
        (steps, capacity) => {
          const names = new Set<string>();
          const tree = createPrefixTree(capacity, ({ added, removed }) => {
            for (const name of removed) expect(names.delete(name)).toBe(true);
            for (const name of added) {
              expect(names.has(name)).toBe(false);
              names.add(name);
            }
            forgotten += removed.length;
          });
          const oracle = new Oracle(capacity);
          for (const { do: action, text } of steps) {
            if (action === 'keep') {
              keep(tree, text);
              oracle.keep(text);
              expect(found(tree, text)).toBe(Math.min(text.length, capacity));
              oracle.find(text);
            } else {
              const length = found(tree, text);
              expect(length).toBe(oracle.find(text));
              hits += Number(length > 0 && length < text.length);
            }
            expect(tree.tokens).toBe(oracle.tokens);
            expect(tree.tokens).toBeLessThanOrEqual(capacity);
            expect(names).toEqual(oracle.names());
          }
        },
      ),
      { numRuns: 300, seed: 20_261_124 },
    );
    expect(hits).toBeGreaterThan(300);
    expect(forgotten).toBeGreaterThan(1000);
  });
});

const numbers = (from: number, length: number): number[] => Array.from({ length }, (_, i) => from + i);

describe('texts that begin alike', () => {
  it('share what they have in common, and part in the middle of a block', () => {
    const tree = createPrefixTree(1000);
    const common = numbers(0, 150);
    expect(keep(tree, [...common, ...numbers(1000, 50)])).toEqual({ copied: 200 });
    // The first two blocks are there.
    expect(keep(tree, [...common, ...numbers(2000, 50)])).toEqual({ copied: 72 });
    expect(tree.tokens).toBe(272);
    expect(found(tree, [...common, ...numbers(3000, 50)])).toBe(150);
    expect(found(tree, numbers(0, 100))).toBe(100);
    expect(found(tree, numbers(1, 100))).toBe(0);
  });

  it('are held once when one goes on with all of the other', () => {
    const tree = createPrefixTree(1000);
    for (const length of [10, 63, 64, 70, 200]) {
      keep(tree, numbers(0, length));
      expect(tree.tokens).toBe(length);
    }
    // A text that another goes on from needs no copy.
    expect(keep(tree, numbers(0, 130))).toEqual({ copied: 0 });
    expect(tree.tokens).toBe(200);
  });

  it('name what they have in common until the last of them is gone', () => {
    const changes: (readonly [added: number, removed: number])[] = [];
    const tree = createPrefixTree(128, ({ added, removed }) => changes.push([added.length, removed.length]));
    const common = numbers(0, 40);
    keep(tree, [...common, ...numbers(1000, 24)]);
    keep(tree, [...common, ...numbers(2000, 24)]);
    // Two names of the first 32 tokens are held twice.
    expect(changes).toEqual([
      [4, 0],
      [2, 0],
    ]);
    keep(tree, numbers(3000, 64));
    keep(tree, numbers(4000, 64));
    expect(changes.slice(2)).toEqual([
      [4, 2],
      [4, 4],
    ]);
  });
});

it('a text longer than all there is room for leaves its beginning', () => {
  const names: string[] = [];
  const tree = createPrefixTree(200, ({ added }) => names.splice(0, Infinity, ...added));
  keep(tree, numbers(5000, 100));
  keep(tree, numbers(0, 1000));
  expect(tree.tokens).toBe(200);
  expect(found(tree, numbers(0, 1000))).toBe(200);
  expect(found(tree, numbers(5000, 100))).toBe(0);
  expect(names).toEqual(prefixChain(numbers(0, 200)));
});
