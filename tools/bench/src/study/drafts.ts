/** The models behind a study's drafts. */
import { ensureLargerDraft } from '@outrider/models';
import type { BenchContext } from '../context.js';
import { defaultPair, importText } from '../models.js';
import { modelName } from '../policies/result.js';
import type { StudyDraft, StudyDraftName } from './types.js';

/** Fetched and imported as far as they are missing. */
export async function openDrafts(names: readonly StudyDraftName[], context: BenchContext): Promise<StudyDraft[]> {
  const { draft } = await defaultPair(context);
  const { progress, signal } = context;
  const larger = names.includes('larger')
    ? await ensureLargerDraft({ signal, onProgress: (report) => progress.report(importText(report)) })
    : draft;
  progress.end();
  return names.map((name): StudyDraft => {
    const { directory, manifest } = name === 'larger' ? larger : draft;
    if (name === 'ngram') return { name, kind: 'ngram', model: { name: 'ngram', fingerprint: '' }, directory };
    return { name, kind: name === 'hybrid' ? 'hybrid' : 'neural', model: modelName(manifest), directory };
  });
}
