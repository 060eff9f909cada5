/**
 * The automaton made deterministic as far as it is walked: a node is the set of places the automaton can be in. Nodes
 * are kept for the next walk, up to a bound; when it is reached all are forgotten, and those still in use go on alone.
 */
import type { Automaton, AutomatonState } from './automaton.js';
import { Refusal } from './error.js';

/** Places of one node. Only an expression that is ambiguous in very many ways has more. */
const MAX_PLACES = 2_000;
/** Places visited for one mask: some hundred milliseconds, during which nothing else runs. */
const MAX_WORK = 1_000_000;
/** With about 60 classes of bytes a node takes half a kilobyte, a mask over 49,152 tokens six. */
const MAX_NODES = 10_000;
const MAX_MASKS = 1_024;

/** Calls to return from, innermost first; the same for the same calls. */
interface Stack {
  readonly id: number;
  /** The same for stacks that the next HORIZON bytes cannot tell apart. */
  readonly alike: number;
  readonly back: number;
  readonly parent: Stack | undefined;
  readonly children: Map<number, Stack>;
}

interface Place {
  readonly state: AutomatonState;
  readonly stack: Stack;
}

export interface Node {
  /** The places that bytes lead on from. */
  readonly places: readonly Place[];
  /** The output may end here. */
  readonly accepts: boolean;
  /** By class of byte: the node it leads to, null for none, undefined while nobody went there. */
  next: (Node | null | undefined)[];
  mask: Int32Array | undefined;
}

export interface Determinizer {
  readonly start: Node;
  readonly classOfByte: Uint8Array;
  /** To be called before each mask and each token: what they may cost is bounded one by one. */
  begin(): void;
  /** Errors: `too_complex`. */
  step(node: Node, byteClass: number): Node | null;
  /** Keeps a node's mask. */
  rememberMask(node: Node, mask: Int32Array): void;
  /** What `make` made for a node that the next HORIZON bytes cannot tell from this one. */
  sharedByAlike(node: Node, make: () => Int32Array): Int32Array;
}

export function determinizer(automaton: Automaton): Determinizer {
  const { states, classes } = automaton;
  const nodes = new Map<string, Node>();
  const alikeStacks = new Map<string, number>();
  const alikeMasks = new Map<string, Int32Array>();
  const bottom: Stack = { id: 0, alike: 0, back: -1, parent: undefined, children: new Map() };
  let stacks = 1;
  let masks = 0;
  let work = 0;

  function push(parent: Stack, back: number): Stack {
    let child = parent.children.get(back);
    if (child === undefined) {
      const id = stacks++;
      const name = `${parent.alike},${states[back]?.alike}`;
      const alike = alikeStacks.get(name) ?? id;
      alikeStacks.set(name, alike);
      child = { id, alike, back, parent, children: new Map() };
      parent.children.set(back, child);
    }
    return child;
  }

  /** The node of everything that can be reached from some places without a byte. */
  function close(seeds: readonly (readonly [number, Stack])[]): Node {
    const seen = new Set<number>();
    const found: { key: number; place: Place }[] = [];
    const open = [...seeds];
    let accepts = false;
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [index, stack] = next;
      const key = stack.id * states.length + index;
      if (seen.has(key)) continue;
      seen.add(key);
      work += 1;
      if (seen.size > MAX_PLACES || work > MAX_WORK)
        throw new Refusal('too_complex', 'it can be matched in too many ways at once');
      const state = states[index] as AutomatonState;
      if (state.edges.length > 0) found.push({ key, place: { state, stack } });
      for (const to of state.free) open.push([to, stack]);
      for (const { entry, back } of state.calls) open.push([entry, push(stack, back)]);
      if (state.isExit) {
        if (stack.parent === undefined) accepts = true;
        else open.push([stack.back, stack.parent]);
      }
    }
    found.sort((a, b) => a.key - b.key);
    const name = `${accepts ? '.' : ''}${found.map(({ key }) => key).join()}`;
    let node = nodes.get(name);
    if (node === undefined) {
      if (nodes.size === MAX_NODES) forget();
      node = { places: found.map(({ place }) => place), accepts, next: new Array(classes), mask: undefined };
      nodes.set(name, node);
    }
    return node;
  }

  function forget(): void {
    for (const node of nodes.values()) {
      node.next = new Array(classes);
      node.mask = undefined;
    }
    nodes.clear();
    bottom.children.clear();
    alikeStacks.clear();
    alikeMasks.clear();
    masks = 0;
  }

  return {
    start: close([[automaton.start, bottom]]),
    classOfByte: automaton.classOfByte,
    begin() {
      work = 0;
    },
    step(node, byteClass) {
      const known = node.next[byteClass];
      if (known !== undefined) return known;
      const targets: [number, Stack][] = [];
      for (const { state, stack } of node.places)
        for (const { first, last, to } of state.edges)
          if (byteClass >= first && byteClass <= last) targets.push([to, stack]);
      const next = targets.length === 0 ? null : close(targets);
      node.next[byteClass] = next;
      return next;
    },
    rememberMask(node, mask) {
      if (masks === MAX_MASKS) forget();
      masks += 1;
      node.mask = mask;
    },
    sharedByAlike(node, make) {
      const places = node.places.map(({ state, stack }) => stack.alike * states.length + state.alike);
      const name = [...new Set(places)].sort((a, b) => a - b).join();
      const mask = alikeMasks.get(name) ?? make();
      alikeMasks.set(name, mask);
      return mask;
    },
  };
}
