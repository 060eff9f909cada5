/** The draft service as a process. */
import { runService } from '@outrider/rpc';
import { createLogger } from '@outrider/telemetry';
import { readDraftConfig } from './config.js';
import { type Engines, startDraft } from './start.js';

const service = 'draft';
// Of the two, only what is used is loaded: n-grams have no use for a runtime of models.
const engines: Engines = {
  createEngine: async (options) => (await import('@outrider/inference')).createEngine(options),
  createNgramEngine: async (options) => (await import('@outrider/inference/ngram')).createNgramEngine(options),
};
try {
  const config = readDraftConfig(process.env, process.argv.slice(2));
  const log = createLogger(service, config.logLevel);
  await runService({
    service,
    ...config,
    start: () => startDraft(config, log, engines),
    onStop: (reason) => log.info({ reason }, 'stopping'),
  });
  process.exit(0);
} catch (error) {
  createLogger(service, 'error').fatal({ err: error }, 'cannot serve');
  process.exit(1);
}
