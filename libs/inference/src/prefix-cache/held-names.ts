/** Names of prefixes, each held by one entry or several, and what has come and gone since it was last asked. */
import type { CacheChange } from '../port.js';

export interface HeldNames {
  add(names: readonly string[]): void;
  drop(names: readonly string[]): void;
  /** What is held now and was not when this was last called, and the other way round; undefined when that is nothing. */
  takeChange(): CacheChange | undefined;
}

export function createHeldNames(): HeldNames {
  const holders = new Map<string, number>();
  /** By name that differs from the last call: whether it is held now. */
  const changed = new Map<string, boolean>();
  const change = (name: string, isHeld: boolean): void => {
    if (!changed.delete(name)) changed.set(name, isHeld);
  };
  return {
    add(names) {
      for (const name of names) {
        const count = holders.get(name) ?? 0;
        holders.set(name, count + 1);
        if (count === 0) change(name, true);
      }
    },
    drop(names) {
      for (const name of names) {
        const count = holders.get(name) ?? 0;
        if (count > 1) holders.set(name, count - 1);
        else if (holders.delete(name)) change(name, false);
      }
    },
    takeChange() {
      if (changed.size === 0) return undefined;
      const added: string[] = [];
      const removed: string[] = [];
      for (const [name, isHeld] of changed) (isHeld ? added : removed).push(name);
      changed.clear();
      return { added, removed };
    },
  };
}
