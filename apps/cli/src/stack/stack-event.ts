import type { LogLine } from './log-line.js';

/** What happens to the services of a stack while it runs; `service` is the name of one. */
export type StackEvent =
  | { readonly type: 'ready'; readonly service: string; readonly address: string; readonly afterMs: number }
  | { readonly type: 'log'; readonly service: string; readonly line: LogLine }
  | { readonly type: 'restart'; readonly service: string; readonly reason: string; readonly inMs: number };
