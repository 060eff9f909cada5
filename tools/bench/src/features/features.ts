/** What may be asked for beside a plain text, as the benchmark asks for it. */
import type { GenerateCommand } from '@outrider/contracts';
import type { Sampling } from '@outrider/speculation';

/** Long enough to be cut by the number of tokens, like the plain text. */
const LONG_LIST = JSON.stringify({
  type: 'array',
  items: {
    type: 'object',
    properties: { word: { type: 'string', maxLength: 24 }, count: { type: 'integer', minimum: 0, maximum: 999 } },
    required: ['word', 'count'],
    additionalProperties: false,
  },
  minItems: 40,
});

export const FEATURE_NAMES = ['plain', 'penalties', 'bias', 'min-p', 'logprobs', 'coupled', 'schema', 'regex'] as const;
export type FeatureName = (typeof FEATURE_NAMES)[number];

type Asked = Pick<GenerateCommand, 'acceptance' | 'logprobs'> & { readonly sampling?: Partial<Sampling> };

const FEATURES: Readonly<Record<FeatureName, Asked>> = {
  plain: {},
  penalties: { sampling: { adjustments: { repetitionPenalty: 1.1, frequencyPenalty: 0.2, presencePenalty: 0.2 } } },
  bias: { sampling: { adjustments: { bias: [{ id: 28, bias: -Infinity }] } } },
  'min-p': { sampling: { minP: 0.05 } },
  logprobs: { logprobs: 5 },
  coupled: { acceptance: 'coupled' },
  schema: { sampling: { constraint: { kind: 'json_schema', schema: LONG_LIST } } },
  regex: { sampling: { constraint: { kind: 'regex', pattern: '([A-Za-z]{1,20} ){100,}' } } },
};

export function featureRequest(
  name: FeatureName,
  base: Pick<GenerateCommand, 'prompt' | 'sampling' | 'maxTokens' | 'policy'>,
): GenerateCommand {
  const { sampling, ...asked } = FEATURES[name];
  const request = { ...base, ...asked, sampling: { ...base.sampling, ...sampling } };
  // The model's own end would make texts of different lengths; a constrained text cannot end before it is long enough.
  return sampling?.constraint === undefined ? { ...request, ignoreEos: true } : request;
}
