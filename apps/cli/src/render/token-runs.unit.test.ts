import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenRuns } from './token-runs.js';

const token = (text: string, source: 'accepted' | 'recovered' | 'bonus') => ({ text, source });

describe('tokenRuns', () => {
  it('gives each token its own text', () => {
    expect(
      tokenRuns('The cat sat', [token('The', 'accepted'), token(' cat', 'accepted'), token(' sat', 'bonus')]).runs,
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
    expect(tokenRuns('a🙂b', tokens).runs).toEqual([
      { source: 'accepted', text: 'a' },
      { source: 'recovered', text: '🙂' },
      { source: 'bonus', text: 'b' },
    ]);
  });

  it('gives text that an earlier round held back to the token that completes it', () => {
    const { runs, rest } = tokenRuns('', [token('\ufffd', 'accepted')]);
    expect(runs).toEqual([]);
    expect(tokenRuns('🙂', [...rest, token('\ufffd', 'recovered')])).toEqual({
      runs: [{ source: 'recovered', text: '🙂' }],
      rest: [],
    });
  });

  it('shows nothing of a token that has no visible text', () => {
    expect(tokenRuns('end', [token('end', 'accepted'), token('', 'bonus')]).runs).toEqual([
      { source: 'accepted', text: 'end' },
    ]);
  });

  it('keeps the source of text that might have begun a stop string and comes later', () => {
    const first = tokenRuns('one', [token('one', 'accepted'), token(' tw', 'accepted'), token('o', 'recovered')]);
    expect(first).toEqual({
      runs: [{ source: 'accepted', text: 'one' }],
      rest: [token(' tw', 'accepted'), token('o', 'recovered')],
    });
    const second = tokenRuns(' two th', [...first.rest, token(' three', 'bonus')]);
    expect(second).toEqual({
      runs: [
        { source: 'accepted', text: ' tw' },
        { source: 'recovered', text: 'o' },
        { source: 'bonus', text: ' th' },
      ],
      rest: [token('ree', 'bonus')],
    });
    expect(tokenRuns('ree', second.rest)).toEqual({ runs: [{ source: 'bonus', text: 'ree' }], rest: [] });
  });

  it('gives every piece of a lagging text to its own token', () => {
    const source = fc.constantFrom('accepted' as const, 'recovered' as const, 'bonus' as const);
    const words = fc.array(
      fc.tuple(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 3 }), source),
    );
    // How much of the text has come by the time each token has, as fractions.
    const progress = fc.array(fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(words, progress, (list, shares) => {
        const whole = list.map(([text]) => text).join('');
        const sources = list.flatMap(([text, from]) => Array.from(text, () => from));
        let rest: ReturnType<typeof tokenRuns>['rest'] = [];
        let known = 0;
        let written = 0;
        const seen: string[] = [];
        const step = (upTo: number, tokens: typeof rest): void => {
          const result = tokenRuns(whole.slice(written, upTo), [...rest, ...tokens]);
          for (const run of result.runs) seen.push(...Array.from(run.text, () => run.source));
          ({ rest } = result);
          written = upTo;
        };
        list.forEach(([text, from], index) => {
          known += text.length;
          step(written + Math.floor((known - written) * (shares[index] ?? 1)), [token(text, from)]);
        });
        step(whole.length, []);
        expect(seen).toEqual(sources);
        expect(rest).toEqual([]);
      }),
    );
  });

  it('never loses or adds text, whatever the tokens say', () => {
    const tokens = fc.array(
      fc.record({
        text: fc.string({ unit: fc.constantFrom('a', 'b', '\ufffd'), maxLength: 3 }),
        source: fc.constantFrom('accepted' as const, 'recovered' as const, 'bonus' as const),
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', '🙂') }), tokens, (text, list) => {
        const { runs } = tokenRuns(text, list);
        expect(runs.map((run) => run.text).join('')).toBe(text);
        expect(runs.every((run) => run.text !== '')).toBe(true);
      }),
    );
  });
});
