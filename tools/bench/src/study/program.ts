/** The study's part of the command line. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { countOption, outputOption, parsePolicies, parseSeed, parseTemperatures, threadsOption } from '../options.js';
import type { StudyOptions } from './plan.js';
import { STUDY_DRAFTS, type StudyDraftName } from './types.js';

export function addStudyCommand(program: Command, handlers: { study(options: StudyOptions): Promise<void> }): void {
  program
    .command('study')
    .description(
      'every policy with every draft, real and replayed, compared as in the paper; goes on where it was left',
    )
    .addOption(countOption('--prompts <count>', 'how many of the prompts (default: all)'))
    .addOption(countOption('--max-tokens <count>', 'tokens of a completion at most (default: 64)'))
    .addOption(new Option('--temperatures <list>', 'by comma (default: 0,0.5,1,1.3)').argParser(parseTemperatures))
    .addOption(
      new Option('--lengths <list>', 'largest draft lengths by comma (default: 3,7,16)').argParser(parseLengths),
    )
    .addOption(new Option('--drafts <list>', `by comma (default: ${STUDY_DRAFTS.join()})`).argParser(parseDrafts))
    .addOption(
      new Option('--profiles <list>', 'names or files of device profiles to replay under').argParser(splitList),
    )
    .addOption(countOption('--seeds <count>', 'replays of every text above temperature 0 (default: 4)'))
    .addOption(new Option('--no-real', 'replays alone'))
    .addOption(countOption('--real-prompts <count>', 'how many of the prompts are run for real (default: as many)'))
    .addOption(new Option('--real-temperatures <list>', 'by comma (default: the same)').argParser(parseTemperatures))
    .addOption(new Option('--real-lengths <list>', 'by comma (default: 7)').argParser(parseLengths))
    .addOption(new Option('--real-policies <list>', 'by comma (default: by the lengths)').argParser(parsePolicies))
    .addOption(countOption('--repeat <count>', 'how often to run everything for real').default(1))
    .addOption(threadsOption())
    .addOption(new Option('--seed <number>', 'of sampling').argParser(parseSeed).default(1n, '1'))
    .addOption(new Option('--quick', 'a short look, of less than ten minutes'))
    .addOption(new Option('--fresh', 'begin anew although some of it is done'))
    .addOption(outputOption())
    .addOption(new Option('--plots <folder>', 'where to draw the plots (default: beside the result)'))
    .action((options: StudyOptions) => handlers.study(options));
}

function parseLengths(text: string): number[] {
  const lengths = splitList(text).map(Number);
  if (!lengths.every((length) => Number.isInteger(length) && length >= 1 && length <= 64)) {
    throw new InvalidArgumentError('They must be whole numbers from 1 to 64, by comma.');
  }
  return [...new Set(lengths)].sort((a, b) => a - b);
}

function parseDrafts(text: string): StudyDraftName[] {
  return splitList(text).map((name) => {
    const draft = STUDY_DRAFTS.find((each) => each === name);
    if (draft === undefined) throw new InvalidArgumentError(`'${name}' is none of ${STUDY_DRAFTS.join(', ')}.`);
    return draft;
  });
}

function splitList(text: string): string[] {
  return [...new Set(text.split(','))];
}
