#!/usr/bin/env python3
"""Writes the reference values that libs/models checks its dequantisation against.

    python3 -m venv env && env/bin/pip install gguf==0.19.0 numpy
    env/bin/python tools/verify/quantization-fixtures.py > libs/models/src/gguf/dequantize.fixture.json

Blocks are random bytes of a fixed seed, except that the half-precision scales are kept finite and of ordinary size. The
reference is the `gguf` package's own dequantisation (numpy), which shares no code with ours. Bytes and values
(little-endian float32) are in base64.
"""

import base64
import json

import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType as Type
from gguf.quants import dequantize

# Offsets of the half-precision numbers in a block.
SCALES = {
    Type.Q4_0: [0],
    Type.Q4_1: [0, 2],
    Type.Q5_0: [0],
    Type.Q5_1: [0, 2],
    Type.Q8_0: [0],
    Type.Q4_K: [0, 2],
    Type.Q5_K: [0, 2],
    Type.Q6_K: [208],
}
BLOCKS = 3


def text(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode()


def quantized(kind: Type, random: np.random.Generator) -> np.ndarray:
    values, size = GGML_QUANT_SIZES[kind]
    blocks = random.integers(0, 256, (BLOCKS, size), dtype=np.uint8)
    for offset in SCALES[kind]:
        scales = random.uniform(-0.05, 0.05, BLOCKS).astype(np.float16)
        blocks[:, offset : offset + 2] = scales.view(np.uint8).reshape(BLOCKS, 2)
    return blocks


def floats(kind: Type, random: np.random.Generator) -> np.ndarray:
    # Subnormals of either kind, zeros of both signs and large numbers beside ordinary ones.
    values = np.array([0.0, -0.0, 1.0, -1.5, 6e-8, -3e-5, 65504.0, 1e-40] + list(random.normal(0, 1, 24)), np.float32)
    if kind == Type.F32:
        return values.view(np.uint8)
    if kind == Type.F16:
        return values.astype(np.float16).view(np.uint8)
    return (values.view(np.uint32) >> 16).astype(np.uint16).view(np.uint8)


def main() -> None:
    random = np.random.default_rng(20240518)
    fixtures = {}
    for kind in [Type.F32, Type.F16, Type.BF16, *SCALES]:
        data = quantized(kind, random) if kind in SCALES else floats(kind, random)
        values = dequantize(data if kind in SCALES else data.reshape(1, -1), kind)
        fixtures[kind.name] = {"type": int(kind), "bytes": text(data), "values": text(values.astype("<f4"))}
    print(json.dumps(fixtures, indent=1))


if __name__ == "__main__":
    main()
