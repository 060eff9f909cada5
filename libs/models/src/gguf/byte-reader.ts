import { readSync } from 'node:fs';
import { ModelError } from '../error.js';

/** Bytes fetched from the file at a time. */
const WINDOW_BYTES = 1 << 20;
/** A GGUF string longer than this is refused; the longest real ones are chat templates of some 10 kB. */
const MAX_STRING_BYTES = 4 << 20;

/**
 * Reads a file forward through one window of 1 MiB, little-endian. Every read is checked against the size
 * of the file before anything is allocated for it, so a length field cannot make it allocate more than the
 * file holds. Errors: `corrupt` at the end of the file or on text that is not UTF-8.
 */
export class ByteReader {
  private window: Buffer = Buffer.alloc(0);
  private windowStart = 0;
  private at = 0;
  private readonly utf8 = new TextDecoder('utf-8', { fatal: true });

  constructor(
    private readonly descriptor: number,
    private readonly fileBytes: number,
  ) {}

  get position(): number {
    return this.at;
  }

  get remaining(): number {
    return this.fileBytes - this.at;
  }

  u8(): number {
    return this.take(1).readUInt8(0);
  }
  i8(): number {
    return this.take(1).readInt8(0);
  }
  u16(): number {
    return this.take(2).readUInt16LE(0);
  }
  i16(): number {
    return this.take(2).readInt16LE(0);
  }
  u32(): number {
    return this.take(4).readUInt32LE(0);
  }
  i32(): number {
    return this.take(4).readInt32LE(0);
  }
  f32(): number {
    return this.take(4).readFloatLE(0);
  }
  f64(): number {
    return this.take(8).readDoubleLE(0);
  }
  u64(): bigint {
    return this.take(8).readBigUInt64LE(0);
  }
  i64(): bigint {
    return this.take(8).readBigInt64LE(0);
  }

  /** A 64-bit length or offset as a number. Errors: `corrupt` above `limit`. */
  size(what: string, limit: number): number {
    const value = this.u64();
    if (value > BigInt(limit)) throw new ModelError('corrupt', `GGUF: ${what} of ${value} is out of bounds`);
    return Number(value);
  }

  string(): string {
    const length = this.size('string length', Math.min(MAX_STRING_BYTES, Math.max(0, this.remaining - 8)));
    try {
      return this.utf8.decode(this.take(length));
    } catch (reason) {
      if (reason instanceof ModelError) throw reason;
      throw new ModelError('corrupt', `GGUF: text before byte ${this.at} is not UTF-8`, { cause: reason });
    }
  }

  /** The next bytes, valid until the next call. */
  private take(length: number): Buffer {
    if (length > this.remaining)
      throw new ModelError('corrupt', `GGUF: file ends in the header, at byte ${this.fileBytes}`);
    const offset = this.at - this.windowStart;
    if (offset + length > this.window.length) {
      this.window = this.load(Math.min(this.remaining, Math.max(WINDOW_BYTES, length)));
      this.windowStart = this.at;
      this.at += length;
      return this.window.subarray(0, length);
    }
    this.at += length;
    return this.window.subarray(offset, offset + length);
  }

  private load(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    readExactly(this.descriptor, bytes, this.at);
    return bytes;
  }
}

/** Fills `bytes` from the file at `position`. Errors: `corrupt` if the file ends before. */
export function readExactly(descriptor: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.length) {
    // One call reads at most 2^31-1 bytes.
    const count = readSync(descriptor, bytes, done, Math.min(bytes.length - done, 1 << 30), position + done);
    if (count === 0) throw new ModelError('corrupt', `file ends at byte ${position + done}, more was promised`);
    done += count;
  }
}
