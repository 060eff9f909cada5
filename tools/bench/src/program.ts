/** The command line of the benchmarks. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { EngineOptions } from './engine/command.js';
import type { FeatureOptions } from './features/command.js';
import {
  countOption,
  outputOption,
  parseDraftKinds,
  parseSeed,
  parseTemperatures,
  policiesOption,
  threadsOption,
} from './options.js';
import type { LoadOptions } from './load/command.js';
import { addLoadCommand } from './load/program.js';
import type { PeerOptions } from './peer/command.js';
import type { PolicyOptions } from './policies/command.js';
import type { ProfileOptions } from './profiles/command.js';
import type { QualityOptions } from './quality/command.js';
import type { RecordOptions } from './record/command.js';
import type { ReplayOptions } from './replay/command.js';
import type { SessionsOptions } from './sessions/command.js';
import { addSessionsCommand } from './sessions/program.js';
import type { StudyOptions } from './study/plan.js';
import { addStudyCommand } from './study/program.js';
import type { TrainOptions } from './train/command.js';
import { PROMPT_SETS } from './workload/prompts.js';

export interface Handlers {
  policies(options: PolicyOptions): Promise<void>;
  engine(options: EngineOptions): Promise<void>;
  peer(options: PeerOptions): Promise<void>;
  quality(options: QualityOptions): Promise<void>;
  features(options: FeatureOptions): Promise<void>;
  record(options: RecordOptions): Promise<void>;
  replay(files: readonly string[], options: ReplayOptions): Promise<void>;
  profile(results: readonly string[], options: ProfileOptions): Promise<void>;
  study(options: StudyOptions): Promise<void>;
  train(files: readonly string[], options: TrainOptions): Promise<void>;
  load(options: LoadOptions): Promise<void>;
  sessions(options: SessionsOptions): Promise<void>;
  readme(): Promise<void>;
}

const PEER = 'node-llama-cpp';
const QUICK_PROMPTS = 6;
const QUICK_TOKENS = 48;

interface DefaultOptions extends PolicyOptions {
  readonly peer?: string;
}

/** Errors are thrown as commander's CommanderError, after a line on standard error. */
export function createProgram(handlers: Handlers): Command {
  const program = new Command('bench')
    .description('Measures Outrider on this machine; results are committed as JSON and shown in the README.')
    .exitOverride();

  const policies = program
    .command('policies', { isDefault: true })
    .description('what each drafting policy gains over none, on three service processes (the default)')
    .addOption(countOption('--prompts <count>', 'how many of the prompts (default: all)'))
    .addOption(countOption('--max-tokens <count>', 'tokens of a completion at most').default(128))
    .addOption(policiesOption('off,static:1..8,adaedl'))
    .addOption(
      new Option('--draft-kinds <list>', "kinds of draft by comma (default: the draft service's own)").argParser(
        parseDraftKinds,
      ),
    )
    .addOption(
      new Option('--temperatures <list>', 'temperatures by comma').argParser(parseTemperatures).default([0, 1], '0,1'),
    )
    .addOption(countOption('--repeat <count>', 'how often to measure everything').default(1))
    .addOption(threadsOption())
    .addOption(seedOption())
    .addOption(new Option('--quick', `a short look: ${QUICK_PROMPTS} prompts of ${QUICK_TOKENS} tokens`))
    .addOption(outputOption())
    .addOption(
      new Option('--peer <name>', `compare with another program instead: ${PEER} (see bench peer)`).choices([PEER]),
    );
  policies.action(async (options: DefaultOptions) => {
    const chosen = options.quick === true ? quickened(options, policies) : options;
    if (options.peer === undefined) return await handlers.policies(chosen);
    // The policies of the default benchmark are many; a peer is compared with one unless others are named.
    const named = policies.getOptionValueSource('policies') === 'cli';
    await handlers.peer({ ...chosen, policies: named ? chosen.policies : ['off'] });
  });

  program
    .command('engine')
    .description("milliseconds of the engine's own passes, by new tokens and context")
    .addOption(countOption('--repeat <count>', 'how often to measure each point').default(40))
    .addOption(
      new Option('--contexts <list>', 'tokens of context by comma')
        .argParser(parseContexts)
        .default([64, 512, 1500], '64,512,1500'),
    )
    .addOption(
      new Option('--temperatures <list>', 'temperatures by comma').argParser(parseTemperatures).default([0, 1], '0,1'),
    )
    .addOption(threadsOption())
    .addOption(outputOption())
    .action((options: EngineOptions) => handlers.engine(options));

  const peer = program
    .command('peer')
    .description(`the same prompts and model file through ${PEER}, interleaved with our own stack, at temperature 0`)
    .addOption(countOption('--prompts <count>', 'how many of the prompts (default: all)'))
    .addOption(countOption('--max-tokens <count>', 'tokens of a completion at most').default(128))
    .addOption(policiesOption('off'))
    .addOption(countOption('--repeat <count>', 'how often to measure everything').default(1))
    .addOption(threadsOption())
    .addOption(seedOption())
    .addOption(new Option('--quick', `a short look: ${QUICK_PROMPTS} prompts of ${QUICK_TOKENS} tokens`))
    .addOption(outputOption());
  peer.action((options: PeerOptions) => handlers.peer(options.quick === true ? quickened(options, peer) : options));

  program
    .command('quality')
    .description("perplexity of the imported target against the same weights' float reference")
    .addOption(countOption('--max-chunks <count>', 'how many chunks of 512 tokens at most (default: all of the text)'))
    .addOption(threadsOption())
    .addOption(outputOption())
    .action((options: QualityOptions) => handlers.quality(options));

  program
    .command('features')
    .description('what sampling features cost beside the plain text: penalties, log-probabilities, constraints, ...')
    .addOption(countOption('--prompts <count>', 'how many of the prompts').default(6))
    .addOption(countOption('--max-tokens <count>', 'tokens of a completion').default(64))
    .addOption(policiesOption('off,adaedl'))
    .addOption(
      new Option('--temperatures <list>', 'temperatures by comma').argParser(parseTemperatures).default([0, 1], '0,1'),
    )
    .addOption(threadsOption())
    .addOption(seedOption())
    .addOption(outputOption())
    .action((options: FeatureOptions) => handlers.features(options));

  program
    .command('record')
    .description('traces of real generations: what any stopping rule needs to be run over them again')
    .addOption(
      new Option('--prompt-set <name>', 'which prompts: those that are measured, or those to train on')
        .choices(PROMPT_SETS)
        .default('evaluation'),
    )
    .addOption(countOption('--prompts <count>', 'how many of the prompts (default: all)'))
    .addOption(countOption('--max-tokens <count>', 'tokens of a completion at most').default(64))
    .addOption(temperaturesOption([0, 1]))
    .addOption(
      new Option('--draft-kinds <list>', 'kinds of draft by comma: neural, ngram, hybrid')
        .argParser(parseDraftKinds)
        .default(['neural'], 'neural'),
    )
    .addOption(new Option('--target <folder>', "a model's folder (default: the default pair's target)"))
    .addOption(new Option('--draft <folder>', "a model's folder (default: the default pair's draft)"))
    .addOption(countOption('--off-path <count>', 'distributions recorded behind a rejected token', 64).default(16))
    .addOption(threadsOption())
    .addOption(seedOption())
    .addOption(new Option('--folder <folder>', 'where to write the traces (default: beside the committed ones)'))
    .action((options: RecordOptions) => handlers.record(options));

  program
    .command('replay')
    .description('policies over recorded traces, under device profiles, with the clairvoyant optimum as the ceiling')
    .argument('[traces...]', 'files that record wrote (default: the committed ones)')
    .addOption(policiesOption('off,static:1,static:2,static:4,static:7,static:16,adaedl,max-confidence'))
    .addOption(
      new Option('--profiles <list>', 'names or files of device profiles, by comma (default: all)').argParser((text) =>
        text.split(','),
      ),
    )
    .addOption(countOption('--seeds <count>', 'replays of every text above temperature 0').default(10))
    .addOption(seedOption())
    .addOption(new Option('--kinds', 'also by kind of prompt'))
    .addOption(new Option('--output <file>', 'where to write the rows as JSON'))
    .action((traces: string[], options: ReplayOptions) => handlers.replay(traces, options));

  program
    .command('profile')
    .description("this machine's costs, from measured policies, and how well replays with them agree with those runs")
    .argument('[results...]', 'files that policies wrote, of one draft each (default: the committed one)')
    .addOption(
      new Option('--traces <list>', 'traces by comma (default: the committed ones)').argParser((text) =>
        text.split(','),
      ),
    )
    .addOption(countOption('--seeds <count>', 'replays of every text above temperature 0').default(20))
    .addOption(threadsOption())
    .addOption(new Option('--output <file>', 'where to write the profile (default: beside the committed ones)'))
    .action((results: string[], options: ProfileOptions) => handlers.profile(results, options));

  addStudyCommand(program, handlers);
  addLoadCommand(program, handlers);
  addSessionsCommand(program, handlers);

  program
    .command('train')
    .description('the weights of the policy learned, from recorded traces')
    .argument('<traces...>', 'files that record wrote')
    .addOption(countOption('--units <count>', 'units of the hidden layer', 64).default(6))
    .addOption(new Option('--logistic', 'no hidden layer'))
    .addOption(seedOption())
    .addOption(new Option('--output <file>', "where to write the weights (default: over the default pair's)"))
    .action((traces: string[], options: TrainOptions) => handlers.train(traces, options));

  program
    .command('readme')
    .description('writes the committed results into README.md, between its bench:start and bench:end markers')
    .action(() => handlers.readme());
  return program;
}

function temperaturesOption(temperatures: readonly number[]): Option {
  return new Option('--temperatures <list>', 'temperatures by comma')
    .argParser(parseTemperatures)
    .default(temperatures, temperatures.join());
}

function seedOption(): Option {
  return new Option('--seed <number>', 'of sampling').argParser(parseSeed).default(1n, '1');
}

/** Fewer prompts and tokens, where the user has not said how many. */
function quickened<T extends { readonly prompts?: number; readonly maxTokens: number }>(
  options: T,
  command: Command,
): T {
  const said = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
  return {
    ...options,
    prompts: said('prompts') ? options.prompts : QUICK_PROMPTS,
    maxTokens: said('maxTokens') ? options.maxTokens : QUICK_TOKENS,
  };
}

function parseContexts(text: string): number[] {
  const contexts = text.split(',').map(Number);
  if (!contexts.every((value) => Number.isInteger(value) && value >= 1 && value <= 4096)) {
    throw new InvalidArgumentError('They must be whole numbers from 1 to 4096, by comma.');
  }
  return [...new Set(contexts)];
}
