/** Traces of the real pair, replayed: at temperature 0 every round is the one that real decoding makes. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, createEngine } from '@outrider/inference';
import { type ModelPair, type Tokenizer, ensureDefaultPair, graphSignature } from '@outrider/models';
import { type DraftKind, createPolicy, decode, keyedRandom, parsePolicy, seededChooser } from '@outrider/speculation';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordingContext } from '../context.fixture.js';
import { unitProfile } from '../profiles/profile.fixture.js';
import { costsFor } from '../replay/costs.js';
import { drawAcceptances, preparePaths } from '../replay/path.js';
import { emptyTotals, simulate } from '../replay/simulate.js';
import { readTrace } from '../trace/file.js';
import { traceHeader } from '../trace/trace.fixture.js';
import type { TraceHeader, TraceText } from '../trace/types.js';
import { choosePrompts } from '../workload/prompts.js';
import { recordText } from './record-text.js';
import { recordTrace } from './record-trace.js';

const MAX_TOKENS = 16;
const SAMPLING = { temperature: 0, topK: 0, topP: 1, seed: 1n };
const BLOCK = graphSignature.BLOCK_TOKENS;
const signal = new AbortController().signal;
const prompts = choosePrompts(2);

let target: Engine;
let draft: Engine;
let tokenizer: Tokenizer;

beforeAll(async () => {
  const pair: ModelPair = await ensureDefaultPair();
  tokenizer = await pair.target.loadTokenizer();
  const open = ({ directory }: ModelPair['target']): Promise<Engine> =>
    createEngine({ modelDirectory: directory, slots: 3, threads: 1, thread: 'caller', maxCandidates: 64 });
  target = await open(pair.target);
  draft = await open(pair.draft);
}, 600_000);
afterAll(() => Promise.all([target.dispose(), draft.dispose()]));

const encode = ({ messages }: (typeof prompts)[number]) => tokenizer.encodeChat(messages);

/** Rounds of real decoding, and the text. */
async function decoded(prompt: readonly number[], policy: string, draftKind: DraftKind) {
  const key = { sessionId: `real-${draftKind}`, fence: 1n };
  await Promise.all([target.open(key), draft.open({ ...key, draftKind })]);
  const events = decode({
    prompt,
    policy: createPolicy(parsePolicy(policy), { temperature: 0 }),
    drafter: { propose: (at, limits) => draft.draftBlock({ ...key, ...at, sampling: SAMPLING, limits }) },
    scorer: {
      async score(at, drafted) {
        const tokens = drafted.map(({ candidates, id }) => ({ id, candidateIds: candidates.ids }));
        const [scores] = await target.scoreBlocks([{ ...key, ...at, sampling: SAMPLING, draft: tokens }]);
        if (scores === undefined) throw new Error('no scores');
        return scores;
      },
      drawFromTail: async (_round, index) => (await target.drawFromTail(key, index)).token,
    },
    chooser: seededChooser(1n),
    endTokenIds: target.info().endTokenIds,
    maxTokens: MAX_TOKENS,
    contextLength: 2048,
    targetBlock: BLOCK,
  });
  const rounds: string[] = [];
  const text: number[] = [];
  for await (const { accepted, draft: block, drafted, emitted, stopReason } of events) {
    rounds.push(`${drafted} drafted, ${accepted} accepted, ${stopReason}, ${block?.passes ?? 0} passes`);
    text.push(...emitted.map(({ id }) => id));
  }
  await Promise.all([target.close(key), draft.close(key)]);
  return { rounds, text };
}

function replayed(text: TraceText, policy: string) {
  const header = traceHeader({ temperature: 0, maxTokens: MAX_TOKENS });
  const unit = { roundTripMs: 0, passMs: [[1, 1]] as const, blockTokens: BLOCK };
  const rounds: string[] = [];
  for (const path of preparePaths({ header, texts: [text] })) {
    const acceptances = drawAcceptances(path, keyedRandom(1n));
    const made = createPolicy(parsePolicy(policy), { temperature: 0 });
    simulate(path, acceptances, made, costsFor(unitProfile({ target: unit }), header), emptyTotals(), (round) => {
      const { accepted, drafted, passes, stopReason } = round;
      rounds.push(`${drafted} drafted, ${accepted} accepted, ${stopReason}, ${passes} passes`);
    });
  }
  return { rounds, text: text.tokens };
}

describe.each<[DraftKind, readonly string[]]>([
  ['neural', ['off', 'static:1', 'static:7', 'adaedl', 'adaedl:discard', 'max-confidence@5', 'draft-and-verify']],
  ['hybrid', ['static:4', 'adaedl', 'max-confidence', 'draft-and-verify']],
  ['ngram', ['static:4', 'adaedl', 'svip']],
])('%s drafts', (draftKind, policies) => {
  it('are replayed round for round', async () => {
    const plan = { sampling: SAMPLING, draftKind, maxTokens: MAX_TOKENS, offPathDepth: 8 };
    for (const prompt of prompts) {
      const promptTokens = encode(prompt);
      const text = await recordText({ draft, target }, { ...plan, prompt, promptTokens }, signal);
      expect(text.tokens.length).toBeGreaterThan(10);
      for (const policy of policies) {
        expect(replayed(text, policy), `${prompt.id} ${policy}`).toEqual(
          await decoded(promptTokens, policy, draftKind),
        );
      }
    }
  });
});

describe('recording a trace', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'outrider-record-test-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('goes on where it was broken off, and ends with the same trace', async () => {
    const settings = { temperature: 1, maxTokens: 6, prompts: 2, offPathDepth: 3 };
    const header: TraceHeader = traceHeader(settings);
    const engines = { draft, target };
    const whole = join(folder, 'whole.jsonl');
    await recordTrace({ header, prompts, encode, output: whole }, engines, recordingContext(signal).progress, signal);

    const output = join(folder, 'broken.jsonl.gz');
    const plan = { header, prompts, encode, output };
    const controller = new AbortController();
    let encoded = 0;
    const interrupting = {
      ...plan,
      encode: (prompt: (typeof prompts)[number]) => {
        if (++encoded === 2) controller.abort(new Error('interrupted'));
        return encode(prompt);
      },
    };
    const { progress } = recordingContext(signal);
    await expect(recordTrace(interrupting, engines, progress, controller.signal)).rejects.toThrow();
    expect(await readdir(folder)).toContain('broken.jsonl.gz.partial');

    const { notes, progress: again } = recordingContext(signal);
    const trace = await recordTrace(plan, engines, again, signal);
    expect(notes).toEqual(['going on after 1 of 2 prompts']);
    expect(await readdir(folder)).toEqual(['broken.jsonl.gz', 'whole.jsonl']);
    const withoutTimes = ({ draftMs, targetMs, ...text }: TraceText) => [draftMs.length, targetMs.length, text];
    const first = await readTrace(whole);
    expect(trace.texts.map(withoutTimes)).toEqual(first.texts.map(withoutTimes));
    expect(await readTrace(output)).toEqual(trace);
    expect((await readFile(whole, 'utf8')).split('\n')).toHaveLength(4);
  });
});
