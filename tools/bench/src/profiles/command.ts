/** `bench profile`: this machine's costs, from a run of the policies benchmark, and how well replays with them agree. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createEngine } from '@outrider/inference';
import { graphSignature } from '@outrider/models';
import { BenchError } from '../bench-error.js';
import type { BenchContext } from '../context.js';
import { defaultPair } from '../models.js';
import { profilesFolder, resultsFolder } from '../paths.js';
import type { Measurement } from '../policies/measurement.js';
import type { PolicyResult } from '../policies/result.js';
import { describeRun } from '../report/provenance.js';
import { readResult, resultPath, writeResult } from '../report/result-file.js';
import { textTable } from '../report/table.js';
import { committedTraces } from '../replay/command.js';
import { readTrace } from '../trace/file.js';
import { evaluationText } from '../workload/evaluation-text.js';
import { type Agreement, agreementColumns, agreementOf } from './agreement.js';
import { measureExtraToken } from './extra-token.js';
import { type KnownCosts, fitCosts } from './fit.js';
import { type DeviceCosts, type DeviceProfile, THIS_MACHINE } from './types.js';

export interface ProfileOptions {
  readonly traces?: readonly string[];
  readonly seeds: number;
  readonly threads: number;
  readonly output?: string;
}

const NGRAM_TOKEN_MS = 0.02;

/** `results`: those of `bench policies`; the first one's draft is what others are taken to cost like. */
export async function runProfile(
  results: readonly string[],
  options: ProfileOptions,
  context: BenchContext,
): Promise<void> {
  const { args, progress, signal, stdout } = context;
  const runs = await Promise.all((results.length > 0 ? results : [resultPath('policies')]).map(readRun));
  const known = await knownCosts(options.threads, context);
  const profile = profileOf(runs, known);
  const path = options.output ?? join(profilesFolder, `${THIS_MACHINE}.json`);
  await writeResult(path, profile);
  progress.note(`written to ${path}`);

  const seeds = Array.from({ length: options.seeds }, (_, i) => BigInt(i + 1));
  const rows: Agreement[] = [];
  for (const file of options.traces ?? (await committedTraces())) {
    signal.throwIfAborted();
    const trace = await readTrace(file);
    const { models, settings } = trace.header;
    const run = runs.find(({ result }) => result.models.draft.name === models.draft.name);
    if (run === undefined || settings.draftKind !== 'neural') continue;
    rows.push(...(await agreementOf(run.measurements, trace, profile, seeds)));
  }
  stdout.write(textTable(agreementColumns, rows));
  if (options.output !== undefined) return;
  const agreement = join(resultsFolder, 'agreement.json');
  await writeResult(agreement, {
    benchmark: 'agreement',
    ...describeRun(args, new Date()),
    profile: THIS_MACHINE,
    rows,
  });
  progress.note(`written to ${agreement}`);
}

interface Run {
  readonly result: PolicyResult;
  readonly measurements: readonly Measurement[];
}

async function readRun(path: string): Promise<Run> {
  const result = await readResult<PolicyResult>(path);
  if (result === undefined) throw new BenchError(`there is no ${path}: run bench policies first`);
  const lines = await readFile(`${path.replace(/\.json$/, '')}.measurements.jsonl`, 'utf8');
  const measurements = lines.split('\n').filter((line) => line !== '');
  return { result, measurements: measurements.map((line) => JSON.parse(line) as Measurement) };
}

function profileOf(runs: readonly Run[], known: KnownCosts): DeviceProfile {
  const first = (runs[0] as Run).result;
  const { cores, processor } = first.machine;
  const costsAt = (temperatures: (value: number) => boolean): DeviceCosts | undefined => {
    const fits = runs.flatMap(({ measurements, result }) => {
      const own = measurements.filter(({ temperature }) => temperatures(temperature));
      return own.length === 0 ? [] : [{ name: result.models.draft.name, costs: fitCosts(own, known) }];
    });
    if (fits[0] === undefined) return undefined;
    const others = fits.slice(1).map(({ costs, name }) => [name, costs.draft] as const);
    return { ...fits[0].costs, ...(others.length > 0 && { drafts: Object.fromEntries(others) }) };
  };
  const [greedy, sampled] = [costsAt((value) => value === 0), costsAt((value) => value > 0)];
  const costs = greedy ?? sampled;
  if (costs === undefined) throw new BenchError('there are no measurements');
  return {
    name: THIS_MACHINE,
    title: `this program's three services on ${processor}, ${cores} cores`,
    simulated: false,
    sources: runs.map(({ result }) => `${result.command}, ${result.date}, commit ${result.commit ?? 'unknown'}`),
    costs,
    ...(sampled && greedy && { sampled }),
  };
}

/** What measured policies do not tell. */
export async function knownCosts(threads: number, context: BenchContext): Promise<KnownCosts> {
  return {
    extraTokenShare: await extraTokenShare(threads, context),
    ngramTokenMs: NGRAM_TOKEN_MS,
    blockTokens: graphSignature.BLOCK_TOKENS,
  };
}

async function extraTokenShare(threads: number, context: BenchContext): Promise<number> {
  const { draft, target } = await defaultPair(context);
  const tokens = (await target.loadTokenizer()).encode(evaluationText());
  const engine = await createEngine({
    modelDirectory: draft.directory,
    slots: 1,
    threads,
    thread: 'caller',
    maxCandidates: 64,
  });
  try {
    return await measureExtraToken(engine, tokens, context.signal);
  } finally {
    await engine.dispose();
  }
}
