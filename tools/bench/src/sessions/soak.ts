/** Many sessions opened, used and left in every way there is: what remains of them, and whether memory grows. */
import { createHash } from 'node:crypto';
import { type GenerateCommand, encodeGenerateRequest, wire } from '@outrider/contracts';
import { type Connection, callServerStream, callUnary } from '@outrider/rpc';
import { parsePolicy } from '@outrider/speculation';
import { BenchError } from '../bench-error.js';
import { median } from '../statistics/samples.js';
import { loadPrompts } from '../workload/prompts.js';

const { generate, closeSession } = wire.GenerationServiceService;

/** How a session ends: read to its end and closed, or not closed; given up at a random message; given up before any. */
export const ENDINGS = ['closed', 'left', 'given up', 'given up at once'] as const;
export type SoakEnding = (typeof ENDINGS)[number];

/** What the processes hold after so many sessions, in MiB. */
export interface MemorySample {
  readonly sessions: number;
  readonly residentMiB: Readonly<Record<string, number>>;
}

export interface SoakRun {
  readonly sessions: number;
  readonly endings: Readonly<Record<SoakEnding, number>>;
  readonly seconds: number;
  readonly memory: readonly MemorySample[];
}

const CONCURRENT = 4;
const MEMORY_SAMPLES = 60;
const MAX_TOKENS = 12;

export async function soak(
  count: number,
  policy: string,
  seed: bigint,
  connection: Connection,
  residentMemory: () => Record<string, number>,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<SoakRun> {
  const prompts = loadPrompts();
  const endings: Record<SoakEnding, number> = { closed: 0, left: 0, 'given up': 0, 'given up at once': 0 };
  const memory: MemorySample[] = [];
  const every = Math.max(1, Math.floor(count / MEMORY_SAMPLES));
  const startedAt = performance.now();
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      const chance = (purpose: string, below: number): number => draw(`${seed} ${index} ${purpose}`, below);
      const ending = ENDINGS[chance('ending', ENDINGS.length)] as SoakEnding;
      const command: GenerateCommand = {
        sessionId: `soak-${process.pid}-${seed}-${index}`,
        prompt: { type: 'messages', messages: prompts[chance('prompt', prompts.length)]?.messages ?? [] },
        sampling: { temperature: 1, topK: 0, topP: 1, seed: BigInt(index + 1) },
        maxTokens: 1 + chance('tokens', MAX_TOKENS),
        policy: parsePolicy(policy),
      };
      await useSession(connection, command, ending, chance('messages', MAX_TOKENS), signal);
      endings[ending]++;
      if (++done % every === 0) memory.push({ sessions: done, residentMiB: residentMemory() });
      onProgress(done);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, worker));
  return { sessions: done, endings, seconds: (performance.now() - startedAt) / 1000, memory };
}

async function useSession(
  connection: Connection,
  command: GenerateCommand,
  ending: SoakEnding,
  messages: number,
  signal: AbortSignal,
): Promise<void> {
  const own = new AbortController();
  const limits = { signal: AbortSignal.any([signal, own.signal]) };
  const most = ending === 'given up' ? messages : ending === 'given up at once' ? 0 : Infinity;
  if (most === 0) setImmediate(() => own.abort(new BenchError('given up')));
  try {
    let read = 0;
    for await (const response of callServerStream(connection, generate, encodeGenerateRequest(command), limits)) {
      if (response.event !== undefined && ++read >= most) break;
    }
    const { sessionId = '' } = command;
    if (ending === 'closed') await callUnary(connection, closeSession, { sessionId }, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!own.signal.aborted) throw error;
  }
}

/** A whole number below `below`, the same for the same key. */
function draw(key: string, below: number): number {
  return createHash('sha256').update(key).digest().readUInt32BE(0) % below;
}

export interface MemoryGrowth {
  readonly firstMiB: number;
  readonly lastMiB: number;
  /** Median over the last quarter of the sessions by the median over the quarter before it. */
  readonly lastHalfRatio: number;
}

/** By process. */
export function memoryGrowth(memory: readonly MemorySample[]): Record<string, MemoryGrowth> {
  const names = Object.keys(memory[0]?.residentMiB ?? {});
  const quarter = Math.floor(memory.length / 4);
  return Object.fromEntries(
    names.map((name) => {
      const values = memory.map(({ residentMiB }) => residentMiB[name] ?? 0);
      const third = median(values.slice(values.length - 2 * quarter, values.length - quarter)) ?? 0;
      const last = median(values.slice(values.length - quarter)) ?? 0;
      return [
        name,
        { firstMiB: values[0] ?? 0, lastMiB: values.at(-1) ?? 0, lastHalfRatio: third === 0 ? 0 : last / third },
      ];
    }),
  );
}
