/** The one table between error codes and gRPC statuses, and the way there and back. */
import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js';
import { type ErrorCode, OutriderError } from '@outrider/contracts';
import { decodeStatusDetails, encodeStatusDetails } from './status-details.js';

const detailsKey = 'grpc-status-details-bin';
const errorDomain = 'outrider';

const toGrpc: Readonly<Record<ErrorCode, status>> = {
  invalid_argument: status.INVALID_ARGUMENT,
  fingerprint_mismatch: status.FAILED_PRECONDITION,
  draft_kind_unavailable: status.FAILED_PRECONDITION,
  // "A concurrency issue such as a sequencer check failure": the holder of the newer lease goes on, the caller may
  // start over with a lease of its own.
  stale_fence: status.ABORTED,
  session_busy: status.ABORTED,
  session_expired: status.ABORTED,
  unknown_session: status.NOT_FOUND,
  resource_exhausted: status.RESOURCE_EXHAUSTED,
  context_full: status.OUT_OF_RANGE,
  unavailable: status.UNAVAILABLE,
  bad_reply: status.INTERNAL,
  cancelled: status.CANCELLED,
  deadline_exceeded: status.DEADLINE_EXCEEDED,
  unimplemented: status.UNIMPLEMENTED,
  internal: status.INTERNAL,
};

/** What a status means when no ErrorInfo of ours comes with it: it was made by gRPC itself, or by a stranger. */
const fromGrpc: Readonly<Partial<Record<status, ErrorCode>>> = {
  [status.INVALID_ARGUMENT]: 'invalid_argument',
  [status.RESOURCE_EXHAUSTED]: 'resource_exhausted',
  [status.UNAVAILABLE]: 'unavailable',
  [status.CANCELLED]: 'cancelled',
  [status.DEADLINE_EXCEEDED]: 'deadline_exceeded',
  [status.UNIMPLEMENTED]: 'unimplemented',
};

/**
 * An error as the status to end a call with: code, message, and google.rpc.Status with ErrorInfo, BadRequest and
 * RetryInfo. A bug's message may hold anything, so it stays here: log it before.
 */
export function toStatus(error: unknown): StatusObject {
  const { code, field, message, retryAfterMs } = OutriderError.from(error);
  const grpcCode = toGrpc[code];
  const details = code === 'internal' ? 'internal error' : message;
  const metadata = new Metadata();
  const encoded = encodeStatusDetails({
    code: grpcCode,
    message: details,
    errorInfo: { reason: code.toUpperCase(), domain: errorDomain },
    fieldViolations: field === undefined ? undefined : [{ field, description: details }],
    retryAfterMs,
  });
  metadata.set(detailsKey, encoded);
  return { code: grpcCode, details, metadata };
}

/** What a call failed with, as our own error. `peer` says who answered, for the message. */
export function fromStatus(error: ServiceError, peer: string): OutriderError {
  const [trailer] = error.metadata?.get(detailsKey) ?? [];
  const details = trailer instanceof Buffer ? decodeStatusDetails(trailer) : undefined;
  const reason = details?.errorInfo?.domain === errorDomain ? details.errorInfo.reason.toLowerCase() : '';
  const code = isErrorCode(reason) ? reason : (fromGrpc[error.code] ?? 'internal');
  const options = { field: details?.fieldViolations?.[0]?.field, retryAfterMs: details?.retryAfterMs, cause: error };
  return new OutriderError(code, `${peer}: ${error.details}`, options);
}

function isErrorCode(reason: string): reason is ErrorCode {
  return Object.hasOwn(toGrpc, reason);
}
