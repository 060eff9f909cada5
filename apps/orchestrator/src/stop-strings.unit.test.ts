import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stopMatcher } from './stop-strings.js';

/** The pieces joined as a client sees them, and the stop string. */
function read(pieces: readonly string[], stops: readonly string[]): { text: string; stop: string | undefined } {
  const matcher = stopMatcher(stops);
  let text = '';
  for (const piece of pieces) {
    const pushed = matcher.push(piece);
    text += pushed.text;
    if (pushed.stop !== undefined) return { text, stop: pushed.stop };
  }
  return { text: text + matcher.flush(), stop: undefined };
}

describe('stopMatcher', () => {
  it('finds a stop string across pieces and leaks nothing of it', () => {
    const matcher = stopMatcher(['END']);
    expect(matcher.push('text E')).toEqual({ text: 'text ' });
    expect(matcher.push('N')).toEqual({ text: '' });
    expect(matcher.push('D more')).toEqual({ text: '', stop: 'END' });
  });

  it('gives back what only looked like one', () => {
    expect(read(['a E', 'N', 'x', ' EN'], ['END'])).toEqual({ text: 'a ENx EN', stop: undefined });
  });

  it('passes everything at once without stop strings', () => {
    expect(stopMatcher([]).push('abc')).toEqual({ text: 'abc' });
  });

  it('ends at the one that is complete first, whatever the pieces', () => {
    const letters = fc.stringMatching(/^[ab]{0,12}$/);
    const stop = fc.stringMatching(/^[ab]{1,4}$/);
    fc.assert(
      fc.property(
        letters,
        fc.array(stop, { maxLength: 3 }),
        fc.array(fc.nat(12), { maxLength: 4 }),
        (text, stops, cuts) => {
          const places = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
          const pieces = places.slice(1).map((end, i) => text.slice(places[i], end));
          // Read letter by letter, the first stop string that ends anywhere is found without any cleverness.
          for (let end = 1; end <= text.length; end++) {
            const seen = text.slice(0, end);
            const found = stops.filter((each) => seen.endsWith(each)).sort((a, b) => b.length - a.length)[0];
            if (found === undefined) continue;
            expect(read(pieces, stops)).toEqual({ text: seen.slice(0, end - found.length), stop: found });
            return;
          }
          expect(read(pieces, stops)).toEqual({ text, stop: undefined });
        },
      ),
    );
  });
});
