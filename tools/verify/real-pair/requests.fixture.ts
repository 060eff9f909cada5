/** The requests that the tests make. */
import { readFileSync } from 'node:fs';
import type { ChatMessage, GenerateCommand } from '@outrider/contracts';
import { type DraftKind, parsePolicy } from '@outrider/speculation';

export interface NamedPrompt {
  readonly id: string;
  readonly kind: string;
  readonly messages: readonly ChatMessage[];
}

/** The benchmark's prompts, kind after kind. */
export function workloadPrompts(): readonly NamedPrompt[] {
  const file = new URL('../../bench/workload/prompts.json', import.meta.url);
  const { prompts } = JSON.parse(readFileSync(file, 'utf8')) as { prompts: readonly NamedPrompt[] };
  return prompts;
}

/** `policy` as the command line names it; `draftKind` is the draft service's own where none is named. */
export function greedy(
  messages: readonly ChatMessage[],
  policy: string,
  maxTokens: number,
  draftKind?: DraftKind,
): GenerateCommand {
  return {
    prompt: { type: 'messages', messages },
    sampling: { temperature: 0, topK: 0, topP: 1, seed: 1n },
    policy: parsePolicy(policy),
    maxTokens,
    ...(draftKind && { draftKind }),
  };
}

/** A greedy request whose text does not end before its limit. */
export function storyOf(maxTokens: number, policy = 'adaedl'): GenerateCommand {
  const content = 'Tell me a long story about a lighthouse keeper and her dog.';
  return greedy([{ role: 'user', content }], policy, maxTokens);
}
