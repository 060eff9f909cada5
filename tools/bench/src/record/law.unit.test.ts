/** A replay of a trace happens as often as real decoding makes it happen: the whole law, over toy models. */
import { createPolicy, decode, keyedRandom, parsePolicy, seededChooser } from '@outrider/speculation';
import { type ToyModel, chiSquareTwoSampleTest, countKeys, toyModel } from '@outrider/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { unitProfile } from '../profiles/profile.fixture.js';
import { costsFor } from '../replay/costs.js';
import { drawAcceptances, preparePaths } from '../replay/path.js';
import { emptyTotals, simulate } from '../replay/simulate.js';
import { traceHeader } from '../trace/trace.fixture.js';
import type { Trace, TraceText } from '../trace/types.js';
import { recordText } from './record-text.js';
import { toyEngine } from './toy-engine.fixture.js';

const MAX_TOKENS = 9;
const GENERATIONS = 2500;
const PROMPT = [1, 2];
const END = 4;
const ALPHA = 1e-4;
const signal = new AbortController().signal;

/** The draft agrees with the target in part. */
function pair(): { readonly target: ToyModel; readonly draft: ToyModel } {
  const [target, other] = [toyModel(7, 6, 1.5), toyModel(8, 6, 1.5)];
  const logits = (context: readonly number[]): number[] =>
    target.logits(context).map((logit, i) => Math.fround(0.6 * logit + 0.9 * (other.logits(context)[i] as number)));
  return { target, draft: { vocabularySize: 6, logits } };
}

const models = pair();
/** Fewer candidates than tokens: the draft's law is cut, and the target has a tail. */
const engines = { target: toyEngine(models.target, 3, [END]), draft: toyEngine(models.draft, 4, [END]) };

const plan = (seed: number, temperature: number) => ({
  prompt: { id: `code-${seed}`, kind: 'code' as const, messages: [] },
  promptTokens: PROMPT,
  sampling: { temperature, topK: 0, topP: 1, seed: BigInt(seed) },
  draftKind: 'neural' as const,
  maxTokens: MAX_TOKENS,
  offPathDepth: 8,
});

/** What a generation came to, round by round. */
interface Told {
  readonly text: string;
  readonly rounds: string;
}

async function reallyDecode(policy: string, seed: number, temperature: number): Promise<Told> {
  const key = { sessionId: `real-${seed}`, fence: 1n };
  const { promptTokens, sampling } = plan(seed, temperature);
  const { draft, target } = engines;
  await Promise.all([draft.open(key), target.open(key)]);
  const events = decode({
    prompt: promptTokens,
    policy: createPolicy(parsePolicy(policy), { temperature }),
    drafter: { propose: (at, limits) => draft.draftBlock({ ...key, ...at, sampling, limits }) },
    scorer: {
      async score(at, drafted) {
        const tokens = drafted.map(({ candidates, id }) => ({ id, candidateIds: candidates.ids }));
        const [scores] = await target.scoreBlocks([{ ...key, ...at, sampling, draft: tokens }]);
        if (scores === undefined) throw new Error('no scores');
        return scores;
      },
      drawFromTail: async (_round, index) => (await target.drawFromTail(key, index)).token,
    },
    chooser: seededChooser(sampling.seed),
    endTokenIds: [END],
    maxTokens: MAX_TOKENS,
    contextLength: 1000,
  });
  const rounds: string[] = [];
  const text: number[] = [];
  for await (const event of events) {
    text.push(...event.emitted.map(({ id }) => id));
    rounds.push(`${event.drafted}/${event.accepted}:${event.stopReason}`);
  }
  await Promise.all([draft.close(key), target.close(key)]);
  return { text: text.join(), rounds: rounds.join(' ') };
}

function replayed(texts: readonly TraceText[], policy: string, temperature: number): Told[] {
  const trace: Trace = { header: traceHeader({ temperature, maxTokens: MAX_TOKENS }), texts };
  const costs = costsFor(unitProfile(), trace.header);
  const random = keyedRandom(99n);
  return preparePaths(trace).map((path) => {
    const rounds: string[] = [];
    const made = createPolicy(parsePolicy(policy), { temperature });
    simulate(path, drawAcceptances(path, random), made, costs, emptyTotals(), ({ accepted, drafted, stopReason }) =>
      rounds.push(`${drafted}/${accepted}:${stopReason}`),
    );
    return { text: path.text.tokens.join(), rounds: rounds.join(' ') };
  });
}

const POLICIES = ['static:3', 'adaedl', 'adaedl:discard@5', 'max-confidence@4'];

describe('above temperature 0', () => {
  let texts: TraceText[];
  beforeAll(async () => {
    texts = [];
    for (let seed = 1; seed <= GENERATIONS; seed++) texts.push(await recordText(engines, plan(seed, 1), signal));
  });

  it.each(POLICIES)('%s: rounds and texts are as frequent as in real decoding', async (policy) => {
    const real: Told[] = [];
    for (let seed = 1; seed <= GENERATIONS; seed++) real.push(await reallyDecode(policy, 1_000_000 + seed, 1));
    const told = replayed(texts, policy, 1);
    const short = ({ rounds, text }: Told): string =>
      `${text.slice(0, 3)} | ${rounds.split(' ').slice(0, 2).join(' ')}`;
    for (const view of [short, ({ rounds }: Told) => rounds, ({ text }: Told) => text.slice(0, 7)]) {
      expect(chiSquareTwoSampleTest(countKeys(real.map(view)), countKeys(told.map(view))).pValue).toBeGreaterThan(
        ALPHA,
      );
    }
  });

  it('a replay that ignores what is drafted off the text is found out', async () => {
    const real: Told[] = [];
    for (let seed = 1; seed <= GENERATIONS; seed++) real.push(await reallyDecode('adaedl', 1_000_000 + seed, 1));
    const sure = { sources: 'n', entropy: [0], topProbability: [1] };
    const wrong = texts.map((text) => ({ ...text, offPath: text.offPath.map((chain) => chain && sure) }));
    const [first, second] = [real, replayed(wrong, 'adaedl', 1)].map((told) => countKeys(told.map((t) => t.rounds)));
    expect(chiSquareTwoSampleTest(first as Map<string, number>, second as Map<string, number>).pValue).toBeLessThan(
      ALPHA,
    );
  });
});

describe('at temperature 0', () => {
  it.each(POLICIES)('%s: rounds are the same, one by one', async (policy) => {
    const text = await recordText(engines, plan(1, 0), signal);
    expect(replayed([text], policy, 0)).toEqual([await reallyDecode(policy, 1, 0)]);
  });
});
