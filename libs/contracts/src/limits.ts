import { LARGEST_DRAFT_LENGTH, MOST_HIDDEN_UNITS } from '@outrider/speculation';

/** Largest sizes a request may have; what is larger is refused by name before anything is allocated for it. */
export const limits = {
  /** Bytes of one message on the wire. Every limit below fits into it. */
  messageBytes: 4 * 1024 * 1024,
  /** UTF-8 bytes of a prompt, over all of its messages. */
  textBytes: 1024 * 1024,
  chatMessages: 1024,
  /** Token ids in one list. */
  tokens: 262_144,
  sessionIdCharacters: 128,
  /** Tokens of one draft block. */
  draftTokens: LARGEST_DRAFT_LENGTH,
  /** Hidden units of one acceptance predictor. */
  hiddenUnits: MOST_HIDDEN_UNITS,
  /** Candidates of one distribution. */
  candidates: 1024,
  /** Tokens with a bias, and banned ones. */
  biases: 4096,
  completions: 16,
  stopStrings: 16,
  stopStringBytes: 1024,
  stopTokens: 64,
  schemaBytes: 65_536,
  regexBytes: 4096,
  choices: 256,
  choiceBytes: 4096,
  /** Most probable tokens whose log-probability may be asked for. */
  logprobs: 20,
  /** Smallest temperature above 0; below it, dividing logits by it leaves the range of a 32-bit float. */
  minTemperature: 1e-4,
  maxTemperature: 100,
  /** Characters of a W3C trace context's two fields. */
  traceParentCharacters: 128,
  traceStateCharacters: 512,
} as const;
