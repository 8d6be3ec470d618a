"""`var`, `std`, `var_mean` and `std_mean`, with their older argument `unbiased`.

Each has three overloads; the first two stand for the third, which is the operator proper.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from tensorsh.ops.cascade import MANY
from tensorsh.ops.elementary import DOUBLE, SINGLE
from tensorsh.ops.reduction import axes_of, extent_of, restored
from tensorsh.ops.registry import composite, op
from tensorsh.ops.summing import Dims, sum_over
from tensorsh.runtime.tensor import Tensor

_INVALID = (
    "{}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor (input numel divided by "
    "output numel)."
)


def _variance(name: str, self: Any, dim: Dims, correction: float | None, keepdim: bool) -> tuple[Any, Any]:
    """The variance (real for complex numbers), or its root for a `name` that says so, and the mean, by two passes."""
    if self.dtype.kind not in "fc":
        both = name if name.endswith("_mean") else "std and var"
        raise RuntimeError(f"{both} only support floating point and complex dtypes")
    axes = axes_of(dim, self.ndim)
    count = math.prod([self.shape[i] for i in axes])
    correction = 1 if correction is None else correction
    freedom = count - correction
    # What PyTorch counts as reducing nothing.
    nothing = not self.size and 0 in [n for i, n in enumerate(self.shape) if i not in axes]
    if freedom <= 0 or (nothing and correction >= 0):
        warnings.warn(_INVALID.format(name), UserWarning, stacklevel=4)
    wide = self.dtype is SINGLE and self.size < MANY  # PyTorch adds up in double precision, and rounds the result
    if wide:
        self = self.astype(DOUBLE)
    average = sum_over(self, axes, True) / np.array(count or math.nan, self.dtype)
    apart = self - average
    squares = apart.real**2 + apart.imag**2 if apart.dtype.kind == "c" else np.square(apart)
    total = sum_over(squares, axes, keepdim)
    found = total / np.array(max(freedom, 0), total.dtype)
    if name.startswith("std"):
        found = np.sqrt(found)
    if not keepdim:
        average = average.reshape(found.shape)
    return (found.astype(SINGLE), average.astype(SINGLE)) if wide else (found, average)


def _variance_grad(grad: Tensor, self: Tensor, dim: Dims, correction: float | None, keepdim: bool) -> Tensor:
    freedom = extent_of(self.shape, dim) - (1 if correction is None else correction)
    if not self.ndim or dim is None:
        apart = self - self.mean()
        return 2.0 / freedom * grad * apart if freedom > 0 else grad * apart.new_full(apart.shape, math.inf).masked_fill(apart == 0, math.nan)
    share = 2.0 / freedom if freedom else math.inf
    return share * restored(grad, self.ndim, dim, keepdim) * (self - self.mean(dim or None, True))


def _deviation_grad(grad: Tensor, result: Tensor, self: Tensor, dim: Dims, correction: float | None, keepdim: bool) -> Tensor:
    scaled = (grad / (result * 2)).masked_fill(result == 0, 0)
    return _variance_grad(scaled, self, dim, correction, keepdim)


@composite("var(Tensor self, bool unbiased=True) -> Tensor")
def var_all(self, unbiased):
    """The variance of all elements, or over the dimensions `dim`, divided by the count less `correction` (1 unless given).

    Warns, and gives NaN, where there are not more elements than `correction`. `unbiased=False` means `correction=0`.

    >>> x = torch.tensor([1., 2., 4.])
    >>> x.var(), x.var(correction=0)
    (tensor(2.3333), tensor(1.5556))
    """
    return var(self, correction=int(unbiased))


@composite(
    "var.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor",
    variants="function method out",
)  # fmt: skip
def var_dim(self, dim, unbiased, keepdim):
    return var(self, dim, correction=int(unbiased), keepdim=keepdim)


@op(
    "var.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor",
    variants="function method out", half=True,
)  # fmt: skip
def var(self: Any, dim: Dims, correction: float | None, keepdim: bool) -> Any:
    return _variance("var", self, dim, correction, keepdim)[0]


@var.vjp("self")
def _(grad, self, dim, correction, keepdim):
    return _variance_grad(grad, self, dim, correction, keepdim)


@composite("std(Tensor self, bool unbiased=True) -> Tensor")
def std_all(self, unbiased):
    """The standard deviation of all elements, or over the dimensions `dim`: the root of `var`.

    >>> torch.tensor([1., 2., 4.]).std()
    tensor(1.5275)
    """
    return std(self, correction=int(unbiased))


@composite(
    "std.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor",
    variants="function method out",
)  # fmt: skip
def std_dim(self, dim, unbiased, keepdim):
    return std(self, dim, correction=int(unbiased), keepdim=keepdim)


@op(
    "std.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor",
    variants="function method out", half=True,
)  # fmt: skip
def std(self: Any, dim: Dims, correction: float | None, keepdim: bool) -> Any:
    return _variance("std", self, dim, correction, keepdim)[0]


@std.vjp("self")
def _(grad, result, self, dim, correction, keepdim):
    return _deviation_grad(grad, result, self, dim, correction, keepdim)


@composite("var_mean(Tensor self, bool unbiased=True) -> (Tensor, Tensor)", variants="function")
def var_mean_all(self, unbiased):
    """The variance and the mean, in one pass over the arguments of `var`.

    >>> torch.var_mean(torch.tensor([1., 2., 3.]))
    (tensor(1.), tensor(2.))
    """
    return var_mean(self, correction=int(unbiased))


@composite(
    "var_mean.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> (Tensor, Tensor)",
    variants="function",
)  # fmt: skip
def var_mean_dim(self, dim, unbiased, keepdim):
    return var_mean(self, dim, correction=int(unbiased), keepdim=keepdim)


@op(
    "var_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, "
    "bool keepdim=False) -> (Tensor, Tensor)",
    variants="function", half=True,
)  # fmt: skip
def var_mean(self: Any, dim: Dims, correction: float | None, keepdim: bool) -> Any:
    return _variance("var_mean", self, dim, correction, keepdim)


@var_mean.vjp("self")
def _(arrived, self, dim, correction, keepdim):
    of_spread = None if arrived[0] is None else _variance_grad(arrived[0], self, dim, correction, keepdim)
    return _with_mean(of_spread, arrived[1], self, dim, keepdim)


def _with_mean(of_spread: Tensor | None, grad: Tensor | None, self: Tensor, dim: Dims, keepdim: bool) -> Tensor | None:
    """The gradient through the spread, if one came that way, and that of the mean."""
    if grad is None:
        return of_spread
    of_mean = _mean_grad(grad, self, dim, keepdim)
    return of_mean if of_spread is None else of_spread + of_mean


def _mean_grad(grad: Tensor, self: Tensor, dim: Dims, keepdim: bool) -> Tensor:
    return restored(grad, self.ndim, dim, keepdim).expand(self.shape) / extent_of(self.shape, dim)


@composite("std_mean(Tensor self, bool unbiased=True) -> (Tensor, Tensor)", variants="function")
def std_mean_all(self, unbiased):
    """The standard deviation and the mean, with the arguments of `std`.

    >>> torch.std_mean(torch.tensor([1., 2., 3.]))
    (tensor(1.), tensor(2.))
    """
    return std_mean(self, correction=int(unbiased))


@composite(
    "std_mean.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> (Tensor, Tensor)",
    variants="function",
)  # fmt: skip
def std_mean_dim(self, dim, unbiased, keepdim):
    return std_mean(self, dim, correction=int(unbiased), keepdim=keepdim)


@op(
    "std_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, "
    "bool keepdim=False) -> (Tensor, Tensor)",
    variants="function", half=True,
)  # fmt: skip
def std_mean(self: Any, dim: Dims, correction: float | None, keepdim: bool) -> Any:
    return _variance("std_mean", self, dim, correction, keepdim)


@std_mean.vjp("self")
def _(arrived, result0, self, dim, correction, keepdim):
    of_spread = None if arrived[0] is None else _deviation_grad(arrived[0], result0, self, dim, correction, keepdim)
    return _with_mean(of_spread, arrived[1], self, dim, keepdim)
