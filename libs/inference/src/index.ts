export * from './port.js';
export { createEngine } from './engine.js';
export { measureActivationPeaks } from './activation-peaks.js';
