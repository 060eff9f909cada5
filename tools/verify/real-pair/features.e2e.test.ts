/** Whatever a request asks for, the text is the target's own: with a draft and without, for every way to draft. */
import type { GenerateCommand } from '@outrider/contracts';
import { ensureDefaultPair } from '@outrider/models';
import { type PolicySpec, type Sampling, parsePolicy } from '@outrider/speculation';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Generation } from './generation-client.fixture.js';
import { workloadPrompts } from './requests.fixture.js';
import { type RealStack, startStack } from './stack.fixture.js';

const timeout = 600_000;
/** Of a text with a feature; a coupled one is short, since each takes eight. */
const TOKENS = 32;
const COUPLED_TOKENS = 8;
const prompts = workloadPrompts();

let stack: RealStack;
beforeAll(async () => {
  stack = await startStack();
}, timeout);
afterAll(() => stack.stop());

function sampling(asked: Partial<Sampling>): Sampling {
  return { temperature: 0, topK: 0, topP: 1, seed: 7n, ...asked };
}

const PENALTIES = { repetitionPenalty: 1.2, frequencyPenalty: 0.3, presencePenalty: 0.2 };
/** The commonest words of these texts, one of them forbidden: the text must change. */
const BIAS = [
  { id: 28, bias: -Infinity },
  { id: 198, bias: -4 },
  { id: 253, bias: 2 },
];
const coupled = { acceptance: 'coupled' } as const;

const PERSON = JSON.stringify({
  type: 'object',
  properties: { name: { type: 'string', maxLength: 20 }, age: { type: 'integer', minimum: 0, maximum: 120 } },
  required: ['name', 'age'],
  additionalProperties: false,
});

const FEATURES: Readonly<Record<string, Partial<GenerateCommand>>> = {
  'penalties at temperature 0': { sampling: sampling({ adjustments: PENALTIES }) },
  'bias and bans at temperature 0': { sampling: sampling({ adjustments: { bias: BIAS } }) },
  'stop strings and tokens': { sampling: sampling({}), stop: [' is', '\n\n'], stopTokenIds: [30], ignoreEos: true },
  'log-probabilities': { sampling: sampling({}), logprobs: 3 },
  'a JSON schema at temperature 0': { sampling: sampling({ constraint: { kind: 'json_schema', schema: PERSON } }) },
  'a regular expression, coupled': {
    sampling: sampling({
      temperature: 1,
      constraint: { kind: 'regex', pattern: '([A-Z][a-z]{1,9} ){3,5}[0-9]{1,3}\\.' },
    }),
    ...coupled,
  },
  'coupled, temperature 1': { sampling: sampling({ temperature: 1 }), ...coupled, logprobs: 0 },
  'coupled, truncated': { sampling: sampling({ temperature: 0.8, topK: 40, topP: 0.9, minP: 0.02 }), ...coupled },
  'coupled, min-p and penalties': {
    sampling: sampling({ temperature: 1.2, minP: 0.05, adjustments: { ...PENALTIES, bias: BIAS } }),
    ...coupled,
  },
};

function generate(prompt: (typeof prompts)[number], maxTokens: number, policy: PolicySpec, asked: object) {
  const { messages } = prompt;
  return stack.client.generate({
    prompt: { type: 'messages', messages },
    maxTokens,
    policy,
    sampling: sampling({}),
    ...asked,
  });
}

/** What the target says when nothing is asked for, by prompt. */
const plainTexts = new Map<string, Promise<Generation>>();
function plainText(prompt: (typeof prompts)[number]): Promise<Generation> {
  const known = plainTexts.get(prompt.id) ?? generate(prompt, TOKENS, { kind: 'off' }, {});
  plainTexts.set(prompt.id, known);
  return known;
}

const idsOf = ({ tokens }: Generation): number[] => tokens.map(({ id }) => id);

describe.each(Object.entries(FEATURES))('%s', (name, asked) => {
  it(
    'is the same with every draft and without',
    async () => {
      let accepted = 0;
      let changed = 0;
      let largest = 0;
      for (const prompt of [prompts[0], prompts[33]] as (typeof prompts)[number][]) {
        const alone = await generate(prompt, TOKENS, { kind: 'off' }, asked);
        const plain = await plainText(prompt);
        for (const [policy, draftKind] of [
          ['adaedl', 'neural'],
          ['static:4', 'hybrid'],
        ] as const) {
          const drafted = await generate(prompt, TOKENS, parsePolicy(policy), { ...asked, draftKind });
          accepted += drafted.finished.speculation.accepted;
          expect(idsOf(drafted)).toEqual(idsOf(alone));
          expect(drafted.text).toBe(alone.text);
          expect(drafted.finished.reason).toBe(alone.finished.reason);
          expect(drafted.finished.stop).toBe(alone.finished.stop);
          drafted.tokens.forEach(({ logprob }, i) => {
            expect(logprob === undefined).toBe(asked.logprobs === undefined);
            if (logprob !== undefined) {
              largest = Math.max(largest, Math.abs(logprob - (alone.tokens[i]?.logprob ?? Number.NaN)));
            }
          });
        }
        if (name.startsWith('log')) expect(idsOf(alone)).toEqual(idsOf(plain));
        else if (idsOf(alone).join() !== idsOf(plain).join()) changed++;
      }
      expect(accepted).toBeGreaterThan(0);
      // What is asked for has to show somewhere; not every text meets a stop string.
      if (!name.startsWith('log')) expect(changed).toBeGreaterThan(0);
      expect(largest).toBeLessThan(1e-3);
      console.log(`${name}: ${accepted} drafted tokens accepted, largest log-probability difference ${largest}`);
    },
    timeout,
  );
});

describe('coupled acceptance', () => {
  it(
    'goes on from any place of a text as the text did, as another replica must after a failure',
    async () => {
      const tokenizer = await (await ensureDefaultPair()).target.loadTokenizer();
      const prompt = prompts[3] as (typeof prompts)[number];
      const asked = { sampling: sampling({ temperature: 1 }), ...coupled };
      const text = idsOf(await generate(prompt, 30, parsePolicy('adaedl'), asked));
      for (const [written, policy] of [
        [7, 'off'],
        [16, 'static:3'],
        [23, 'adaedl'],
      ] as const) {
        const tokenIds = [...tokenizer.encodeChat(prompt.messages), ...text.slice(0, written)];
        const rest = await stack.client.generate({
          prompt: { type: 'token_ids', tokenIds },
          maxTokens: text.length - written,
          policy: parsePolicy(policy),
          ...asked,
        });
        expect(idsOf(rest)).toEqual(text.slice(written));
      }
    },
    timeout,
  );

  const SETTINGS = [
    ['off', 'neural'],
    ['static:1', 'neural'],
    ['static:2', 'hybrid'],
    ['static:3', 'ngram'],
    ['static:5', 'neural'],
    ['static:8', 'hybrid'],
    ['adaedl', 'hybrid'],
    ['adaedl:discard', 'neural'],
  ] as const;

  it(
    'gives one text a prompt and seed under eight policies and three kinds of draft',
    async () => {
      let accepted = 0;
      const differing: string[] = [];
      for (const prompt of prompts.slice(0, 40)) {
        const texts = new Set<string>();
        for (const [policy, draftKind] of SETTINGS) {
          const asked = { sampling: sampling({ temperature: 1 }), ...coupled, draftKind };
          const generation = await generate(prompt, COUPLED_TOKENS, parsePolicy(policy), asked);
          texts.add(idsOf(generation).join());
          accepted += generation.finished.speculation.accepted;
        }
        if (texts.size !== 1) differing.push(prompt.id);
      }
      console.log(
        `coupled: 40 prompts, 8 policies, ${differing.length} prompts with more than one text; ${accepted} drafted tokens accepted`,
      );
      expect(differing).toEqual([]);
      expect(accepted).toBeGreaterThan(100);
    },
    timeout,
  );
});
