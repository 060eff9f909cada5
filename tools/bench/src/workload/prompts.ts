/** The committed prompts: our own words, in six kinds. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChatMessage } from '@outrider/contracts';
import { usageError } from '../bench-error.js';
import { workloadFolder } from '../paths.js';

export const PROMPT_KINDS = ['code', 'explanation', 'summary', 'rewriting', 'lists', 'dialogue'] as const;
export type PromptKind = (typeof PROMPT_KINDS)[number];

export interface WorkloadPrompt {
  /** Kind and number, such as `code-3`. */
  readonly id: string;
  readonly kind: PromptKind;
  readonly messages: readonly ChatMessage[];
}

interface PromptFile {
  readonly prompts: readonly WorkloadPrompt[];
}

/** What is measured on, and what is trained on: they have no prompt in common. */
export const PROMPT_SETS = ['evaluation', 'training'] as const;
export type PromptSet = (typeof PROMPT_SETS)[number];

const FILES: Readonly<Record<PromptSet, string>> = { evaluation: 'prompts.json', training: 'training-prompts.json' };

/** All prompts, in an order in which any first few of them hold the kinds evenly. */
export function loadPrompts(set: PromptSet = 'evaluation'): WorkloadPrompt[] {
  const { prompts } = JSON.parse(readFileSync(join(workloadFolder, FILES[set]), 'utf8')) as PromptFile;
  const byKind = PROMPT_KINDS.map((kind) => prompts.filter((prompt) => prompt.kind === kind));
  const longest = Math.max(...byKind.map((list) => list.length));
  return Array.from({ length: longest }, (_, i) => byKind.flatMap((list) => list[i] ?? [])).flat();
}

/** The first `count` of them; all without a count. */
export function choosePrompts(count: number | undefined, set: PromptSet = 'evaluation'): WorkloadPrompt[] {
  const prompts = loadPrompts(set);
  if (count === undefined) return prompts;
  if (count > prompts.length) throw usageError(`--prompts ${count}: there are ${prompts.length}`);
  return prompts.slice(0, count);
}
