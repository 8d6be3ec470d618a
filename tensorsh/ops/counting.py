"""Counting how values are spread: `bincount`, `histc`, `histogram`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.refusals import unsupported
from tensorsh.ops.registry import op


@op("bincount(Tensor self, Tensor? weights=None, int minlength=0) -> Tensor", differentiable=False)
def bincount(self: Any, weights: Any, minlength: int) -> Any:
    """How often each non-negative integer occurs, or the sum of its weights.

    >>> torch.bincount(torch.tensor([0, 1, 1, 3]))
    tensor([1, 2, 0, 1])
    """
    if self.dtype.kind not in "iu":
        raise unsupported("bincount_cpu", self)
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if self.ndim != 1 or (self.size and self.min() < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is not None and (weights.ndim != 1 or weights.size != self.size):
        raise RuntimeError("weights should be 1-d and have the same length as input")
    if not self.size:
        return np.zeros(minlength, np.int64)
    if weights is None:
        return np.bincount(self.astype(np.int64), minlength=minlength)
    counted = np.bincount(self.astype(np.int64), weights.astype(np.float64), minlength)
    return counted.astype(np.float32) if weights.dtype == np.float32 else counted


def _bounds(name: str, self: Any, low: float, high: float, widen: float) -> tuple[float, float]:
    """The range that a histogram covers: the data's own where none is given, widened on both sides where it is empty."""
    if low == high and self.size:
        low, high = float(self.min()), float(self.max())
    many = name == "histogram"  # of which PyTorch's is the first dimension of several
    if not (np.isfinite(low) and np.isfinite(high)):
        where = "torch.histogramdd: dimension 0's range" if many else "torch.histc: range of"
        raise RuntimeError(f"{where} [{low:g}, {high:g}] is not finite")
    if low > high:
        if many:
            raise RuntimeError(f"torch.histogramdd: min should not exceed max, but got min {low:g} max {high:g} for dimension 0")
        raise RuntimeError("torch.histc: max must be larger than min")
    return (low - widen, high + widen) if low == high else (low, high)


@op(
    "histc(Tensor self, int bins=100, Scalar min=0, Scalar max=0) -> Tensor",
    variants="function method out", differentiable=False,
)  # fmt: skip
def histc(self: Any, bins: int, min: float, max: float) -> Any:
    """How many elements fall in each of `bins` equal bins from `min` to `max` (the data's own range if both are 0).

    >>> torch.histc(torch.tensor([1., 2., 1.]), bins=4, min=0, max=3)
    tensor([0., 2., 1., 0.])
    """
    if self.dtype.kind in "biuc":
        raise unsupported("linspace_cpu" if self.dtype.kind == "b" else "histogram_cpu", self)
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    low, high = _bounds("histc", self, min, max, 1)
    flat = self.reshape(-1)
    flat = flat[(flat >= low) & (flat <= high)]
    places = ((flat - flat.dtype.type(low)) / flat.dtype.type(high - low) * bins).astype(np.int64)
    return np.bincount(np.minimum(places, bins - 1), minlength=bins).astype(self.dtype)


@op(
    "histogram.bins_tensor(Tensor self, Tensor bins, *, Tensor? weight=None, bool density=False) -> (Tensor hist, "
    "Tensor bin_edges)",
    variants="function method out", differentiable=False,
)  # fmt: skip
def histogram(self: Any, bins: Any, weight: Any, density: bool) -> Any:
    """How many elements (or how much of their weight) fall between neighbouring edges, and the edges.

    `bins` are the edges, or the number of equal bins in `range`. The last bin holds its right edge.

    >>> torch.histogram(torch.tensor([1., 2., 1.]), bins=4, range=(0., 3.))
    torch.return_types.histogram(
    hist=tensor([0., 2., 1., 0.]),
    bin_edges=tensor([0.0000, 0.7500, 1.5000, 2.2500, 3.0000]))
    """
    if self.dtype.kind in "biuc":
        raise unsupported("histogram_cpu", self)
    return _histogram(self, bins.copy(), weight, density)


@op(
    "histogram.bin_ct(Tensor self, int bins=100, *, float[]? range=None, Tensor? weight=None, "
    "bool density=False) -> (Tensor hist, Tensor bin_edges)",
    variants="function method out", differentiable=False,
)  # fmt: skip
def histogram_count(self: Any, bins: int, range: Any, weight: Any, density: bool) -> Any:
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    if self.dtype not in (np.float32, np.float64):
        raise unsupported("histogramdd", self)
    low, high = (0, 0) if range is None else range
    if range is None and not self.size:
        low, high = 0, 1
    low, high = _bounds("histogram", self, low, high, 0.5)
    return _histogram(self, np.linspace(low, high, bins + 1).astype(self.dtype), weight, density)


def _histogram(self: Any, edges: Any, weight: Any, density: bool) -> tuple[Any, Any]:
    flat = self.reshape(-1)
    inside = (flat >= edges[0]) & (flat <= edges[-1])
    places = np.minimum(np.searchsorted(edges, flat[inside], "right") - 1, edges.size - 2)
    weights = None if weight is None else weight.reshape(-1)[inside].astype(np.float64)
    counted = np.bincount(places, weights, edges.size - 1).astype(self.dtype)
    if density:
        with np.errstate(all="ignore"):
            counted = counted / np.sum(counted) / np.diff(edges)
    return counted.astype(self.dtype), edges
