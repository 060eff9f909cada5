/** The services as processes, on the default pair of models. */
import { encodeGenerateRequest, decodeGenerationEvent, wire } from '@outrider/contracts';
import type { GenerateCommand, GenerationEvent } from '@outrider/contracts';
import { ensureDefaultPair } from '@outrider/models';
import { type CallLimits, callServerStream, connect } from '@outrider/rpc';
import { parsePolicy } from '@outrider/speculation';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ServiceProcess, killAll, startProcess } from './processes.fixture.js';

let models: { readonly target: string; readonly draft: string };
beforeAll(async () => {
  const { draft, target } = await ensureDefaultPair();
  models = { draft: draft.directory, target: target.directory };
}, 600_000);
afterAll(killAll);

const startDraft = (variables: Record<string, string> = {}): Promise<ServiceProcess> =>
  startProcess('draft', { OUTRIDER_MODEL_DIRECTORY: models.draft, ...variables });
const startTarget = (variables: Record<string, string> = {}): Promise<ServiceProcess> =>
  startProcess('target', { OUTRIDER_MODEL_DIRECTORY: models.target, ...variables });
const startOrchestrator = (target: ServiceProcess, draft: ServiceProcess): Promise<ServiceProcess> =>
  startProcess('orchestrator', {
    OUTRIDER_MODEL_DIRECTORY: models.target,
    OUTRIDER_TARGET_ADDRESS: target.address,
    OUTRIDER_DRAFT_ADDRESS: draft.address,
  });

const command = (changes: Partial<GenerateCommand> = {}): GenerateCommand => ({
  prompt: { type: 'messages', messages: [{ role: 'user', content: 'Write a Python function that reverses a list.' }] },
  sampling: { temperature: 0, topK: 0, topP: 1, seed: 1n },
  maxTokens: 64,
  policy: { kind: 'static', draftTokens: 3 },
  ...changes,
});

async function* events(
  orchestrator: ServiceProcess,
  changes: Partial<GenerateCommand> = {},
  limits: CallLimits = {},
): AsyncGenerator<GenerationEvent, void, void> {
  const connection = connect(orchestrator.address, 'the orchestrator');
  try {
    const request = encodeGenerateRequest(command(changes));
    const method = wire.GenerationServiceService.generate;
    for await (const response of callServerStream(connection, method, request, limits)) {
      yield decodeGenerationEvent(response);
    }
  } finally {
    connection.close();
  }
}

/** Text and end of a generation; `onRound` is called after each round. */
async function run(
  orchestrator: ServiceProcess,
  changes: Partial<GenerateCommand> = {},
  onRound: (round: number) => void = () => undefined,
) {
  let text = '';
  let sources = 0;
  for await (const event of events(orchestrator, changes)) {
    if (event.type === 'tokens') {
      text += event.text;
      sources += event.tokens.filter(({ source }) => source === 'accepted').length;
      onRound(event.round.round);
    } else if (event.type === 'finished') {
      return { text: text + event.finished.text, accepted: sources, finished: event.finished };
    }
  }
  throw new Error('the generation did not finish');
}

describe('on the default pair', () => {
  let draft: ServiceProcess;
  let target: ServiceProcess;
  let orchestrator: ServiceProcess;
  beforeAll(async () => {
    [draft, target] = await Promise.all([startDraft(), startTarget()]);
    orchestrator = await startOrchestrator(target, draft);
  });
  afterAll(async () => {
    for (const { child } of [orchestrator, draft, target]) child.kill('SIGTERM');
    expect(await Promise.all([orchestrator, draft, target].map(({ exited }) => exited))).toEqual([0, 0, 0]);
  });

  it('each service says that it is ready, in one line', () => {
    for (const [service, { address, stdout }] of Object.entries({ draft, target, orchestrator })) {
      expect(stdout).toEqual([JSON.stringify({ ready: true, service, address })]);
    }
  });

  it('the text at temperature 0 does not depend on the policy', async () => {
    const off = await run(orchestrator, { policy: { kind: 'off' } });
    expect(off.text).toContain('def ');
    const names = ['adaedl', 'static:4', 'max-confidence', 'svip@7', 'draft-and-verify', 'heuristic@7', 'learned@7'];
    for (const name of names) {
      const { accepted, finished, text } = await run(orchestrator, { policy: parsePolicy(name) });
      expect(text).toBe(off.text);
      expect(finished.speculation).toMatchObject({ draftLost: false, accepted });
      expect(accepted).toBeGreaterThan(0);
      expect(finished.speculation.rounds).toBeLessThan(off.finished.speculation.rounds);
    }
  });

  it('the same seed gives the same text at temperature 1', async () => {
    const sampling = { temperature: 1, topK: 0, topP: 1, seed: 7n };
    const first = await run(orchestrator, { sampling });
    expect((await run(orchestrator, { sampling })).text).toBe(first.text);
    expect((await run(orchestrator, { sampling: { ...sampling, seed: 8n } })).text).not.toBe(first.text);
  });

  it('eight generations at once on four slots wait for each other', async () => {
    const alone = await run(orchestrator, { maxTokens: 16 });
    const all = await Promise.all(Array.from({ length: 8 }, () => run(orchestrator, { maxTokens: 16 })));
    expect(new Set(all.map(({ text }) => text))).toEqual(new Set([alone.text]));
  });

  it('a second turn takes in only what is new, on both replicas', async () => {
    const sessionId = 'conversation';
    const content = 'Write a Python function that reverses a list.';
    const first = await run(orchestrator, { sessionId, maxTokens: 24 });
    const messages = [
      { role: 'user', content },
      { role: 'assistant', content: first.text },
      { role: 'user', content: 'Now one that sorts it.' },
    ] as const;
    const prompt = { type: 'messages', messages } as const;
    const second = await run(orchestrator, { sessionId, prompt, maxTokens: 24 });
    expect(second.finished.usage.cachedTokens).toBeGreaterThan(first.finished.usage.promptTokens);
    // The same without any cache: under another policy it is the same text too.
    const anew = await run(orchestrator, { prompt, maxTokens: 24, policy: { kind: 'off' } });
    expect(second.text).toBe(anew.text);
  });

  it('killing the draft in the middle changes nothing in the text, and the next draft is used', async () => {
    const undisturbed = await run(orchestrator);
    const disturbed = await run(orchestrator, {}, (round) => {
      if (round === 3) draft.child.kill('SIGKILL');
    });
    expect(await draft.exited).toBe('SIGKILL');
    expect(disturbed.text).toBe(undisturbed.text);
    expect(disturbed.finished.speculation.draftLost).toBe(true);
    expect(disturbed.finished.speculation.accepted).toBeGreaterThan(0);

    const without = await run(orchestrator);
    expect(without.text).toBe(undisturbed.text);
    expect(without.finished.speculation).toMatchObject({ draftLost: true, accepted: 0 });

    draft = await startDraft({ OUTRIDER_LISTEN_ADDRESS: draft.address });
    const again = await run(orchestrator);
    expect(again.text).toBe(undisturbed.text);
    expect(again.finished.speculation).toMatchObject({ draftLost: false });
    expect(again.finished.speculation.accepted).toBeGreaterThan(0);
  });
});

describe('with a single slot', () => {
  let services: ServiceProcess[] = [];
  afterEach(() => {
    for (const { child } of services.splice(0)) child.kill('SIGKILL');
  });

  async function start(): Promise<ServiceProcess> {
    const [draft, target] = await Promise.all([
      startDraft({ OUTRIDER_SLOTS: '1', OUTRIDER_QUEUE_LENGTH: '0' }),
      startTarget({ OUTRIDER_SLOTS: '1', OUTRIDER_QUEUE_LENGTH: '0' }),
    ]);
    const orchestrator = await startOrchestrator(target, draft);
    services = [draft, target, orchestrator];
    return orchestrator;
  }

  it('the next client is welcome as soon as the one before is done, or has left', async () => {
    const orchestrator = await start();
    for (let i = 0; i < 3; i++) expect((await run(orchestrator, { maxTokens: 4 })).finished.reason).toBe('length');

    const leaving = events(orchestrator, { maxTokens: 500 });
    for (let i = 0; i < 4; i++) await leaving.next();
    await expect(run(orchestrator, { maxTokens: 4 })).rejects.toMatchObject({ code: 'resource_exhausted' });
    await leaving.return();
    const after = async (): Promise<string> => (await run(orchestrator, { maxTokens: 4 })).finished.reason;
    await expect.poll(() => after().catch((error: Error) => error.message), { timeout: 5000 }).toBe('length');

    const late = events(orchestrator, { maxTokens: 500 }, { deadline: new Date(Date.now() + 500) });
    await expect(
      (async () => {
        for await (const event of late) expect(event).toBeDefined();
      })(),
    ).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
    await expect.poll(() => after().catch((error: Error) => error.message), { timeout: 5000 }).toBe('length');
  });

  it('on SIGTERM the running generation finishes before the service leaves', async () => {
    const orchestrator = await start();
    const { finished } = await run(orchestrator, { maxTokens: 48 }, (round) => {
      if (round === 2) for (const { child } of services) child.kill('SIGTERM');
    });
    expect(finished).toMatchObject({ usage: { completionTokens: 48 }, speculation: { draftLost: false } });
    expect(await Promise.all(services.map(({ exited }) => exited))).toEqual([0, 0, 0]);
    for (const { stdout } of services) expect(stdout).toHaveLength(1);
  });
});
