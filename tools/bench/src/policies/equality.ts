/** At temperature 0 every policy must give the text of `off`, token for token. */

export interface Completion {
  readonly prompt: string;
  readonly policy: string;
  readonly repeat: number;
  readonly tokenIds: readonly number[];
}

export interface EqualityReport {
  /** Prompts of which more than one completion was compared. */
  readonly prompts: number;
  readonly differingPrompts: number;
  /** Each completion that differs from its prompt's first one of the reference policy, and where. */
  readonly differences: readonly {
    readonly prompt: string;
    readonly policy: string;
    readonly repeat: number;
    /** Index of the first generated token that differs. */
    readonly firstDifference: number;
  }[];
}

/** Compares with `off`, or with the policy of a prompt's first completion when `off` was not measured. */
export function compareCompletions(completions: readonly Completion[]): EqualityReport {
  const prompts = [...new Set(completions.map(({ prompt }) => prompt))];
  const compared = prompts
    .map((prompt) => completions.filter((each) => each.prompt === prompt))
    .filter((list) => list.length > 1);
  const differences = compared.flatMap((list) => {
    const reference = list.find(({ policy }) => policy === 'off') ?? list[0];
    return list.flatMap(({ tokenIds, ...key }) => {
      const at = firstDifference(tokenIds, reference?.tokenIds ?? []);
      return at === undefined ? [] : [{ ...key, firstDifference: at }];
    });
  });
  return {
    prompts: compared.length,
    differingPrompts: new Set(differences.map(({ prompt }) => prompt)).size,
    differences,
  };
}

/** Index of the first place where two lists differ, their ends included; undefined when they are equal. */
export function firstDifference(a: readonly number[], b: readonly number[]): number | undefined {
  for (let i = 0; i < Math.max(a.length, b.length); i++) if (a[i] !== b[i]) return i;
  return undefined;
}
