import './no-telemetry.js';
import { asEngineError } from './engine-error.js';
import { LocalEngine } from './local-engine.js';
import type { Engine, EngineOptions } from './port.js';
import { startWorkerEngine } from './worker-engine.js';

/** Loads the model. Errors: internal, with what the model folder or onnxruntime said. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  if (options.thread !== 'caller') return startWorkerEngine(options);
  try {
    return await LocalEngine.load(options);
  } catch (reason) {
    throw asEngineError(reason);
  }
}
