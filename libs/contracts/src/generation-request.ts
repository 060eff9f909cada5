import type { AcceptanceMode, DraftKind, PolicySpec, Sampling, TokenId } from '@outrider/speculation';
import { decodeAcceptance, encodeAcceptance } from './acceptance.js';
import { inRange, listLength, required, sessionId, wireList } from './checks.js';
import { decodeDraftKind, encodeDraftKind } from './draft-kind.js';
import { invalidArgument } from './error.js';
import { limits } from './limits.js';
import { decodePolicy, encodePolicy } from './policy-request.js';
import { decodeSampling, encodeSampling } from './sampling.js';
import { type Vocabulary, checkTokenIds } from './vocabulary.js';
import type * as wire from './wire.js';

const roles = ['system', 'user', 'assistant'] as const;
export type ChatRole = (typeof roles)[number];

export interface ChatMessage {
  readonly role: ChatRole;
  readonly content: string;
}

/** Invariant: never empty. */
export type Prompt =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'messages'; readonly messages: readonly ChatMessage[] }
  | { readonly type: 'token_ids'; readonly tokenIds: readonly TokenId[] };

export interface GenerateCommand {
  /** Absent: make a new session. */
  readonly sessionId?: string;
  readonly prompt: Prompt;
  /** Seed 0: the service chooses one. */
  readonly sampling: Sampling;
  /** At least 1. Absent: the service's own limit. */
  readonly maxTokens?: number;
  /** Absent: the service's default policy. */
  readonly policy?: PolicySpec;
  /** Absent: rejection. */
  readonly acceptance?: AcceptanceMode;
  /** Absent: what the draft service does by default. */
  readonly draftKind?: DraftKind;
  /** The text ends before the first of these; none is empty. */
  readonly stop?: readonly string[];
  /** Tokens that end the text besides the model's own. */
  readonly stopTokenIds?: readonly TokenId[];
  /** The model's own end tokens end nothing. */
  readonly ignoreEos?: boolean;
  /** Log-probabilities are wanted, and so many of the most probable tokens with each. */
  readonly logprobs?: number;
  /** Completions, more than 1. Absent: one. */
  readonly completions?: number;
  /** Where another generation runs in the session, go on beside it in a new one. Absent: be refused. */
  readonly fork?: boolean;
}

export function encodeGenerateRequest(command: GenerateCommand): wire.GenerateRequest {
  return {
    sessionId: command.sessionId ?? '',
    prompt: encodePrompt(command.prompt),
    sampling: encodeSampling(command.sampling),
    maxTokens: command.maxTokens,
    speculation: {
      policy: command.policy && encodePolicy(command.policy),
      acceptance: encodeAcceptance(command.acceptance ?? 'rejection'),
      draftKind: encodeDraftKind(command.draftKind),
    },
    stop: wireList(command.stop ?? []),
    stopTokenIds: wireList(command.stopTokenIds ?? []),
    ignoreEos: command.ignoreEos ?? false,
    logprobs: command.logprobs,
    n: command.completions,
    fork: command.fork ?? false,
  };
}

/** Errors: invalid_argument with the field's path. */
export function decodeGenerateRequest(request: wire.GenerateRequest, vocabulary: Vocabulary): GenerateCommand {
  const policy = decodePolicy(request.speculation?.policy, 'speculation');
  const acceptance = decodeAcceptance(request.speculation?.acceptance ?? 0, 'speculation.acceptance');
  const draftKind = decodeDraftKind(request.speculation?.draftKind ?? 0, 'speculation.draft_kind');
  return {
    ...(request.sessionId !== '' && {
      sessionId: checkSessionId(request.sessionId, 'session_id'),
    }),
    prompt: decodePrompt(request.prompt, vocabulary),
    sampling: decodeSampling(request.sampling, 'sampling', vocabulary),
    ...(request.maxTokens !== undefined && { maxTokens: inRange(request.maxTokens, 1, limits.tokens, 'max_tokens') }),
    ...(policy && { policy }),
    ...(acceptance === 'coupled' && { acceptance }),
    ...(draftKind && { draftKind }),
    ...decodeEnd(request, vocabulary),
    ...(request.logprobs !== undefined && { logprobs: inRange(request.logprobs, 0, limits.logprobs, 'logprobs') }),
    ...decodeCompletions(request),
    ...(request.fork && { fork: true }),
  };
}

function decodeCompletions({ n = 1, sessionId: session }: wire.GenerateRequest): Pick<GenerateCommand, 'completions'> {
  inRange(n, 1, limits.completions, 'n');
  if (n === 1) return {};
  if (session !== '') throw invalidArgument('n', 'must be 1 in a session, which holds one completion');
  return { completions: n };
}

/** What ends the text. */
function decodeEnd(
  { ignoreEos, sampling, stop, stopTokenIds }: wire.GenerateRequest,
  vocabulary: Vocabulary,
): Pick<GenerateCommand, 'stop' | 'stopTokenIds' | 'ignoreEos'> {
  listLength(stop.length, 0, limits.stopStrings, 'stop');
  stop.forEach((text, i) => {
    if (text === '') throw invalidArgument(`stop[${i}]`, 'is empty');
    const bytes = Buffer.byteLength(text);
    if (bytes > limits.stopStringBytes) {
      throw invalidArgument(`stop[${i}]`, `has ${bytes} bytes, at most ${limits.stopStringBytes}`);
    }
  });
  listLength(stopTokenIds.length, 0, limits.stopTokens, 'stop_token_ids');
  checkTokenIds(stopTokenIds, vocabulary, 'stop_token_ids');
  if (ignoreEos && sampling?.constraint !== undefined) {
    throw invalidArgument('ignore_eos', 'goes on where a constrained text must end');
  }
  return {
    ...(stop.length > 0 && { stop }),
    ...(stopTokenIds.length > 0 && { stopTokenIds }),
    ...(ignoreEos && { ignoreEos }),
  };
}

/** The id of a session that is meant to exist. */
export function checkSessionId(value: string, field: string): string {
  return sessionId(value, limits.sessionIdCharacters, field);
}

/** A text to tokenise: any length up to the limit, the empty one included. */
export function decodeText(text: string, field: string): string {
  const bytes = Buffer.byteLength(text);
  if (bytes > limits.textBytes) throw invalidArgument(field, `has ${bytes} bytes, at most ${limits.textBytes}`);
  return text;
}

/** Token ids to turn into text. */
export function decodeTokenIds(ids: readonly number[], vocabulary: Vocabulary, field: string): readonly TokenId[] {
  listLength(ids.length, 0, limits.tokens, field);
  return checkTokenIds(ids, vocabulary, field);
}

function encodePrompt(prompt: Prompt): NonNullable<wire.GenerateRequest['prompt']> {
  switch (prompt.type) {
    case 'text':
      return { $case: 'text', value: prompt.text };
    case 'messages':
      return { $case: 'messages', value: { messages: prompt.messages.map((message) => ({ ...message })) } };
    case 'token_ids':
      return { $case: 'tokenIds', value: { ids: wireList(prompt.tokenIds) } };
  }
}

function decodePrompt(message: wire.GenerateRequest['prompt'], vocabulary: Vocabulary): Prompt {
  const prompt = required(message, 'prompt');
  switch (prompt.$case) {
    case 'text':
      if (prompt.value === '') throw invalidArgument('text', 'is empty');
      return { type: 'text', text: decodeText(prompt.value, 'text') };
    case 'messages':
      return { type: 'messages', messages: decodeMessages(prompt.value.messages) };
    case 'tokenIds':
      listLength(prompt.value.ids.length, 1, limits.tokens, 'token_ids.ids');
      return { type: 'token_ids', tokenIds: checkTokenIds(prompt.value.ids, vocabulary, 'token_ids.ids') };
  }
}

function decodeMessages(messages: readonly wire.ChatMessage[]): ChatMessage[] {
  listLength(messages.length, 1, limits.chatMessages, 'messages.messages');
  let bytes = 0;
  return messages.map(({ role, content }, i) => {
    bytes += Buffer.byteLength(content);
    if (bytes > limits.textBytes) {
      throw invalidArgument(`messages.messages[${i}].content`, `brings the prompt over ${limits.textBytes} bytes`);
    }
    const known = roles.find((name) => name === role);
    // The role itself is the caller's text: it stays out of messages and logs.
    if (!known) throw invalidArgument(`messages.messages[${i}].role`, `must be one of ${roles.join(', ')}`);
    return { role: known, content };
  });
}
