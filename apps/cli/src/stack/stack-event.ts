import type { LogLine } from './log-line.js';
import type { ServiceName } from './service.js';

/** What happens to the services of a stack while it runs. */
export type StackEvent =
  | { readonly type: 'ready'; readonly service: ServiceName; readonly address: string; readonly afterMs: number }
  | { readonly type: 'log'; readonly service: ServiceName; readonly line: LogLine }
  | { readonly type: 'restart'; readonly service: ServiceName; readonly reason: string; readonly inMs: number };
