import { describe, expect, it } from 'vitest';
import { type StudyOptions, settingsOf } from './plan.js';

const options: StudyOptions = { real: true, repeat: 1, threads: 2, seed: 1n };

describe('the settings of a study', () => {
  it('are the whole grid by default', async () => {
    const settings = await settingsOf(options, 42);
    expect(settings).toMatchObject({
      prompts: 42,
      temperatures: [0, 0.5, 1, 1.3],
      lengths: [3, 7, 16],
      drafts: ['ngram', 'default', 'hybrid', 'larger'],
      profiles: ['this-machine', 'a100-llama2-7b', 'no-gain'],
      real: { prompts: 42, temperatures: [0, 0.5, 1, 1.3], repeat: 1 },
    });
    expect(settings.replayPolicies.length).toBeGreaterThan(settings.real?.policies.length ?? 0);
  });

  it('are few for a short look, where not said otherwise', async () => {
    const settings = await settingsOf({ ...options, quick: true, temperatures: [1.3] }, 42);
    expect(settings).toMatchObject({ prompts: 6, temperatures: [1.3], drafts: ['ngram', 'default', 'larger'] });
    expect(settings.real?.policies).toEqual(['off', 'static:1', 'static:7', 'adaedl@7', 'max-confidence@7', 'pace']);
  });

  it('know no real runs where they are not wanted', async () => {
    expect(await settingsOf({ ...options, real: false, drafts: ['ngram'] }, 42)).not.toHaveProperty('real');
  });

  it.each([
    [{ realPolicies: ['static:1', 'static:2', 'pace'] }, /--real-policies: off and two static/],
    [{ realPolicies: ['off', 'static:2', 'pace'] }, /--real-policies: off and two static/],
    [{ drafts: ['ngram'] as const }, /--drafts: costs are fitted/],
  ])('refuse real runs that nothing could be fitted to', async (others, message) => {
    await expect(settingsOf({ ...options, ...others }, 42)).rejects.toThrow(message);
  });
});
