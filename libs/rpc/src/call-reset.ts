import { constants } from 'node:http2';
import type { Http2Stream } from 'node:http2';
import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';

/** How long a client may take to read what was sent before its call was stopped. */
const lingerMs = 1000;

/**
 * Resets a call that is over but cannot say so, because its client does not read: what was sent to it is held until it
 * does, which may be never. grpc-js has no call for that, so the HTTP/2 stream is looked up where it keeps it.
 */
export function resetWhenStuck(
  call: ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>,
): void {
  const stream = http2StreamOf(call);
  if (!stream || stream.closed) return;
  const timer = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), lingerMs);
  stream.once('close', () => clearTimeout(timer));
}

function http2StreamOf(call: object): Http2Stream | undefined {
  return (call as { readonly call?: { readonly stream?: Http2Stream } }).call?.stream;
}
