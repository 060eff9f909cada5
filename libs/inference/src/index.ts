export * from './port.js';
export { createEngine } from './engine.js';
