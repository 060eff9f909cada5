/** The figures under a finished generation. */
import type { TokenSource } from '@outrider/speculation';
import type { Generation } from '../generation/generation.js';
import { LABEL_WIDTH, roundTrace } from './round-trace.js';
import { sanitise } from './sanitise.js';
import { sparkline } from './sparkline.js';
import type { Style } from './style.js';

/** Widest a stop string is shown. */
const MAX_STOP_WIDTH = 24;

type Finished = Generation['finished'];

export function summaryLines(generation: Generation, style: Style, width: number): string[] {
  const { started, finished } = generation;
  const { usage, speculation, timing } = finished;
  const lines = [
    style.heading(`${speculation.policy}  ${modelWords(started)}`),
    `${timing.tokensPerSecond.toFixed(1)} tokens/s  ${usage.completionTokens} tokens (${finishWords(finished)}), ` +
      `first after ${Math.round(timing.timeToFirstTokenMs)} ms, prompt ${usage.promptTokens} (${usage.cachedTokens} cached)`,
  ];
  if (speculation.drafted > 0) {
    lines.push(
      `acceptance rate ${speculation.acceptanceRate.toFixed(3)}  ${speculation.accepted} of ${speculation.drafted} drafted tokens, ` +
        `mean entropy ${speculation.meanEntropy.toFixed(2)} nats`,
      `drafted by  ${sourceWords(speculation)}`,
    );
  }
  lines.push(
    `mean acceptance length ${speculation.meanAcceptanceLength.toFixed(2)}  tokens per target pass, ${speculation.rounds} rounds`,
    `drafting stopped by  ${stopReasonWords(speculation.stopReasons)}`,
    ...roundTrace(generation.rounds, style, width),
    ...acceptedLengthsLine(speculation, style),
    legend(generation, style),
    ...timeLine(timing),
  );
  if (speculation.draftLost) lines.push(style.warning('the draft service was lost; the text went on without it'));
  return lines;
}

function modelWords({ targetModel, draftModel, draftKind }: Generation['started']): string {
  if (draftModel === '') return targetModel;
  if (draftKind === 'ngram') return `${targetModel} + n-grams`;
  return `${targetModel} + ${draftModel}${draftKind === 'hybrid' ? ' + n-grams' : ''}`;
}

function sourceWords({ sources, draftPasses }: Finished['speculation']): string {
  const accepted = (name: string, { drafted, accepted }: { drafted: number; accepted: number }): string =>
    `${name} ${drafted} (${accepted} accepted)`;
  const { ngram, neural } = sources;
  return [
    ...(ngram === undefined ? [] : [accepted('n-grams', ngram)]),
    ...(neural === undefined ? [] : [`${accepted('the model', neural)} in ${draftPasses} passes`]),
  ].join(', ');
}

function finishWords({ reason, stop }: Finished): string {
  if (stop !== '') return `stopped by ${shortened(sanitise(JSON.stringify(stop)))}`;
  return reason === 'stop' ? 'end of text' : 'length limit';
}

function shortened(text: string): string {
  return text.length <= MAX_STOP_WIDTH ? text : `${text.slice(0, MAX_STOP_WIDTH - 1)}…`;
}

/** How many rounds accepted 0, 1, 2, ... drafted tokens. */
function acceptedLengthsLine({ accepted, rounds, acceptedLengths }: Finished['speculation'], style: Style): string[] {
  if (accepted === 0) return [];
  const most = Math.max(...acceptedLengths);
  const longest = acceptedLengths.length - 1;
  const words = `0 to ${longest} a round, mostly ${acceptedLengths.indexOf(most)} (${most} of ${rounds} rounds)`;
  const bars = sparkline(acceptedLengths, acceptedLengths.length, { min: 0, max: most });
  return [`${'accepted'.padEnd(LABEL_WIDTH)}${bars} ${style.dim(words)}`];
}

/** Where the rounds' time went; a share that would read 0 is left out. */
function timeLine({ draftMs, targetMs, queueMs, networkMs }: Finished['timing']): string[] {
  const total = draftMs + targetMs + queueMs + networkMs;
  if (!(total > 0)) return [];
  const shares = Object.entries({ target: targetMs, draft: draftMs, queue: queueMs, 'network and the rest': networkMs })
    .map(([name, ms]) => [name, Math.round((100 * ms) / total)] as const)
    .filter(([, percent]) => percent > 0)
    .map(([name, percent]) => `${name} ${percent} %`);
  return [`${'time'.padEnd(LABEL_WIDTH)}${shares.join(', ')} of ${Math.round(total)} ms in rounds`];
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
  return `${'tokens'.padEnd(LABEL_WIDTH)}${counts.join('  ')}`;
}
