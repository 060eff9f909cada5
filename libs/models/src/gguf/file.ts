import { closeSync, fstatSync, openSync } from 'node:fs';
import { ModelError } from '../error.js';
import type { FloatTensor } from '../types.js';
import { ByteReader, readExactly } from './byte-reader.js';
import { readHeader, type GgufHeader } from './header.js';

/** Quantised bytes read at a time: memory stays near that of the floats asked for. */
const READ_BYTES = 4 << 20;

/** An open GGUF file. Only the header is in memory; tensors are read when asked for. */
export interface GgufFile extends GgufHeader {
  readonly path: string;
  readonly bytes: number;
  /** Dequantises one tensor. Errors: `corrupt` if it is missing or holds values that are not finite. */
  readTensor(name: string): FloatTensor;
  close(): void;
}

/** Opens and checks a file. Errors: `not_found`, `io`, `corrupt`, `unsupported`. */
export function openGguf(path: string): GgufFile {
  const descriptor = open(path);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new ModelError('invalid_argument', `${path} is not a file`);
    const header = readHeader(new ByteReader(descriptor, stat.size), stat.size);
    return {
      ...header,
      path,
      bytes: stat.size,
      readTensor: (name) => readTensor(descriptor, header, name),
      close: () => closeSync(descriptor),
    };
  } catch (reason) {
    closeSync(descriptor);
    throw ModelError.from(reason);
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (reason) {
    throw ModelError.from(reason);
  }
}

function readTensor(descriptor: number, header: GgufHeader, name: string): FloatTensor {
  const info = header.tensors.get(name);
  if (info === undefined) throw new ModelError('corrupt', `GGUF: tensor ${name} is missing`);
  const { blockBytes, blockValues, dequantize } = info.type;
  const data = new Float32Array(info.values);
  const blocks = info.bytes / blockBytes;
  const blocksAtOnce = Math.min(blocks, Math.max(1, Math.floor(READ_BYTES / blockBytes)));
  const buffer = new Uint8Array(blocksAtOnce * blockBytes);
  for (let block = 0; block < blocks; block += blocksAtOnce) {
    const count = Math.min(blocksAtOnce, blocks - block);
    const bytes = buffer.subarray(0, count * blockBytes);
    readExactly(descriptor, bytes, info.offset + block * blockBytes);
    dequantize(bytes, data.subarray(block * blockValues, (block + count) * blockValues));
  }
  if (!allFinite(data)) throw new ModelError('corrupt', `GGUF: tensor ${name} holds values that are not finite`);
  return { shape: info.shape, data };
}

function allFinite(data: Float32Array): boolean {
  // Infinity * 0 and NaN * 0 are NaN, and NaN stays: no branch per value.
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! * 0;
  return sum === 0;
}
