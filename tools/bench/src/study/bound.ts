/** Acceptance by entropy, against AdaEDL's bound (arXiv:2410.18351), from traces. */
import { ADAEDL_DEFAULTS, acceptanceLowerBound } from '@outrider/speculation';
import type { Trace } from '../trace/types.js';
import type { BoundBin, StudyDraftName } from './types.js';

const EDGES = [0, 0.25, 0.5, 1, 2, 4];

/** Bins without a place are left out. */
export function boundBins(draft: StudyDraftName, { header, texts }: Trace): BoundBin[] {
  const { temperature } = header.settings;
  const places = texts.flatMap(({ entropy, expectedAcceptance, sources }) =>
    entropy.flatMap((nats, i) => (sources[i] === '-' ? [] : [{ nats, acceptance: expectedAcceptance[i] ?? 0 }])),
  );
  return EDGES.flatMap((from, i): BoundBin[] => {
    const to = EDGES[i + 1];
    const own = places.filter(({ nats }) => nats >= from && (to === undefined || nats < to));
    if (own.length === 0) return [];
    const mean = (figure: (place: (typeof own)[number]) => number): number =>
      own.reduce((sum, place) => sum + figure(place), 0) / own.length;
    return [
      {
        draft,
        temperature,
        from,
        ...(to !== undefined && { to }),
        places: own.length,
        acceptance: mean(({ acceptance }) => acceptance),
        bound: mean(({ nats }) => Math.max(0, acceptanceLowerBound(nats, ADAEDL_DEFAULTS.gamma))),
      },
    ];
  });
}
