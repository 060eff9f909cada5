/**
 * Reads safetensors files: an 8-byte header length, a JSON header, then the tensors' bytes
 * (format: huggingface.co/docs/safetensors). The header is checked before anything is read by it.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { z } from 'zod';
import { ModelError } from '../error.js';
import { readExactly } from '../gguf/byte-reader.js';
import { dequantizeBF16, dequantizeF16, dequantizeF32 } from '../gguf/floats.js';
import type { FloatTensor } from '../types.js';

const ELEMENT_BYTES = { F32: 4, F16: 2, BF16: 2, I32: 4, I8: 1 } as const;
/** The format's own limit is 100 MB; our files have a few kilobytes. */
const MAX_HEADER_BYTES = 16 << 20;

const entrySchema = z.object({
  dtype: z.enum(['F32', 'F16', 'BF16', 'I32', 'I8']),
  shape: z.array(z.int().min(1)).max(4),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
type Entry = z.infer<typeof entrySchema>;

export interface SafetensorsFile {
  readonly names: readonly string[];
  has(name: string): boolean;
  shape(name: string): readonly number[];
  /** F32, F16 or BF16 as floats. */
  readFloats(name: string): FloatTensor;
  readInt32(name: string): Int32Array;
  readInt8(name: string): Int8Array;
  close(): void;
}

/** Errors: `not_found`, `io`, `corrupt`, `unsupported` for other element types. */
export function openSafetensors(path: string): SafetensorsFile {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (reason) {
    throw ModelError.from(reason);
  }
  try {
    return view(descriptor, path);
  } catch (reason) {
    closeSync(descriptor);
    throw ModelError.from(reason);
  }
}

function view(descriptor: number, path: string): SafetensorsFile {
  const { entries, dataStart } = readHeader(descriptor, path);
  const entry = (name: string, ...types: readonly Entry['dtype'][]): Entry => {
    const found = entries.get(name);
    if (found === undefined) throw new ModelError('corrupt', `${path}: tensor ${name} is missing`);
    if (types.length > 0 && !types.includes(found.dtype)) {
      throw new ModelError('corrupt', `${path}: tensor ${name} has type ${found.dtype}, not ${types.join(' or ')}`);
    }
    return found;
  };
  const bytes = ({ data_offsets: [begin, end] }: Entry): Uint8Array => {
    const buffer = new Uint8Array(end - begin);
    readExactly(descriptor, buffer, dataStart + begin);
    return buffer;
  };
  return {
    names: [...entries.keys()],
    has: (name) => entries.has(name),
    shape: (name) => entry(name).shape,
    readFloats: (name) => floats(entry(name, 'F32', 'F16', 'BF16'), bytes),
    readInt32: (name) => new Int32Array(bytes(entry(name, 'I32')).buffer),
    readInt8: (name) => new Int8Array(bytes(entry(name, 'I8')).buffer),
    close: () => closeSync(descriptor),
  };
}

function floats(entry: Entry, bytes: (entry: Entry) => Uint8Array): FloatTensor {
  const data = new Float32Array(elements(entry.shape));
  const convert = { F32: dequantizeF32, F16: dequantizeF16, BF16: dequantizeBF16 }[
    entry.dtype as 'F32' | 'F16' | 'BF16'
  ];
  convert(bytes(entry), data);
  return { shape: entry.shape, data };
}

function readHeader(descriptor: number, path: string): { entries: ReadonlyMap<string, Entry>; dataStart: number } {
  const corrupt = (what: string, cause?: unknown) => new ModelError('corrupt', `${path}: ${what}`, { cause });
  const fileBytes = fstatSync(descriptor).size;
  if (fileBytes < 8) throw corrupt('not a safetensors file');
  const lengthField = new Uint8Array(8);
  readExactly(descriptor, lengthField, 0);
  const length = new DataView(lengthField.buffer).getBigUint64(0, true);
  if (length > BigInt(Math.min(MAX_HEADER_BYTES, fileBytes - 8))) throw corrupt('header length is out of bounds');
  const text = new Uint8Array(Number(length));
  readExactly(descriptor, text, 8);
  const dataStart = 8 + text.length;
  const entries = parseEntries(text, corrupt);
  for (const [
    name,
    {
      dtype,
      shape,
      data_offsets: [begin, end],
    },
  ] of entries) {
    const expected = elements(shape) * ELEMENT_BYTES[dtype];
    if (end - begin !== expected || dataStart + end > fileBytes) throw corrupt(`tensor ${name} does not fit its place`);
  }
  return { entries, dataStart };
}

function parseEntries(text: Uint8Array, corrupt: (what: string, cause?: unknown) => ModelError): Map<string, Entry> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch (reason) {
    throw corrupt('header is not JSON', reason);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw corrupt('header is not an object');
  const entries = new Map<string, Entry>();
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') continue;
    const parsed = entrySchema.safeParse(value);
    if (!parsed.success)
      throw corrupt(`header entry of ${name} is wrong: ${z.prettifyError(parsed.error)}`.replaceAll('\n', ' '));
    entries.set(name, parsed.data);
  }
  return entries;
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, each) => product * each, 1);
}
