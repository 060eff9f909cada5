import { describe, expect, expectTypeOf, it } from 'vitest';
import * as kinds from './kinds.js';
import { replicaSettings } from './service-settings.js';
import { ConfigError, readConfig } from './settings.js';

const settings = {
  slots: kinds.integer('OUTRIDER_SLOTS', { min: 1, max: 8 }, 4),
  contextLength: kinds.optionalInteger('OUTRIDER_CONTEXT_LENGTH', { min: 2, max: 100 }),
  targetAddress: kinds.requiredAddress('OUTRIDER_TARGET_ADDRESS'),
  draftAddress: kinds.optionalAddress('OUTRIDER_DRAFT_ADDRESS'),
  logLevel: kinds.choice('OUTRIDER_LOG_LEVEL', ['info', 'debug'], 'info'),
  watch: kinds.flag('OUTRIDER_WATCH', false),
};
const required = { OUTRIDER_TARGET_ADDRESS: '127.0.0.1:1' };

describe('readConfig', () => {
  it('fills in defaults and freezes', () => {
    const config = readConfig(settings, { ...required, OUTRIDER_SLOTS: '' });
    expect(config).toEqual({
      slots: 4,
      contextLength: undefined,
      targetAddress: '127.0.0.1:1',
      draftAddress: undefined,
      logLevel: 'info',
      watch: false,
    });
    expect(Object.isFrozen(config)).toBe(true);
    expectTypeOf(config.slots).toEqualTypeOf<number>();
    expectTypeOf(config.contextLength).toEqualTypeOf<number | undefined>();
    expectTypeOf(config.logLevel).toEqualTypeOf<'info' | 'debug'>();
  });

  it('reads variables, and flags before them', () => {
    const environment = { ...required, OUTRIDER_SLOTS: '2', OUTRIDER_CONTEXT_LENGTH: '50', OUTRIDER_WATCH: 'true' };
    const config = readConfig(settings, environment, ['--slots=3', '--draft-address', '[::1]:9']);
    expect(config).toMatchObject({ slots: 3, contextLength: 50, draftAddress: '[::1]:9', watch: true });
  });

  it.each([
    ['OUTRIDER_SLOTS', '0'],
    ['OUTRIDER_SLOTS', '9'],
    ['OUTRIDER_SLOTS', '1.5'],
    ['OUTRIDER_SLOTS', '-1'],
    ['OUTRIDER_SLOTS', '1e0'],
    ['OUTRIDER_CONTEXT_LENGTH', 'many'],
    ['OUTRIDER_TARGET_ADDRESS', 'localhost'],
    ['OUTRIDER_TARGET_ADDRESS', 'host:70000'],
    ['OUTRIDER_TARGET_ADDRESS', 'http://host:80'],
    ['OUTRIDER_LOG_LEVEL', 'loud'],
    ['OUTRIDER_WATCH', 'yes'],
  ])('names %s when it is %s', (variable, value) => {
    expect(() => readConfig(settings, { ...required, [variable]: value })).toThrow(new RegExp(`^${variable} `));
  });

  it('names everything that is wrong, by variable and flag', () => {
    try {
      readConfig(settings, { OUTRIDER_SLOTS: 'x' });
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      expect(error.problems).toEqual([
        'OUTRIDER_SLOTS (--slots): must be a whole number from 1 to 8',
        'OUTRIDER_TARGET_ADDRESS (--target-address): is required',
      ]);
    }
  });

  it('refuses flags it does not know, and words', () => {
    expect(() => readConfig(settings, required, ['--slot', '3'])).toThrow(ConfigError);
    expect(() => readConfig(settings, required, ['serve'])).toThrow(ConfigError);
  });

  it('needs nothing to run a replica', () => {
    expect(readConfig(replicaSettings, {})).toMatchObject({
      address: '127.0.0.1:0',
      slots: 4,
      queueLength: 64,
      streamIdleMs: 60_000,
      cacheTokens: 16_384,
      advertisedAddress: undefined,
      maxCandidates: 64,
    });
  });
});
