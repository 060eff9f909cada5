/** The peer's process: loads the model, then answers one generation after the other. It ends with its parent. */
import type { PeerModule, PeerSequence } from './node-llama-cpp.js';
import type { GenerateMessage, LoadMessage, PeerGeneration, PeerReply, PeerRequest } from './protocol.js';

let sequence: PeerSequence | undefined;

process.once('disconnect', () => process.exit(0));
process.on('message', (request: PeerRequest) => {
  void answer(request).then(
    (reply) => send(reply),
    (error: unknown) => send({ type: 'failed', message: error instanceof Error ? error.message : String(error) }),
  );
});

function send(reply: PeerReply): void {
  process.send?.(reply);
}

async function answer(request: PeerRequest): Promise<PeerReply> {
  if (request.type === 'load') {
    sequence = await load(request);
    return { type: 'loaded' };
  }
  if (sequence === undefined) throw new Error('no model is loaded');
  return { type: 'generated', generation: await generate(sequence, request) };
}

async function load({ module, modelPath, threads, contextLength }: LoadMessage): Promise<PeerSequence> {
  const { getLlama } = (await import(module)) as PeerModule;
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    logLevel: 'error',
    maxThreads: threads,
  });
  const model = await llama.loadModel({ modelPath });
  const context = await model.createContext({
    contextSize: contextLength,
    threads: { ideal: threads, min: threads },
    sequences: 1,
  });
  return context.getSequence();
}

async function generate(own: PeerSequence, { promptIds, maxTokens }: GenerateMessage): Promise<PeerGeneration> {
  const startedAt = performance.now();
  const tokenIds: number[] = [];
  let [firstTokenMs, lastTokenMs] = [0, 0];
  for await (const id of own.evaluate(promptIds, { temperature: 0, yieldEogToken: true })) {
    lastTokenMs = performance.now() - startedAt;
    if (tokenIds.length === 0) firstTokenMs = lastTokenMs;
    tokenIds.push(id);
    if (tokenIds.length === maxTokens) break;
  }
  await own.clearHistory();
  return { tokenIds, firstTokenMs, lastTokenMs };
}
