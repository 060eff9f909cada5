/** The target verification service as a process. */
import { createEngine } from '@outrider/inference';
import { runService } from '@outrider/rpc';
import { createLogger } from '@outrider/telemetry';
import { readTargetConfig } from './config.js';
import { startTarget } from './start.js';

const service = 'target';
try {
  const config = readTargetConfig(process.env, process.argv.slice(2));
  const log = createLogger(service, config.logLevel);
  await runService({
    service,
    ...config,
    start: () => startTarget(config, log, createEngine),
    onStop: (reason) => log.info({ reason }, 'stopping'),
  });
  process.exit(0);
} catch (error) {
  createLogger(service, 'error').fatal({ err: error }, 'cannot serve');
  process.exit(1);
}
