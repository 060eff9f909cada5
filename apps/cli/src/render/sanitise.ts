/**
 * Text of a model as a terminal may show it: line feeds and tabs stay, every other control character becomes a
 * visible stand-in, so that a generated escape sequence moves no cursor and sets no title.
 */

// C0 without \t and \n, DEL, C1, and the characters that reorder what follows them (Unicode UAX #9).
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export function sanitise(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(UNSAFE, standIn);
}

function standIn(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code); // Unicode's control pictures: ␛ for escape
  return code === 0x7f ? '␡' : '\ufffd';
}
