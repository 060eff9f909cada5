import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelError } from '../error.js';
import { scratchFolders } from '../scratch-folder.fixture.js';
import { f32Tensor, i32Tensor, i8Tensor, safetensorsBytes } from './safetensors-writer.fixture.js';
import { openSafetensors, type SafetensorsFile } from './safetensors.js';

const scratch = scratchFolders();
const example = safetensorsBytes({
  floats: f32Tensor([2, 2], [1, -2, 0.5, 3]),
  halves: { dtype: 'F16', shape: [2], bytes: Uint8Array.of(0x00, 0x3c, 0x00, 0xc0) },
  brains: { dtype: 'BF16', shape: [1], bytes: Uint8Array.of(0x80, 0x3f) },
  bytes: i8Tensor([3], [-128, 0, 127]),
  ids: i32Tensor([2], [7, 49151]),
});

const open = (bytes: Uint8Array): SafetensorsFile => openSafetensors(scratch.file('model.safetensors', bytes));

describe('openSafetensors', () => {
  it('reads every element type it knows', () => {
    const file = open(example);
    expect(file.names).toEqual(['floats', 'halves', 'brains', 'bytes', 'ids']);
    expect(file.readFloats('floats')).toEqual({ shape: [2, 2], data: Float32Array.of(1, -2, 0.5, 3) });
    expect([...file.readFloats('halves').data]).toEqual([1, -2]);
    expect([...file.readFloats('brains').data]).toEqual([1]);
    expect([...file.readInt8('bytes')]).toEqual([-128, 0, 127]);
    expect([...file.readInt32('ids')]).toEqual([7, 49151]);
    expect(() => file.readFloats('bytes')).toThrow(/type I8, not F32 or F16 or BF16/);
    expect(() => file.readInt8('absent')).toThrow(/absent is missing/);
    file.close();
  });

  it('refuses a wrong header', () => {
    const header = (text: string) => {
      const bytes = Buffer.concat([Buffer.alloc(8), Buffer.from(text), Buffer.alloc(64)]);
      bytes.writeBigUInt64LE(BigInt(text.length));
      return () => open(bytes);
    };
    const entry = (value: object) => header(JSON.stringify({ t: value }));
    expect(header('not json')).toThrow(ModelError);
    expect(header('[]')).toThrow(/not an object/);
    expect(entry({ dtype: 'F32', shape: [4], data_offsets: [0, 12] })).toThrow(/does not fit/);
    expect(entry({ dtype: 'F32', shape: [40], data_offsets: [0, 160] })).toThrow(/does not fit/);
    expect(entry({ dtype: 'F32', shape: [2 ** 40, 2 ** 40], data_offsets: [0, 16] })).toThrow(/does not fit/);
    expect(entry({ dtype: 'F32', shape: [4], data_offsets: [-16, 0] })).toThrow(ModelError);
    expect(entry({ dtype: 'F64', shape: [1], data_offsets: [0, 8] })).toThrow(ModelError);
    const huge = Buffer.alloc(64);
    huge.writeBigUInt64LE(2n ** 63n);
    expect(() => open(huge)).toThrow(/header length/);
    expect(() => open(Buffer.alloc(3))).toThrow(ModelError);
  });

  it('refuses every truncation', () => {
    const path = scratch.file('cut.safetensors', '');
    for (let length = 0; length < example.length; length++) {
      writeFileSync(path, example.subarray(0, length));
      expect(() => openSafetensors(path), `${length} bytes`).toThrow(ModelError);
    }
  });

  it('answers any damage with a file or a ModelError', () => {
    const path = scratch.file('damaged.safetensors', '');
    const change = fc.tuple(fc.nat(example.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const bytes = Buffer.from(example);
        for (const [at, value] of changes) bytes[at] = value;
        writeFileSync(path, bytes);
        try {
          openSafetensors(path).close();
        } catch (reason) {
          expect(reason).toBeInstanceOf(ModelError);
        }
      }),
      { numRuns: 1000, seed: 20240518 },
    );
  });
});
