import type { WeightSource } from '../types.js';

/** What this package's graph builder exports; loaded when needed, for it is large and a running service never needs it. */
export interface GraphBuilder {
  readonly GRAPH_VERSION: string;
  buildGraph(
    source: WeightSource,
    directory: string,
    options?: { readonly onProgress?: (done: number, total: number) => void },
  ): Promise<void>;
}

export async function graphBuilder(): Promise<GraphBuilder> {
  const builder: GraphBuilder = await import(new URL('../graph/index.js', import.meta.url).href);
  return builder;
}
