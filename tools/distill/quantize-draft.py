#!/usr/bin/env python3
"""Packs a float draft into the 8-bit asset that libs/models reads.

    python3 -m venv env && env/bin/pip install numpy safetensors
    env/bin/python tools/distill/quantize-draft.py <draft.safetensors> libs/models/assets/smollm2-draft-4l

A matrix X [out, in] becomes int8 X and float16 X.scale [out, in / BLOCK]: symmetric, rounded to nearest,
scale = max|x| / 127 of each block of a row (rounded to half precision before the integers are chosen, so that
the rounding is part of what the integers make up for). Vectors become float32. Prints one JSON object with
the sizes, the sha256 of input and output and the quantisation error; the same input gives the same bytes.
"""

import hashlib
import json
import pathlib
import sys

import numpy as np
from safetensors.numpy import load_file, save_file

BLOCK = 64  # largest power of two whose scales keep the file under 20,000,000 bytes and that divides 576


def quantize(matrix: np.ndarray, block: int) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = matrix.shape
    blocks = matrix.astype(np.float32).reshape(rows, columns // block, block)
    scale = (np.abs(blocks).max(axis=2) / 127).astype(np.float16)
    divisor = np.where(scale == 0, 1, scale).astype(np.float32)[:, :, None]
    integers = np.clip(np.rint(blocks / divisor), -127, 127).astype(np.int8)
    return integers.reshape(rows, columns), scale


def restored(integers: np.ndarray, scale: np.ndarray, block: int) -> np.ndarray:
    rows, columns = integers.shape
    blocks = integers.reshape(rows, columns // block, block).astype(np.float32)
    return (blocks * scale.astype(np.float32)[:, :, None]).reshape(rows, columns)


def relative_error(matrix: np.ndarray, block: int) -> float:
    """Root of the mean squared error over the root of the mean square."""
    error = matrix - restored(*quantize(matrix, block), block)
    return float(np.sqrt((error**2).mean() / (matrix**2).mean()))


def sha256(path: pathlib.Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    source, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    packed: dict[str, np.ndarray] = {}
    errors: dict[str, float] = {}
    row_errors: dict[str, float] = {}
    for name, tensor in sorted(load_file(source).items()):
        if tensor.ndim == 2:
            matrix = tensor.astype(np.float32)
            packed[name], packed[f"{name}.scale"] = quantize(matrix, BLOCK)
            errors[name] = relative_error(matrix, BLOCK)
            row_errors[name] = relative_error(matrix, matrix.shape[1])
        else:
            packed[name] = tensor if tensor.dtype == np.int32 else tensor.astype(np.float32)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "model.safetensors"
    save_file(packed, target)
    print(
        json.dumps(
            {
                "input": {"bytes": source.stat().st_size, "sha256": sha256(source)},
                "output": {"bytes": target.stat().st_size, "sha256": sha256(target)},
                "block": BLOCK,
                "relative_error": {"worst": max(errors.values()), "mean": sum(errors.values()) / len(errors)},
                "relative_error_of_one_scale_a_row": {
                    "worst": max(row_errors.values()),
                    "mean": sum(row_errors.values()) / len(row_errors),
                },
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
