/** One line of a service's standard error: pino's JSON, or anything else a process may print. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
}

/** pino's numeric levels. */
const WARN = 40;
const ERROR = 50;
const INFO = 30;

/** A line that is no log record counts as a warning: a service's own words on standard error are unexpected. */
export function parseLogLine(line: string): LogLine {
  const record = parseRecord(line);
  if (record === undefined) return { level: 'warn', message: line };
  const message = typeof record['msg'] === 'string' ? record['msg'] : line;
  const reason = errorMessage(record['err']);
  return { level: levelOf(record['level']), message: reason === undefined ? message : `${message}: ${reason}` };
}

function parseRecord(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'level' in value ? value : undefined;
  } catch {
    return undefined;
  }
}

function levelOf(level: unknown): LogLevel {
  if (level === 'warn' || level === 'error' || level === 'info' || level === 'debug') return level;
  if (level === 'fatal') return 'error';
  if (typeof level !== 'number') return 'debug';
  if (level >= ERROR) return 'error';
  return level >= WARN ? 'warn' : level >= INFO ? 'info' : 'debug';
}

function errorMessage(err: unknown): string | undefined {
  const message = typeof err === 'object' && err !== null && 'message' in err ? err.message : undefined;
  return typeof message === 'string' ? message.split('\n', 1)[0] : undefined;
}
