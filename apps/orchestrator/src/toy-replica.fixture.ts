/**
 * Replicas without a model, behind real gRPC. The target recites a text, whatever was said before; the draft recites
 * it with a mistake at every fourth position. Both can be told to misbehave.
 */
import {
  type DraftEvent,
  type ModelInfo,
  type OpenSession,
  OutriderError,
  type ReplicaStatus,
  type VerifyEvent,
  createVocabulary,
  decodeDraftRequest,
  decodeVerifyRequest,
  encodeDraftKind,
  encodeDraftReply,
  encodeModel,
  encodeVerifyReply,
  wire,
} from '@outrider/contracts';
import { type CallContext, type RunningServer, type Service, defineService, startServer } from '@outrider/rpc';
import {
  type DraftKind,
  type DraftLimits,
  type DraftStopReason,
  type DraftedToken,
  blockRule,
} from '@outrider/speculation';
import type { TargetDistribution, TokenId } from '@outrider/speculation';
import type { ToyCache } from './toy-cache.fixture.js';
import { endToken } from './toy-tokenizer.fixture.js';

/** What the target says, from the position in the whole sequence that it is at. */
export const recital = Buffer.from('Grüße, 世界 🙂, once more: ');

export function recite(from: number, count: number): string {
  return Buffer.from(Array.from({ length: count }, (_, i) => recited(from + i))).toString();
}

const recited = (position: number): TokenId => recital[position % recital.length] as number;

export const tokenizerFingerprint = 'b'.repeat(64);

const toyModel: ModelInfo = {
  name: 'toy',
  fingerprint: 'a'.repeat(64),
  tokenizerFingerprint,
  vocabularySize: endToken + 1,
  contextLength: 200,
  endTokenIds: [endToken],
  slots: 100,
};

/** What a replica does wrong, or how it differs. */
export interface ToyBehaviour {
  readonly model?: Partial<ModelInfo>;
  /** What a draft says it can draft with. */
  readonly kinds?: readonly DraftKind[];
  /** Called at the start of each block, with the server to shut or to leave hanging. */
  onBlock?(round: number, replica: ToyReplica): Promise<void> | void;
  /** Called with what a session is opened with; may throw. */
  onOpen?(open: OpenSession): void;
  /** Rewrites what is sent. */
  alter?(event: DraftEvent | VerifyEvent): DraftEvent | VerifyEvent;
  /** The last token of the text, counted in the whole sequence. */
  readonly endsAt?: number;
  /** What it says of itself, each time it is asked; it may change. */
  readonly status?: Partial<ReplicaStatus>;
  /** Called when it is asked how it is; may never end. */
  onStatus?(): Promise<void> | void;
  /** It says what follows from all that its cache really holds, and keeps its caches: see toy-cache.fixture.ts. */
  readonly cache?: ToyCache;
}

export interface ToyReplica {
  readonly address: string;
  /** Of this process, as it says. */
  readonly id: string;
  /** Sessions that were opened on it. */
  opened(): number;
  /** Streams that are open, and calls. */
  activeCalls(): number;
  /** Gone, at once, as when its process is killed. */
  kill(): Promise<void>;
}

export type ServeToy = (behaviour?: ToyBehaviour, address?: string) => Promise<ToyReplica>;

export const serveToyDraft: ServeToy = (behaviour = {}, address) => serve('draft', behaviour, address);
export const serveToyTarget: ServeToy = (behaviour = {}, address) => serve('target', behaviour, address);

interface Serving {
  readonly id: string;
  opened: number;
  open: number;
  self(): ToyReplica;
}

let started = 0;

async function serve(kind: 'draft' | 'target', behaviour: ToyBehaviour, address = '127.0.0.1:0'): Promise<ToyReplica> {
  const serving: Serving = { id: `${kind}-${++started}`, opened: 0, open: 0, self: () => replica };
  const service = kind === 'draft' ? draftService(behaviour, serving) : targetService(behaviour, serving);
  const server: RunningServer = await startServer({ address, services: [service] });
  const replica: ToyReplica = {
    address: server.address,
    id: serving.id,
    opened: () => serving.opened,
    activeCalls: server.activeCalls,
    kill: () => server.drain(0),
  };
  return replica;
}

const vocabulary = createVocabulary(toyModel.vocabularySize);
const statusOf = ({ status }: ToyBehaviour, { id, open }: Serving): ReplicaStatus => ({
  id,
  slots: 100,
  slotsInUse: open,
  queued: 0,
  draining: false,
  cachedTokens: 0,
  cacheTokens: 0,
  ...status,
});
const modelOf = ({ model }: ToyBehaviour): wire.Model => encodeModel({ ...toyModel, ...model });

function draftService(behaviour: ToyBehaviour, serving: Serving): Service {
  return defineService(wire.DraftServiceService, {
    async getModel() {
      await behaviour.onStatus?.();
      const kinds = (behaviour.kinds ?? ['neural' as const]).map(encodeDraftKind);
      return { model: modelOf(behaviour), kinds, replica: statusOf(behaviour, serving) };
    },
    draft: counted(serving, async (stream, { signal }) => {
      const session = behaviour.cache?.session();
      const send = (event: DraftEvent): Promise<void> =>
        stream.send(encodeDraftReply((behaviour.alter?.(event) ?? event) as DraftEvent));
      let temperature = 0;
      for (let request = await stream.next(); request; request = await stream.next()) {
        const command = decodeDraftRequest(request, vocabulary);
        if (command.type === 'open') {
          behaviour.onOpen?.(command.open);
          serving.opened++;
          temperature = command.open.sampling.temperature;
          await send({ type: 'opened', cachedLength: session?.open(command.open.tokens ?? []) ?? 0, queueMs: 0 });
        } else if (command.type === 'prefill') {
          const kvLength = command.prefill.keepLength + command.prefill.tokens.length;
          session?.take(command.prefill.keepLength, command.prefill.tokens);
          await send({ type: 'prefilled', prefilled: { kvLength, computeMs: 0 } });
        } else if (command.type === 'block') {
          const { at, limits } = command.block;
          await unlessAborted(signal, behaviour.onBlock?.(at.round, serving.self()));
          session?.take(at.keepLength, at.tokens);
          const first = at.keepLength + at.tokens.length;
          const { stopReason, tokens } = draftedBlock(limits, (i) => {
            const token = drafted(first + i, temperature, session?.next() ?? recited(first + i));
            session?.append(token.id);
            return token;
          });
          session?.take(first + Math.max(0, tokens.length - 1), []);
          // One ahead, the others with the end.
          await send({ type: 'proposed', round: at.round, tokens: tokens.slice(0, 1) });
          const end = {
            stopReason,
            kvLength: first + Math.max(0, tokens.length - 1),
            computeMs: 0,
            passes: tokens.length,
          };
          await send({ type: 'block_end', round: at.round, tokens: tokens.slice(1), end });
        }
      }
    }),
  });
}

function draftedBlock(
  limits: DraftLimits,
  tokenAt: (index: number) => DraftedToken,
): { readonly tokens: readonly DraftedToken[]; readonly stopReason: DraftStopReason } {
  const rule = blockRule(limits);
  const tokens: DraftedToken[] = [];
  while (tokens.length < limits.maxTokens) {
    const unlikely = rule.beforePass();
    if (unlikely !== undefined) return { tokens, stopReason: unlikely };
    const token = tokenAt(tokens.length);
    const stopping = rule.at(token);
    if (stopping?.proposes === false) return { tokens, stopReason: stopping.reason };
    tokens.push(token);
    const stopReason = rule.after(token) ?? stopping?.reason;
    if (stopReason !== undefined) return { tokens, stopReason };
  }
  return { tokens, stopReason: 'max_tokens' };
}

function targetService(behaviour: ToyBehaviour, serving: Serving): Service {
  return defineService(wire.TargetServiceService, {
    async getModel() {
      await behaviour.onStatus?.();
      return { model: modelOf(behaviour), replica: statusOf(behaviour, serving) };
    },
    verify: counted(serving, async (stream, { signal }) => {
      const session = behaviour.cache?.session();
      const send = (event: VerifyEvent): Promise<void> =>
        stream.send(encodeVerifyReply((behaviour.alter?.(event) ?? event) as VerifyEvent));
      let temperature = 0;
      for (let request = await stream.next(); request; request = await stream.next()) {
        const command = decodeVerifyRequest(request, vocabulary);
        if (command.type === 'open') {
          behaviour.onOpen?.(command.open);
          serving.opened++;
          temperature = command.open.sampling.temperature;
          await send({ type: 'opened', cachedLength: session?.open(command.open.tokens ?? []) ?? 0, queueMs: 0 });
        } else if (command.type === 'prefill') {
          const kvLength = command.prefill.keepLength + command.prefill.tokens.length;
          session?.take(command.prefill.keepLength, command.prefill.tokens);
          await send({ type: 'prefilled', prefilled: { kvLength, computeMs: 0 } });
        } else if (command.type === 'block') {
          const { at, draft } = command.block;
          await unlessAborted(signal, behaviour.onBlock?.(at.round, serving.self()));
          session?.take(at.keepLength, at.tokens);
          const first = at.keepLength + at.tokens.length;
          const positions = Array.from({ length: draft.length + 1 }, (_, i) => {
            const right = first + i === behaviour.endsAt ? endToken : (session?.next() ?? recited(first + i));
            const id = draft[i]?.id;
            if (id !== undefined) session?.append(id);
            return scored(right, temperature, draft[i]?.candidateIds ?? []);
          });
          const scores = { positions, kvLength: first + draft.length, queueMs: 0, computeMs: 0, batchSize: 1 };
          await send({ type: 'scored', round: at.round, scores });
        } else {
          await send({ type: 'tail_drawn', round: command.round, index: command.index, token: tailToken });
        }
      }
    }),
  });
}

/** Counts the streams that are open. */
function counted<S>(
  serving: Serving,
  serveStream: (stream: S, context: CallContext) => Promise<void>,
): (stream: S, context: CallContext) => Promise<void> {
  return async (stream, context) => {
    serving.open++;
    try {
      await serveStream(stream, context);
    } finally {
      serving.open--;
    }
  };
}

/** Whatever a block does, it ends with its call, as an engine's does. */
async function unlessAborted(signal: AbortSignal, work: Promise<void> | void): Promise<void> {
  if (!work) return;
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => (abort = () => reject(OutriderError.from(signal.reason))));
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** What every draw from a tail gives. */
export const tailToken = '~'.charCodeAt(0);

function drafted(position: number, temperature: number, right: TokenId): DraftedToken {
  const id = position % 4 === 3 ? (right + 1) % 256 : right;
  const other = (id + 2) % 256;
  const candidates =
    temperature === 0 ? { ids: [id], probabilities: [1] } : { ids: [id, other], probabilities: [0.75, 0.25] };
  return { id, entropy: 0.5, topProbability: 0.75, candidates };
}

/** At temperature 0 one token; else half of the mass on it, a quarter on the draft's candidates, a quarter in the tail. */
function scored(right: TokenId, temperature: number, draftIds: readonly TokenId[]): TargetDistribution {
  if (temperature === 0) return { ids: [right], probabilities: [1], tailProbability: 0 };
  const others = draftIds.filter((id) => id !== right && id !== tailToken);
  const share = others.length > 0 ? 0.25 / others.length : 0;
  const probabilities = [0.5, ...others.map(() => share)];
  return { ids: [right, ...others], probabilities, tailProbability: others.length > 0 ? 0.25 : 0.5 };
}

/** The error a replica without free slots answers. */
export const noSlots = (): OutriderError =>
  new OutriderError('resource_exhausted', 'every slot is taken', { retryAfterMs: 1500 });
