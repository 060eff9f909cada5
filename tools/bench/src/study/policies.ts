/** The policies that are compared, and what their names say. */

/** Those with a largest draft length in their name. */
const RIVALS = [
  'adaedl',
  'adaedl:discard',
  'max-confidence',
  'max-confidence:discard',
  'svip',
  'draft-and-verify',
  'heuristic',
  'learned',
] as const;

/** Lengths that the best static is chosen from in hindsight, besides the compared ones. */
const STATIC_LENGTHS = [1, 2, 4, 5];

/** `off` first; every rival at each length; `pace`, which has no need of one, alone too. */
export function studyPolicies(lengths: readonly number[]): string[] {
  const statics = [...new Set([...STATIC_LENGTHS, ...lengths])].sort((a, b) => a - b);
  return [
    'off',
    ...statics.map((length) => `static:${length}`),
    ...lengths.flatMap((length) => RIVALS.map((rival) => `${rival}@${length}`)),
    'pace',
  ];
}

/** For real runs, which take their time: the same without what differs least from another. */
export function realPolicies(lengths: readonly number[]): string[] {
  const statics = [...new Set([1, 2, ...lengths])].sort((a, b) => a - b);
  return [
    'off',
    ...statics.map((length) => `static:${length}`),
    ...lengths.flatMap((length) =>
      RIVALS.filter((rival) => rival !== 'max-confidence:discard').map((rival) => `${rival}@${length}`),
    ),
    'pace',
  ];
}

/** Of a short look. */
export function quickPolicies(length: number): string[] {
  const rivals = [`adaedl@${length}`, `max-confidence@${length}`];
  return ['off', 'static:1', `static:${length}`, ...rivals, 'pace'];
}

export interface PolicyParts {
  /** The name without its length. */
  readonly family: string;
  /** Undefined for `off` and for a policy that goes by its own default. */
  readonly length: number | undefined;
}

export function partsOf(policy: string): PolicyParts {
  const [, family = policy, length] = /^(static(?=:)|[^@]*)(?:[:@](\d+))?$/.exec(policy) ?? [];
  return { family, length: length === undefined ? undefined : Number(length) };
}

export function isStatic(policy: string): boolean {
  return partsOf(policy).family === 'static';
}
