import { expect, it } from 'vitest';
import { measurement } from '../policies/measurement.fixture.js';
import { type PeerMeasurement, agreement, summarizeContenders } from './summary.js';

const timed = (contender: string, prompt: string, decodeTokens: number, decodeMs: number): PeerMeasurement => ({
  ...measurement({ prompt, decodeTokens, decodeMs }),
  contender,
});

it('compares decoding speeds on the same prompts', () => {
  const [peer, own] = summarizeContenders(
    [timed('peer', 'a', 10, 200), timed('off', 'a', 10, 100), timed('off', 'b', 10, 100), timed('peer', 'b', 10, 400)],
    ['peer', 'off'],
    'peer',
  );
  expect(peer?.decodeTokensPerSecond).toBeCloseTo(20 / 0.6, 9);
  expect(peer?.ratioToPeer).toBeUndefined();
  expect(own?.ratioToPeer?.overall).toBeCloseTo(3, 9);
  expect(own?.ratioToPeer?.median).toBeCloseTo(3, 9);
});

it('agreement is the mean share that two texts begin with in common', () => {
  expect(
    agreement([
      [
        [1, 2, 3, 4],
        [1, 2, 9, 4],
      ],
      [[1], [1]],
      [
        [1, 2],
        [1, 2, 3, 4],
      ],
    ]),
  ).toBeCloseTo((0.5 + 1 + 0.5) / 3, 12);
  expect(agreement([])).toBeUndefined();
});
