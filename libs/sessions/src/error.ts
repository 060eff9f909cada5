/**
 * `unavailable`: the store cannot be reached, does not answer in time, or is left alone for a while after it did not.
 * `refused`: it answers, but not as it should: wrong credentials, a wrong version, a wrong type under a key.
 * `invalid_options`: it cannot be opened as asked; no call of an open store rejects with this.
 */
export type StoreErrorCode = 'unavailable' | 'refused' | 'invalid_options';

/** The one error a store rejects with. */
export class StoreError extends Error {
  constructor(
    readonly code: StoreErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'StoreError';
  }
}
