/** What a model folder holds and what the graph builder needs to make one. */

/** Dimensions of a llama-family decoder. */
export interface Architecture {
  readonly family: 'llama' | 'qwen2';
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly feedForwardSize: number;
  readonly vocabularySize: number;
  readonly contextLength: number;
  readonly rmsNormEpsilon: number;
  readonly ropeTheta: number;
}

/** A float matrix or vector, row-major. Linear weights are [out, in], as in Hugging Face checkpoints. */
export interface FloatTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * Weights by canonical name (Hugging Face's LlamaForCausalLM names, q and k in half-rotation order):
 * `model.embed_tokens.weight`, `model.layers.{i}.input_layernorm.weight`, `...self_attn.{q,k,v,o}_proj.weight`
 * (and `.bias` for qwen2's q, k, v), `...post_attention_layernorm.weight`, `...mlp.{gate,up,down}_proj.weight`,
 * `model.norm.weight` (absent: no learned weight), `lm_head.weight` (absent: tied to the embedding), `lm_head.bias`.
 * Read lazily: a source dequantises one tensor at a time, so that a model never stands in memory twice.
 */
export interface WeightSource {
  readonly architecture: Architecture;
  has(name: string): boolean;
  read(name: string): FloatTensor;
  /** Token id of each row of the output head, ascending; undefined when row i is token i. */
  readonly headTokenIds?: Int32Array;
}

/** model.json: everything a service must know without opening the graph. */
export interface ModelManifest {
  readonly formatVersion: number;
  /** Version of the graph builder that made the folder; another one makes it stale. */
  readonly graphVersion: string;
  readonly name: string;
  readonly architecture: Architecture;
  readonly endTokenIds: readonly number[];
  readonly beginTokenId?: number;
  /** sha256 over graph and weights. */
  readonly fingerprint: string;
  /** sha256 over tokenizer.json. */
  readonly tokenizerFingerprint: string;
  readonly headTokenIds?: readonly number[];
  readonly licence: string;
  readonly provenance: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}
