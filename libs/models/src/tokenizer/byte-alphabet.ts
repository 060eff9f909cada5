/**
 * GPT-2's byte alphabet: a printable character for each of the 256 bytes, so that a byte-level vocabulary can
 * be written as text (openai/gpt-2 encoder.py, bytes_to_unicode). Printable Latin-1 bytes stand for themselves, the
 * other 68 get U+0100 and following, in byte order.
 */
const BYTE_TO_CHARACTER: readonly string[] = byteToCharacter();
const CHARACTER_TO_BYTE: ReadonlyMap<string, number> = new Map(
  BYTE_TO_CHARACTER.map((character, byte) => [character, byte]),
);

function byteToCharacter(): string[] {
  const isPrintable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPrintable(byte) ? byte : next++));
}

/** The character that stands for a byte. */
export function byteCharacter(byte: number): string {
  return BYTE_TO_CHARACTER[byte]!;
}

/** The bytes a vocabulary entry stands for; a character outside the alphabet stands for its UTF-8 bytes. */
export function entryBytes(entry: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of entry) {
    const byte = CHARACTER_TO_BYTE.get(character);
    if (byte === undefined) bytes.push(...new TextEncoder().encode(character));
    else bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}
