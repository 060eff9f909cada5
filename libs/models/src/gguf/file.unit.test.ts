import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelError, type ModelErrorCode } from '../error.js';
import { scratchFolders } from '../scratch-folder.fixture.js';
import { openGguf, type GgufFile } from './file.js';
import {
  bool,
  f32,
  floatBytes,
  ggufBytes,
  i32s,
  string,
  strings,
  u32,
  type WrittenFile,
} from './gguf-writer.fixture.js';

const scratch = scratchFolders();

const example: WrittenFile = {
  metadata: {
    'general.architecture': string('llama'),
    'some.count': u32(7),
    'some.float': f32(0.5),
    'some.flag': bool(true),
    'some.texts': strings(['a', 'Ġbé', '']),
    'some.numbers': i32s([1, -2, 3]),
    'some.large': { type: 'u64', value: 2n ** 60n },
  },
  tensors: [
    { name: 'matrix', shape: [2, 3], bytes: floatBytes([1, 2, 3, 4, 5, 6]) },
    {
      name: 'quantised',
      shape: [2, 32],
      type: 8,
      bytes: new Uint8Array(68).map((_, i) => (i % 34 === 1 ? 0x3c : i % 34)),
    },
  ],
};

function open(bytes: Uint8Array): GgufFile {
  return openGguf(scratch.file('model.gguf', bytes));
}

function refusal(bytes: Uint8Array): ModelError {
  try {
    open(bytes).close();
  } catch (reason) {
    if (reason instanceof ModelError) return reason;
    throw reason;
  }
  throw new Error('the file was accepted');
}

const code = (bytes: Uint8Array): ModelErrorCode => refusal(bytes).code;

describe('openGguf', () => {
  it('reads metadata and tensors', () => {
    const file = open(ggufBytes(example));
    expect(Object.fromEntries(file.metadata)).toEqual({
      'general.architecture': 'llama',
      'some.count': 7,
      'some.float': 0.5,
      'some.flag': true,
      'some.texts': ['a', 'Ġbé', ''],
      'some.numbers': [1, -2, 3],
      'some.large': 2n ** 60n,
    });
    expect(file.readTensor('matrix')).toEqual({ shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
    const quantised = file.readTensor('quantised');
    expect(quantised.shape).toEqual([2, 32]);
    expect([quantised.data[0], quantised.data[31], quantised.data[32 + 31]]).toEqual([2, 33, 33]);
    expect(() => file.readTensor('absent')).toThrow(ModelError);
    file.close();
  });

  it('refuses what is no GGUF file, or one it does not read', () => {
    expect(code(Buffer.from(''))).toBe('corrupt');
    expect(code(Buffer.from('hello, this is a text of more than 24 bytes'))).toBe('corrupt');
    expect(code(ggufBytes({ version: 1 }))).toBe('unsupported');
    expect(code(ggufBytes({ version: 4 }))).toBe('unsupported');
    expect(refusal(ggufBytes({ version: 0x03000000 })).message).toMatch(/big-endian/);
    expect(() => openGguf(scratch.make())).toThrow(ModelError);
    expect(() => openGguf('/nonexistent/model.gguf')).toThrow(/ENOENT/);
  });

  it('refuses absurd counts without allocating for them', () => {
    expect(code(ggufBytes({ tensorCount: 2n ** 63n }))).toBe('corrupt');
    expect(code(ggufBytes({ metadataCount: 2n ** 40n }))).toBe('corrupt');
    expect(code(ggufBytes({ metadataCount: 60000n }))).toBe('corrupt');
    const texts = ggufBytes({ metadata: { texts: strings(['abcdefgh']) } });
    const lengthAt = texts.indexOf('abcdefgh') - 16;
    texts.writeBigUInt64LE(2n ** 33n, lengthAt); // number of strings
    expect(refusal(texts).message).toMatch(/array length of 8589934592 is out of bounds/);
    texts.writeBigUInt64LE(1n, lengthAt);
    texts.writeBigUInt64LE(2n ** 62n, lengthAt + 8); // bytes of the first string
    expect(refusal(texts).message).toMatch(/string length/);
  });

  it('refuses impossible tensors', () => {
    const tensor = (change: object) =>
      code(ggufBytes({ tensors: [{ name: 't', shape: [4], bytes: floatBytes([1, 2, 3, 4]), ...change }] }));
    expect(tensor({ shape: [1000] })).toBe('corrupt');
    expect(tensor({ shape: [2 ** 31, 2 ** 31, 2 ** 31, 2 ** 31] })).toBe('corrupt');
    expect(tensor({ shape: [0] })).toBe('corrupt');
    expect(tensor({ shape: [] })).toBe('corrupt');
    expect(tensor({ shape: [33], type: 8, bytes: new Uint8Array(100) })).toBe('corrupt');
    expect(tensor({ type: 10 })).toBe('unsupported');
    const twice = { name: 't', shape: [1], bytes: floatBytes([1]) };
    expect(code(ggufBytes({ tensors: [twice, twice] }))).toBe('corrupt');
  });

  it('refuses weights that are not finite when they are read', () => {
    const file = open(ggufBytes({ tensors: [{ name: 't', shape: [3], bytes: floatBytes([1, NaN, 2]) }] }));
    expect(() => file.readTensor('t')).toThrow(/not finite/);
    file.close();
  });

  it('refuses text that is not UTF-8', () => {
    const bytes = ggufBytes({ metadata: { 'key.zz': u32(1) } });
    bytes[bytes.indexOf('zz')] = 0xff;
    expect(refusal(bytes).message).toMatch(/not UTF-8/);
  });

  it('refuses every truncation of a file', () => {
    const bytes = ggufBytes(example);
    // The padding after the last tensor may be missing; everything before may not.
    const end = bytes.length - ((32 - (68 % 32)) % 32);
    for (let length = 0; length < end; length++)
      expect(code(bytes.subarray(0, length)), `${length} bytes`).toBe('corrupt');
    open(bytes.subarray(0, end)).close();
  });

  it('answers any damage with a file or a ModelError', () => {
    const original = ggufBytes(example);
    const path = scratch.file('damaged.gguf', original);
    const damage = fc.array(fc.tuple(fc.nat(original.length - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(damage, (changes) => {
        const bytes = Buffer.from(original);
        for (const [at, value] of changes) bytes[at] = value;
        let file: GgufFile | undefined;
        try {
          writeFileSync(path, bytes);
          file = openGguf(path);
          for (const name of file.tensors.keys()) file.readTensor(name);
        } catch (reason) {
          expect(reason).toBeInstanceOf(ModelError);
        } finally {
          file?.close();
        }
      }),
      { numRuns: 2000, seed: 20240518 },
    );
  });
});
