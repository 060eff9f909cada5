/** `bench train`: weights of the policy `learned` from recorded traces. */
import { basename } from 'node:path';
import { DEFAULT_LEARNED_WEIGHTS } from '@outrider/models';
import { usageError } from '../bench-error.js';
import type { BenchContext } from '../context.js';
import { describeRun } from '../report/provenance.js';
import { writeResult } from '../report/result-file.js';
import { type Column, textTable } from '../report/table.js';
import { readTrace } from '../trace/file.js';
import type { Trace } from '../trace/types.js';
import type { CalibrationBin } from './evaluate.js';
import { type SourceFit, train } from './train.js';

export interface TrainOptions {
  readonly units: number;
  /** Without the hidden layer. */
  readonly logistic?: boolean;
  readonly seed: bigint;
  readonly output?: string;
}

export async function runTrain(files: readonly string[], options: TrainOptions, context: BenchContext): Promise<void> {
  if (files.length === 0) throw usageError('train needs traces: files that bench record wrote');
  const traces: Trace[] = [];
  for (const file of files) traces.push(await readTrace(file));
  const { fits, heldOut, weights } = train(traces, {
    seed: options.seed,
    units: options.logistic === true ? 0 : options.units,
  });
  const output = options.output ?? DEFAULT_LEARNED_WEIGHTS;
  await writeResult(output, {
    description:
      'Weights of the drafting policy `learned`: a token’s chance of being accepted, by what the draft knows.',
    ...weights,
    fits,
    provenance: {
      ...describeRun(context.args, new Date()),
      seed: String(options.seed),
      heldOutPrompts: heldOut,
      traces: traces.map(({ header: { command, commit, date, models, settings }, texts }, i) => ({
        file: basename(files[i] ?? ''),
        command,
        ...(commit !== undefined && { commit }),
        date,
        models,
        settings,
        tokens: texts.reduce((sum, { tokens }) => sum + tokens.length, 0),
      })),
    },
  });
  for (const [source, fit] of Object.entries(fits)) context.stdout.write(`${fitTable(source, fit)}\n`);
  context.stdout.write(`${output}\n`);
}

const COLUMNS: readonly Column<CalibrationBin>[] = [
  { title: 'estimate', cell: ({ from, to }) => `${from}-${to}` },
  { title: 'examples', cell: ({ examples }) => String(examples) },
  { title: 'mean estimate', cell: ({ meanEstimate }) => meanEstimate.toFixed(3) },
  { title: 'accepted', cell: ({ meanAccepted }) => meanAccepted.toFixed(3) },
];

function fitTable(source: string, { heldOut, logisticLogLoss, trainedOn }: SourceFit): string {
  const { calibration, constantLogLoss, examples, leastLogLoss, logLoss } = heldOut;
  const losses = [logLoss, logisticLogLoss, constantLogLoss, leastLogLoss].map((loss) => loss.toFixed(4));
  const [own, logistic, constant, least] = losses;
  return [
    `${source}: trained on ${trainedOn} examples; log loss on ${examples} others ${own}`,
    `(logistic ${logistic}, one estimate for all ${constant}, the least that is possible ${least})`,
    textTable(COLUMNS, calibration),
  ].join('\n');
}
