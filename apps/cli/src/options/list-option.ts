import { InvalidArgumentError } from 'commander';

/** A commander parser for an option that may be given up to `max` times: each value parsed, in the order given. */
export function listOption<T>(
  parse: (text: string) => T,
  max: number,
): (text: string, earlier: readonly T[] | undefined) => readonly T[] {
  return (text, earlier = []) => {
    const list = [...earlier, parse(text)];
    if (list.length > max) throw new InvalidArgumentError(`It must be given at most ${max} times.`);
    return list;
  };
}
