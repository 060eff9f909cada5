/** The part of node-llama-cpp 3 that is used here. It is loaded from where it was installed, so its types are not at hand. */

export interface PeerModule {
  getLlama(options: {
    gpu: false;
    build: 'never';
    skipDownload: true;
    logLevel: 'error';
    maxThreads: number;
  }): Promise<PeerLlama>;
}

export interface PeerLlama {
  loadModel(options: { modelPath: string }): Promise<PeerModel>;
}

export interface PeerModel {
  createContext(options: {
    contextSize: number;
    threads: { ideal: number; min: number };
    sequences: number;
  }): Promise<PeerContext>;
}

export interface PeerContext {
  getSequence(): PeerSequence;
}

export interface PeerSequence {
  evaluate(
    tokens: readonly number[],
    options: { temperature: number; yieldEogToken: boolean },
  ): AsyncGenerator<number, void, void>;
  clearHistory(): Promise<void>;
}
