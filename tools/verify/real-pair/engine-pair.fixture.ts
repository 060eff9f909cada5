/** The default pair without the services: decode() over both engines in this process, with any chooser. */
import { type Engine, createEngine } from '@outrider/inference';
import { ensureDefaultPair } from '@outrider/models';
import {
  type Chooser,
  type PolicySpec,
  type Sampling,
  type TokenId,
  createPolicy,
  decode,
} from '@outrider/speculation';

export interface EnginePair {
  /** Both engines read the prompt once, for any number of continuations. */
  openPrompt(text: string): Promise<PromptSampler>;
  dispose(): Promise<void>;
}

export interface PromptSampler {
  /** One continuation; one at a time. Rejects when either engine fails. */
  sample(request: SampleRequest): Promise<TokenId[]>;
}

export interface SampleRequest {
  readonly policy: PolicySpec;
  readonly sampling: Sampling;
  readonly maxTokens: number;
  readonly chooser: Chooser;
}

/** `prompts` is how many can be open. */
export async function openEnginePair(prompts: number): Promise<EnginePair> {
  const { draft, target } = await ensureDefaultPair();
  const open = (modelDirectory: string): Promise<Engine> =>
    createEngine({ modelDirectory, slots: prompts, threads: 2, maxCandidates: 64 });
  const drafting = await open(draft.directory);
  const scoring = await open(target.directory);
  const tokenizer = await target.loadTokenizer();
  return {
    async openPrompt(text) {
      const prompt = tokenizer.encode(text);
      const key = { sessionId: text, fence: 1n };
      for (const engine of [drafting, scoring]) {
        await engine.open(key);
        await engine.prefill({ ...key, keepLength: 0, tokens: prompt.slice(0, -1) });
      }
      return { sample: (request) => sample(drafting, scoring, key, prompt, request) };
    },
    dispose: async () => {
      await Promise.all([drafting.dispose(), scoring.dispose()]);
    },
  };
}

async function sample(
  drafting: Engine,
  scoring: Engine,
  key: { readonly sessionId: string; readonly fence: bigint },
  prompt: readonly TokenId[],
  { chooser, maxTokens, policy, sampling }: SampleRequest,
): Promise<TokenId[]> {
  const rounds = decode({
    prompt,
    policy: createPolicy(policy),
    drafter: { propose: (at, limits) => drafting.draftBlock({ ...key, ...at, sampling, limits }) },
    scorer: {
      score: async (at, tokens) => {
        const draft = tokens.map(({ id, candidates }) => ({ id, candidateIds: candidates.ids }));
        const [scores] = await scoring.scoreBlocks([{ ...key, ...at, sampling, draft }]);
        if (!scores) throw new Error('no scores');
        return scores;
      },
      drawFromTail: async (_, index) => (await scoring.drawFromTail(key, index)).token,
    },
    chooser,
    endTokenIds: scoring.info().endTokenIds,
    maxTokens,
    contextLength: scoring.info().contextLength,
    draftCached: prompt.length - 1,
    targetCached: prompt.length - 1,
  });
  const emitted: TokenId[] = [];
  for await (const event of rounds) {
    // A generation survives its draft; what is left would be the target's own law.
    if (event.draftError !== undefined) throw new Error('the draft failed', { cause: event.draftError });
    emitted.push(...event.emitted.map(({ id }) => id));
  }
  return emitted;
}
