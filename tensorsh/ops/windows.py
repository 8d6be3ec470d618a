"""Windows for short-time transforms: `hann_window` and its kin. Those of `torch.signal.windows` are in `signal_windows`.

Each is computed in its own dtype, in PyTorch's order of operations, so that the last digits agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tensorsh.ops.registry import factory
from tensorsh.runtime.dtype import COMPLEX, FLOAT
from tensorsh.runtime.dtype import dtype as DType
from tensorsh.runtime.state import current

Array = Any

_CPP_NAMES = {"int64": "long int", "int32": "int", "int16": "short int", "int8": "signed char", "uint8": "unsigned char", "bool": "bool"}


def _made(name: str, length: int, periodic: bool, dtype: DType | None, values: Callable[[Array, float], Array]) -> Array:
    """A window of `length` points from `values(0, 1, 2 …, last)`; a periodic one leaves out its last point."""
    kind = dtype or current().default_dtype
    if kind.kind < FLOAT:
        raise RuntimeError(
            f"{name} expects floating point dtypes, got: TensorOptions(dtype={_CPP_NAMES.get(kind.name, kind.c_name)}, device=cpu, "
            "layout=Strided (default), requires_grad=false (default), pinned_memory=false, memory_format=(nullopt))"
        )
    if length < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={length}")
    if length <= 1:
        return np.ones(length, kind.array_dtype)
    if kind.kind == COMPLEX:
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{kind.title}'")
    points = length + 1 if periodic else length
    wide = np.dtype(np.float32) if kind.half else kind.array_dtype
    return values(np.arange(points, dtype=wide), points - 1)[:length].astype(kind.array_dtype, copy=False)


def _cosine(alpha: float, beta: float) -> Callable[[Array, float], Array]:
    def values(at: Array, last: float) -> Array:
        one = at.dtype.type
        return np.cos(at * one(math.pi * 2 / last)) * one(-beta) + one(alpha)

    return values


@factory("hann_window(int window_length, bool periodic=True) -> Tensor")
def hann_window(window_length: int, periodic: bool, dtype: DType | None) -> Array:
    """The Hann window, half a raised cosine; `periodic` for transforms, else symmetric.

    >>> torch.hann_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    return _made("hann_window", window_length, periodic, dtype, _cosine(0.5, 0.5))


@factory("hamming_window(int window_length, bool periodic=True, float alpha=0.54, float beta=0.46) -> Tensor")
def hamming_window(window_length: int, periodic: bool, alpha: float, beta: float, dtype: DType | None) -> Array:
    """The Hamming window, `alpha - beta * cos`.

    >>> torch.hamming_window(4)
    tensor([0.0800, 0.5400, 1.0000, 0.5400])
    """
    return _made("hamming_window", window_length, periodic, dtype, _cosine(alpha, beta))


@factory("blackman_window(int window_length, bool periodic=True) -> Tensor")
def blackman_window(window_length: int, periodic: bool, dtype: DType | None) -> Array:
    """The Blackman window, a sum of two cosines.

    >>> torch.blackman_window(3, periodic=False)
    tensor([-2.9802e-08,  1.0000e+00, -2.9802e-08])
    """

    def values(at: Array, last: float) -> Array:
        one = at.dtype.type
        slow = at * one(math.pi / last)
        return np.cos(slow * one(4)) * one(0.08) - np.cos(slow * one(2)) * one(0.5) + one(0.42)

    return _made("blackman_window", window_length, periodic, dtype, values)


@factory("bartlett_window(int window_length, bool periodic=True) -> Tensor")
def bartlett_window(window_length: int, periodic: bool, dtype: DType | None) -> Array:
    """The Bartlett window, a triangle.

    >>> torch.bartlett_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """

    def values(at: Array, last: float) -> Array:
        rising = at * at.dtype.type(2 / last)
        return np.where(np.arange(len(at)) <= int(last) // 2, rising, at.dtype.type(2) - rising)

    return _made("bartlett_window", window_length, periodic, dtype, values)


@factory("kaiser_window(int window_length, bool periodic=True, float beta=12.0) -> Tensor")
def kaiser_window(window_length: int, periodic: bool, beta: float, dtype: DType | None) -> Array:
    """The Kaiser window, whose `beta` trades the main lobe's width for the side lobes' height.

    >>> torch.kaiser_window(3, periodic=False)
    tensor([5.2773e-05, 1.0000e+00, 5.2773e-05])
    """

    def values(at: Array, last: float) -> Array:
        away = (at.astype(np.float64) - last / 2) / (last / 2)
        return (np.i0(beta * np.sqrt(np.maximum(1 - away * away, 0))) / np.i0(beta)).astype(at.dtype)

    return _made("kaiser_window", window_length, periodic, dtype, values)
