/**
 * google.rpc.Status as bytes, for the `grpc-status-details-bin` trailer.
 *
 * Source: googleapis google/rpc/status.proto and google/rpc/error_details.proto; the field numbers below are
 * theirs. Only the three details in use are written and read, others are skipped, so this is shorter than
 * generating the two files and everything they import.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

export interface StatusDetails {
  /** gRPC status code. */
  readonly code: number;
  readonly message: string;
  /** google.rpc.BadRequest. */
  readonly fieldViolations?: readonly FieldViolation[] | undefined;
  /** google.rpc.RetryInfo, milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** google.rpc.ErrorInfo. */
  readonly errorInfo?: { readonly reason: string; readonly domain: string } | undefined;
}

export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

const typePrefix = 'type.googleapis.com/google.rpc.';

export function encodeStatusDetails(status: StatusDetails): Buffer {
  const writer = new BinaryWriter();
  writer.uint32(tag(1, WireType.Varint)).int32(status.code);
  writer.uint32(tag(2, WireType.LengthDelimited)).string(status.message);
  if (status.errorInfo) {
    const { reason, domain } = status.errorInfo;
    const info = new BinaryWriter();
    info.uint32(tag(1, WireType.LengthDelimited)).string(reason);
    info.uint32(tag(2, WireType.LengthDelimited)).string(domain);
    writeAny(writer, 'ErrorInfo', info);
  }
  if (status.fieldViolations?.length) {
    const badRequest = new BinaryWriter();
    for (const { field, description } of status.fieldViolations) {
      badRequest.uint32(tag(1, WireType.LengthDelimited)).fork();
      badRequest.uint32(tag(1, WireType.LengthDelimited)).string(field);
      badRequest.uint32(tag(2, WireType.LengthDelimited)).string(description).join();
    }
    writeAny(writer, 'BadRequest', badRequest);
  }
  if (status.retryAfterMs !== undefined) {
    const milliseconds = Math.max(0, Math.round(status.retryAfterMs));
    const retryInfo = new BinaryWriter();
    retryInfo.uint32(tag(1, WireType.LengthDelimited)).fork();
    retryInfo.uint32(tag(1, WireType.Varint)).int64(Math.floor(milliseconds / 1000));
    retryInfo
      .uint32(tag(2, WireType.Varint))
      .int32((milliseconds % 1000) * 1e6)
      .join();
    writeAny(writer, 'RetryInfo', retryInfo);
  }
  return Buffer.from(writer.finish());
}

/** undefined when the bytes are no google.rpc.Status: details are a help, never a reason to fail. */
export function decodeStatusDetails(bytes: Uint8Array): StatusDetails | undefined {
  try {
    const status = { code: 0, message: '', details: {} as Partial<StatusDetails> };
    readFields(bytes, {
      1: (reader) => (status.code = reader.int32()),
      2: (reader) => (status.message = reader.string()),
      3: (reader) => Object.assign(status.details, decodeAny(reader.bytes())),
    });
    return { code: status.code, message: status.message, ...status.details };
  } catch {
    return undefined;
  }
}

function decodeAny(bytes: Uint8Array): Partial<StatusDetails> {
  const any = { type: '', value: new Uint8Array() as Uint8Array };
  readFields(bytes, {
    1: (reader) => (any.type = reader.string()),
    2: (reader) => (any.value = reader.bytes()),
  });
  switch (any.type) {
    case `${typePrefix}ErrorInfo`: {
      const errorInfo = { reason: '', domain: '' };
      readFields(any.value, {
        1: (reader) => (errorInfo.reason = reader.string()),
        2: (reader) => (errorInfo.domain = reader.string()),
      });
      return { errorInfo };
    }
    case `${typePrefix}BadRequest`: {
      const fieldViolations: FieldViolation[] = [];
      readFields(any.value, {
        1: (reader) => {
          const violation = { field: '', description: '' };
          readFields(reader.bytes(), {
            1: (inner) => (violation.field = inner.string()),
            2: (inner) => (violation.description = inner.string()),
          });
          fieldViolations.push(violation);
        },
      });
      return { fieldViolations };
    }
    case `${typePrefix}RetryInfo`: {
      const delay = { seconds: 0, nanos: 0 };
      readFields(any.value, {
        1: (reader) =>
          readFields(reader.bytes(), {
            1: (inner) => (delay.seconds = Number(inner.int64())),
            2: (inner) => (delay.nanos = inner.int32()),
          }),
      });
      return { retryAfterMs: delay.seconds * 1000 + delay.nanos / 1e6 };
    }
    default:
      return {};
  }
}

function tag(field: number, type: WireType): number {
  return (field << 3) | type;
}

/** google.protobuf.Any as field 3 of google.rpc.Status. */
function writeAny(writer: BinaryWriter, type: string, value: BinaryWriter): void {
  writer.uint32(tag(3, WireType.LengthDelimited)).fork();
  writer.uint32(tag(1, WireType.LengthDelimited)).string(typePrefix + type);
  writer.uint32(tag(2, WireType.LengthDelimited)).bytes(value.finish()).join();
}

/** Calls the reader of each known field; skips the others. */
function readFields(bytes: Uint8Array, known: Readonly<Record<number, (reader: BinaryReader) => void>>): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const read = known[field];
    if (read) read(reader);
    else reader.skip(type, field);
  }
}
