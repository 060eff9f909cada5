import type { Determinizer, Node } from './determinizer.js';
import { inField } from './error.js';
import { endMask, maskAt } from './mask.js';
import type { ConstraintSpec, ConstraintState } from './types.js';
import type { Vocabulary } from './vocabulary.js';

/** Where an output stands; `ended` after an end token, which only end tokens follow. */
type Position = Node | 'ended';

/** @param history positions before the first token and after each one */
export function constraintState(
  kind: ConstraintSpec['kind'],
  automaton: Determinizer,
  vocabulary: Vocabulary,
  history: readonly Position[] = [automaton.start],
): ConstraintState {
  const positions = [...history];
  const ends = new Set(vocabulary.endTokenIds);
  const current = (): Position => positions.at(-1) as Position;

  function after(position: Position, id: number): Position | null {
    if (ends.has(id)) return position === 'ended' || position.accepts ? 'ended' : null;
    const bytes = vocabulary.bytesOf(id);
    if (position === 'ended' || bytes.length === 0) return null;
    automaton.begin();
    let node: Node | null = position;
    for (const byte of bytes) {
      node = automaton.step(node, automaton.classOfByte[byte] as number);
      if (node === null) return null;
    }
    return node;
  }

  return {
    mask() {
      const position = current();
      return position === 'ended' ? endMask(vocabulary) : inField(kind, () => maskAt(position, automaton, vocabulary));
    },
    accept(id) {
      const next = inField(kind, () => after(current(), id));
      if (next === null) return false;
      positions.push(next);
      return true;
    },
    rollback(count) {
      if (!Number.isInteger(count) || count < 0 || count >= positions.length)
        throw new RangeError(`cannot take back ${count} of ${positions.length - 1} tokens`);
      positions.length -= count;
    },
    get length() {
      return positions.length - 1;
    },
    get isComplete() {
      const position = current();
      return position === 'ended' || position.places.length === 0;
    },
    fork: () => constraintState(kind, automaton, vocabulary, positions),
    dispose() {
      positions.length = 0;
    },
  };
}
