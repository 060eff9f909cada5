/**
 * Temperature 1: continuations sampled with drafts are distributed as the target's own.
 *
 * The statistic is Pearson's chi-square for two samples over whole continuations of three tokens, those expected
 * fewer than five times in either sample pooled into one cell. The test must also be able to fail: a biased
 * acceptance, over the same pair and prompts, is told apart by it.
 */
import type { GenerateCommand } from '@outrider/contracts';
import { type Chooser, type PolicySpec, type Sampling, seededChooser } from '@outrider/speculation';
import { type ChiSquareResult, chiSquareTwoSampleTest, countKeys } from '@outrider/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EnginePair, type PromptSampler, openEnginePair } from './engine-pair.fixture.js';
import type { Generation } from './generation-client.fixture.js';
import { type RealStack, startStack } from './stack.fixture.js';

/** Short, with few likely continuations: of some the draft is right, of others it is sure and wrong. */
const prompts = ['Monday, Tuesday, Wednesday', 'One, two, three', 'import numpy as np\nimport', 'It was a dark and'];
const PER_PROMPT = 500;
const TOKENS = 3;
const ALPHA = 0.001;
const IN_FLIGHT = 8;
const timeout = 600_000;

/** Stops above 2.45 nats: most blocks of this pair stop for entropy, and many are drafted to the end. */
const adaedl: PolicySpec = { kind: 'adaedl', options: { lambdaInitial: 0.3 } };
const off: PolicySpec = { kind: 'off' };

/** First seed of each sample; no two continuations share one. */
const seeds = { off: 1_000_000, adaedl: 2_000_000, biased: 3_000_000 };

let stack: RealStack;
let engines: EnginePair;
const samplers = new Map<string, PromptSampler>();

beforeAll(async () => {
  stack = await startStack({ slots: IN_FLIGHT });
  engines = await openEnginePair(prompts.length);
  for (const prompt of prompts) samplers.set(prompt, await engines.openPrompt(prompt));
}, timeout);

afterAll(async () => {
  await Promise.all([stack.stop(), engines.dispose()]);
});

/** Which continuation: of which prompt, and the how manieth of its sample. */
interface Place {
  readonly prompt: string;
  readonly number: number;
}

const places: readonly Place[] = prompts.flatMap((prompt, p) =>
  Array.from({ length: PER_PROMPT }, (_, i) => ({ prompt, number: p * PER_PROMPT + i })),
);

function sampling(firstSeed: number, { number }: Place): Sampling {
  return { temperature: 1, topK: 0, topP: 1, seed: BigInt(firstSeed + number) };
}

/** Through the services. */
function generate(place: Place, policy: PolicySpec, firstSeed: number): Promise<Generation> {
  const command: GenerateCommand = {
    prompt: { type: 'text', text: place.prompt },
    sampling: sampling(firstSeed, place),
    maxTokens: TOKENS,
    policy,
  };
  return stack.client.generate(command);
}

const idsOf = ({ tokens }: Generation): number[] => tokens.map(({ id }) => id);

/** Through the engines alone, with drafted tokens accepted by `chooser(seed)`. */
async function decodeAt(place: Place, firstSeed: number, chooser: (seed: bigint) => Chooser): Promise<number[]> {
  const law = sampling(firstSeed, place);
  const request = { policy: adaedl, sampling: law, maxTokens: TOKENS, chooser: chooser(law.seed) };
  return (await samplers.get(place.prompt)?.sample(request)) ?? [];
}

/** Lets half of the drafted tokens pass that ought to be rejected. */
function lenient(seed: bigint): Chooser {
  const fair = seededChooser(seed);
  return {
    choose: (purpose, position, index, weights) => {
      if (purpose !== 'accept') return fair.choose(purpose, position, index, weights);
      const [accept = 0, reject = 0] = Array.from(weights);
      return fair.choose(purpose, position, index, [accept + reject / 2, reject / 2]);
    },
  };
}

/** Runs `work` on every item, a few at a time; results in the order of the items. */
async function map<In, Out>(items: readonly In[], inFlight: number, work: (item: In) => Promise<Out>): Promise<Out[]> {
  const results: Out[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as In);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return results;
}

/** Counts of continuations, told apart by prompt. */
function count(continuations: readonly (readonly number[])[]): Map<string, number> {
  return countKeys(continuations.map((ids, i) => `${places[i]?.prompt}: ${ids.join(' ')}`));
}

function report(name: string, { statistic, degreesOfFreedom, pValue }: ChiSquareResult): void {
  console.log(
    `${name} against off at temperature 1: ${places.length} continuations of ${TOKENS} tokens each, chi-square ` +
      `${statistic.toFixed(1)} on ${degreesOfFreedom} degrees of freedom, p = ${pValue.toPrecision(3)}, alpha ${ALPHA}`,
  );
}

describe('continuations of three tokens', () => {
  let reference: Map<string, number>;
  let sampled: Generation[];

  beforeAll(async () => {
    reference = count((await map(places, IN_FLIGHT, (place) => generate(place, off, seeds.off))).map(idsOf));
    sampled = await map(places, IN_FLIGHT, (place) => generate(place, adaedl, seeds.adaedl));
  }, timeout);

  it('drafts two tokens at a time often, stops for entropy often, accepts and rejects often', () => {
    const rounds = sampled.flatMap((generation) => generation.rounds);
    const share = (isOne: (round: Generation['rounds'][number]) => boolean) =>
      rounds.filter(isOne).length / rounds.length;
    expect(share(({ drafted }) => drafted === 2)).toBeGreaterThan(0.1);
    expect(share(({ stopReason }) => stopReason === 'entropy')).toBeGreaterThan(0.1);
    expect(share(({ accepted }) => accepted > 0)).toBeGreaterThan(0.1);
    expect(share(({ accepted, drafted }) => accepted < drafted)).toBeGreaterThan(0.1);
    expect(sampled.filter(({ finished }) => finished.speculation.draftLost)).toEqual([]);
  });

  it('are distributed as those of off', () => {
    const result = chiSquareTwoSampleTest(reference, count(sampled.map(idsOf)));
    report('adaedl', result);
    expect(result.degreesOfFreedom).toBeGreaterThan(20);
    expect(result.pValue).toBeGreaterThan(ALPHA);
  });

  it(
    'are told apart when half of the rejections are let pass',
    async () => {
      // The engines alone, accepting fairly, are the services to the last token: what follows differs in bias only.
      const some = places.filter(({ number }) => number % 20 === 0);
      for (const place of some) {
        expect(await decodeAt(place, seeds.adaedl, seededChooser)).toEqual(idsOf(sampled[place.number] as Generation));
      }
      const biased = await map(places, 1, (place) => decodeAt(place, seeds.biased, lenient));
      const result = chiSquareTwoSampleTest(reference, count(biased));
      report('a lenient acceptance', result);
      expect(result.pValue).toBeLessThan(ALPHA);
    },
    timeout,
  );
});
