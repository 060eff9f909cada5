import type { ChatMessage, GenerateCommand } from '@outrider/contracts';
import type { PolicySpec } from '@outrider/speculation';
import type { GenerateOptions } from '../options/generate-options.js';

/** The request for one completion of `promptText`, with the policy given here (the server's own when undefined). */
export function generateCommand(
  options: GenerateOptions,
  promptText: string,
  policy: PolicySpec | undefined,
): GenerateCommand {
  const { temperature, topK, topP, seed, maxTokens } = options;
  return {
    prompt: options.raw
      ? { type: 'text', text: promptText }
      : { type: 'messages', messages: chatMessages(options.system, promptText) },
    sampling: { temperature, topK, topP: topP ?? 1, seed },
    maxTokens,
    ...(policy === undefined ? {} : { policy }),
  };
}

function chatMessages(system: string | undefined, user: string): ChatMessage[] {
  const messages: ChatMessage[] = [{ role: 'user', content: user }];
  if (system !== undefined) messages.unshift({ role: 'system', content: system });
  return messages;
}
