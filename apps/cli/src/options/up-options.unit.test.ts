import { describe, expect, it } from 'vitest';
import { checkUpOptions, type UpOptions } from './up-options.js';

const one: UpOptions = { draft: true, drafts: 1, targets: 1, orchestrators: 1 };

describe('checkUpOptions', () => {
  it('wants a Redis for several orchestrators, and says why', async () => {
    await expect(checkUpOptions({ ...one, orchestrators: 2 }, {})).rejects.toMatchObject({
      message:
        "option '--orchestrators <count>': 2 of them need '--redis <url>': " +
        'without it none would know the sessions of the others',
      exitCode: 2,
    });
    const url = 'redis://127.0.0.1:6379';
    await checkUpOptions({ ...one, orchestrators: 2, redis: url }, {});
    await checkUpOptions({ ...one, orchestrators: 2 }, { OUTRIDER_REDIS_URL: url });
  });

  it('does without for one orchestrator of several replicas', async () => {
    await checkUpOptions({ ...one, drafts: 2, targets: 2 }, {});
  });

  it.each(['redis://', 'http://127.0.0.1', 'redis://u:secret@h:99999'])(
    'refuses %s, without repeating it',
    async (redis) => {
      const refusal: unknown = await checkUpOptions({ ...one, redis }, {}).catch((error: unknown) => error);
      expect(refusal).toMatchObject({
        exitCode: 2,
        message: expect.stringContaining("option '--redis <url>': ") as unknown,
      });
      expect(String(refusal)).not.toContain('secret');
    },
  );
});
