/** Writes GGUF files for tests, byte by byte as the format says, so that tests can also write wrong ones. */

/** A metadata value with its GGUF type. */
export type Typed =
  | { readonly type: 'u32' | 'i32' | 'f32'; readonly value: number }
  | { readonly type: 'u64'; readonly value: bigint }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'i32s'; readonly value: readonly number[] };

export interface WrittenTensor {
  readonly name: string;
  /** Outermost first, as this package has it; written innermost first. */
  readonly shape: readonly number[];
  /** Number of the ggml type; default F32. */
  readonly type?: number;
  readonly bytes: Uint8Array;
}

export interface WrittenFile {
  readonly magic?: string;
  readonly version?: number;
  readonly metadata?: Readonly<Record<string, Typed>>;
  readonly tensors?: readonly WrittenTensor[];
  /** In place of the true ones. */
  readonly tensorCount?: bigint;
  readonly metadataCount?: bigint;
}

export const u32 = (value: number): Typed => ({ type: 'u32', value });
export const f32 = (value: number): Typed => ({ type: 'f32', value });
export const bool = (value: boolean): Typed => ({ type: 'bool', value });
export const string = (value: string): Typed => ({ type: 'string', value });
export const strings = (value: readonly string[]): Typed => ({ type: 'strings', value });
export const i32s = (value: readonly number[]): Typed => ({ type: 'i32s', value });

/** F32 bytes of numbers. */
export function floatBytes(values: readonly number[] | Float32Array): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

const ALIGNMENT = 32;

export function ggufBytes(file: WrittenFile): Buffer {
  const metadata = Object.entries(file.metadata ?? {});
  const tensors = file.tensors ?? [];
  const header = [
    Buffer.from(file.magic ?? 'GGUF', 'latin1'),
    uint32(file.version ?? 3),
    uint64(file.tensorCount ?? BigInt(tensors.length)),
    uint64(file.metadataCount ?? BigInt(metadata.length)),
    ...metadata.flatMap(([key, value]) => [text(key), typed(value)]),
  ];
  let offset = 0;
  const data: Buffer[] = [];
  for (const tensor of tensors) {
    header.push(
      text(tensor.name),
      uint32(tensor.shape.length),
      ...[...tensor.shape].reverse().map((size) => uint64(BigInt(size))),
    );
    header.push(uint32(tensor.type ?? 0), uint64(BigInt(offset)));
    const bytes = padded(Buffer.from(tensor.bytes));
    data.push(bytes);
    offset += bytes.length;
  }
  return Buffer.concat([padded(Buffer.concat(header)), ...data]);
}

function typed({ type, value }: Typed): Buffer {
  switch (type) {
    case 'u32':
      return Buffer.concat([uint32(4), uint32(value)]);
    case 'i32':
      return Buffer.concat([uint32(5), int32(value)]);
    case 'f32':
      return Buffer.concat([uint32(6), Buffer.from(Float32Array.of(value).buffer)]);
    case 'bool':
      return Buffer.concat([uint32(7), Buffer.of(value ? 1 : 0)]);
    case 'string':
      return Buffer.concat([uint32(8), text(value)]);
    case 'u64':
      return Buffer.concat([uint32(10), uint64(value)]);
    case 'strings':
      return Buffer.concat([uint32(9), uint32(8), uint64(BigInt(value.length)), ...value.map(text)]);
    case 'i32s':
      return Buffer.concat([uint32(9), uint32(5), uint64(BigInt(value.length)), ...value.map(int32)]);
  }
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([uint64(BigInt(bytes.length)), bytes]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((ALIGNMENT - (bytes.length % ALIGNMENT)) % ALIGNMENT)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}
