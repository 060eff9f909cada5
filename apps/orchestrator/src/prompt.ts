import { type Prompt, invalidArgument } from '@outrider/contracts';
import { ModelError, type Tokenizer } from '@outrider/models';
import type { TokenId } from '@outrider/speculation';

/** Turns prompts into the tokens to continue. */
export interface PromptEncoder {
  /** Errors: invalid_argument naming `prompt` when it leaves no room in the context, or the part that is wrong. */
  encode(prompt: Prompt, contextLength: number): readonly TokenId[];
}

export function createPromptEncoder(tokenizer: Tokenizer): PromptEncoder {
  let longestToken = 1;
  for (let id = 0; id < tokenizer.size; id++) longestToken = Math.max(longestToken, tokenizer.tokenBytes(id).length);

  return {
    encode(prompt, contextLength) {
      // No tokenisation has fewer tokens than this. Tokenising blocks every other generation, so a text that cannot
      // fit is refused unread.
      const least = Math.ceil(promptBytes(prompt) / longestToken);
      if (least >= contextLength) throw tooLong(`at least ${least}`, contextLength);
      const tokens = encodePrompt(prompt, tokenizer);
      if (tokens.length === 0) throw invalidArgument('prompt', 'is empty');
      if (tokens.length >= contextLength) throw tooLong(String(tokens.length), contextLength);
      return tokens;
    },
  };
}

function encodePrompt(prompt: Prompt, tokenizer: Tokenizer): readonly TokenId[] {
  switch (prompt.type) {
    case 'text':
      return tokenizer.encodePrompt(prompt.text);
    case 'token_ids':
      return prompt.tokenIds;
    case 'messages':
      try {
        return tokenizer.encodeChat(prompt.messages);
      } catch (error) {
        // No chat template, or one that refuses these messages.
        if (error instanceof ModelError) throw invalidArgument('messages', error.message);
        throw error;
      }
  }
}

function promptBytes(prompt: Prompt): number {
  switch (prompt.type) {
    case 'text':
      return Buffer.byteLength(prompt.text);
    case 'token_ids':
      return 0;
    case 'messages':
      return prompt.messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  }
}

function tooLong(tokens: string, contextLength: number): Error {
  return invalidArgument('prompt', `has ${tokens} tokens, the context holds ${contextLength} and one has to be free`);
}
