/** A draft service without a model: of a model folder it reads how tokens are numbered, and nothing else. */
import { type DraftCommand, createVocabulary, decodeDraftReply, encodeDraftRequest, wire } from '@outrider/contracts';
import { createNgramEngine } from '@outrider/inference/ngram';
import { type Model, ensureDefaultPair } from '@outrider/models';
import { callBidi, callUnary, connect } from '@outrider/rpc';
import { createLogger } from '@outrider/telemetry';
import { beforeAll, expect, it } from 'vitest';
import { readDraftConfig } from './config.js';
import { block, open, prefill } from './service.fixture.js';
import { startDraft } from './start.js';

let target: Model;
beforeAll(async () => {
  ({ target } = await ensureDefaultPair());
}, 600_000);

it('drafts from the text alone, holds it, and keeps a constraint', async () => {
  const config = readDraftConfig({ OUTRIDER_DRAFT_KIND: 'ngram', OUTRIDER_MODEL_DIRECTORY: target.directory }, []);
  const { server, dispose } = await startDraft(config, createLogger('draft', 'silent'), {
    createEngine: () => Promise.reject(new Error('a model was asked for')),
    createNgramEngine: async (options) => createNgramEngine(options),
  });
  const connection = connect(server.address, 'the draft');
  try {
    const { kinds, model } = await callUnary(connection, wire.DraftServiceService.getModel, {});
    expect(kinds).toEqual([wire.DraftKind.DRAFT_KIND_NGRAM]);
    const { tokenizerFingerprint } = target.manifest;
    expect(model).toMatchObject({ name: 'n-grams', tokenizerFingerprint, vocabularySize: 49_152 });

    const { encode } = await target.loadTokenizer();
    const text = encode('one two three. one two three. one two');
    const vocabulary = createVocabulary(49_152);
    const session = async (commands: readonly DraftCommand[]) => {
      const stream = callBidi(connection, wire.DraftServiceService.draft, {});
      for (const command of commands) await stream.send(encodeDraftRequest(command));
      stream.end();
      const events = [];
      for (let reply = await stream.next(); reply; reply = await stream.next()) {
        events.push(decodeDraftReply(reply, vocabulary));
      }
      return events;
    };
    const before = text.length - 1;
    const commands = [prefill(0, text.slice(0, -1)), block(0, before, text.slice(-1), 3)];
    const drafted = await session([open(), ...commands, block(1, before, text.slice(-1), 2)]);
    expect(drafted[2]).toMatchObject({
      tokens: encode(' three. one').map((id) => ({ id, source: 'ngram' })),
      end: { passes: 0, kvLength: text.length + 3, stopReason: 'max_tokens' },
    });
    // Rolled back to where it was.
    expect(drafted[3]).toMatchObject({ tokens: encode(' three.').map((id) => ({ id })), end: { passes: 0 } });

    const plain = open();
    if (plain.type !== 'open') throw new Error('not an open');
    const constraint = { kind: 'choice' as const, choices: [' four', ' five'] };
    const sampling = { ...plain.open.sampling, constraint };
    const held: DraftCommand = { type: 'open', open: { ...plain.open, promptTokens: text.length, sampling } };
    expect((await session([held, ...commands]))[2]).toMatchObject({ tokens: [], end: { stopReason: 'no_match' } });
  } finally {
    connection.close();
    await server.drain(0);
    await dispose();
  }
});
