/** The figures under a finished generation. */
import type { TokenSource } from '@outrider/speculation';
import type { Generation } from '../generation/generation.js';
import type { Style } from './style.js';
import { roundTrace } from './round-trace.js';

export function summaryLines(generation: Generation, style: Style, width: number): string[] {
  const { started, finished } = generation;
  const { usage, speculation, timing } = finished;
  const models = started.draftModel === '' ? started.targetModel : `${started.targetModel} + ${started.draftModel}`;

  const lines = [
    style.heading(`${speculation.policy}  ${models}`),
    `${timing.tokensPerSecond.toFixed(1)} tokens/s  ${usage.completionTokens} tokens (${finishWords(finished.reason)}), ` +
      `first after ${Math.round(timing.timeToFirstTokenMs)} ms, prompt ${usage.promptTokens} (${usage.cachedTokens} cached)`,
  ];
  if (speculation.drafted > 0) {
    lines.push(
      `acceptance rate ${speculation.acceptanceRate.toFixed(3)}  ${speculation.accepted} of ${speculation.drafted} drafted tokens accepted`,
    );
  }
  lines.push(
    `mean acceptance length ${speculation.meanAcceptanceLength.toFixed(2)}  tokens per target pass, ${speculation.rounds} rounds`,
    `drafting stopped by  ${stopReasonWords(speculation.stopReasons)}`,
    ...roundTrace(generation.rounds, style, width),
    legend(generation, style),
  );
  if (speculation.draftLost) lines.push(style.warning('the draft service was lost; the text went on without it'));
  return lines;
}

function finishWords(reason: Generation['finished']['reason']): string {
  return reason === 'stop' ? 'end of text' : 'length limit';
}

function stopReasonWords(reasons: Readonly<Record<string, number>>): string {
  const entries = Object.entries(reasons).sort(([, a], [, b]) => b - a);
  return entries.length === 0 ? 'nothing' : entries.map(([reason, count]) => `${reason} ${count}`).join(', ');
}

const SOURCES: readonly TokenSource[] = ['accepted', 'recovered', 'bonus'];

/** Counts by source, in the colours of the text above. */
function legend({ tokens }: Generation, style: Style): string {
  const counts = SOURCES.map((source) => {
    const count = tokens.filter((token) => token.source === source).length;
    return style.source(source, `${source} ${count}`);
  });
  return `tokens  ${counts.join('  ')}`;
}
