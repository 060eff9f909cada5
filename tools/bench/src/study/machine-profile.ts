/** This machine's costs, fitted to a study's own real runs, so that replays are of the same hour as what they are held against. */
import { BenchError } from '../bench-error.js';
import { type KnownCosts, fitCosts } from '../profiles/fit.js';
import { type DeviceCosts, type DeviceProfile, THIS_MACHINE } from '../profiles/types.js';
import type { Journal } from './journal.js';
import { linesOf } from './real.js';
import type { StudyDraft, StudyLine } from './types.js';

/** Throws a BenchError when the real runs lack `off` or two static lengths, or a draft that is a model. */
export function machineProfile(
  drafts: readonly StudyDraft[],
  journal: Journal<StudyLine>,
  known: KnownCosts,
): DeviceProfile {
  const costsAt = (temperature: (value: number) => boolean): DeviceCosts | undefined => {
    // N-grams make no pass that a cost could be fitted to.
    const fits = drafts.flatMap((draft) => {
      if (draft.kind !== 'neural') return [];
      const measurements = linesOf(journal, draft.name).flatMap((line) => line.measurements);
      const own = measurements.filter((each) => temperature(each.temperature));
      return own.length === 0 ? [] : [{ name: draft.model.name, costs: fitCosts(own, known) }];
    });
    const [first, ...others] = fits;
    if (first === undefined) return undefined;
    return { ...first.costs, drafts: Object.fromEntries(others.map(({ costs, name }) => [name, costs.draft])) };
  };
  const [greedy, sampled] = [costsAt((value) => value === 0), costsAt((value) => value > 0)];
  const costs = greedy ?? sampled;
  if (costs === undefined) throw new BenchError('no draft model was run for real, so that there are no costs');
  return {
    name: THIS_MACHINE,
    title: 'this machine, as measured in the real runs of the same study',
    simulated: false,
    sources: ['the real runs of this study'],
    costs,
    ...(greedy && sampled && { sampled }),
  };
}
