/** Parsers of option values; a wrong value is a usage error that names its option. */
import { availableParallelism } from 'node:os';
import { type DraftKind, POLICY_NAMES, parsePolicy } from '@outrider/speculation';
import { InvalidArgumentError, Option } from 'commander';

const DRAFT_KINDS: readonly DraftKind[] = ['neural', 'ngram', 'hybrid'];

export function countOption(flags: string, description: string, max = 1_000_000): Option {
  return new Option(flags, description).argParser((text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < 1 || value > max) {
      throw new InvalidArgumentError(`It must be a whole number from 1 to ${max}.`);
    }
    return value;
  });
}

export function outputOption(): Option {
  return new Option('--output <file>', 'where to write the result as JSON (default: beside the committed results)');
}

export function threadsOption(): Option {
  return countOption('--threads <count>', 'threads of one forward pass', 1024).default(availableParallelism());
}

export function policiesOption(policies: string): Option {
  return new Option('--policies <list>', `policies by comma: ${POLICY_NAMES.join(', ')}, static:A..B`)
    .argParser(parsePolicies)
    .default(parsePolicies(policies), policies);
}

/** `off,static:1..3,adaedl` names off, static:1, static:2, static:3 and adaedl. */
export function parsePolicies(text: string): string[] {
  const policies = text.split(',').flatMap((part) => {
    const range = /^static:(\d{1,2})\.\.(\d{1,2})$/.exec(part);
    const [first, last] = [Number(range?.[1]), Number(range?.[2])];
    if (last < first) throw new InvalidArgumentError(`'${part}' is a range that ends before it begins.`);
    return range === null ? [part] : Array.from({ length: last - first + 1 }, (_, i) => `static:${first + i}`);
  });
  for (const policy of policies) {
    try {
      parsePolicy(policy);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  }
  return distinct(policies);
}

export function parseTemperatures(text: string): number[] {
  const temperatures = text.split(',').map(Number);
  const usable = temperatures.every((value) => Number.isFinite(value) && value >= 0);
  if (!usable || text.trim() === '') throw new InvalidArgumentError('They must be numbers >= 0, by comma.');
  return distinct(temperatures);
}

export function parseDraftKinds(text: string): DraftKind[] {
  return distinct(
    text.split(',').map((name) => {
      const kind = DRAFT_KINDS.find((each) => each === name);
      if (kind === undefined) throw new InvalidArgumentError(`'${name}' is none of ${DRAFT_KINDS.join(', ')}.`);
      return kind;
    }),
  );
}

export function parseSeed(text: string): bigint {
  if (!/^\d{1,20}$/.test(text) || BigInt(text) === 0n || BigInt(text) >= 1n << 64n) {
    throw new InvalidArgumentError('It must be a whole number from 1 to 2^64 - 1.');
  }
  return BigInt(text);
}

function distinct<T>(values: readonly T[]): T[] {
  if (values.length === 0) throw new InvalidArgumentError('It names none.');
  return [...new Set(values)];
}
