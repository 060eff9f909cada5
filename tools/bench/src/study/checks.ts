/** What a study is to show, as figures held against a line. */
import { THIS_MACHINE } from '../profiles/types.js';
import { rowOf } from './cell.js';
import type { RatioRange, StudyCell, StudyCheck } from './types.js';

/** Replays agree with real runs when their speeds differ by less. */
const AGREEMENT = 0.05;
const AGREEING_POLICIES = 4;
/** What pace may cost where drafting cannot pay. */
const LEAST_WITHOUT_GAIN = 0.98;

/** Checks of what was not measured are left out. */
export function studyChecks(cells: readonly StudyCell[]): StudyCheck[] {
  return [
    ...realGains(cells),
    ...paperPattern(cells),
    ...paceAgainstBest(cells),
    ...paceWithoutGain(cells),
    ...agreement(cells),
  ];
}

function realGains(cells: readonly StudyCell[]): StudyCheck[] {
  const real = cells.filter(({ source }) => source === 'real');
  const bestDraft = (temperature: number, wanted: number): StudyCheck[] => {
    const found = real
      .filter((cell) => cell.temperature === temperature)
      .flatMap((cell) => ({ draft: cell.draft, range: rowOf(cell, 'pace')?.overOff }))
      .filter((each): each is { draft: typeof each.draft; range: RatioRange } => each.range !== undefined)
      .sort((a, b) => b.range.ratio - a.range.ratio)[0];
    if (found === undefined) return [];
    const name = `pace with its best draft at temperature ${temperature}, real: at least ${wanted} times off`;
    return [{ name, passed: found.range.ratio >= wanted, found: `${times(found.range)} with ${found.draft}` }];
  };
  const greedy = real.find(({ draft, temperature }) => draft === 'default' && temperature === 0);
  const adaedl = rowOf(greedy, 'adaedl@7')?.overStatic;
  return [
    ...bestDraft(0, 1.25),
    ...(adaedl === undefined
      ? []
      : [
          {
            name: 'adaedl@7 at temperature 0, real, default draft: at least 1.3 times static:7',
            passed: adaedl.ratio >= 1.3,
            found: times(adaedl),
          },
        ]),
    ...bestDraft(1, 1.05),
  ];
}

/** arXiv:2410.18351, table 1: +10 % and more at L = 7, +40 % and more at 16. */
function paperPattern(cells: readonly StudyCell[]): StudyCheck[] {
  return cells
    .filter(({ draft, source }) => source === 'a100-llama2-7b' && draft === 'default')
    .flatMap((cell) =>
      (
        [
          ['7', 1.1],
          ['16', 1.4],
        ] as const
      ).flatMap(([length, wanted]): StudyCheck[] => {
        const variants = [`adaedl@${length}`, `adaedl:discard@${length}`];
        const ranges = variants.map((policy) => rowOf(cell, policy)?.overStatic);
        const [own, paper] = ranges;
        if (own === undefined || paper === undefined) return [];
        return [
          {
            name: `adaedl@${length} under the A100 profile at temperature ${cell.temperature}: at least ${wanted} times static:${length}`,
            passed: own.ratio >= wanted,
            found: `${times(own)}, as in the paper, without the token that says stop, ${times(paper)}`,
          },
        ];
      }),
    );
}

/** Where drafting cannot pay there is nothing to be best at; see paceWithoutGain. */
function paceAgainstBest(cells: readonly StudyCell[]): StudyCheck[] {
  const sources = [...new Set(cells.map(({ source }) => source))].filter((source) => source !== 'no-gain');
  return sources.flatMap((source): StudyCheck[] => {
    const compared = cells.filter((cell) => cell.source === source && cell.rival !== undefined);
    if (compared.length === 0) return [];
    const behind = compared.filter(({ rival }) => (rival?.high ?? 1) < 1);
    const mean = compared.reduce((total, { rival }) => total + Math.log(rival?.ratio ?? 1), 0) / compared.length;
    const named = behind.map(
      ({ draft, rival, temperature }) =>
        `${draft} at ${temperature}: ${rival === undefined ? '' : times(rival)} of ${rival?.policy}`,
    );
    return [
      {
        name: `pace, ${source}: in every cell within the noise of the best other policy, or better`,
        passed: behind.length === 0,
        found:
          behind.length === 0
            ? `in all ${compared.length} cells`
            : `not in ${behind.length} of ${compared.length}: ${named.join('; ')}`,
      },
      {
        name: `pace, ${source}: better than the best other policy of each cell on average`,
        passed: mean > 0,
        found: `${Math.exp(mean).toFixed(3)} times (geometric mean)`,
      },
    ];
  });
}

function paceWithoutGain(cells: readonly StudyCell[]): StudyCheck[] {
  const found = cells
    .filter(({ draft, source }) => source === 'no-gain' && draft !== 'ngram')
    .flatMap((cell) => {
      const range = rowOf(cell, 'pace')?.overOff;
      return range === undefined ? [] : [{ cell, range }];
    })
    .sort((a, b) => a.range.ratio - b.range.ratio)[0];
  if (found === undefined) return [];
  const { cell, range } = found;
  return [
    {
      name: 'pace costs at most 2 % where drafting cannot pay',
      passed: range.ratio >= LEAST_WITHOUT_GAIN,
      found: `at worst ${range.ratio.toFixed(3)} times off (${cell.draft} at temperature ${cell.temperature})`,
    },
  ];
}

function agreement(cells: readonly StudyCell[]): StudyCheck[] {
  return cells
    .filter(({ draft, source }) => source === 'real' && draft === 'default')
    .flatMap((real): StudyCheck[] => {
      const replayed = cells.find(
        (cell) => cell.source === THIS_MACHINE && cell.draft === real.draft && cell.temperature === real.temperature,
      );
      if (replayed === undefined) return [];
      const differences = real.rows.flatMap(({ policy, tokensPerSecond }) => {
        const other = rowOf(replayed, policy)?.tokensPerSecond;
        return other === undefined ? [] : [{ policy, difference: other / tokensPerSecond - 1 }];
      });
      const agreeing = differences.filter(({ difference }) => Math.abs(difference) <= AGREEMENT);
      return [
        {
          name: `replays agree with real runs within 5 % at temperature ${real.temperature}, for four policies at least`,
          passed: agreeing.length >= AGREEING_POLICIES,
          found: `${agreeing.length} of ${differences.length}: ${differences
            .map(({ difference, policy }) => `${policy} ${signed(difference)}`)
            .join(', ')}`,
        },
      ];
    });
}

function times({ high, low, ratio }: RatioRange): string {
  return `${ratio.toFixed(2)} times (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

function signed(share: number): string {
  return `${share < 0 ? '' : '+'}${(100 * share).toFixed(1)} %`;
}
