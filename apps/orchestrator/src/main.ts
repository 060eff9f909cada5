/** The orchestrator as a process. */
import { runService } from '@outrider/rpc';
import { createLogger } from '@outrider/telemetry';
import { readOrchestratorConfig } from './config.js';
import { startOrchestrator } from './start.js';

const service = 'orchestrator';
try {
  const config = readOrchestratorConfig(process.env, process.argv.slice(2));
  const log = createLogger(service, config.logLevel);
  await runService({
    service,
    ...config,
    start: () => startOrchestrator(config, log),
    onStop: (reason) => log.info({ reason }, 'stopping'),
  });
  process.exit(0);
} catch (error) {
  createLogger(service, 'error').fatal({ err: error }, 'cannot serve');
  process.exit(1);
}
