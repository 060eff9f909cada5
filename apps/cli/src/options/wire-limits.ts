/** The wire's own limits, written out so that parsing arguments need not load the wire code; a test compares them. */
export const WIRE_LIMITS = {
  tokens: 262_144,
  minTemperature: 1e-4,
  maxTemperature: 100,
  /** Largest repetition penalty; the other penalties and a bias are between its negative and it. */
  adjustment: 100,
  biases: 4096,
  stopStrings: 16,
  stopStringBytes: 1024,
  stopTokens: 64,
  logprobs: 20,
  choices: 256,
} as const;

export const UINT32_MAX = 2 ** 32 - 1;
