import type { Model } from '@outrider/models';
import { describe, expect, it } from 'vitest';
import { serviceSpecs, type StackPlan } from './service-specs.js';

// Only the folders are used.
const model = (directory: string): Model => ({ directory }) as Model;
const one = { orchestrator: ['127.0.0.1:1'], target: ['127.0.0.1:2'], draft: ['127.0.0.1:3'] };

function specsOf(
  choices: Partial<StackPlan['choices']>,
  env: NodeJS.ProcessEnv = {},
  draft?: Model,
  addresses: StackPlan['addresses'] = one,
) {
  const specs = serviceSpecs({
    models: { target: model('/t'), draft },
    choices: { draft: draft !== undefined, ...choices },
    addresses,
    cores: 8,
    env,
  });
  return Object.fromEntries(specs.map((spec) => [spec.name, spec.env]));
}

describe('serviceSpecs', () => {
  it('tells each service where to listen, what to load and whom to call', () => {
    const { draft, target, orchestrator } = specsOf(
      { threads: 2, slots: 3, contextLength: 512, policy: { kind: 'static', draftTokens: 4 } },
      {},
      model('/d'),
    );
    const replica = { OUTRIDER_THREADS: '2', OUTRIDER_SLOTS: '3', OUTRIDER_CONTEXT_LENGTH: '512' };
    expect(draft).toMatchObject({ ...replica, OUTRIDER_LISTEN_ADDRESS: '127.0.0.1:3', OUTRIDER_MODEL_DIRECTORY: '/d' });
    expect(target).toMatchObject({
      ...replica,
      OUTRIDER_LISTEN_ADDRESS: '127.0.0.1:2',
      OUTRIDER_MODEL_DIRECTORY: '/t',
    });
    expect(orchestrator).toMatchObject({
      OUTRIDER_LISTEN_ADDRESS: '127.0.0.1:1',
      OUTRIDER_MODEL_DIRECTORY: '/t',
      OUTRIDER_TARGET_ADDRESS: '127.0.0.1:2',
      OUTRIDER_DRAFT_ADDRESS: '127.0.0.1:3',
      OUTRIDER_POLICY: 'static:4',
    });
  });

  it('keeps what policies learn in the cache folder, or where the user says', () => {
    const fileOf = (env: NodeJS.ProcessEnv): string | undefined =>
      specsOf({}, env)['orchestrator']?.['OUTRIDER_WARM_STARTS_FILE'];
    expect(fileOf({ OUTRIDER_HOME: '/h' })).toBe('/h/warm-starts.json');
    expect(fileOf({ OUTRIDER_HOME: '/h', OUTRIDER_WARM_STARTS_FILE: '/w.json' })).toBe('/w.json');
  });

  it("leaves the user's variables alone where nothing is chosen", () => {
    const { target } = specsOf({}, { OUTRIDER_THREADS: '7', OUTRIDER_LISTEN_ADDRESS: '0.0.0.0:80', PATH: '/bin' });
    expect(target).toMatchObject({ OUTRIDER_THREADS: '7', PATH: '/bin', OUTRIDER_LISTEN_ADDRESS: '127.0.0.1:2' });
    expect(target).not.toHaveProperty('OUTRIDER_SLOTS');
  });

  it('tells the draft service what to draft with, only when something is chosen', () => {
    const env = { OUTRIDER_DRAFT_KIND: 'hybrid' };
    expect(specsOf({ draftKind: 'ngram' }, env, model('/t'))['draft']).toMatchObject({
      OUTRIDER_MODEL_DIRECTORY: '/t',
      OUTRIDER_DRAFT_KIND: 'ngram',
    });
    expect(specsOf({}, env, model('/d'))['draft']?.['OUTRIDER_DRAFT_KIND']).toBe('hybrid');
  });

  it('starts no draft service without a draft, whatever the environment says', () => {
    const specs = specsOf({}, { OUTRIDER_DRAFT_ADDRESS: '127.0.0.1:9' });
    expect(Object.keys(specs)).toEqual(['target', 'orchestrator']);
    expect(specs['orchestrator']?.['OUTRIDER_DRAFT_ADDRESS']).toBe('');
    expect(specs['orchestrator']?.['OUTRIDER_POLICY']).toBe('off');
  });

  describe('with several instances', () => {
    const several = {
      orchestrator: ['127.0.0.1:1', '127.0.0.1:2'],
      target: ['127.0.0.1:3', '127.0.0.1:4'],
      draft: ['127.0.0.1:5', '127.0.0.1:6', '127.0.0.1:7'],
    };

    it('numbers them, and tells every orchestrator of all replicas', () => {
      const specs = specsOf({}, {}, model('/d'), several);
      expect(Object.keys(specs)).toEqual([
        ...['draft-1', 'draft-2', 'draft-3', 'target-1', 'target-2', 'orchestrator-1', 'orchestrator-2'],
      ]);
      for (const name of ['orchestrator-1', 'orchestrator-2']) {
        expect(specs[name]).toMatchObject({
          OUTRIDER_TARGET_ADDRESS: '127.0.0.1:3,127.0.0.1:4',
          OUTRIDER_DRAFT_ADDRESS: '127.0.0.1:5,127.0.0.1:6,127.0.0.1:7',
        });
      }
      const files = ['orchestrator-1', 'orchestrator-2'].map((name) => specs[name]?.['OUTRIDER_WARM_STARTS_FILE']);
      expect(new Set(files).size).toBe(2);
    });

    it('divides the cores among those of a service, unless threads are said', () => {
      const threads = (choices: Partial<StackPlan['choices']>, env: NodeJS.ProcessEnv = {}) => {
        const specs = specsOf(choices, env, model('/d'), several);
        return [specs['draft-2'], specs['target-1']].map((spec) => spec?.['OUTRIDER_THREADS']);
      };
      expect(threads({})).toEqual(['2', '4']);
      expect(threads({ threads: 3 })).toEqual(['3', '3']);
      expect(threads({}, { OUTRIDER_THREADS: '6' })).toEqual(['6', '6']);
      expect(specsOf({}, {}, model('/d'))['target']).not.toHaveProperty('OUTRIDER_THREADS');
    });

    it.each<[Partial<StackPlan['choices']>, NodeJS.ProcessEnv]>([
      [{ redis: 'redis://127.0.0.1:7000' }, { OUTRIDER_REDIS_URL: 'redis://127.0.0.1:7001' }],
      [{}, { OUTRIDER_REDIS_URL: 'redis://127.0.0.1:7000' }],
    ])('tells all of them where the Redis is', (choices, env) => {
      const specs = Object.values(specsOf(choices, env, model('/d'), several));
      expect(new Set(specs.map((spec) => spec['OUTRIDER_REDIS_URL']))).toEqual(new Set(['redis://127.0.0.1:7000']));
    });
  });
});
