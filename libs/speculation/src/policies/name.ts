/** What a name tells of a policy besides its kind. */
export interface NamedOptions {
  readonly proposeStopped?: boolean;
  readonly warmStart?: boolean;
  readonly maxDraftTokens?: number;
}

/** `kind[:discard][:warm][@L]`; L where it is not the kind's own. */
export function policyNameOf(kind: string, options: NamedOptions, ownLength: number): string {
  const { maxDraftTokens = ownLength, proposeStopped = true, warmStart = false } = options;
  const variants = `${proposeStopped ? '' : ':discard'}${warmStart ? ':warm' : ''}`;
  return `${kind}${variants}${maxDraftTokens === ownLength ? '' : `@${maxDraftTokens}`}`;
}
