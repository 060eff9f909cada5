/** Several toy replicas and orchestrators over them, all taken down after each test. */
import { createMemoryState } from '@outrider/sessions';
import { type Logger, createLogger } from '@outrider/telemetry';
import { afterEach } from 'vitest';
import { type StackOptions, type TestStack, startStack } from './stack.fixture.js';
import { createToyCache } from './toy-cache.fixture.js';
import { type ToyBehaviour, type ToyReplica, serveToyDraft, serveToyTarget } from './toy-replica.fixture.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export function atEnd(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup);
}

/** Replicas with caches of their own, one for each behaviour. */
export const targets = (...behaviours: ToyBehaviour[]): Promise<ToyReplica[]> => serveAll(serveToyTarget, behaviours);
export const drafts = (...behaviours: ToyBehaviour[]): Promise<ToyReplica[]> => serveAll(serveToyDraft, behaviours);

async function serveAll(serve: typeof serveToyDraft, behaviours: ToyBehaviour[]): Promise<ToyReplica[]> {
  const replicas = await Promise.all(behaviours.map((each) => serve({ cache: createToyCache(), ...each })));
  for (const replica of replicas) atEnd(() => replica.kill());
  return replicas;
}

export async function serveAgain(replica: ToyReplica, behaviour: ToyBehaviour = {}): Promise<ToyReplica> {
  const serve = replica.id.startsWith('draft') ? serveToyDraft : serveToyTarget;
  const again = await serve({ cache: createToyCache(), ...behaviour }, replica.address);
  atEnd(() => again.kill());
  return again;
}

export interface Stack extends TestStack {
  /** Messages logged as information or warning. */
  readonly lines: readonly string[];
}

/** An orchestrator that has found them all. */
export async function orchestrate(
  targets: readonly ToyReplica[],
  drafts: readonly ToyReplica[],
  options: Partial<StackOptions> = {},
): Promise<Stack> {
  const lines: string[] = [];
  const addresses = (replicas: readonly ToyReplica[]): string => replicas.map(({ address }) => address).join(',');
  const stack = await startStack({
    targetAddress: addresses(targets),
    draftAddress: drafts.length > 0 ? addresses(drafts) : undefined,
    log: recordingLog(lines),
    ...options,
  });
  atEnd(() => stack.close());
  await allConnected(stack, targets.length, drafts.length);
  return { ...stack, lines };
}

/** The pools know so many, of one model each. */
async function allConnected({ orchestrator }: TestStack, targets: number, drafts: number): Promise<void> {
  const most = 200;
  for (let i = 0; i < most; i++) {
    const found = [orchestrator.targets.members().length, orchestrator.drafts?.members().length ?? 0] as const;
    if (found[0] >= Math.min(1, targets) && found[1] >= Math.min(1, drafts)) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  // The others answered at about the same time.
  await new Promise((resolve) => setTimeout(resolve, 50));
}

function recordingLog(lines: string[]): Logger {
  const record = (_fields: unknown, message?: string): void => void lines.push(message ?? String(_fields));
  return Object.assign(createLogger('orchestrator', 'silent'), { info: record, warn: record });
}

export const memory = () => createMemoryState({ now: Date.now, idleMs: 60_000, maxIdle: 100 });
