/** The command line: what can be asked, and which handler answers. */
import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { generateOptions, type GenerateOptions } from './options/generate-options.js';
import { upOptions, type UpOptions } from './options/up-options.js';

export interface ImportOptions {
  readonly name?: string;
  readonly draftOf?: string;
  readonly precision?: (typeof IMPORT_PRECISIONS)[number];
}

/** Those that need nothing but the file. */
const IMPORT_PRECISIONS = ['blocks', 'nibbles', 'float'] as const;

export interface Handlers {
  up(options: UpOptions): Promise<void>;
  generate(options: GenerateOptions): Promise<void>;
  importModel(file: string, options: ImportOptions): Promise<void>;
  listModels(): Promise<void>;
  removeModel(name: string): Promise<void>;
  bench(args: readonly string[]): Promise<void>;
}

const EXIT_CODES_HELP = `
Exit codes:
  0    done
  1    failed; one line on standard error says why
  2    wrong option or argument
  130  interrupted by Ctrl-C (129 hang-up, 143 SIGTERM)`;

/** Errors are thrown as commander's CommanderError, after one line on `stderr`. */
export function createProgram(handlers: Handlers, stderr: { write(text: string): unknown }): Command {
  const program = new Command('outrider')
    .description('Serves a language model faster with the same output: a draft model proposes, the target checks.')
    .version(packageVersion())
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      outputError: (text) =>
        stderr.write(
          `outrider: ${text
            .replace(/^error: /, '')
            .trim()
            .replace(/\s*\n\s*/g, ' ')}\n`,
        ),
    })
    .addHelpText('after', EXIT_CODES_HELP);

  const up = program.command('up').description('start the draft, target and orchestrator services and watch over them');
  for (const option of upOptions()) up.addOption(option);
  up.action((options: UpOptions) => handlers.up(options));

  const generate = program
    .command('generate')
    .description('stream one completion')
    .argument('[prompt]', 'in place of --prompt');
  for (const option of generateOptions()) generate.addOption(option);
  generate.action((prompt: string | undefined, options: GenerateOptions) => {
    if (prompt === undefined) return handlers.generate(options);
    if (generate.getOptionValueSource('prompt') === 'cli') {
      generate.error("error: argument 'prompt' cannot be used with option '--prompt <text>'");
    }
    return handlers.generate({ ...options, prompt });
  });

  const model = program.command('model').description('models in the cache');
  model
    .command('import')
    .description('import a GGUF file into the cache')
    .argument('<file>', 'the GGUF file')
    .option('--name <name>', 'name in the cache (default: from the file)')
    .option('--draft-of <name>', 'it is to draft for this model: check that they share a tokenizer')
    .addOption(
      new Option(
        '--precision <form>',
        'of the weights: 8-bit blocks, 4-bit nibbles (quicker and less exact, for drafts) or float (default: blocks)',
      ).choices(IMPORT_PRECISIONS),
    )
    .action((file: string, options: ImportOptions) => handlers.importModel(file, options));
  model
    .command('list')
    .description('list the imported models')
    .action(() => handlers.listModels());
  model
    .command('remove')
    .description('remove an imported model')
    .argument('<name>')
    .action((name: string) => handlers.removeModel(name));

  program
    .command('bench')
    .description('benchmarks, where the repository is checked out: record traces, replay them, ... (bench help)')
    .argument('[args...]', 'for the benchmark program')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action((args: string[]) => handlers.bench(args));
  return program;
}

function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
