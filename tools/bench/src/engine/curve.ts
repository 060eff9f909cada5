/** What a pass of the target costs by the number of its new tokens, and a step of the draft, at several contexts. */
import type { Engine } from '@outrider/inference';
import type { Sampling, TokenId } from '@outrider/speculation';
import type { Progress } from '../context.js';
import { remainingTime } from '../progress.js';
import { median, ratio } from '../statistics/samples.js';
import { balancedOrder } from '../workload/order.js';

export interface CurvePlan {
  readonly widths: readonly number[];
  readonly contexts: readonly number[];
  readonly temperatures: readonly number[];
  /** Times that each point is measured. */
  readonly repeat: number;
  /** Candidates of a drafted token that the target is asked about at a temperature above 0. */
  readonly candidates: number;
}

/** Milliseconds. A pass includes the sampling head and making the distributions; the call adds the way to the worker and back. */
export interface CurvePoint {
  readonly temperature: number;
  readonly context: number;
  /** A target's pass over so many new tokens, or one step of a draft's block. */
  readonly what: 'target' | 'draft';
  readonly width: number;
  readonly medianMs: number;
  readonly minMs: number;
  readonly medianCallMs: number;
  /** Median, and least time, against those of the target's pass over one token at the same context and temperature. */
  readonly ratioToOne?: number;
  readonly minRatioToOne?: number;
}

/** Tokens of the block that a draft step is measured in. */
const DRAFT_BLOCK = 8;

/** Rounds through all points before the measured ones. */
const WARM_UP = 2;

interface Task extends Pick<CurvePoint, 'temperature' | 'context' | 'what' | 'width'> {
  run(): Promise<{ readonly passMs: number; readonly callMs: number }>;
}

/** `text` are tokens of real text, longer than the longest context and block together. */
export async function measureCurve(
  plan: CurvePlan,
  engines: { readonly target: Engine; readonly draft: Engine },
  text: readonly TokenId[],
  progress: Progress,
  signal: AbortSignal,
): Promise<CurvePoint[]> {
  const { contexts, temperatures, widths, repeat } = plan;
  for (const engine of Object.values(engines)) {
    for (const context of contexts) {
      await engine.open(sessionOf(context));
      progress.report(`reading ${context} tokens`);
      await engine.prefill({ ...sessionOf(context), keepLength: 0, tokens: text.slice(0, context) }, signal);
    }
  }
  const tasks = temperatures.flatMap((temperature) =>
    contexts.flatMap((context): Task[] => [
      ...widths.map((width) => targetPass(engines.target, plan, temperature, context, width, text)),
      draftStep(engines.draft, temperature, context, text),
    ]),
  );

  const samples = new Map<Task, { passMs: number[]; callMs: number[] }>();
  const startedAt = performance.now();
  for (let lap = 0; lap < WARM_UP + repeat; lap++) {
    progress.report(`measuring (${remainingTime(lap, WARM_UP + repeat, performance.now() - startedAt)})`);
    for (const place of balancedOrder(tasks.length, lap)) {
      signal.throwIfAborted();
      const task = tasks[place] as Task;
      const { passMs, callMs } = await task.run();
      if (lap < WARM_UP) continue;
      const own = samples.get(task) ?? { passMs: [], callMs: [] };
      samples.set(task, own);
      own.passMs.push(passMs);
      own.callMs.push(callMs);
    }
  }
  progress.end();
  return withRatios(tasks.map((task) => pointOf(task, samples.get(task))));
}

function targetPass(
  engine: Engine,
  plan: CurvePlan,
  temperature: number,
  context: number,
  width: number,
  text: readonly TokenId[],
): Task {
  const tokens = text.slice(context, context + width);
  const { vocabularySize } = engine.info();
  const candidates = temperature === 0 ? 1 : plan.candidates;
  const draft = tokens.slice(1).map((id) => ({
    id,
    candidateIds: Array.from({ length: candidates }, (_, i) => (id + i) % vocabularySize),
  }));
  const request = { ...sessionOf(context), keepLength: context, tokens: tokens.slice(0, 1), draft };
  return {
    temperature,
    context,
    what: 'target',
    width,
    run: () =>
      timeCall(async () => {
        const [scores] = await engine.scoreBlocks([{ ...request, sampling: samplingAt(temperature) }]);
        return { computeMs: scores?.computeMs ?? Number.NaN, passes: 1 };
      }),
  };
}

function draftStep(engine: Engine, temperature: number, context: number, text: readonly TokenId[]): Task {
  const limits = {
    maxTokens: DRAFT_BLOCK,
    minTokens: DRAFT_BLOCK,
    maxEntropy: Infinity,
    minTopProbability: 0,
    proposeStopped: false,
  };
  const tokens = text.slice(context, context + 1);
  const request = { ...sessionOf(context), keepLength: context, tokens, limits };
  return {
    temperature,
    context,
    what: 'draft',
    width: 1,
    run: () =>
      timeCall(async () => {
        const { computeMs, tokens } = await engine.draftBlock({ ...request, sampling: samplingAt(temperature) });
        return { computeMs, passes: tokens.length }; // an end of text ends a block early
      }),
  };
}

/** Times for each pass of a call. */
async function timeCall(
  call: () => Promise<{ readonly computeMs: number; readonly passes: number }>,
): Promise<{ readonly passMs: number; readonly callMs: number }> {
  const startedAt = performance.now();
  const { computeMs, passes } = await call();
  return { passMs: computeMs / passes, callMs: (performance.now() - startedAt) / passes };
}

function pointOf(
  { temperature, context, what, width }: Task,
  samples: { readonly passMs: readonly number[]; readonly callMs: readonly number[] } | undefined,
): CurvePoint {
  const passMs = samples?.passMs ?? [];
  return {
    temperature,
    context,
    what,
    width,
    medianMs: median(passMs) ?? Number.NaN,
    minMs: Math.min(...passMs),
    medianCallMs: median(samples?.callMs ?? []) ?? Number.NaN,
  };
}

/** Adds each point's ratios to the target's pass over one token. */
export function withRatios(points: readonly CurvePoint[]): CurvePoint[] {
  return points.map((point) => {
    const one = points.find(
      ({ what, width, context, temperature }) =>
        what === 'target' && width === 1 && context === point.context && temperature === point.temperature,
    );
    if (one === undefined) return point;
    const [ratioToOne, minRatioToOne] = [ratio(point.medianMs, one.medianMs), ratio(point.minMs, one.minMs)];
    return {
      ...point,
      ...(ratioToOne === undefined ? {} : { ratioToOne }),
      ...(minRatioToOne === undefined ? {} : { minRatioToOne }),
    };
  });
}

/** One session for each context, so that nothing is read twice: each call goes back to where it began. */
function sessionOf(context: number): { readonly sessionId: string; readonly fence: bigint } {
  return { sessionId: `context-${context}`, fence: 1n };
}

function samplingAt(temperature: number): Sampling {
  return { temperature, topK: 0, topP: 1, seed: 1n };
}
