import { InvalidArgumentError } from 'commander';
import { WIRE_LIMITS } from './wire-limits.js';

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\\': '\\' };

/** A stop string, in which \n is a line feed, \t a tab and \\ a backslash; any other backslash is itself. */
export function stopTextOption(text: string): string {
  const stop = text.replace(/\\([nt\\])/g, (_, character: string) => ESCAPED[character] ?? character);
  if (stop === '' || Buffer.byteLength(stop) > WIRE_LIMITS.stopStringBytes) {
    throw new InvalidArgumentError(`It must be a text of 1 to ${WIRE_LIMITS.stopStringBytes} bytes.`);
  }
  return stop;
}
