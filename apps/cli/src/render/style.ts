/** Colour, or none: decided once per stream. */
import { styleText } from 'node:util';
import type { TokenSource } from '@outrider/speculation';

type Format = Parameters<typeof styleText>[0];

export interface Style {
  readonly colour: boolean;
  source(source: TokenSource, text: string): string;
  heading(text: string): string;
  dim(text: string): string;
  warning(text: string): string;
  failure(text: string): string;
}

const SOURCE_FORMATS: Readonly<Record<TokenSource, Format>> = {
  accepted: 'green',
  recovered: 'yellow',
  bonus: 'cyan',
};

/** Escape codes go to terminals only, and not where NO_COLOR is set (https://no-color.org) or TERM is dumb. */
export function wantsColour(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

export function createStyle(colour: boolean): Style {
  const apply = (format: Format, text: string): string =>
    colour && text !== '' ? styleText(format, text, { validateStream: false }) : text;
  return {
    colour,
    source: (source, text) => apply(SOURCE_FORMATS[source], text),
    heading: (text) => apply('bold', text),
    dim: (text) => apply('dim', text),
    warning: (text) => apply('yellow', text),
    failure: (text) => apply('red', text),
  };
}
