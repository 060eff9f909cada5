/** Why a model could not be read, made, found or fetched. */
export type ModelErrorCode =
  /** No such file, folder or model. */
  | 'not_found'
  /** The bytes are not what the format promises: truncated, out of bounds, inconsistent. */
  | 'corrupt'
  /** Well-formed, but of a kind this project does not run. */
  | 'unsupported'
  /** Made by another version of the importer; importing again cures it. */
  | 'stale'
  /** A size or sha256 differs from the expected one. */
  | 'checksum_mismatch'
  /** A program or package needed for the download is missing, or the download failed. */
  | 'download_failed'
  /** The caller's own mistake. */
  | 'invalid_argument'
  /** The caller's AbortSignal fired. */
  | 'aborted'
  /** The operating system refused: disk full, permission. */
  | 'io';

/** The one error this package throws on purpose. The message is one line, fit to show to a user. */
export class ModelError extends Error {
  constructor(
    readonly code: ModelErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.name = 'ModelError';
  }

  /** Any thrown value as a ModelError; errors of the operating system become `not_found` or `io`. */
  static from(reason: unknown): ModelError {
    if (reason instanceof ModelError) return reason;
    if (reason instanceof Error) {
      if (reason.name === 'AbortError') return new ModelError('aborted', 'cancelled', { cause: reason });
      const code = 'code' in reason ? reason.code : undefined;
      return new ModelError(code === 'ENOENT' ? 'not_found' : 'io', reason.message, { cause: reason });
    }
    return new ModelError('io', String(reason));
  }
}
