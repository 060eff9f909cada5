/** Which models a stack runs, as folders: the default pair, or what the user names. */
import type { ImportOptions, Model } from '@outrider/models';
import { usageError } from '../cli-error.js';
import type { StackChoices } from '../options/stack-options.js';

export interface ChosenModels {
  readonly target: Model;
  /** The target itself where n-grams draft, which need its tokenizer's alone. Undefined: run target-only. */
  readonly draft: Model | undefined;
}

type ModelChoices = Pick<StackChoices, 'targetModel' | 'draftModel' | 'draftKind' | 'draft'>;

/**
 * Without names the default pair, fetched when it is missing. A target by name runs with the draft that was
 * imported for it, unless another is named. Rejects with a CliError for a wrong name or models that do not fit.
 */
export async function chooseModels(choices: ModelChoices, options: ImportOptions): Promise<ChosenModels> {
  const { DEFAULT_TARGET, ensureDefaultPair } = await import('@outrider/models');
  const { targetModel, draftModel, draftKind } = choices;
  if (draftKind === 'ngram' && draftModel !== undefined) {
    throw usageError("option '--draft-model <name>': n-grams draft without a model");
  }
  const byDefault = targetModel === undefined || targetModel === DEFAULT_TARGET;
  const pair = byDefault ? await ensureDefaultPair(options) : undefined;

  const target = pair?.target ?? (await findModel(targetModel ?? '', '--target-model <name>'));
  if (!choices.draft) return { target, draft: undefined };
  if (draftKind === 'ngram') return { target, draft: target };
  if (draftModel === undefined) return { target, draft: pair?.draft ?? (await draftOf(target)) };

  const draft = await findModel(draftModel, '--draft-model <name>');
  if (!sameTokenizer(draft, target)) {
    const names = `${draft.manifest.name} cannot draft for ${target.manifest.name}`;
    throw usageError(`option '--draft-model <name>': ${names}: their tokenizers differ`);
  }
  return { target, draft };
}

export function sameTokenizer(one: Model, other: Model): boolean {
  return one.manifest.tokenizerFingerprint === other.manifest.tokenizerFingerprint;
}

/** A model by its name in the cache, or by its folder, which has a slash in it. */
export async function findModel(nameOrFolder: string, option: string): Promise<Model> {
  const { modelDirectory, openModel } = await import('@outrider/models');
  try {
    return await openModel(/[\\/]/.test(nameOrFolder) ? nameOrFolder : modelDirectory(nameOrFolder));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageError(`option '${option}': ${reason}; see: outrider model list`);
  }
}

async function draftOf(target: Model): Promise<Model | undefined> {
  const { listModels } = await import('@outrider/models');
  for (const listed of await listModels()) {
    if (!('model' in listed)) continue;
    const { model } = listed;
    if (model.manifest.provenance['draftOf'] === target.manifest.name && sameTokenizer(model, target)) return model;
  }
  return undefined;
}
