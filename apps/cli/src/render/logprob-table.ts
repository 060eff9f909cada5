/** Each token with its log-probability and the model's most probable tokens in its place. */
import type { GeneratedToken } from '@outrider/contracts';
import { sanitise } from './sanitise.js';
import type { Style } from './style.js';

/** Widest a token's text may make its column. */
const MAX_TEXT_WIDTH = 20;

export function logprobLines(tokens: readonly GeneratedToken[], style: Style): string[] {
  const texts = tokens.map(({ text }) => quoted(text));
  const width = Math.min(MAX_TEXT_WIDTH, Math.max(0, ...texts.map((text) => text.length)));
  return tokens.map(({ source, logprob, topLogprobs = [] }, index) => {
    const text = style.source(source, (texts[index] ?? '').padEnd(width));
    const top = topLogprobs.map((each) => `${quoted(each.text)} ${figure(each.logprob)}`).join('  ');
    return `${figure(logprob)}  ${text}  ${style.dim(top)}`.trimEnd();
  });
}

function quoted(text: string): string {
  return sanitise(JSON.stringify(text));
}

function figure(logprob: number | undefined): string {
  return (logprob ?? Number.NaN).toFixed(3).padStart(7);
}
