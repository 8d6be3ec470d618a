"""Windows of `torch.signal.windows`, each made of the operators that PyTorch makes it of, so that the last digits agree."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tensorsh.ops.registry import factory, function
from tensorsh.runtime.creation import tensor
from tensorsh.runtime.dtype import FLOAT
from tensorsh.runtime.dtype import dtype as DType
from tensorsh.runtime.state import current
from tensorsh.runtime.tensor import Tensor

Array = Any


def _signal(name: str, M: int, dtype: DType | None, values: Callable[[DType], Tensor]) -> Array:  # noqa: N803 - PyTorch's own name
    kind = dtype or current().default_dtype
    if M < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={M}")
    if kind.kind != FLOAT or kind.itemsize < 4:
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {kind}")
    return (values(kind) if M else tensor([], dtype=kind))._array


def _line(start: float, unit: float, M: int, kind: DType) -> Tensor:  # noqa: N803
    """`M` numbers a `unit` apart, the first one `start` units from 0."""
    return function("linspace")(start * unit, (start + (M - 1)) * unit, M, dtype=kind)


def _last(M: int, sym: bool) -> int:  # noqa: N803
    """The number of steps over which a window is symmetric."""
    return M - 1 if sym else M


def _general_cosine(M: int, a: Any, sym: bool, dtype: DType | None, name: str = "general_cosine") -> Array:  # noqa: N803
    def values(kind: DType) -> Tensor:
        if M == 1:
            return tensor([1], dtype=kind)
        if not isinstance(a, (list, tuple)):
            raise TypeError("Coefficients must be a list/tuple")
        if not a:
            raise ValueError("Coefficients cannot be empty")
        at = _line(0, 2 * math.pi / _last(M, sym), M, kind)
        weights = tensor([(-1) ** i * weight for i, weight in enumerate(a)], dtype=kind)
        multiples = tensor(list(range(len(a))), dtype=kind)
        return (weights.unsqueeze(-1) * (multiples.unsqueeze(-1) * at).cos()).sum(0)

    return _signal(name, M, dtype, values)


@factory("general_cosine(int M, *, any a, bool sym=True) -> Tensor", namespace="signal.windows")
def general_cosine(M: int, a: Any, sym: bool, dtype: DType | None) -> Array:  # noqa: N803
    """A sum of cosines with the weights `a`, of alternating signs.

    >>> torch.signal.windows.general_cosine(5, a=[0.5, 0.5])
    tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
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
    return _general_cosine(M, [0.54, 1 - 0.54], sym, dtype)


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

    def values(kind: DType) -> Tensor:
        if M == 1:
            return tensor([1], dtype=kind)
        return 1 - function("linspace")(-1, -1 + (M - 1) * (2 / _last(M, sym)), M, dtype=kind).abs()

    return _signal("bartlett", M, dtype, values)


@factory("cosine(int M, *, bool sym=True) -> Tensor", namespace="signal.windows")
def cosine(M: int, sym: bool, dtype: DType | None) -> Array:  # noqa: N803
    """One half of a sine's period.

    >>> torch.signal.windows.cosine(5)
    tensor([0.3090, 0.8090, 1.0000, 0.8090, 0.3090])
    """
    return _signal("cosine", M, dtype, lambda kind: _line(0.5, math.pi / (M if sym or M == 1 else M + 1), M, kind).sin())


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
    middle = _middle(M, sym) if center is None else center
    return _signal("exponential", M, dtype, lambda kind: (-_line(-middle, 1 / tau, M, kind).abs()).exp())


@factory("gaussian(int M, *, float std=1.0, bool sym=True) -> Tensor", namespace="signal.windows")
def gaussian(M: int, std: float, sym: bool, dtype: DType | None) -> Array:  # noqa: N803
    """A bell with the standard deviation `std`.

    >>> torch.signal.windows.gaussian(5)
    tensor([0.1353, 0.6065, 1.0000, 0.6065, 0.1353])
    """
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std:g} instead.")
    unit = 1 / (std * math.sqrt(2))
    return _signal("gaussian", M, dtype, lambda kind: (-(_line(-_middle(M, sym), unit, M, kind) ** 2)).exp())


def _middle(M: int, sym: bool) -> float:  # noqa: N803
    return (M if not sym and M > 1 else M - 1) / 2


@factory("kaiser(int M, *, float beta=12.0, bool sym=True) -> Tensor", namespace="signal.windows")
def kaiser(M: int, beta: float, sym: bool, dtype: DType | None) -> Array:  # noqa: N803
    """The Kaiser window.

    >>> torch.signal.windows.kaiser(5)
    tensor([5.2773e-05, 2.1567e-01, 1.0000e+00, 2.1567e-01, 5.2773e-05])
    """
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta:g} instead.")

    def values(kind: DType) -> Tensor:
        if M == 1:
            return tensor([1], dtype=kind)
        edge = tensor(beta, dtype=kind)  # rounded as the points are, so that no square root is of less than 0
        step = 2.0 * edge / _last(M, sym)
        at = function("linspace")(-edge, edge.minimum(-edge + (M - 1) * step), M, dtype=kind)
        return (edge * edge - at**2).sqrt().i0() / edge.i0()

    return _signal("kaiser", M, dtype, values)
