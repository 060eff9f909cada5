import { describe, expect, it } from 'vitest';
import { decodeDraftRequest } from './draft-request.js';
import { OutriderError } from './error.js';
import { decodeGenerateRequest, decodeText, decodeTokenIds } from './generation-request.js';
import { decodeVerifyRequest } from './target-request.js';
import { createVocabulary } from './vocabulary.js';
import type { DeepPartial } from './deep-partial.fixture.js';
import * as wire from './wire.js';

const vocabulary = createVocabulary(100);

/** Code and field of the refusal; fails when there is none. */
function refusal(decode: () => unknown): { code: string; field: string | undefined } {
  try {
    decode();
  } catch (error) {
    if (!(error instanceof OutriderError)) throw error;
    // The field is named in the message too: that is what a person reads.
    expect(error.message).toContain(error.field);
    return { code: error.code, field: error.field };
  }
  throw new Error('was accepted');
}

const invalid = (field: string): { code: string; field: string } => ({ code: 'invalid_argument', field });

describe('Generate', () => {
  type Request = DeepPartial<wire.GenerateRequest>;
  const decode = (request: Request): unknown =>
    decodeGenerateRequest(
      wire.GenerateRequest.fromPartial({ prompt: { $case: 'text', value: 'Hello' }, ...request }),
      vocabulary,
    );

  const asked = (policy: NonNullable<Request['speculation']>['policy']): Request => ({ speculation: { policy } });

  it('fills in what a bare request leaves out', () => {
    expect(decode({})).toEqual({
      prompt: { type: 'text', text: 'Hello' },
      sampling: { temperature: 0, topK: 0, topP: 1, seed: 0n },
    });
  });

  it.each<[string, Request]>([
    ['sampling.temperature', { sampling: { temperature: NaN } }],
    ['sampling.temperature', { sampling: { temperature: -0.1 } }],
    ['sampling.temperature', { sampling: { temperature: Infinity } }],
    ['sampling.temperature', { sampling: { temperature: 1e-40 } }],
    ['sampling.top_p', { sampling: { topP: 0 } }],
    ['sampling.top_p', { sampling: { topP: 1.01 } }],
    ['sampling.top_p', { sampling: { topP: NaN } }],
    ['sampling.min_p', { sampling: { minP: 1.1 } }],
    ['sampling.min_p', { sampling: { minP: NaN } }],
    ['sampling.repetition_penalty', { sampling: { repetitionPenalty: 0 } }],
    ['sampling.repetition_penalty', { sampling: { repetitionPenalty: 101 } }],
    ['sampling.frequency_penalty', { sampling: { frequencyPenalty: -101 } }],
    ['sampling.presence_penalty', { sampling: { presencePenalty: NaN } }],
    ['sampling.logit_bias[0].token_id', { sampling: { logitBias: [{ tokenId: 100, bias: 1 }] } }],
    ['sampling.logit_bias[0].bias', { sampling: { logitBias: [{ tokenId: 1, bias: -Infinity }] } }],
    ['sampling.logit_bias[1].token_id', { sampling: { logitBias: [{ tokenId: 1 }, { tokenId: 1 }] } }],
    ['sampling.banned_token_ids[0]', { sampling: { logitBias: [{ tokenId: 1 }], bannedTokenIds: [1] } }],
    ['sampling.banned_token_ids', { sampling: { bannedTokenIds: Array.from({ length: 4097 }, () => 1) } }],
    ['sampling.constraint', { sampling: { constraint: {} } }],
    ['sampling.constraint.regex', { sampling: { constraint: { kind: { $case: 'regex', value: '' } } } }],
    ['sampling.constraint.choice.texts', { sampling: { constraint: { kind: { $case: 'choice', value: {} } } } }],
    [
      'sampling.constraint.json_schema',
      { sampling: { constraint: { kind: { $case: 'jsonSchema', value: ' '.repeat(65_537) } } } },
    ],
    ['ignore_eos', { ignoreEos: true, sampling: { constraint: { kind: { $case: 'regex', value: 'a' } } } }],
    ['stop', { stop: Array.from({ length: 17 }, () => 'x') }],
    ['stop[1]', { stop: ['x', ''] }],
    ['stop[0]', { stop: ['é'.repeat(513)] }],
    ['stop_token_ids[0]', { stopTokenIds: [100] }],
    ['logprobs', { logprobs: 21 }],
    ['n', { n: 0 }],
    ['n', { n: 17 }],
    ['n', { n: 2, sessionId: 'a' }],
    ['speculation.acceptance', { speculation: { acceptance: 7 as wire.Acceptance } }],
    ['max_tokens', { maxTokens: 0 }],
    ['session_id', { sessionId: 'a b' }],
    ['session_id', { sessionId: 'x'.repeat(129) }],
    ['speculation.static.draft_tokens', { speculation: { policy: { $case: 'static', value: { draftTokens: 0 } } } }],
    ['speculation.static.draft_tokens', { speculation: { policy: { $case: 'static', value: { draftTokens: 65 } } } }],
    ['speculation.adaedl.gamma', { speculation: { policy: { $case: 'adaedl', value: { gamma: 0 } } } }],
    ['speculation.adaedl.gamma', { speculation: { policy: { $case: 'adaedl', value: { gamma: NaN } } } }],
    ['speculation.adaedl.beta1', { speculation: { policy: { $case: 'adaedl', value: { beta1: 1.5 } } } }],
    [
      'speculation.adaedl.max_draft_tokens',
      { speculation: { policy: { $case: 'adaedl', value: { maxDraftTokens: 0 } } } },
    ],
    ['speculation.max_confidence.lambda_initial', asked({ $case: 'maxConfidence', value: { lambdaInitial: 1.01 } })],
    ['speculation.max_confidence.max_draft_tokens', asked({ $case: 'maxConfidence', value: { maxDraftTokens: 65 } })],
    ['speculation.max_confidence.alpha', asked({ $case: 'maxConfidence', value: { alpha: -1 } })],
    ['speculation.max_confidence.epsilon', asked({ $case: 'maxConfidence', value: { epsilon: NaN } })],
    ['speculation.max_confidence.beta1', asked({ $case: 'maxConfidence', value: { beta1: 2 } })],
    ['speculation.max_confidence.beta2', asked({ $case: 'maxConfidence', value: { beta2: Infinity } })],
    ['speculation.svip.threshold', asked({ $case: 'svip', value: { threshold: -0.1 } })],
    ['speculation.svip.threshold', asked({ $case: 'svip', value: { threshold: 2.1 } })],
    ['speculation.svip.max_draft_tokens', asked({ $case: 'svip', value: { maxDraftTokens: 0 } })],
    [
      'speculation.draft_and_verify.threshold_initial',
      asked({ $case: 'draftAndVerify', value: { thresholdInitial: 2 } }),
    ],
    [
      'speculation.draft_and_verify.max_draft_tokens',
      asked({ $case: 'draftAndVerify', value: { maxDraftTokens: 99 } }),
    ],
    ['speculation.draft_and_verify.alpha', asked({ $case: 'draftAndVerify', value: { alpha: NaN } })],
    ['speculation.draft_and_verify.epsilon', asked({ $case: 'draftAndVerify', value: { epsilon: 1.1 } })],
    ['speculation.draft_and_verify.beta1', asked({ $case: 'draftAndVerify', value: { beta1: -0.1 } })],
    ['speculation.draft_and_verify.beta2', asked({ $case: 'draftAndVerify', value: { beta2: 1.1 } })],
    ['speculation.heuristic.initial_draft_tokens', asked({ $case: 'heuristic', value: { initialDraftTokens: 0 } })],
    ['speculation.heuristic.confidence_threshold', asked({ $case: 'heuristic', value: { confidenceThreshold: 1.5 } })],
    ['speculation.heuristic.max_draft_tokens', asked({ $case: 'heuristic', value: { maxDraftTokens: 65 } })],
    ['speculation.learned.stop_threshold', asked({ $case: 'learned', value: { stopThreshold: NaN } })],
    ['speculation.learned.max_draft_tokens', asked({ $case: 'learned', value: { maxDraftTokens: 0 } })],
    ['speculation.pace.max_draft_tokens', asked({ $case: 'pace', value: { maxDraftTokens: 65 } })],
    ['text', { prompt: { $case: 'text', value: '' } }],
    ['text', { prompt: { $case: 'text', value: 'é'.repeat(600_000) } }],
    ['token_ids.ids', { prompt: { $case: 'tokenIds', value: { ids: [] } } }],
    ['token_ids.ids[2]', { prompt: { $case: 'tokenIds', value: { ids: [1, 2, 100] } } }],
    ['messages.messages', { prompt: { $case: 'messages', value: { messages: [] } } }],
    [
      'messages.messages[1].role',
      { prompt: { $case: 'messages', value: { messages: [{ role: 'user' }, { role: 'robot' }] } } },
    ],
    [
      'messages.messages[1].content',
      {
        prompt: {
          $case: 'messages',
          value: { messages: [0, 1].map(() => ({ role: 'user', content: 'x'.repeat(600_000) })) },
        },
      },
    ],
  ])('refuses a bad %s', (field, request) => {
    expect(refusal(() => decode(request))).toEqual(invalid(field));
  });

  it('refuses a request without a prompt', () => {
    expect(refusal(() => decodeGenerateRequest(wire.GenerateRequest.fromPartial({}), vocabulary))).toEqual(
      invalid('prompt'),
    );
  });

  it('does not repeat what the caller wrote', () => {
    const request = { prompt: { $case: 'messages' as const, value: { messages: [{ role: 'my secret' }] } } };
    expect(() => decode(request)).toThrow(/^(?!.*secret)/);
  });

  it('bounds Tokenize and Detokenize', () => {
    expect(decodeText('', 'text')).toBe('');
    expect(refusal(() => decodeText('x'.repeat(2 ** 20 + 1), 'text'))).toEqual(invalid('text'));
    expect(refusal(() => decodeTokenIds([5, 100], vocabulary, 'token_ids'))).toEqual(invalid('token_ids[1]'));
  });
});

describe('Draft', () => {
  type Message = DeepPartial<wire.DraftRequest>['message'];
  const decode = (message: Message): unknown =>
    decodeDraftRequest(wire.DraftRequest.fromPartial({ message }), vocabulary);
  const sampling = { temperature: 1 };
  const limits = { maxTokens: 4 };

  it.each<[string, Message]>([
    ['message', undefined],
    ['open.session_id', { $case: 'open', value: { sampling } }],
    ['open.sampling', { $case: 'open', value: { sessionId: 's' } }],
    ['open.sampling.temperature', { $case: 'open', value: { sessionId: 's', sampling: { temperature: -1 } } }],
    ['open.tokenizer_fingerprint', { $case: 'open', value: { sessionId: 's', sampling, tokenizerFingerprint: 'AB' } }],
    [
      'open.trace_context.traceparent',
      { $case: 'open', value: { sessionId: 's', sampling, traceContext: { traceparent: 'x'.repeat(129) } } },
    ],
    ['prefill.tokens[0]', { $case: 'prefill', value: { tokens: [100] } }],
    ['block.tokens', { $case: 'block', value: { limits } }],
    ['block.tokens[1]', { $case: 'block', value: { tokens: [1, 4_000_000_000], limits } }],
    ['block.limits', { $case: 'block', value: { tokens: [1] } }],
    ['block.limits.max_tokens', { $case: 'block', value: { tokens: [1], limits: {} } }],
    ['block.limits.max_tokens', { $case: 'block', value: { tokens: [1], limits: { maxTokens: 65 } } }],
    ['block.limits.max_entropy', { $case: 'block', value: { tokens: [1], limits: { ...limits, maxEntropy: NaN } } }],
    ['block.limits.max_entropy', { $case: 'block', value: { tokens: [1], limits: { ...limits, maxEntropy: -1 } } }],
    [
      'block.limits.min_top_probability',
      { $case: 'block', value: { tokens: [1], limits: { ...limits, minTopProbability: 2 } } },
    ],
  ])('refuses a bad %s', (field, message) => {
    expect(refusal(() => decode(message))).toEqual(invalid(field));
  });
});

describe('Verify', () => {
  type Message = DeepPartial<wire.VerifyRequest>['message'];
  const decode = (message: Message): unknown =>
    decodeVerifyRequest(wire.VerifyRequest.fromPartial({ message }), vocabulary);
  const block = (draft: { tokenId: number; candidateIds: number[] }[]): Message => ({
    $case: 'block',
    value: { tokens: [1], draft },
  });

  it.each<[string, Message]>([
    ['message', undefined],
    ['block.tokens', { $case: 'block', value: {} }],
    ['block.draft', block(Array.from({ length: 65 }, () => ({ tokenId: 1, candidateIds: [] })))],
    ['block.draft[1].token_id', block([0, 100].map((tokenId) => ({ tokenId, candidateIds: [] })))],
    ['block.draft[0].candidate_ids[1]', block([{ tokenId: 1, candidateIds: [1, 100] }])],
    ['block.draft[0].candidate_ids[2]', block([{ tokenId: 1, candidateIds: [1, 2, 1] }])],
    ['block.draft[0].candidate_ids', block([{ tokenId: 1, candidateIds: Array.from({ length: 1025 }, () => 1) }])],
  ])('refuses a bad %s', (field, message) => {
    expect(refusal(() => decode(message))).toEqual(invalid(field));
  });
});
