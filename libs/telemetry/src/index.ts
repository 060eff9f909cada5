/** Logging, and the only home of telemetry names. */
export { type Logger, type LogLevel, createLogger } from './logger.js';
export { logFields } from './names.js';
