/** What a cache saves until the first token: a conversation's next turn, and a system prompt that sessions share. */
import type { ChatMessage, GenerateCommand } from '@outrider/contracts';
import { parsePolicy } from '@outrider/speculation';
import type { TimedGeneration } from '../stack/generate.js';
import { median } from '../statistics/samples.js';
import type { TakePassage } from './passages.js';

export const CASES = ['cold conversation', 'next turn', 'cold system prompt', 'shared system prompt'] as const;
export type ReuseCase = (typeof CASES)[number];

/** One generation. */
export interface ReuseSample {
  readonly case: ReuseCase;
  readonly sample: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly firstTokenMs: number;
}

/** Medians of a case's samples. */
export interface ReuseSummary extends Omit<ReuseSample, 'sample'> {
  /** Against the cold generation of the same sample: median of the ratios. 1 for a cold one. */
  readonly ratioToCold: number;
}

export type GenerateIn = (command: GenerateCommand) => Promise<TimedGeneration>;

const CONVERSATION_TOKENS = 1000;
const SYSTEM_TOKENS = 500;
const ANSWER_TOKENS = 24;
/** New sessions that share each system prompt, after the one that was cold. */
const SHARERS = 3;

const QUESTIONS = [
  'Which of these sentences is the shortest?',
  'What is this text about, in one sentence?',
  'Name one word that occurs twice.',
  'Who might have written this?',
];

/** The samples of one lap. Sessions are named so that none has been met before. */
export async function measureReuse(
  sample: number,
  policy: string,
  takePassage: TakePassage,
  generate: GenerateIn,
): Promise<ReuseSample[]> {
  const ask = (sessionId: string, messages: readonly ChatMessage[]): Promise<TimedGeneration> =>
    generate({
      sessionId,
      prompt: { type: 'messages', messages },
      sampling: { temperature: 0, topK: 0, topP: 1, seed: 1n },
      maxTokens: ANSWER_TOKENS,
      policy: parsePolicy(policy),
    });
  const samples: ReuseSample[] = [];
  const note = (name: ReuseCase, { promptTokens, cachedTokens, firstTokenMs }: TimedGeneration): void => {
    samples.push({ case: name, sample, promptTokens, cachedTokens, firstTokenMs });
  };

  const conversation = `reuse-${process.pid}-conversation-${sample}`;
  const first: ChatMessage = { role: 'user', content: await takePassage(CONVERSATION_TOKENS) };
  const answer = await ask(conversation, [first]);
  note('cold conversation', answer);
  const second: ChatMessage[] = [first, { role: 'assistant', content: answer.text }, user('Say that in fewer words.')];
  note('next turn', await ask(conversation, second));

  const system: ChatMessage = { role: 'system', content: await takePassage(SYSTEM_TOKENS) };
  for (let i = 0; i <= SHARERS; i++) {
    const question = user(QUESTIONS[i % QUESTIONS.length] ?? '');
    const generation = await ask(`reuse-${process.pid}-system-${sample}-${i}`, [system, question]);
    note(i === 0 ? 'cold system prompt' : 'shared system prompt', generation);
  }
  return samples;
}

export function summarizeReuse(samples: readonly ReuseSample[]): ReuseSummary[] {
  const middle = (values: readonly number[]): number => median(values) ?? 0;
  return CASES.map((name) => {
    const own = samples.filter((each) => each.case === name);
    const coldCase: ReuseCase =
      name === 'cold conversation' || name === 'next turn' ? 'cold conversation' : 'cold system prompt';
    const ratios = own.flatMap(({ firstTokenMs, sample }) => {
      const cold = samples.find((each) => each.case === coldCase && each.sample === sample);
      return cold === undefined ? [] : [firstTokenMs / cold.firstTokenMs];
    });
    return {
      case: name,
      promptTokens: middle(own.map(({ promptTokens }) => promptTokens)),
      cachedTokens: middle(own.map(({ cachedTokens }) => cachedTokens)),
      firstTokenMs: middle(own.map(({ firstTokenMs }) => firstTokenMs)),
      ratioToCold: middle(ratios),
    };
  });
}

function user(content: string): ChatMessage {
  return { role: 'user', content };
}
