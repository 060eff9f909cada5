#!/usr/bin/env python3
"""Writes reference values of some weights of a llama GGUF file, in Hugging Face's names and row order.

    python3 -m venv env && env/bin/pip install gguf==0.19.0 numpy
    env/bin/python tools/verify/weights-fixtures.py <SmolLM2-135M-Instruct.Q4_1.gguf> \\
        > libs/models/src/weights/smollm2.fixture.json

For each tensor: its shape, the sum of absolute values, a sum that weighs each value with its place (so that values in
the wrong order do not go unnoticed), and the values at a few places. Reading, dequantisation and the undoing of the row order are
the `gguf` package's and numpy's.
"""

import json
import sys

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize

NAMES = {
    "model.embed_tokens.weight": ("token_embd.weight", None),
    "model.norm.weight": ("output_norm.weight", None),
    "model.layers.0.input_layernorm.weight": ("blk.0.attn_norm.weight", None),
    "model.layers.3.self_attn.q_proj.weight": ("blk.3.attn_q.weight", "head_count"),
    "model.layers.7.self_attn.k_proj.weight": ("blk.7.attn_k.weight", "head_count_kv"),
    "model.layers.7.self_attn.v_proj.weight": ("blk.7.attn_v.weight", None),
    "model.layers.15.self_attn.o_proj.weight": ("blk.15.attn_output.weight", None),
    "model.layers.15.post_attention_layernorm.weight": ("blk.15.ffn_norm.weight", None),
    "model.layers.29.mlp.gate_proj.weight": ("blk.29.ffn_gate.weight", None),
    "model.layers.29.mlp.up_proj.weight": ("blk.29.ffn_up.weight", None),
    "model.layers.29.mlp.down_proj.weight": ("blk.29.ffn_down.weight", None),
}


def half_rotation_order(weight: np.ndarray, heads: int) -> np.ndarray:
    """The inverse of `permute` in llama.cpp's convert_hf_to_gguf.py."""
    rows = weight.shape[0]
    return weight.reshape(heads, rows // heads // 2, 2, -1).swapaxes(1, 2).reshape(weight.shape)


def main() -> None:
    reader = GGUFReader(sys.argv[1])
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    fixture = {}
    for name, (source, heads) in NAMES.items():
        weight = dequantize(tensors[source].data, tensors[source].tensor_type)
        if heads is not None:
            weight = half_rotation_order(weight, reader.fields[f"llama.attention.{heads}"].contents())
        flat = weight.ravel().astype(np.float64)
        places = [0, 1, flat.size // 3, flat.size // 2 + 7, flat.size - 1]
        fixture[name] = {
            "shape": [int(size) for size in weight.shape],
            "absoluteSum": float(np.abs(flat).sum()),
            "placedSum": float((flat * (np.arange(flat.size) % 97 + 1)).sum()),
            "values": [[place, float(flat[place])] for place in places],
        }
    print(json.dumps(fixture, indent=1))


if __name__ == "__main__":
    main()
