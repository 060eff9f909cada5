/** The session benchmark's part of the command line. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { countOption, outputOption, parsePolicies, parseSeed, threadsOption } from '../options.js';
import type { SessionsOptions } from './command.js';

const QUICK = { repeat: 2, sessions: 60 };

export function addSessionsCommand(
  program: Command,
  handlers: { sessions(options: SessionsOptions): Promise<void> },
): void {
  const sessions = program
    .command('sessions')
    .description('what kept caches save until the first token, and what a thousand sessions leave behind')
    .addOption(new Option('--policy <policy>', 'of all generations').argParser(parseOnePolicy).default('adaedl'))
    .addOption(countOption('--repeat <count>', 'samples of each time to first token').default(7))
    .addOption(
      new Option('--sessions <count>', 'opened, used and abandoned at random; 0 leaves that out')
        .argParser(parseSessions)
        .default(1000),
    )
    .addOption(threadsOption())
    .addOption(new Option('--seed <number>', 'of how sessions end').argParser(parseSeed).default(1n, '1'))
    .addOption(new Option('--redis [url]', 'share a Redis: this one, or a redis-server started for the run'))
    .addOption(new Option('--quick', `a short look: ${QUICK.repeat} samples and ${QUICK.sessions} sessions`))
    .addOption(outputOption());
  sessions.action(async (options: SessionsOptions) => {
    const names = (Object.keys(QUICK) as (keyof typeof QUICK)[]).filter(
      (name) => sessions.getOptionValueSource(name) !== 'cli',
    );
    const quick = Object.fromEntries(names.map((name) => [name, QUICK[name]]));
    await handlers.sessions(options.quick === true ? { ...options, ...quick } : options);
  });
}

function parseOnePolicy(text: string): string {
  const [policy, ...others] = parsePolicies(text);
  if (policy === undefined || others.length > 0) throw new InvalidArgumentError('It must be one policy.');
  return policy;
}

function parseSessions(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number up to 999999.');
  return Number(text);
}
