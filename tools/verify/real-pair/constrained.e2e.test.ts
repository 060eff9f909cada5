/** Schema-constrained text at temperature 1, with a draft: every answer validates. */
import { Ajv } from 'ajv';
import { ensureDefaultPair } from '@outrider/models';
import { parsePolicy } from '@outrider/speculation';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RealStack, startStack } from './stack.fixture.js';

const timeout = 600_000;
const GENERATIONS = 36;

const SCHEMAS: readonly object[] = [
  {
    type: 'object',
    properties: { name: { type: 'string', maxLength: 16 }, age: { type: 'integer', minimum: 0, maximum: 120 } },
    required: ['name', 'age'],
    additionalProperties: false,
  },
  { type: 'array', items: { enum: ['red', 'green', 'blue', 7, null] }, minItems: 1, maxItems: 4 },
  {
    type: 'object',
    properties: {
      done: { type: 'boolean' },
      score: { type: 'number' },
      next: { anyOf: [{ type: 'null' }, { type: 'string', maxLength: 8 }] },
    },
    required: ['done', 'score', 'next'],
    additionalProperties: false,
  },
];

let stack: RealStack;
beforeAll(async () => {
  stack = await startStack();
}, timeout);
afterAll(() => stack.stop());

it(
  'validates against its schema whatever the draft proposes',
  async () => {
    const ajv = new Ajv();
    const problems: string[] = [];
    const counts = { drafted: 0, accepted: 0, ended: 0 };
    for (let i = 0; i < GENERATIONS; i++) {
      const schema = SCHEMAS[i % SCHEMAS.length] as object;
      const constraint = { kind: 'json_schema', schema: JSON.stringify(schema) } as const;
      const { finished, text } = await stack.client.generate({
        prompt: { type: 'messages', messages: [{ role: 'user', content: 'Answer in compact JSON.' }] },
        sampling: { temperature: 1, topK: 0, topP: 1, seed: BigInt(i + 1), constraint },
        policy: parsePolicy('adaedl'),
        maxTokens: 120,
      });
      counts.drafted += finished.speculation.drafted;
      counts.accepted += finished.speculation.accepted;
      // An answer that was cut off by its length cannot validate.
      if (finished.reason !== 'stop') continue;
      counts.ended++;
      if (!ajv.validate(schema, JSON.parse(text))) problems.push(`seed ${i + 1}: ${text}: ${ajv.errorsText()}`);
    }
    console.log(
      `constrained: ${GENERATIONS} generations, ${counts.ended} ended by themselves, ${problems.length} do not validate; ` +
        `${counts.accepted} of ${counts.drafted} drafted tokens accepted`,
    );
    expect(problems).toEqual([]);
    expect(counts.ended).toBeGreaterThan(GENERATIONS * 0.8);
    expect(counts.accepted).toBeGreaterThan(0);
  },
  timeout,
);

it(
  'is refused where bans leave no way on, at the same place with a draft and without',
  async () => {
    const tokenizer = await (await ensureDefaultPair()).target.loadTokenizer();
    // No token of the vocabulary that begins with b is left, and none that ends with one.
    const bias = Array.from({ length: tokenizer.size }, (_, id) => id)
      .filter((id) => !tokenizer.isSpecial(id) && /^a{0,3}b+$/.test(tokenizer.decode([id])))
      .map((id) => ({ id, bias: -Infinity }));
    const endings = ['off', 'static:4', 'adaedl'].map(async (policy) => {
      let text = '';
      const stream = stack.client.stream({
        prompt: { type: 'text', text: 'ab' },
        sampling: {
          temperature: 0,
          topK: 0,
          topP: 1,
          seed: 1n,
          adjustments: { bias },
          constraint: { kind: 'regex', pattern: 'a{3}b+' },
        },
        policy: parsePolicy(policy),
        maxTokens: 20,
      });
      const collected = (async () => {
        for await (const event of stream) if (event.type === 'tokens') text += event.text;
      })();
      await expect(collected).rejects.toMatchObject({ code: 'invalid_argument', field: 'sampling.logit_bias' });
      return text;
    });
    for (const text of await Promise.all(endings)) expect(text).toBe('aaa');
  },
  timeout,
);
