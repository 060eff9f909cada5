/** The peer's process, with a module in the peer's place that has its interface and no model. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type * as PeerProcessModule from './peer-process.js';

/** Counts up from the last token of the prompt; 7 ends a text, 99 breaks it, 55 hangs. */
const standIn = `
export async function getLlama({ maxThreads }) {
  return {
    loadModel: async ({ modelPath }) => {
      if (modelPath === 'missing') throw new Error('no such model');
      return {
        createContext: async () => {
          let history = [];
          return {
            getSequence: () => ({
              clearHistory: async () => { history = []; },
              async *evaluate(tokens, { yieldEogToken }) {
                if (history.length > 0) throw new Error('the history was not cleared');
                history.push(...tokens);
                for (let id = tokens.at(-1) + 1; ; id++) {
                  if (id === 99) throw new Error('broken');
                  if (id === 55) await new Promise((resolve) => setTimeout(resolve, 60_000));
                  if (id === 7 && !yieldEogToken) return;
                  yield id;
                  if (id === 7) return;
                }
              },
            }),
          };
        },
      };
    },
  };
}`;

let folder: string;
let module: string;
let startPeerProcess: typeof PeerProcessModule.startPeerProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrider-peer-test-'));
  await writeFile(join(folder, 'peer.mjs'), standIn);
  module = pathToFileURL(join(folder, 'peer.mjs')).href;
  // The child process runs what was compiled.
  const compiled = new URL('../../dist/peer/peer-process.js', import.meta.url);
  ({ startPeerProcess } = (await import(compiled.href)) as typeof PeerProcessModule);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const signal = new AbortController().signal;
const load = () => ({ module, modelPath: 'model', threads: 1, contextLength: 64 });

it('generates from token ids, one text after the other, end tokens included', async () => {
  const peer = await startPeerProcess(load(), signal);
  try {
    const first = await peer.generate({ promptIds: [10, 11], maxTokens: 3 }, signal);
    expect(first.tokenIds).toEqual([12, 13, 14]);
    expect(first.lastTokenMs).toBeGreaterThanOrEqual(first.firstTokenMs);
    expect((await peer.generate({ promptIds: [4], maxTokens: 10 }, signal)).tokenIds).toEqual([5, 6, 7]);
    if (process.platform === 'linux') expect(peer.peakMemoryMiB()).toBeGreaterThan(10);
  } finally {
    await peer.stop();
  }
});

it('says why a model cannot be loaded or a text not be generated', async () => {
  await expect(startPeerProcess({ ...load(), modelPath: 'missing' }, signal)).rejects.toThrow('no such model');
  const peer = await startPeerProcess(load(), signal);
  await expect(peer.generate({ promptIds: [97], maxTokens: 9 }, signal)).rejects.toThrow('the peer failed: broken');
  await peer.stop();
});

it('can be given up in the middle, and is gone when it is stopped', async () => {
  const peer = await startPeerProcess(load(), signal);
  const giveUp = new AbortController();
  const running = peer.generate({ promptIds: [53], maxTokens: 9 }, giveUp.signal);
  setTimeout(() => giveUp.abort(new Error('given up')), 100);
  await expect(running).rejects.toThrow('given up');
  await peer.stop();
  await expect(peer.generate({ promptIds: [1], maxTokens: 1 }, signal)).rejects.toThrow();
});
