/** `outrider model import|list|remove`: the models in the cache. */
import { CliError } from '../cli-error.js';
import type { CliContext } from '../context.js';
import type { ImportOptions } from '../program.js';
import { importProgress } from '../render/import-progress.js';
import { modelTable } from '../render/model-table.js';
import { createProgressReporter } from '../render/progress.js';
import { wantsColour } from '../render/style.js';
import { findModel, sameTokenizer } from '../stack/model-choice.js';

export async function importModel(file: string, options: ImportOptions, context: CliContext): Promise<void> {
  const { stdout, stderr, env, signal } = context;
  const { importGguf, removeModel: removeFromCache } = await import('@outrider/models');
  const { name, draftOf, precision } = options;
  const target = draftOf === undefined ? undefined : await findModel(draftOf, '--draft-of <name>');

  const progress = createProgressReporter(stderr, !wantsColour(stderr, env));
  const model = await importGguf(file, {
    signal,
    onProgress: (report) => progress.report(importProgress(report)),
    ...(name === undefined ? {} : { name }),
    ...(precision === undefined ? {} : { graph: { precision } }),
    ...(target === undefined ? {} : { provenance: { draftOf: target.manifest.name } }),
  }).finally(() => progress.end());

  if (target !== undefined && !sameTokenizer(model, target)) {
    await removeFromCache(model.manifest.name);
    throw new CliError(`${file} cannot draft for ${target.manifest.name}: their tokenizers differ; it is not imported`);
  }
  stdout.write(`imported ${model.manifest.name} into ${model.directory}\n`);
}

export async function listModels({ stdout, stderr }: CliContext): Promise<void> {
  const models = await import('@outrider/models');
  const listed = await models.listModels();
  if (listed.length === 0) stderr.write(`no models in ${models.cacheHome()}\n`);
  else stdout.write(`${modelTable(listed).join('\n')}\n`);
}

export async function removeModel(name: string, { stdout }: CliContext): Promise<void> {
  const models = await import('@outrider/models');
  await models.removeModel(name);
  stdout.write(`removed ${name}\n`);
}
