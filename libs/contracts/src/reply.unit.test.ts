import { describe, expect, it } from 'vitest';
import { type DraftEvent, decodeDraftReply, encodeDraftReply } from './draft-reply.js';
import { OutriderError } from './error.js';
import { decodeGenerationEvent } from './generation-reply.js';
import { decodeModelReply } from './model.js';
import { decodeVerifyReply } from './target-reply.js';
import { createVocabulary } from './vocabulary.js';
import type { DeepPartial } from './deep-partial.fixture.js';
import * as wire from './wire.js';

const vocabulary = createVocabulary(100);

function refusal(decode: () => unknown): { code: string; field: string | undefined } {
  try {
    decode();
  } catch (error) {
    if (!(error instanceof OutriderError)) throw error;
    return { code: error.code, field: error.field };
  }
  throw new Error('was accepted');
}

const bad = (field: string): { code: string; field: string } => ({ code: 'bad_reply', field });

describe('a draft that lies', () => {
  type Message = DeepPartial<wire.DraftResponse>['message'];
  const decode = (message: Message): DraftEvent =>
    decodeDraftReply(wire.DraftResponse.fromPartial({ message }), vocabulary);
  const thrown = (message: Message): DraftEvent => {
    const event = decode(message);
    if ('fault' in event && event.fault) throw event.fault;
    return event;
  };
  const honest = {
    tokenId: 7,
    entropy: 0.5,
    topProbability: 0.75,
    candidateIds: [7, 9],
    candidateProbabilities: [0.75, 0.25],
  };
  const proposed = (lie: Partial<typeof honest>): Message => ({
    $case: 'proposed',
    value: { round: 1, tokens: [honest, { ...honest, ...lie }] },
  });

  it('is believed while it is honest', () => {
    expect(decode(proposed({}))).toMatchObject({ type: 'proposed', round: 1, tokens: [{ id: 7 }, { id: 7 }] });
  });

  it.each<[string, Message]>([
    ['message', undefined],
    ['proposed.tokens', { $case: 'proposed', value: { tokens: Array.from({ length: 65 }, () => honest) } }],
    ['proposed.tokens[1].token_id', proposed({ tokenId: 8 })],
    ['proposed.tokens[1].token_id', proposed({ tokenId: 9, candidateProbabilities: [1, 0] })],
    ['proposed.tokens[1].candidate_ids', proposed({ candidateIds: [], candidateProbabilities: [] })],
    ['proposed.tokens[1].candidate_ids[1]', proposed({ candidateIds: [7, 100] })],
    ['proposed.tokens[1].candidate_ids[1]', proposed({ candidateIds: [7, 7] })],
    ['proposed.tokens[1].candidate_probabilities', proposed({ candidateProbabilities: [1] })],
    ['proposed.tokens[1].candidate_probabilities', proposed({ candidateProbabilities: [0.75, 0.2] })],
    ['proposed.tokens[1].candidate_probabilities[0]', proposed({ candidateProbabilities: [NaN, 0.25] })],
    ['proposed.tokens[1].candidate_probabilities[0]', proposed({ candidateProbabilities: [1.5, -0.5] })],
    ['proposed.tokens[1].candidate_probabilities[1]', proposed({ candidateProbabilities: [0.25, 0.75] })],
    ['proposed.tokens[1].entropy', proposed({ entropy: NaN })],
    ['proposed.tokens[1].entropy', proposed({ entropy: -1 })],
    ['proposed.tokens[1].top_probability', proposed({ topProbability: 1.1 })],
    ['block_end.reason', { $case: 'blockEnd', value: { reason: wire.DraftStopReason.DRAFT_STOP_REASON_UNSPECIFIED } }],
    ['block_end.reason', { $case: 'blockEnd', value: { reason: 77 as wire.DraftStopReason } }],
    ['block_end.compute_ms', { $case: 'blockEnd', value: { reason: 1, computeMs: -1 } }],
    ['block_end.stopping_entropy', { $case: 'blockEnd', value: { reason: 1, stoppingEntropy: NaN } }],
  ])('is caught by %s', (field, message) => {
    expect(refusal(() => thrown(message))).toEqual(bad(field));
  });

  it('is still held to the tokens it proposed before', () => {
    expect(decode(proposed({ entropy: NaN }))).toMatchObject({ tokens: [{ id: 7 }], fault: { code: 'bad_reply' } });
    const tokens = [honest, { ...honest, entropy: NaN }];
    expect(decode({ $case: 'blockEnd', value: { reason: 1, tokens } })).toMatchObject({
      tokens: [{ id: 7 }],
      fault: { field: 'block_end.tokens[1].entropy' },
      end: { stopReason: 'max_tokens' },
    });
  });

  it('cannot name a reason that is the orchestrator’s', () => {
    const end = { stopReason: 'off' as const, kvLength: 0, computeMs: 0, passes: 0 };
    expect(() => encodeDraftReply({ type: 'block_end', round: 0, tokens: [], end })).toThrow(RangeError);
  });
});

describe('a target that lies', () => {
  type Message = DeepPartial<wire.VerifyResponse>['message'];
  const decode = (message: Message): unknown =>
    decodeVerifyReply(wire.VerifyResponse.fromPartial({ message }), vocabulary);
  const scored = (position: DeepPartial<wire.TargetDistribution>): Message => ({
    $case: 'scored',
    value: {
      positions: [{ candidateIds: [3, 4], candidateProbabilities: [0.5, 0.25], tailProbability: 0.25, ...position }],
    },
  });

  it('is believed while it is honest, in any order of candidates', () => {
    expect(decode(scored({ candidateProbabilities: [0.25, 0.5] }))).toMatchObject({ type: 'scored' });
  });

  it.each<[string, Message]>([
    ['message', undefined],
    ['scored.positions', { $case: 'scored', value: {} }],
    ['scored.positions[0].candidate_ids[0]', scored({ candidateIds: [100, 1] })],
    ['scored.positions[0].candidate_probabilities', scored({ tailProbability: 0.5 })],
    ['scored.positions[0].candidate_probabilities[1]', scored({ candidateProbabilities: [0.5, NaN] })],
    ['scored.positions[0].tail_probability', scored({ tailProbability: -0.25 })],
    ['tail_drawn.token_id', { $case: 'tailDrawn', value: { tokenId: 100 } }],
    ['prefilled.compute_ms', { $case: 'prefilled', value: { computeMs: Infinity } }],
  ])('is caught by %s', (field, message) => {
    expect(refusal(() => decode(message))).toEqual(bad(field));
  });
});

describe('other replies', () => {
  const sha = 'a'.repeat(64);
  const model = { fingerprint: sha, tokenizerFingerprint: sha, vocabularySize: 10, contextLength: 8 };

  it.each<[string, DeepPartial<wire.Model>]>([
    ['model.fingerprint', { ...model, fingerprint: '' }],
    ['model.tokenizer_fingerprint', { ...model, tokenizerFingerprint: sha.toUpperCase() }],
    ['model.vocabulary_size', { ...model, vocabularySize: 0 }],
    ['model.context_length', { ...model, contextLength: 0 }],
    ['model.end_token_ids[0]', { ...model, endTokenIds: [10] }],
  ])('GetModel: %s is checked', (field, message) => {
    expect(refusal(() => decodeModelReply(wire.Model.fromPartial(message), 'the target'))).toEqual(bad(field));
  });

  it('Generate: unknown enum values and missing parts are refused', () => {
    const decode = (event: DeepPartial<wire.GenerateResponse>['event']): unknown =>
      decodeGenerationEvent(wire.GenerateResponse.fromPartial({ event }));
    expect(refusal(() => decode(undefined))).toEqual(bad('event'));
    expect(refusal(() => decode({ $case: 'finished', value: {} }))).toEqual(bad('finished.reason'));
    expect(refusal(() => decode({ $case: 'finished', value: { reason: 1 } }))).toEqual(bad('finished.usage'));
    expect(refusal(() => decode({ $case: 'tokens', value: {} }))).toEqual(bad('tokens.round'));
    expect(refusal(() => decode({ $case: 'tokens', value: { tokens: [{}], round: {} } }))).toEqual(
      bad('tokens.tokens[0].source'),
    );
    expect(refusal(() => decode({ $case: 'tokens', value: { round: { stopReason: 'toString' } } }))).toEqual(
      bad('tokens.round.stop_reason'),
    );
  });
});
