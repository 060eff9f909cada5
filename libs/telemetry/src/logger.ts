import { type Logger, destination, pino, stdSerializers } from 'pino';

export type { Logger };

/** Levels a service may log at. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

/**
 * A logger of JSON lines on standard error; standard output belongs to what a program is asked for.
 *
 * No prompt and no generated text is ever logged: log ids, counts, lengths and codes.
 */
export function createLogger(service: string, level: LogLevel): Logger {
  const options = { level, base: { service, pid: process.pid }, serializers: { err: stdSerializers.errWithCause } };
  // Synchronous: the last line before a crash is the one that is needed.
  return pino(options, destination({ fd: 2, sync: true }));
}
