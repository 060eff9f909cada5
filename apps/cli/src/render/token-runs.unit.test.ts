import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenRuns } from './token-runs.js';

const token = (text: string, source: 'accepted' | 'recovered' | 'bonus') => ({ id: 1, text, source });

describe('tokenRuns', () => {
  it('gives each token its own text', () => {
    expect(
      tokenRuns('The cat sat', [token('The', 'accepted'), token(' cat', 'accepted'), token(' sat', 'bonus')]),
    ).toEqual([
      { source: 'accepted', text: 'The' },
      { source: 'accepted', text: ' cat' },
      { source: 'bonus', text: ' sat' },
    ]);
  });

  it('gives a character that spans tokens to the last of them', () => {
    const tokens = [
      token('a', 'accepted'),
      token('\ufffd', 'accepted'),
      token('\ufffd', 'recovered'),
      token('b', 'bonus'),
    ];
    expect(tokenRuns('a🙂b', tokens)).toEqual([
      { source: 'accepted', text: 'a' },
      { source: 'recovered', text: '🙂' },
      { source: 'bonus', text: 'b' },
    ]);
  });

  it('gives text that an earlier round held back to the token that completes it', () => {
    expect(tokenRuns('🙂', [token('\ufffd', 'recovered')])).toEqual([{ source: 'recovered', text: '🙂' }]);
  });

  it('shows nothing of a token that has no visible text', () => {
    expect(tokenRuns('end', [token('end', 'accepted'), token('', 'bonus')])).toEqual([
      { source: 'accepted', text: 'end' },
    ]);
  });

  it('never loses or adds text, whatever the tokens say', () => {
    const tokens = fc.array(
      fc.record({
        id: fc.nat(),
        text: fc.string({ unit: fc.constantFrom('a', 'b', '\ufffd'), maxLength: 3 }),
        source: fc.constantFrom('accepted' as const, 'recovered' as const, 'bonus' as const),
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', '🙂') }), tokens, (text, list) => {
        const runs = tokenRuns(text, list);
        expect(runs.map((run) => run.text).join('')).toBe(text);
        expect(runs.every((run) => run.text !== '')).toBe(true);
      }),
    );
  });
});
