import { type ConstraintCompiler, type ConstraintSpec, createConstraintCompiler } from '@outrider/constraints';
import { type Model, type Tokenizer, ensureDefaultPair } from '@outrider/models';
import { seededRandom } from '@outrider/testing';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, it } from 'vitest';

/** Constraints over the whole vocabulary of the default target, with outputs drawn evenly from what is allowed. */
let model: Model;
let tokenizer: Tokenizer;
let compiler: ConstraintCompiler;

beforeAll(async () => {
  model = (await ensureDefaultPair()).target;
  tokenizer = await model.loadTokenizer();
  compiler = await createConstraintCompiler({
    tokenBytes: (id) => tokenizer.tokenBytes(id),
    isSpecial: (id) => tokenizer.isSpecial(id),
    vocabularySize: model.manifest.architecture.vocabularySize,
    endTokenIds: model.manifest.endTokenIds,
  });
});

function idsIn(mask: Int32Array): number[] {
  const ids: number[] = [];
  mask.forEach((word, index) => {
    for (let bits = word; bits !== 0; bits &= bits - 1) ids.push(index * 32 + 31 - Math.clz32(bits & -bits));
  });
  return ids;
}

async function outputs(spec: ConstraintSpec, count: number): Promise<string[]> {
  const compiled = await compiler.compile(spec);
  const random = seededRandom(count);
  return Array.from({ length: count }, () => {
    const state = compiled.start();
    const ids: number[] = [];
    for (;;) {
      const options = idsIn(state.mask());
      const id = options[Math.floor(random() * options.length)] as number;
      expect(state.accept(id)).toBe(true);
      if (model.manifest.endTokenIds.includes(id)) return tokenizer.decode(ids);
      ids.push(id);
    }
  });
}

const person = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 40 },
    born: { type: 'string', pattern: '^\\d{4}-\\d{2}$' },
    age: { type: 'integer', minimum: 0, maximum: 120 },
    score: { type: 'number' },
    tags: { type: 'array', items: { enum: ['red', 'green', 'blue'] }, maxItems: 4 },
    address: {
      anyOf: [
        { type: 'null' },
        { type: 'object', properties: { street: { type: 'string', maxLength: 20 } }, required: ['street'] },
      ],
    },
  },
  required: ['name', 'age', 'address'],
  additionalProperties: false,
};

describe('over the default vocabulary', () => {
  it('every output under a JSON schema is valid', async () => {
    const isValid = new Ajv({ strict: false }).compile(person);
    for (const text of await outputs({ kind: 'json_schema', schema: JSON.stringify(person) }, 50))
      expect(isValid(JSON.parse(text)), text).toBe(true);
  });

  it('every output under a regular expression matches', async () => {
    const pattern = '(\\d{3})-[a-zé]{2,20}(?:foo|bar){0,3}\\p{Lu}?[^x]{0,9}';
    for (const text of await outputs({ kind: 'regex', pattern }, 100))
      expect(text).toMatch(new RegExp(`^(?:${pattern})$`, 'u'));
  });

  it('choices are all reached, and nothing else', async () => {
    const choices = ['yes', 'no', 'yesterday', ' maybe 😀'];
    const seen = new Set(await outputs({ kind: 'choice', choices }, 200));
    expect([...seen].sort()).toEqual([...choices].sort());
  });

  it('a text is accepted in its own tokens, and the mask allowed each of them', async () => {
    const text = '{"name": "Zoë 😀 \\n 日本", "born": "1990-12", "age": 33, "score": -1.5e3, "address": null}';
    const state = (await compiler.compile({ kind: 'json_schema', schema: JSON.stringify(person) })).start();
    for (const id of tokenizer.encode(text)) {
      expect(idsIn(state.mask())).toContain(id);
      expect(state.accept(id)).toBe(true);
    }
    expect(state.isComplete).toBe(true);
    expect(idsIn(state.mask())).toEqual([...model.manifest.endTokenIds].sort((a, b) => a - b));
  });

  it('special tokens are never allowed, though their names would be', async () => {
    const state = (await compiler.compile({ kind: 'regex', pattern: '[^]*' })).start();
    const special = Array.from({ length: tokenizer.size }, (_, id) => id).filter((id) => tokenizer.isSpecial(id));
    const allowed = new Set(idsIn(state.mask()));
    expect(special.filter((id) => allowed.has(id)).sort()).toEqual([...model.manifest.endTokenIds].sort());
  });
});
