import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeStatusDetails, encodeStatusDetails } from './status-details.js';

/** SerializeToString() of the same status, made with googleapis-common-protos. */
const official = [
  '0803120b746f705f703a20697320321a480a28747970652e676f6f676c65617069732e636f6d2f676f6f676c652e7270632e4572726f7249',
  '6e666f121c0a10494e56414c49445f415247554d454e5412086f757472696465721a3c0a29747970652e676f6f676c65617069732e636f6d',
  '2f676f6f676c652e7270632e42616452657175657374120f0a0d0a05746f705f701204697320321a350a28747970652e676f6f676c656170',
  '69732e636f6d2f676f6f676c652e7270632e5265747279496e666f12090a0708011080e59a77',
].join('');

describe('google.rpc.Status', () => {
  it('round-trips', () => {
    const details = fc.record(
      {
        code: fc.integer({ min: 0, max: 16 }),
        message: fc.string({ unit: 'grapheme' }),
        fieldViolations: fc.array(fc.record({ field: fc.string(), description: fc.string() }), { minLength: 1 }),
        retryAfterMs: fc.nat(),
        errorInfo: fc.record({ reason: fc.string(), domain: fc.string() }),
      },
      { requiredKeys: ['code', 'message'] },
    );
    fc.assert(
      fc.property(details, (value) => {
        expect(decodeStatusDetails(encodeStatusDetails(value))).toEqual(value);
      }),
    );
  });

  it('has the bytes that the official Python classes make of the same status', () => {
    const bytes = encodeStatusDetails({
      code: 3,
      message: 'top_p: is 2',
      errorInfo: { reason: 'INVALID_ARGUMENT', domain: 'outrider' },
      fieldViolations: [{ field: 'top_p', description: 'is 2' }],
      retryAfterMs: 1250,
    });
    expect(bytes.toString('hex')).toBe(official);
  });

  it('is undefined for anything else', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void decodeStatusDetails(bytes)));
    expect(decodeStatusDetails(Uint8Array.of(0xff, 0xff))).toBeUndefined();
  });

  it('skips details it does not know', () => {
    // google.rpc.Help, made the same way.
    const help = '1a2f0a23747970652e676f6f676c65617069732e636f6d2f676f6f676c652e7270632e48656c7012080a060a0178120179';
    expect(decodeStatusDetails(Buffer.from(`0803${help}`, 'hex'))).toEqual({ code: 3, message: '' });
  });
});
