import { type ConstraintCompiler, createConstraintCompiler } from '@outrider/constraints';
import { openModel } from '@outrider/models';
import type { ConstraintSpec } from '@outrider/speculation';
import { type Guide, createGuide } from './guide.js';

/** What follows a text that must match the constraint. Errors: ConstraintError; those of reading the model folder. */
export async function guideFor(
  constraint: ConstraintSpec | undefined,
  compiler: () => Promise<ConstraintCompiler>,
): Promise<Guide | undefined> {
  return constraint && createGuide((await (await compiler()).compile(constraint)).start());
}

/** Compiles constraints over a model's vocabulary; made when it is first asked for. */
export function constraintCompiler(modelDirectory: string): () => Promise<ConstraintCompiler> {
  let compiler: Promise<ConstraintCompiler> | undefined;
  return () => (compiler ??= create(modelDirectory));
}

async function create(modelDirectory: string): Promise<ConstraintCompiler> {
  const model = await openModel(modelDirectory);
  const { isSpecial, tokenBytes } = await model.loadTokenizer();
  const { architecture, endTokenIds } = model.manifest;
  return createConstraintCompiler({ tokenBytes, isSpecial, vocabularySize: architecture.vocabularySize, endTokenIds });
}
