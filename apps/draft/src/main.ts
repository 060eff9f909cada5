/** The draft service as a process. */
import { createEngine } from '@outrider/inference';
import { runService } from '@outrider/rpc';
import { createLogger } from '@outrider/telemetry';
import { readDraftConfig } from './config.js';
import { startDraft } from './start.js';

const service = 'draft';
try {
  const config = readDraftConfig(process.env, process.argv.slice(2));
  const log = createLogger(service, config.logLevel);
  await runService({
    service,
    ...config,
    start: () => startDraft(config, log, createEngine),
    onStop: (reason) => log.info({ reason }, 'stopping'),
  });
  process.exit(0);
} catch (error) {
  createLogger(service, 'error').fatal({ err: error }, 'cannot serve');
  process.exit(1);
}
