import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sanitise } from './sanitise.js';

describe('sanitise', () => {
  it('makes escape sequences visible instead of letting them act', () => {
    expect(sanitise('\u001b[2Jgone \u001b]0;title\u0007')).toBe('␛[2Jgone ␛]0;title␇');
    expect(sanitise('\u009b31m')).toBe('\ufffd31m');
    expect(sanitise('a\u202eb')).toBe('a\ufffdb');
  });

  it('keeps text, line feeds and tabs, and makes carriage returns harmless', () => {
    expect(sanitise('Zoë\t日本 🙂\r\nnext')).toBe('Zoë\t日本 🙂\nnext');
    expect(sanitise('over\rwritten')).toBe('over␍written');
  });

  it('leaves no control character in any text', () => {
    const isControl = (character: string): boolean => {
      const code = character.codePointAt(0) ?? 0;
      return (code < 0x20 && character !== '\n' && character !== '\t') || (code >= 0x7f && code < 0xa0);
    };
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => ![...sanitise(text)].some(isControl)));
  });
});
