/**
 * Settings: each has a key, an environment variable and a flag, and is read once, at the start of a process.
 * A flag beats its variable. Nothing else in the project looks at the environment.
 */
import { parseArgs } from 'node:util';
import type { z } from 'zod';

/** One setting before it is read. */
export interface Setting<T> {
  readonly variable: string;
  readonly schema: z.ZodType<T>;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** The values of settings, as a frozen record. */
export type Config<S extends Settings> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** Thrown when settings are wrong, with one line for each of them, naming variable and flag. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
}

/**
 * Reads and checks every setting. `args` are command line arguments, as `--slots 4` or `--slots=4`; a key such as
 * `contextLength` has the flag `--context-length`. An empty variable counts as unset.
 * Throws ConfigError with all problems at once.
 */
export function readConfig<S extends Settings>(
  settings: S,
  environment: Readonly<Record<string, string | undefined>>,
  args: readonly string[] = [],
): Config<S> {
  const flags = readFlags(settings, args);
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, { variable, schema }] of Object.entries(settings)) {
    const result = schema.safeParse(flags[flagName(key)] ?? (environment[variable] || undefined));
    if (result.success) values[key] = result.data;
    else problems.push(`${variable} (--${flagName(key)}): ${result.error.issues[0]?.message ?? 'is wrong'}`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(values) as Config<S>;
}

function readFlags(settings: Settings, args: readonly string[]): Record<string, string | undefined> {
  const options = Object.fromEntries(Object.keys(settings).map((key) => [flagName(key), { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new ConfigError([error instanceof Error ? error.message : String(error)]);
  }
}

function flagName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
