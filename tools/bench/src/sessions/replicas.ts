/** How the replicas say they are. */
import { type ReplicaStatus, decodeReplicaStatus, wire } from '@outrider/contracts';
import { callUnary, connect } from '@outrider/rpc';
import { setTimeout as delay } from 'node:timers/promises';
import type { Stack } from '../stack/stack.js';

/** Of one that serves nobody any more, or of one that still does after the wait. */
export type LeftOver = Pick<ReplicaStatus, 'slots' | 'slotsInUse' | 'queued' | 'cachedTokens' | 'cacheTokens'>;

const SETTLE_MS = 10_000;

/** By service, once none has a session in use, or after a while. */
export async function leftOvers(stack: Stack): Promise<Record<string, LeftOver>> {
  const limit = performance.now() + SETTLE_MS;
  for (;;) {
    const all = await statuses(stack);
    const busy = Object.values(all).some(({ queued, slotsInUse }) => queued > 0 || slotsInUse > 0);
    if (!busy || performance.now() > limit) return all;
    await delay(100, undefined, { signal: stack.signal });
  }
}

async function statuses({ services, signal }: Stack): Promise<Record<string, LeftOver>> {
  const entries = await Promise.all(
    services
      .filter(({ name }) => name !== 'orchestrator')
      .map(async ({ address, name }) => {
        const connection = connect(address, name);
        try {
          const { replica } =
            name === 'draft'
              ? await callUnary(connection, wire.DraftServiceService.getModel, {}, { signal })
              : await callUnary(connection, wire.TargetServiceService.getModel, {}, { signal });
          const { cacheTokens, cachedTokens, queued, slots, slotsInUse } = decodeReplicaStatus(replica, name);
          return [name, { slots, slotsInUse, queued, cachedTokens, cacheTokens }] as const;
        } finally {
          connection.close();
        }
      }),
  );
  return Object.fromEntries(entries);
}
