/** The load benchmark's part of the command line. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { countOption, outputOption, policiesOption, threadsOption } from '../options.js';
import type { LoadOptions } from './command.js';

const QUICK = { requests: 1, maxTokens: 32, repeat: 1 };

export function addLoadCommand(program: Command, handlers: { load(options: LoadOptions): Promise<void> }): void {
  const load = program
    .command('load')
    .description('what several streams at once gain and pay: throughput, time per token, fairness, memory')
    .addOption(
      new Option('--streams <list>', 'numbers of streams by comma')
        .argParser(parseStreams)
        .default([1, 2, 4, 8], '1,2,4,8'),
    )
    .addOption(
      countOption(
        '--requests <count>',
        'completions of each stream at the most streams; fewer streams do as many in sum',
      ).default(2),
    )
    .addOption(countOption('--max-tokens <count>', 'tokens of a completion').default(128))
    .addOption(policiesOption('off,adaedl,pace'))
    .addOption(countOption('--repeat <count>', 'how often to measure everything; medians are shown').default(3))
    .addOption(threadsOption())
    .addOption(countOption('--slots <count>', 'sessions served at a time (default: as many as the most streams)', 4096))
    .addOption(
      new Option('--cache-tokens <count>', 'tokens kept of finished sessions; 0, so that every prompt is prefilled')
        .argParser(parseCacheTokens)
        .default(0),
    )
    .addOption(
      new Option('--quick', `a short look: ${QUICK.requests} completion of ${QUICK.maxTokens} tokens a stream, once`),
    )
    .addOption(outputOption());
  load.action(async (options: LoadOptions) => {
    const said = (name: keyof typeof QUICK): boolean => load.getOptionValueSource(name) === 'cli';
    const names = (Object.keys(QUICK) as (keyof typeof QUICK)[]).filter((name) => !said(name));
    const quick = Object.fromEntries(names.map((name) => [name, QUICK[name]]));
    await handlers.load(options.quick === true ? { ...options, ...quick } : options);
  });
}

function parseStreams(text: string): number[] {
  const streams = text.split(',').map(Number);
  if (!streams.every((count) => Number.isInteger(count) && count >= 1 && count <= 256)) {
    throw new InvalidArgumentError('They must be whole numbers from 1 to 256, by comma.');
  }
  return [...new Set(streams)].sort((a, b) => a - b);
}

function parseCacheTokens(text: string): number {
  if (!/^\d{1,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
