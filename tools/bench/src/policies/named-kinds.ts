/** Policies under several kinds of draft in one run: each pair is a row of its own, `adaedl hybrid`. */
import type { DraftKind } from '@outrider/speculation';

/** Without kinds the policies as they are; `off` drafts nothing, and is measured once. */
export function withKinds(policies: readonly string[], kinds: readonly DraftKind[] = []): string[] {
  if (kinds.length === 0) return [...policies];
  return policies.flatMap((policy) => (policy === 'off' ? [policy] : kinds.map((kind) => `${policy} ${kind}`)));
}

export function splitKind(name: string): { readonly policy: string; readonly draftKind?: DraftKind } {
  const [policy = '', kind] = name.split(' ');
  return kind === undefined ? { policy } : { policy, draftKind: kind as DraftKind };
}
