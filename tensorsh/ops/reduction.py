"""Reductions that add up: `sum`, `mean`, `prod`, `any`, `all`.

Sums of floats are PyTorch's to the last digit as far as those do not depend on the number of threads (`summing`). A result is
always a new C-contiguous array.
Derivatives are PyTorch's (tools/autograd/derivatives.yaml, torch/csrc/autograd/FunctionsManual.cpp).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorsh.ops.arithmetic import conj
from tensorsh.ops.cascade import IN_TURN, in_turn
from tensorsh.ops.registry import composite, function, op
from tensorsh.ops.summing import Dims, c_contiguous, sum_vector, summed
from tensorsh.runtime import dtype as dt
from tensorsh.runtime.creation import convert
from tensorsh.runtime.dtype import FLOAT
from tensorsh.runtime.tensor import Tensor

_FLOAT32 = np.dtype(np.float32)
_FLOAT64 = np.dtype(np.float64)
_add_reduce = np.add.reduce
_running = np.add.accumulate


# --- on arrays ----------------------------------------------------------------------------------------------------------


def axes_of(dim: Dims, ndim: int) -> tuple[int, ...]:
    """The axes that a `dim` argument names: all of them for None and ()."""
    return dim if dim and ndim else tuple(range(ndim))


def half_float(array: Any) -> bool:
    """Whether the elements are 2-byte (or smaller) floats, in which nothing is accumulated."""
    return array.dtype.itemsize <= 2 and array.dtype.kind not in "iub"


def _accumulated(kernel: Any, self: Any, dtype: Any) -> Any:
    """`kernel(array)` in the dtype that sums and products have: `dtype`, int64 for integers, float32 for what is rounded after."""
    if dtype is not None:
        self = convert(self, dtype, copy=False)
        target = dtype.array_dtype
        wide = self.astype(np.float32) if half_float(self) else self
        return np.asarray(kernel(wide)).astype(target, copy=False)
    if self.dtype.kind in "biu":
        return kernel(self.astype(np.int64, copy=False))
    if half_float(self):
        return np.asarray(kernel(self.astype(np.float32))).astype(self.dtype)
    return kernel(self)


# --- in derivatives -----------------------------------------------------------------------------------------------------


def restored(x: Tensor, ndim: int, dim: Dims, keepdim: bool) -> Tensor:
    """A result with its reduced dimensions put back with extent 1, so that it broadcasts against the input."""
    if keepdim or not dim or not ndim:
        return x
    for d in sorted(dim):
        x = x.unsqueeze(d)
    return x


def extent_of(shape: tuple[int, ...], dim: Dims) -> int:
    """How many elements go into one result."""
    return math.prod([shape[d] for d in dim] if dim and shape else shape)


# --- sums ---------------------------------------------------------------------------------------------------------------


@op(
    "sum(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    variants="function method out", node=("SumBackward0", "SumBackward1", "dim"),
)  # fmt: skip
def sum(self: Any, dim: Dims, keepdim: bool, dtype: Any) -> Any:
    """The sum of all elements, or over the dimensions `dim`.

    Integers and bools add up in int64. `dtype` is what the elements are cast to before.

    >>> x = torch.tensor([[1., 2.], [3., 4.]])
    >>> x.sum(), x.sum(0), x.sum(1, keepdim=True)
    (tensor(10.), tensor([4., 6.]), tensor([[3.],
            [7.]]))
    """
    if dtype is None and (self.dtype is _FLOAT32 or self.dtype is _FLOAT64):
        if dim is None and not keepdim:
            if 0 < self.size <= IN_TURN:
                return np.array(_running(self.ravel("K"))[-1] + 0)  # `in_turn`, spelled out: most sums are of a few
            if self.size and self.flags.c_contiguous:
                return np.array(sum_vector(self))
        return summed(self, axes_of(dim, self.ndim), keepdim)
    axes = axes_of(dim, self.ndim)
    return _accumulated(lambda a: summed(a, axes, keepdim), self, dtype)


@sum.vjp("self")
def _(grad, self_shape, dim, keepdim):
    return restored(grad, len(self_shape), dim, keepdim).expand(self_shape)


def _check_mean(name: str, self: Any, dtype: Any) -> None:
    found = dtype if dtype is not None else dt.of_array(self)
    if found.kind < FLOAT:
        which = "Optional" if dtype is not None else "Input"
        raise RuntimeError(
            f"{name}(): could not infer output dtype. {which} dtype must be either a floating point or complex dtype. "
            f"Got: {found.title}"
        )


@op(
    "mean(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    variants="function method out", node=("MeanBackward0", "MeanBackward1", "dim"),
)  # fmt: skip
def mean(self: Any, dim: Dims, keepdim: bool, dtype: Any) -> Any:
    """The mean of all elements, or over the dimensions `dim`; RuntimeError for integers (cast them first).

    >>> torch.tensor([[1., 2.], [3., 4.]]).mean(1)
    tensor([1.5000, 3.5000])
    """
    if dim is None and dtype is None and not keepdim and self.size and (self.dtype is _FLOAT32 or self.dtype is _FLOAT64):
        if self.size <= IN_TURN:
            return in_turn(self.ravel("K")) / self.size
        if self.flags.c_contiguous:
            return sum_vector(self) / self.size
    if self.dtype.kind != "f" or dtype is not None:
        _check_mean("mean", self, dtype)
    axes = axes_of(dim, self.ndim)
    count = math.prod([self.shape[i] for i in axes])

    def kernel(a: Any) -> Any:
        total = summed(a, axes, keepdim)
        return total / total.dtype.type(count or math.nan)

    return _accumulated(kernel, self, dtype)


@mean.vjp("self")
def _(grad, self_shape, dim, keepdim):
    return restored(grad, len(self_shape), dim, keepdim).expand(self_shape) / extent_of(self_shape, dim)


@op(
    "nansum(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    variants="function method out",
)
def nansum(self: Any, dim: Dims, keepdim: bool, dtype: Any) -> Any:
    """The sum, with NaN counted as zero.

    >>> torch.nansum(torch.tensor([1., float('nan'), 2.]))
    tensor(3.)
    """
    if self.dtype.kind == "c":
        raise RuntimeError("nansum on CPU does not support complex inputs")
    if self.dtype.kind not in "biu":
        missing = np.isnan(self)
        if np.count_nonzero(missing):
            self = np.where(missing, self.dtype.type(0), self)
    return sum.body(self, dim, keepdim, dtype)


@nansum.vjp("self")
def _(grad, self, dim, keepdim):
    return restored(grad, self.ndim, dim, keepdim).expand(self.shape) * self.isnan().logical_not()


@composite(
    "nanmean(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    variants="function method out",
)  # fmt: skip
def nanmean(self, dim, keepdim, dtype):
    """The mean of the elements that are not NaN.

    >>> torch.nanmean(torch.tensor([1., float('nan'), 2.]))
    tensor(1.5000)
    """
    if self._dtype.kind < FLOAT and dtype is None:
        raise RuntimeError(f"nanmean(): expected input to have floating point or complex dtype but got {self._dtype.title}")
    count = self.isnan().logical_not().sum(dim, keepdim)
    return self.nansum(dim, keepdim, dtype=dtype) / count


@op(
    "prod(Tensor self, int? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    variants="function method out", node=("ProdBackward0", "ProdBackward1", "dim"),
)  # fmt: skip
def prod(self: Any, dim: int | None, keepdim: bool, dtype: Any) -> Any:
    """The product of all elements, or over the dimension `dim`; in int64 for integers and bools.

    >>> torch.tensor([[1., 2.], [3., 4.]]).prod(), torch.tensor([2, 3]).prod()
    (tensor(24.), tensor(6))
    """
    axes = axes_of(None if dim is None else (dim,), self.ndim)

    return _accumulated(lambda a: c_contiguous(np.multiply.reduce(a, axes, None, None, keepdim)), self, dtype)


@prod.vjp("self")
def _(grad, self, result, dim, keepdim):
    if self.ndim == 0:
        return grad
    if self._dtype is not grad._dtype:
        self = self.to(grad._dtype)
    along = None if dim is None else (dim,)
    grad = restored(grad, self.ndim, along, keepdim)
    if not bool((self == 0).any()):
        return grad * conj(restored(result, self.ndim, along, keepdim) / self)
    if dim is None:
        return grad.reshape(()) * _other_factors(self.reshape(-1), 0).reshape(self.shape)
    return grad * _other_factors(self, dim)


def _other_factors(x: Tensor, dim: int) -> Tensor:
    """The product of all other elements along `dim`, right where some are zero: what comes before, times what comes after."""
    n = x.shape[dim]
    one = x.new_ones(x.narrow(dim, 0, 1).shape)
    cat = function("cat")
    before = cat([one, x.narrow(dim, 0, n - 1)], dim).cumprod(dim)
    after = cat([one, x.narrow(dim, 1, n - 1).flip(dim)], dim).cumprod(dim).flip(dim)
    return conj(before * after)


# --- truth --------------------------------------------------------------------------------------------------------------


def _truth(kernel: Any, self: Any, dim: Dims, keepdim: bool) -> Any:
    """any or all; PyTorch gives uint8 for uint8. `dim=()` reduces nothing."""
    axes = tuple(range(self.ndim)) if dim is None else dim if self.ndim else ()
    true = self if self.dtype.kind == "b" else self != 0
    found = c_contiguous(kernel(true, axes, None, None, keepdim)) if axes or not self.ndim else np.array(true)
    return np.asarray(found).astype(np.uint8) if self.dtype == np.uint8 else found


@op(
    "all(Tensor self, int[1]? dim=None, bool keepdim=False) -> Tensor",
    variants="function method out", differentiable=False,
)  # fmt: skip
def all(self: Any, dim: Dims, keepdim: bool) -> Any:
    """Whether all elements are true (not zero), or all along the dimensions `dim`.

    >>> torch.tensor([[True, False], [True, True]]).all(1)
    tensor([False,  True])
    """
    return _truth(np.logical_and.reduce, self, dim, keepdim)


@op(
    "any(Tensor self, int[1]? dim=None, bool keepdim=False) -> Tensor",
    variants="function method out", differentiable=False,
)  # fmt: skip
def any(self: Any, dim: Dims, keepdim: bool) -> Any:
    """Whether some element is true (not zero), or some along the dimensions `dim`.

    >>> torch.tensor([[True, False], [False, False]]).any(1)
    tensor([ True, False])
    """
    return _truth(np.logical_or.reduce, self, dim, keepdim)


@op("count_nonzero(Tensor self, int[1]? dim=None) -> Tensor", differentiable=False)
def count_nonzero(self: Any, dim: Dims) -> Any:
    """How many elements are not zero, in all or over the dimensions `dim`.

    >>> torch.count_nonzero(torch.tensor([[0, 1], [2, 3]]), dim=0)
    tensor([1, 2])
    """
    return _add_reduce(self != 0, axes_of(dim, self.ndim), dtype=np.int64)
