import { describe, expect, it } from 'vitest';
import { collect } from './collect.js';
import { sampleEvents, sampleGeneration, streamOf } from './generation.fixture.js';

describe('collect', () => {
  it('puts the stream together and shows each event on the way', async () => {
    const seen: string[] = [];
    const generation = await collect(streamOf(sampleEvents()), (event) => seen.push(event.type));
    expect(generation).toEqual(sampleGeneration());
    expect(generation.text).toBe('The cat sat.\u001b[2J!');
    expect(seen).toEqual(['started', 'tokens', 'tokens', 'tokens', 'finished']);
  });

  it.each([
    ['without its end', sampleEvents().slice(0, -1)],
    ['without its start', sampleEvents().slice(1)],
    ['with nothing in it', []],
  ])('rejects a stream %s', async (_, events) => {
    await expect(collect(streamOf(events))).rejects.toThrow('ended the stream too early');
  });
});
