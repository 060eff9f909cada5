/**
 * Header of a GGUF file, versions 2 and 3: metadata and where each tensor lies
 * (format: ggml/docs/gguf.md). Nothing in it is trusted: counts, lengths, offsets and shapes are checked
 * against the size of the file before memory is allocated for them.
 */
import { ModelError } from '../error.js';
import type { ByteReader } from './byte-reader.js';
import { tensorType, type TensorType } from './tensor-types.js';

export type MetadataValue = number | bigint | boolean | string | readonly MetadataValue[];

export interface TensorInfo {
  readonly name: string;
  /** Outermost dimension first (the file has it last): a linear weight is [out, in]. */
  readonly shape: readonly number[];
  readonly values: number;
  readonly type: TensorType;
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly bytes: number;
}

export interface GgufHeader {
  readonly version: number;
  readonly metadata: ReadonlyMap<string, MetadataValue>;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
}

const MAGIC = 0x46554747; // "GGUF" read as a little-endian integer
const DEFAULT_ALIGNMENT = 32;
const MAX_ENTRIES = 65536;
/** The largest vocabularies have some 300,000 tokens and as many merges. */
const MAX_ARRAY_LENGTH = 1 << 22;
const MAX_DIMENSIONS = 4;
const MAX_ARRAY_DEPTH = 2;

/** Bytes of one element of a fixed-size metadata type; a string takes 8 at least, an array 12. */
const MIN_BYTES: readonly number[] = [1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8];

/** Errors: `corrupt`, or `unsupported` for another version, byte order or tensor type. */
export function readHeader(reader: ByteReader, fileBytes: number): GgufHeader {
  if (reader.remaining < 24 || reader.u32() !== MAGIC) throw new ModelError('corrupt', 'not a GGUF file');
  const version = reader.u32();
  if (version !== 2 && version !== 3) {
    const big = version > 0 && (version & 0xffff) === 0;
    throw new ModelError(
      'unsupported',
      big ? 'GGUF: big-endian files are not supported' : `GGUF: version ${version} is not supported`,
    );
  }
  const tensorCount = reader.size('tensor count', MAX_ENTRIES);
  const entryCount = reader.size('metadata count', MAX_ENTRIES);
  const metadata = new Map<string, MetadataValue>();
  for (let i = 0; i < entryCount; i++) {
    const key = reader.string();
    if (metadata.has(key)) throw new ModelError('corrupt', `GGUF: metadata key ${key} occurs twice`);
    metadata.set(key, readValue(reader, reader.u32(), 0));
  }
  const infos = Array.from({ length: tensorCount }, () => readTensorInfo(reader));
  const dataStart = alignUp(reader.position, alignment(metadata));
  return { version, metadata, tensors: placeTensors(infos, dataStart, fileBytes, alignment(metadata)) };
}

function readValue(reader: ByteReader, type: number, depth: number): MetadataValue {
  switch (type) {
    case 0:
      return reader.u8();
    case 1:
      return reader.i8();
    case 2:
      return reader.u16();
    case 3:
      return reader.i16();
    case 4:
      return reader.u32();
    case 5:
      return reader.i32();
    case 6:
      return reader.f32();
    case 7:
      return reader.u8() !== 0;
    case 8:
      return reader.string();
    case 9:
      return readArray(reader, depth + 1);
    case 10:
      return reader.u64();
    case 11:
      return reader.i64();
    case 12:
      return reader.f64();
    default:
      throw new ModelError('corrupt', `GGUF: metadata type ${type} does not exist`);
  }
}

function readArray(reader: ByteReader, depth: number): readonly MetadataValue[] {
  if (depth > MAX_ARRAY_DEPTH) throw new ModelError('corrupt', 'GGUF: metadata arrays nest too deeply');
  const type = reader.u32();
  const elementBytes = MIN_BYTES[type];
  if (elementBytes === undefined) throw new ModelError('corrupt', `GGUF: metadata type ${type} does not exist`);
  const limit = Math.min(MAX_ARRAY_LENGTH, Math.floor(Math.max(0, reader.remaining - 8) / elementBytes));
  const length = reader.size('array length', limit);
  const values: MetadataValue[] = [];
  for (let i = 0; i < length; i++) values.push(readValue(reader, type, depth));
  return values;
}

/** A tensor as the header states it, its offset still relative to the start of the data. */
function readTensorInfo(reader: ByteReader): TensorInfo {
  const name = reader.string();
  const rank = reader.u32();
  if (rank === 0 || rank > MAX_DIMENSIONS)
    throw new ModelError('corrupt', `GGUF: tensor ${name} has ${rank} dimensions`);
  const shape = Array.from({ length: rank }, () => reader.size(`dimension of ${name}`, 2 ** 32)).reverse();
  const type = tensorType(reader.u32(), name);
  const values = shape.reduce((product, each) => product * each, 1);
  if (values === 0 || !Number.isSafeInteger(values * type.blockBytes)) {
    throw new ModelError('corrupt', `GGUF: tensor ${name} has the impossible shape [${shape.join(', ')}]`);
  }
  if ((shape.at(-1) ?? 0) % type.blockValues !== 0) {
    throw new ModelError('corrupt', `GGUF: rows of ${name} are no whole number of ${type.name} blocks`);
  }
  const offset = reader.size(`offset of ${name}`, Number.MAX_SAFE_INTEGER);
  return { name, shape, values, type, offset, bytes: (values / type.blockValues) * type.blockBytes };
}

function placeTensors(
  infos: readonly TensorInfo[],
  dataStart: number,
  fileBytes: number,
  align: number,
): ReadonlyMap<string, TensorInfo> {
  const placed = new Map<string, TensorInfo>();
  for (const info of infos) {
    const offset = dataStart + info.offset;
    if (info.offset % align !== 0) throw new ModelError('corrupt', `GGUF: tensor ${info.name} is not aligned`);
    if (offset + info.bytes > fileBytes) {
      throw new ModelError(
        'corrupt',
        `GGUF: tensor ${info.name} ends at byte ${offset + info.bytes}, the file at ${fileBytes}: truncated?`,
      );
    }
    if (placed.has(info.name)) throw new ModelError('corrupt', `GGUF: tensor ${info.name} occurs twice`);
    placed.set(info.name, { ...info, offset });
  }
  return placed;
}

function alignment(metadata: ReadonlyMap<string, MetadataValue>): number {
  const value = metadata.get('general.alignment') ?? DEFAULT_ALIGNMENT;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || (value & (value - 1)) !== 0) {
    throw new ModelError('corrupt', 'GGUF: general.alignment is not a power of two');
  }
  return value;
}

function alignUp(position: number, align: number): number {
  return Math.ceil(position / align) * align;
}
