import type { DraftKind } from '@outrider/speculation';
import { invalidArgument } from './error.js';
import * as wire from './wire.js';

const toWire: Readonly<Record<DraftKind, wire.DraftKind>> = {
  neural: wire.DraftKind.DRAFT_KIND_NEURAL,
  ngram: wire.DraftKind.DRAFT_KIND_NGRAM,
  hybrid: wire.DraftKind.DRAFT_KIND_HYBRID,
};

const fromWire = new Map(Object.entries(toWire).map(([kind, value]) => [value, kind as DraftKind] as const));

export function encodeDraftKind(kind: DraftKind | undefined): wire.DraftKind {
  return kind === undefined ? wire.DraftKind.DRAFT_KIND_UNSPECIFIED : toWire[kind];
}

/** Undefined when the message leaves it to the service. Errors: invalid_argument with the field's path. */
export function decodeDraftKind(kind: wire.DraftKind, field: string): DraftKind | undefined {
  if (kind === wire.DraftKind.DRAFT_KIND_UNSPECIFIED) return undefined;
  const known = fromWire.get(kind);
  if (known === undefined) throw invalidArgument(field, `unknown value ${kind}`);
  return known;
}

/** What a draft service says it can draft with. One that says nothing drafts with a model; kinds not known here are left out. */
export function decodeDraftKinds(kinds: readonly wire.DraftKind[]): readonly DraftKind[] {
  if (kinds.length === 0) return ['neural'];
  return kinds.flatMap((kind) => fromWire.get(kind) ?? []);
}
