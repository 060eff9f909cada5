/** A model folder opened for running: the ONNX session and the numbers that the feeds are built from. */
import './no-telemetry.js';
import { join } from 'node:path';
import { GRAPH_FILE, type Architecture, graphSignature, openModel } from '@outrider/models';
import { InferenceSession } from 'onnxruntime-node';

export interface LoadedModel {
  readonly session: InferenceSession;
  readonly architecture: Architecture;
  readonly endTokenIds: readonly number[];
  /** Token id of each head row, ascending; undefined when row i is token i. */
  readonly headTokenIds: readonly number[] | undefined;
  /** Rows of the output head. */
  readonly headRows: number;
  /** Query, key and value heads together. */
  readonly allHeads: number;
  /** Query heads that share a key-value head. */
  readonly group: number;
}

/** Errors: those of opening the folder and of onnxruntime. */
export async function loadModel(directory: string, threads: number): Promise<LoadedModel> {
  const { manifest } = await openModel(directory);
  const { architecture, headTokenIds } = manifest;
  return {
    session: await openSession(directory, threads),
    architecture,
    endTokenIds: manifest.endTokenIds,
    headTokenIds,
    headRows: headTokenIds?.length ?? architecture.vocabularySize,
    allHeads: graphSignature.headsOfAllKinds(architecture),
    group: architecture.heads / architecture.keyValueHeads,
  };
}

export function openSession(directory: string, threads: number): Promise<InferenceSession> {
  return InferenceSession.create(join(directory, GRAPH_FILE), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    // A pass is a thousand small operators: without spinning, waking the threads for each costs a quarter of the
    // pass. Spinning must end with the pass, or an idle engine would take cores from the other one.
    extra: { session: { intra_op: { allow_spinning: '1' }, force_spinning_stop: '1' } },
  });
}
