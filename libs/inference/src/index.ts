export * from './port.js';
export { createEngine } from './engine.js';
export { createNgramEngine } from './ngram/engine.js';
