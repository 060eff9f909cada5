import { Option } from 'commander';

/** As the wire knows them. */
export const DRAFT_KINDS = ['neural', 'ngram', 'hybrid'] as const;

export function draftKindOption(): Option {
  const what =
    'what to draft with: a model, n-grams of the text itself (no model is loaded), or n-grams where they are sure';
  return new Option('--draft-kind <kind>', what).choices(DRAFT_KINDS).conflicts('draft');
}
