/** `outrider generate`: one completion, streamed, from a running stack or one of its own. */
import type { GenerationEvent } from '@outrider/contracts';
import type { PolicySpec } from '@outrider/speculation';
import { CliError } from '../cli-error.js';
import type { CliContext } from '../context.js';
import type { GenerationClient } from '../generation/client.js';
import { collect } from '../generation/collect.js';
import { generateCommand } from '../generation/command.js';
import { compare, type Comparison } from '../generation/compare.js';
import { ask, freeForkName, readConversation, writeConversation } from '../generation/conversation.js';
import type { Generation } from '../generation/generation.js';
import { jsonReport } from '../generation/json-report.js';
import { readPromptText } from '../generation/prompt-text.js';
import { checkGenerateOptions, type GenerateOptions } from '../options/generate-options.js';
import { comparisonLines } from '../render/comparison.js';
import { logprobLines } from '../render/logprob-table.js';
import { createProgressReporter, type ProgressReporter } from '../render/progress.js';
import { createStyle, wantsColour } from '../render/style.js';
import { summaryLines } from '../render/summary.js';
import { createTextWriter } from '../render/text-writer.js';
import { openServer } from '../stack/server.js';
import { cacheHome } from '@outrider/models';

const DEFAULT_COLUMNS = 80;

export async function generate(options: GenerateOptions, context: CliContext): Promise<void> {
  checkGenerateOptions(options);
  const promptText = await readPromptText(options.prompt, context.stdin, context.signal);
  const progress = createProgressReporter(context.stderr, !wantsColour(context.stderr, context.env));
  // The wire code takes a while to load: the services start meanwhile.
  const loading = import('../generation/client.js');
  loading.catch(() => undefined); // a failure shows where it is awaited
  const server = await openServer(options, context, progress).finally(() => progress.end());
  try {
    const { openClient, waitForServer } = await loading;
    // Our own services have said that they serve.
    if (options.address !== undefined) await waitForServer(options.address, context.signal);
    const client = openClient(server.address);
    try {
      await complete({ options, context, progress, client, promptText });
    } finally {
      client.close();
    }
  } catch (error) {
    throw await server.causeOf(error);
  } finally {
    progress.end();
    await server.close();
  }
}

interface Completion {
  readonly options: GenerateOptions;
  readonly context: CliContext;
  readonly progress: ProgressReporter;
  readonly client: GenerationClient;
  readonly promptText: string;
}

/** Runs the completion, and the comparison when one is asked for, and shows them. */
async function complete({ options, context, progress, client, promptText }: Completion): Promise<void> {
  const { stdout, stderr, env, signal } = context;
  const home = cacheHome(env);
  const conversation = options.session === undefined ? undefined : await readConversation(home, options.session);
  /** Keeps what was said, and says under which name when that is another one. */
  const keep = async ({ started, text }: Generation): Promise<string[]> => {
    if (conversation === undefined) return [];
    const { sessionId } = started;
    const forked = sessionId !== conversation.sessionId;
    const name = forked ? await freeForkName(home, conversation.name) : conversation.name;
    const messages = [
      ...ask(conversation.messages, promptText, options.system),
      { role: 'assistant', content: text } as const,
    ];
    await writeConversation(home, { name, sessionId, messages });
    return forked ? [`session  ${conversation.name} was busy; this went on beside it and is kept as ${name}`] : [];
  };
  const run = async (
    policy: PolicySpec | undefined,
    { seed = options.seed, onEvent }: { seed?: bigint; onEvent?: (event: GenerationEvent) => void } = {},
  ) => {
    const command = generateCommand({ ...options, seed }, promptText, policy, conversation);
    const generation = await collect(client.generate(command, signal), onEvent);
    // A conversation's session is left as it is: what it holds is for the next turn.
    if (conversation === undefined) await client.closeSession(generation.started.sessionId, signal);
    return generation;
  };
  const compareWith = (shown: Generation): Promise<Comparison> => {
    if (shown.finished.speculation.policy === 'off') {
      throw new CliError("the server's own policy is off; name one with --policy to compare it with target-only");
    }
    // With one seed, coupled acceptance draws one text.
    const { seed } = shown.started;
    return compare(shown, options.temperature === 0 || options.acceptance === 'coupled', {
      run: (speculate) => run(speculate ? options.policy : { kind: 'off' }, { seed }),
      onRun: (done, total) => progress.report({ label: 'comparing', done, total, unit: 'steps', minor: true }),
    });
  };

  if (options.json) {
    const generation = await run(options.policy);
    const comparison = options.compare ? await compareWith(generation) : undefined;
    await keep(generation);
    stdout.write(`${JSON.stringify(jsonReport(generation, comparison))}\n`);
    return;
  }

  const writer = createTextWriter(stdout, createStyle(wantsColour(stdout, env)));
  let generation: Generation;
  try {
    generation = await run(options.policy, { onEvent: writer.onEvent });
  } finally {
    writer.end();
  }
  const style = createStyle(wantsColour(stderr, env));
  const say = (lines: readonly string[]): unknown => stderr.write(`${lines.join('\n')}\n`);
  if (options.logprobs !== undefined) say(['', ...logprobLines(generation.tokens, style)]);
  say(['', ...summaryLines(generation, style, stderr.columns ?? DEFAULT_COLUMNS)]);
  const kept = await keep(generation);
  if (kept.length > 0) say(kept);
  if (options.temperature > 0 && options.seed === 0n)
    say([`seed     ${generation.started.seed}, chosen by the server`]);
  if (options.compare) {
    const comparison = await compareWith(generation);
    progress.end();
    say(comparisonLines(comparison, generation.finished.speculation.policy, style));
  }
}
