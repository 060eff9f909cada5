/**
 * onnxruntime reports to its maker unless told not to, and leaves files in the temporary folder. It reads the real
 * environment, which a worker's `process.env` is only a copy of: import this in the thread that starts the worker,
 * and before onnxruntime-node.
 */
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
