/** A draft's session that can be asked what it would draft behind any tokens. */
import type { DraftEngine, SessionKey } from '@outrider/inference';
import type { DraftBlock, DraftKind, Sampling, TokenId } from '@outrider/speculation';

export interface DraftSession {
  /** So many tokens behind those, whatever their distributions say; fewer where the draft knows no way on. */
  draft(behind: readonly TokenId[], count: number): Promise<DraftBlock>;
  close(): Promise<void>;
}

export async function openDraftSession(
  engine: DraftEngine,
  key: SessionKey,
  draftKind: DraftKind,
  prompt: readonly TokenId[],
  sampling: Sampling,
  signal: AbortSignal,
): Promise<DraftSession> {
  await engine.open({ ...key, draftKind });
  let held = prompt.slice(0, -1);
  if (held.length > 0) await engine.prefill({ ...key, keepLength: 0, tokens: held }, signal);
  return {
    async draft(behind, count) {
      const keepLength = Math.min(commonLength(held, behind), behind.length - 1);
      const limits = { ...UNLIMITED, maxTokens: count, minTokens: count };
      const tokens = behind.slice(keepLength);
      const request = { ...key, keepLength, tokens, sampling, promptTokens: prompt.length, limits };
      const block = await engine.draftBlock(request, signal);
      held = [...behind, ...block.tokens.map(({ id }) => id)].slice(0, block.kvLength);
      return block;
    },
    close: () => engine.close(key),
  };
}

const UNLIMITED = { maxEntropy: Infinity, minTopProbability: 0, proposeStopped: false };

function commonLength(a: readonly TokenId[], b: readonly TokenId[]): number {
  const most = Math.min(a.length, b.length);
  for (let i = 0; i < most; i++) if (a[i] !== b[i]) return i;
  return most;
}
