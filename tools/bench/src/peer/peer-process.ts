import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { oneMachineEnvironment } from '@outrider/config';
import { BenchError } from '../bench-error.js';
import { peakMemoryMiB } from '../stack/memory.js';
import type { GenerateMessage, LoadMessage, PeerGeneration, PeerReply, PeerRequest } from './protocol.js';

export interface PeerProcess {
  generate(request: Omit<GenerateMessage, 'type'>, signal: AbortSignal): Promise<PeerGeneration>;
  peakMemoryMiB(): number | undefined;
  stop(): Promise<void>;
}

/** Resolves when the peer has loaded the model. Rejects with a BenchError; the process is gone then. */
export async function startPeerProcess(load: Omit<LoadMessage, 'type'>, signal: AbortSignal): Promise<PeerProcess> {
  const child = fork(fileURLToPath(new URL('./child.js', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // Huge pages for both, or the comparison would be one of memory settings.
    env: oneMachineEnvironment(process.env),
  });
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    kill();
    await closed;
    process.off('exit', kill);
  };
  try {
    await ask(child, { type: 'load', ...load }, signal);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    generate: async (request, callSignal) => {
      const reply = await ask(child, { type: 'generate', ...request }, callSignal);
      if (reply.type !== 'generated') throw new BenchError('the peer gave an answer to another question');
      return reply.generation;
    },
    peakMemoryMiB: () => (child.pid === undefined ? undefined : peakMemoryMiB(child.pid)),
    stop,
  };
}

/** One question at a time. Rejects when the peer says it failed, when it ends, and with the signal's reason. */
async function ask(child: ChildProcess, request: PeerRequest, signal: AbortSignal): Promise<PeerReply> {
  signal.throwIfAborted();
  const done = new AbortController();
  try {
    return await new Promise<PeerReply>((resolve, reject) => {
      const onReply = (reply: PeerReply): void => {
        if (reply.type === 'failed') reject(new BenchError(`the peer failed: ${reply.message}`));
        else resolve(reply);
      };
      const onExit = (): void => reject(new BenchError('the peer ended unexpectedly'));
      child.once('message', onReply).once('exit', onExit);
      signal.addEventListener('abort', () => reject(BenchError.from(signal.reason)), {
        once: true,
        signal: done.signal,
      });
      done.signal.addEventListener('abort', () => child.off('message', onReply).off('exit', onExit), { once: true });
      child.send(request, (error) => {
        if (error !== null) reject(BenchError.from(error));
      });
    });
  } finally {
    done.abort();
  }
}
