"""Windows for short-time transforms: `hann_window` and its kin in `torch`, and `torch.signal.windows`.

Each is computed in its own dtype, in PyTorch's order of operations, so that the last digits agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
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


# --- torch.signal.windows -----------------------------------------------------------------------------------------------


def _signal(name: str, M: int, dtype: DType | None, values: Callable[[], Array]) -> Array:  # noqa: N803 - PyTorch's own name
    """A window of `torch.signal.windows`, whose `values` are computed in double precision."""
    kind = dtype or current().default_dtype
    if M < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={M}")
    if kind.kind != FLOAT or kind.itemsize < 4:
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {kind}")
    return (np.empty(0) if M == 0 else values()).astype(kind.array_dtype)


def _line(start: float, step: float, M: int) -> Array:  # noqa: N803
    return np.linspace(start, start + (M - 1) * step, M)


def _last(M: int, sym: bool) -> int:  # noqa: N803
    """The number of steps over which a window is symmetric."""
    return M - 1 if sym and M > 1 else M


def _general_cosine(M: int, a: Sequence[float], sym: bool, dtype: DType | None, name: str = "general_cosine") -> Array:  # noqa: N803
    def values() -> Array:
        if M == 1:
            return np.ones(1)
        at = _line(0, 2 * math.pi / _last(M, sym), M)
        return sum((-1) ** i * weight * np.cos(i * at) for i, weight in enumerate(a))

    return _signal(name, M, dtype, values)


@factory("general_cosine(int M, *, any a, bool sym=True) -> Tensor", namespace="signal.windows")
def general_cosine(M: int, a: Any, sym: bool, dtype: DType | None) -> Array:  # noqa: N803 - PyTorch's own name
    """A sum of cosines with the weights `a`, of alternating signs.

    >>> torch.signal.windows.general_cosine(5, a=[0.5, 0.5])
    tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
    if not isinstance(a, (list, tuple)):
        raise TypeError("Coefficients must be a list/tuple")
    if not a:
        raise ValueError("Coefficients cannot be empty")
    for weight in a:
        if not isinstance(weight, (int, float)):
            raise TypeError(f"Coefficients must be numbers, not {type(weight).__name__}")
    return _general_cosine(M, a, sym, dtype)


@factory("general_hamming(int M, *, float alpha=0.54, bool sym=True) -> Tensor", namespace="signal.windows")
def general_hamming(M: int, alpha: float, sym: bool, dtype: DType | None) -> Array:  # noqa: N803
    """`alpha - (1 - alpha) * cos`.

    >>> torch.signal.windows.general_hamming(5)
    tensor([0.0800, 0.5400, 1.0000, 0.5400, 0.0800])
    """
    return _general_cosine(M, [alpha, 1 - alpha], sym, dtype)


@factory("hamming(int M, *, bool sym=True) -> Tensor", namespace="signal.windows")
def hamming(M: int, sym: bool, dtype: DType | None) -> Array:  # noqa: N803
    """The Hamming window.

    >>> torch.signal.windows.hamming(5)
    tensor([0.0800, 0.5400, 1.0000, 0.5400, 0.0800])
    """
    return _general_cosine(M, [0.54, 0.46], sym, dtype)


@factory("hann(int M, *, bool sym=True) -> Tensor", namespace="signal.windows")
def hann(M: int, sym: bool, dtype: DType | None) -> Array:  # noqa: N803
    """The Hann window.

    >>> torch.signal.windows.hann(5)
    tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
    return _general_cosine(M, [0.5, 0.5], sym, dtype)


@factory("blackman(int M, *, bool sym=True) -> Tensor", namespace="signal.windows")
def blackman(M: int, sym: bool, dtype: DType | None) -> Array:  # noqa: N803
    """The Blackman window.

    >>> torch.signal.windows.blackman(5)[1:4]
    tensor([0.3400, 1.0000, 0.3400])
    """
    return _general_cosine(M, [0.42, 0.5, 0.08], sym, dtype, "blackman")


@factory("nuttall(int M, *, bool sym=True) -> Tensor", namespace="signal.windows")
def nuttall(M: int, sym: bool, dtype: DType | None) -> Array:  # noqa: N803
    """The minimum four-term Blackman-Harris window after Nuttall.

    >>> torch.signal.windows.nuttall(5)
    tensor([3.6280e-04, 2.2698e-01, 1.0000e+00, 2.2698e-01, 3.6280e-04])
    """
    return _general_cosine(M, [0.3635819, 0.4891775, 0.1365995, 0.0106411], sym, dtype)


@factory("bartlett(int M, *, bool sym=True) -> Tensor", namespace="signal.windows")
def bartlett(M: int, sym: bool, dtype: DType | None) -> Array:  # noqa: N803
    """The Bartlett window, a triangle.

    >>> torch.signal.windows.bartlett(5)
    tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
    return _signal("bartlett", M, dtype, lambda: np.ones(1) if M == 1 else 1 - np.abs(_line(-1, 2 / _last(M, sym), M)))


@factory("cosine(int M, *, bool sym=True) -> Tensor", namespace="signal.windows")
def cosine(M: int, sym: bool, dtype: DType | None) -> Array:  # noqa: N803
    """One half of a sine's period.

    >>> torch.signal.windows.cosine(5)
    tensor([0.3090, 0.8090, 1.0000, 0.8090, 0.3090])
    """
    step = math.pi / (M if sym or M == 1 else M + 1) if M else 0.0
    return _signal("cosine", M, dtype, lambda: np.sin(_line(0.5 * step, step, M)))


@factory("exponential(int M, *, float? center=None, float tau=1.0, bool sym=True) -> Tensor", namespace="signal.windows")
def exponential(M: int, center: float | None, tau: float, sym: bool, dtype: DType | None) -> Array:  # noqa: N803
    """A rise and a fall by a factor of e every `tau` points, around `center`.

    >>> torch.signal.windows.exponential(5)
    tensor([0.1353, 0.3679, 1.0000, 0.3679, 0.1353])
    """
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau:g} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")
    middle = (M if not sym and M > 1 else M - 1) / 2 if center is None else center
    return _signal("exponential", M, dtype, lambda: np.exp(-np.abs(_line(-middle / tau, 1 / tau, M))))


@factory("gaussian(int M, *, float std=1.0, bool sym=True) -> Tensor", namespace="signal.windows")
def gaussian(M: int, std: float, sym: bool, dtype: DType | None) -> Array:  # noqa: N803
    """A bell with the standard deviation `std`.

    >>> torch.signal.windows.gaussian(5)
    tensor([0.1353, 0.6065, 1.0000, 0.6065, 0.1353])
    """
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std:g} instead.")
    unit = 1 / (std * math.sqrt(2))
    start = -(M if not sym and M > 1 else M - 1) / 2
    return _signal("gaussian", M, dtype, lambda: np.exp(-(_line(start * unit, unit, M) ** 2)))


@factory("kaiser(int M, *, float beta=12.0, bool sym=True) -> Tensor", namespace="signal.windows")
def kaiser(M: int, beta: float, sym: bool, dtype: DType | None) -> Array:  # noqa: N803
    """The Kaiser window.

    >>> torch.signal.windows.kaiser(5)
    tensor([5.2773e-05, 2.1567e-01, 1.0000e+00, 2.1567e-01, 5.2773e-05])
    """
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta:g} instead.")

    def values() -> Array:
        if M == 1:
            return np.ones(1)
        at = _line(-beta, 2 * beta / _last(M, sym), M)
        return np.i0(np.sqrt(np.maximum(beta * beta - at * at, 0))) / np.i0(beta)

    return _signal("kaiser", M, dtype, values)
