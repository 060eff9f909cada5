/** Dimensions from GGUF metadata, and a refusal of everything our graphs do not compute. */
import { ModelError } from '../error.js';
import {
  optionalBoolean,
  optionalCount,
  optionalNumber,
  optionalString,
  requiredCount,
  requiredNumber,
  requiredString,
  type Metadata,
} from '../gguf/metadata.js';
import type { Architecture } from '../types.js';

const FAMILIES = ['llama', 'qwen2'] as const;
/** llama.cpp's default where a file states no base. */
const DEFAULT_ROPE_THETA = 10000;

/** Errors: `unsupported` for another architecture or a variant of it, `corrupt` for missing or impossible figures. */
export function ggufArchitecture(metadata: Metadata, vocabularySize: number): Architecture {
  const name = requiredString(metadata, 'general.architecture');
  const family = FAMILIES.find((each) => each === name);
  if (family === undefined) {
    throw new ModelError(
      'unsupported',
      `GGUF: architecture ${name} is not supported; supported are ${FAMILIES.join(', ')}`,
    );
  }
  const hiddenSize = requiredCount(metadata, `${family}.embedding_length`);
  const heads = requiredCount(metadata, `${family}.attention.head_count`);
  const keyValueHeads = optionalCount(metadata, `${family}.attention.head_count_kv`) ?? heads;
  const headSize = optionalCount(metadata, `${family}.attention.key_length`) ?? hiddenSize / heads;
  if (!Number.isInteger(headSize) || headSize % 2 !== 0 || heads % keyValueHeads !== 0) {
    throw new ModelError(
      'corrupt',
      `GGUF: ${heads} heads and ${keyValueHeads} key-value heads do not fit ${hiddenSize} channels`,
    );
  }
  refuseVariants(metadata, family, headSize);
  return {
    family,
    hiddenSize,
    layers: requiredCount(metadata, `${family}.block_count`),
    heads,
    keyValueHeads,
    headSize,
    feedForwardSize: requiredCount(metadata, `${family}.feed_forward_length`),
    vocabularySize,
    contextLength: requiredCount(metadata, `${family}.context_length`),
    // Stored in single precision: 9.999999747378752e-06 is meant as 1e-5.
    rmsNormEpsilon: shortest(requiredNumber(metadata, `${family}.attention.layer_norm_rms_epsilon`)),
    ropeTheta: shortest(optionalNumber(metadata, `${family}.rope.freq_base`) ?? DEFAULT_ROPE_THETA),
  };
}

function refuseVariants(metadata: Metadata, family: string, headSize: number): void {
  const refuse = (what: string): never => {
    throw new ModelError('unsupported', `GGUF: ${what} is not supported`);
  };
  const scaling = optionalString(metadata, `${family}.rope.scaling.type`);
  if (scaling !== undefined && scaling !== 'none') refuse(`rope scaling (${scaling})`);
  if ((optionalNumber(metadata, `${family}.rope.scale_linear`) ?? 1) !== 1) refuse('rope scaling (linear)');
  if ((optionalNumber(metadata, `${family}.expert_count`) ?? 0) > 0) refuse('a mixture of experts');
  if ((optionalNumber(metadata, `${family}.attention.sliding_window`) ?? 0) > 0) refuse('sliding-window attention');
  if (optionalBoolean(metadata, `${family}.attention.causal`) === false) refuse('attention without a causal mask');
  if ((optionalNumber(metadata, `${family}.rope.dimension_count`) ?? headSize) !== headSize)
    refuse('partial rotary embedding');
  if ((optionalNumber(metadata, `${family}.attention.value_length`) ?? headSize) !== headSize) {
    refuse('a value size that differs from the key size');
  }
}

/** The decimal number with the fewest digits that has the same single-precision value. */
function shortest(single: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(single.toPrecision(digits));
    if (Math.fround(candidate) === Math.fround(single)) return candidate;
  }
  return single;
}
