import { describe, expect, it } from 'vitest';
import { ModelError } from '../error.js';
import type { ModelManifest } from '../types.js';
import { FORMAT_VERSION, parseManifest } from './manifest.js';

const manifest: ModelManifest = {
  formatVersion: FORMAT_VERSION,
  graphVersion: 'g1',
  name: 'tiny',
  architecture: {
    family: 'llama',
    hiddenSize: 8,
    layers: 2,
    heads: 2,
    keyValueHeads: 1,
    headSize: 4,
    feedForwardSize: 12,
    vocabularySize: 260,
    contextLength: 64,
    rmsNormEpsilon: 1e-5,
    ropeTheta: 10000,
  },
  endTokenIds: [0, 2],
  fingerprint: 'a'.repeat(64),
  tokenizerFingerprint: 'b'.repeat(64),
  licence: 'Apache-2.0',
  provenance: { file: 'tiny.gguf' },
  files: { 'graph.onnx': { bytes: 3, sha256: 'c'.repeat(64) } },
};

function refusal(change: object): ModelError {
  try {
    parseManifest(JSON.stringify({ ...manifest, ...change }), 'model.json', 'g1');
  } catch (reason) {
    if (reason instanceof ModelError) return reason;
    throw reason;
  }
  throw new Error('the manifest was accepted');
}

describe('parseManifest', () => {
  it('reads what was written', () => {
    expect(parseManifest(JSON.stringify(manifest), 'model.json', 'g1')).toEqual(manifest);
    const withOptional = { ...manifest, beginTokenId: 1, headTokenIds: [1, 2] };
    expect(parseManifest(JSON.stringify(withOptional), 'model.json', 'g1')).toEqual(withOptional);
  });

  it('tells a stale folder from a broken one', () => {
    expect(refusal({ formatVersion: FORMAT_VERSION + 1 }).code).toBe('stale');
    expect(refusal({ graphVersion: 'g0' }).code).toBe('stale');
    expect(refusal({ graphVersion: 'g0', fingerprint: 'of another shape' }).code).toBe('stale');
    expect(refusal({ graphVersion: undefined }).code).toBe('corrupt');
  });

  it.each<[string, object]>([
    ['a fingerprint that is no sha256', { fingerprint: 'abc' }],
    ['no end token', { endTokenIds: [] }],
    ['a negative size', { files: { 'graph.onnx': { bytes: -1, sha256: 'c'.repeat(64) } } }],
    ['a file outside the folder', { files: { '../graph.onnx': { bytes: 1, sha256: 'c'.repeat(64) } } }],
    ['another family', { architecture: { ...manifest.architecture, family: 'gpt2' } }],
    ['a missing name', { name: undefined }],
  ])('refuses %s, in one line', (_, change) => {
    const error = refusal(change);
    expect(error.code).toBe('corrupt');
    expect(error.message).not.toContain('\n');
  });

  it('refuses what is no JSON', () => {
    expect(() => parseManifest('{', 'model.json', 'g1')).toThrow(/not JSON/);
  });
});
