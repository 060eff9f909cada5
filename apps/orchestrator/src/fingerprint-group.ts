/**
 * The members that share the fingerprint most of them have; among equals the one that comes first. Caches, and the laws
 * tokens are drawn from, belong to one model: replicas of different ones are never mixed.
 */
export function largestGroup<M>(members: readonly M[], fingerprintOf: (member: M) => string): readonly M[] {
  const groups = new Map<string, M[]>();
  for (const member of members) {
    const group = groups.get(fingerprintOf(member));
    if (group) group.push(member);
    else groups.set(fingerprintOf(member), [member]);
  }
  let largest: readonly M[] = [];
  for (const group of groups.values()) if (group.length > largest.length) largest = group;
  return largest;
}
