/**
 * An expression as a nondeterministic automaton over classes of bytes, by Thompson's construction; a reference to a rule
 * is a call that returns. States from which no output can be completed are cut off here, so that nobody who follows
 * the automaton can end up in one.
 */
import { Refusal } from './error.js';
import { type Expression, type Rule, mayBeEmpty } from './expression.js';

/** Bounds compile time and memory: what a request may ask for is not under our control. */
const MAX_STATES = 60_000;

/** Bytes whose class is `first` to `last` lead to state `to`. */
export interface ByteEdge {
  readonly first: number;
  readonly last: number;
  readonly to: number;
}

export interface Call {
  /** Where the rule starts. */
  readonly entry: number;
  /** Where to go on after it. */
  readonly back: number;
}

export interface AutomatonState {
  readonly edges: ByteEdge[];
  readonly free: number[];
  readonly calls: Call[];
  /** The end of the rule it belongs to. */
  isExit: boolean;
  /** A state that the next HORIZON bytes cannot tell it from, its own number if there is no other. */
  alike: number;
}

/**
 * Bytes within which two places in a long counted repetition are the same if its bounds are further away. Nearly all
 * tokens are shorter, so nearly all of a mask is the same in both.
 */
export const HORIZON = 12;

export interface Automaton {
  readonly states: readonly AutomatonState[];
  readonly start: number;
  /** Class of each byte; bytes of one class are alike in every state. */
  readonly classOfByte: Uint8Array;
  readonly classes: number;
}

/**
 * @param writable whether the vocabulary can write a byte; edges on others lead nowhere
 * Errors: `too_complex`, `unsatisfiable`.
 */
export function automatonOf(expression: Expression, writable: (byte: number) => boolean): Automaton {
  const built = build({ body: expression }, writable);
  prune(built.states, built.start);
  return { ...built, ...intoClasses(built.states) };
}

function build(root: Rule, writable: (byte: number) => boolean) {
  const states: AutomatonState[] = [];
  const entries = new Map<Rule, number>();
  const emptiness = new Map<Rule, boolean>();
  const unbuilt: { rule: Rule; entry: number }[] = [];

  const add = (): number => {
    if (states.length === MAX_STATES) throw new Refusal('too_complex', 'it needs too many states');
    return states.push({ edges: [], free: [], calls: [], isExit: false, alike: states.length }) - 1;
  };
  const at = (state: number): AutomatonState => states[state] as AutomatonState;
  const entryOf = (rule: Rule): number => {
    const known = entries.get(rule);
    if (known !== undefined) return known;
    const entry = add();
    entries.set(rule, entry);
    unbuilt.push({ rule, entry });
    return entry;
  };

  /** Adds the states of an expression after a state; returns the one it ends in. */
  function append(expression: Expression, from: number): number {
    switch (expression.kind) {
      case 'byte': {
        const to = add();
        for (let byte = expression.first; byte <= expression.last; byte++) {
          if (!writable(byte)) continue;
          const first = byte;
          while (byte < expression.last && writable(byte + 1)) byte += 1;
          at(from).edges.push({ first, last: byte, to });
        }
        return to;
      }
      case 'sequence':
        return expression.parts.reduce((state, part) => append(part, state), from);
      case 'alternatives': {
        const to = add();
        for (const option of expression.options) at(append(option, from)).free.push(to);
        return to;
      }
      case 'repeat':
        return appendRepeat(expression, from);
      case 'rule': {
        const back = add();
        at(from).calls.push({ entry: entryOf(expression.rule), back });
        return back;
      }
      default:
        return expression satisfies never;
    }
  }

  function appendRepeat({ body, min, max }: Expression & { kind: 'repeat' }, from: number): number {
    const copies = max === Infinity ? min + 1 : max;
    // One set of states for all copies of what has more than one.
    const shared: Expression =
      copies > 1 && body.kind !== 'byte' && body.kind !== 'rule' ? { kind: 'rule', rule: { body } } : body;
    let state = from;
    // Every copy is a byte at least, or bounds may be nearer than they look.
    const mark = copies > HORIZON && !mayBeEmpty(body, emptiness) ? markAlike(states, min, max) : () => {};
    for (let copy = 0; copy < min; copy++) mark((state = append(shared, state)), copy + 1);
    if (max === Infinity) {
      const loop = add();
      at(state).free.push(loop);
      at(append(shared, loop)).free.push(loop);
      return loop;
    }
    const to = add();
    for (let copy = min; copy < max; copy++) {
      at(state).free.push(to);
      mark((state = append(shared, state)), copy + 1);
    }
    at(state).free.push(to);
    return to;
  }

  const start = entryOf(root);
  for (let next = unbuilt.pop(); next !== undefined; next = unbuilt.pop())
    at(append(next.rule.body, next.entry)).isExit = true;
  return { states, start };
}

/** Marks the states after so many copies of a repetition whose bounds are all beyond the horizon, or passed. */
function markAlike(states: readonly AutomatonState[], min: number, max: number) {
  let beforeMin: number | undefined;
  let beforeMax: number | undefined;
  return (index: number, copies: number): void => {
    const state = states[index] as AutomatonState;
    if (max - copies <= HORIZON) return;
    if (copies >= min) state.alike = beforeMax ??= index;
    else if (min - copies > HORIZON) state.alike = beforeMin ??= index;
  };
}

/** Cuts off the states from which their rule's end cannot be reached. */
function prune(states: readonly AutomatonState[], start: number): void {
  const useful = new Uint8Array(states.length);
  const isUseful = (state: number): boolean => useful[state] === 1;
  const leadsOn = ({ edges, free, calls, isExit }: AutomatonState): boolean =>
    isExit ||
    edges.some((edge) => isUseful(edge.to)) ||
    free.some(isUseful) ||
    calls.some((call) => isUseful(call.entry) && isUseful(call.back));

  // Construction mostly numbers states forwards, so a sweep backwards settles nearly all of them.
  for (let changed = true; changed;) {
    changed = false;
    for (let state = states.length - 1; state >= 0; state--)
      if (!isUseful(state) && leadsOn(states[state] as AutomatonState)) {
        useful[state] = 1;
        changed = true;
      }
  }
  if (!isUseful(start)) throw new Refusal('unsatisfiable', 'no output that the model can write fulfils it');
  for (const { edges, free, calls } of states) {
    keep(edges, (edge) => isUseful(edge.to));
    keep(free, isUseful);
    keep(calls, (call) => isUseful(call.entry) && isUseful(call.back));
  }
}

function keep<T>(list: T[], wanted: (item: T) => boolean): void {
  list.splice(0, list.length, ...list.filter(wanted));
}

/** Puts bytes that no edge tells apart into one class, and rewrites the edges; classes ascend with bytes. */
function intoClasses(states: readonly AutomatonState[]): { classOfByte: Uint8Array; classes: number } {
  const begins = new Uint8Array(257);
  for (const { edges } of states)
    for (const { first, last } of edges) {
      begins[first] = 1;
      begins[last + 1] = 1;
    }
  const classOfByte = new Uint8Array(256);
  let current = 0;
  for (let byte = 1; byte < 256; byte++) {
    current += begins[byte] ?? 0;
    classOfByte[byte] = current;
  }
  const classOf = (byte: number): number => classOfByte[byte] ?? 0;
  for (const { edges } of states)
    edges.forEach(({ first, last, to }, index) => {
      edges[index] = { first: classOf(first), last: classOf(last), to };
    });
  return { classOfByte, classes: current + 1 };
}
