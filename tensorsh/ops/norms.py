"""Vector norms, `dist`, `logsumexp`, `renorm`: reductions through powers and exponentials.

Derivatives are PyTorch's `norm_backward` and `logsumexp_backward` (torch/csrc/autograd/FunctionsManual.cpp).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorsh.ops import elementary
from tensorsh.ops.arithmetic import conj
from tensorsh.ops.cascade import MANY, REGISTER
from tensorsh.ops.elementary import SINGLE, fused
from tensorsh.ops.reduction import axes_of, restored
from tensorsh.ops.registry import alias, composite, function, op
from tensorsh.ops.summing import Dims, c_contiguous, sum_over, summed
from tensorsh.runtime.creation import convert
from tensorsh.runtime.dtype import COMPLEX, FLOAT, of_array
from tensorsh.runtime.promotion import result_type
from tensorsh.runtime.tensor import Tensor

_LANES = REGISTER // SINGLE.itemsize


def _norm(a: Any, p: float, axes: tuple[int, ...], keepdim: bool) -> Any:
    """The p-norm over some axes; real for complex numbers."""
    if p == 2 and a.dtype is SINGLE and 0 < a.size < MANY and a.flags.c_contiguous:
        found = _euclidean(a, axes)
        if found is not None:
            return found.reshape([1 if axis in axes else n for axis, n in enumerate(a.shape)]) if keepdim else found
    size = np.abs(a) if p != 2 or a.dtype.kind == "c" else a
    if p == 2:
        return np.sqrt(sum_over(np.square(size), axes, keepdim))
    if p == 1:
        return sum_over(size, axes, keepdim)
    if p == 0:
        return sum_over((size != 0).astype(size.dtype), axes, keepdim)
    if math.isinf(p):
        return c_contiguous((np.maximum if p > 0 else np.minimum).reduce(size, axes, keepdims=keepdim))
    return np.power(sum_over(np.power(size, size.dtype.type(p)), axes, keepdim), size.dtype.type(1 / p))


def _euclidean(a: Any, axes: tuple[int, ...]) -> Any:
    """The norm over the last dimensions, or over the first one, in the order in which PyTorch adds squares; None over others.

    Along memory 8 lanes add what is squared before; the compiler squares the rest by fours, and fuses what then is left.
    """
    kept = a.ndim - len(axes)
    if axes == (0,) and kept:
        return np.sqrt(np.add.reduce(np.square(a), 0)) if a[0].size > 1 else None
    if axes != tuple(range(kept, a.ndim)):
        return None
    rows = a.reshape(*a.shape[:kept], -1)
    extent = rows.shape[-1]
    squares = np.square(rows)
    end = extent // _LANES * _LANES
    fours = end + (extent - end) // 4 * 4
    parts = squares[..., end:fours]
    if end:
        if end <= 4 * _LANES:  # `reduce` takes as long to begin as four additions
            lanes = squares[..., :_LANES]
            for start in range(_LANES, end, _LANES):
                lanes = lanes + squares[..., start : start + _LANES]
        else:
            lanes = np.add.reduce(squares[..., :end].reshape(*rows.shape[:-1], -1, _LANES), -2)
        parts = np.concatenate([lanes, parts], -1) if fours > end else lanes
    total = np.add.accumulate(parts, -1)[..., -1] if fours else squares[..., 0]
    for at in range(fours or 1, extent):
        one = rows[..., at]
        total = fused(one, one, total)
    return np.sqrt(total)


def norm_grad(grad: Tensor, self: Tensor, p: float, norm: Tensor, dim: Dims, keepdim: bool) -> Tensor:
    """PyTorch's `norm_backward`: zero, not NaN, where the norm is zero."""
    norm = restored(norm, self.ndim, dim, keepdim)
    grad = restored(grad, self.ndim, dim, keepdim)
    if p == 0:
        return (self * 0).masked_fill(self != 0, 0)
    if p == 1:
        return self.sgn() * grad
    if p == 2:
        return grad * (self / norm).masked_fill(norm == 0, 0)
    if math.isinf(p):
        size = self.abs()
        winners = (size == norm) | size.isnan()
        return self.sgn() * ((grad / winners.sum(dim or None, True)) * winners)
    if p < 1:
        scaled = self.sgn() * self.abs().pow(p - 1).masked_fill(self == 0, 0)
        return scaled * grad * norm.pow(1 - p)
    scale = (grad / norm.pow(p - 1)).masked_fill(norm == 0, 0)
    if p < 2:
        return self.sgn() * self.abs().pow(p - 1) * scale
    return self * self.abs().pow(p - 2) * scale


@op(
    "_vector_norm(Tensor self, Scalar ord=2, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    variants="function", node="LinalgVectorNormBackward0", half=True,
)  # fmt: skip
def _vector_norm(self: Any, ord: float, dim: Dims, keepdim: bool, dtype: Any) -> Any:
    """The norm of order `ord` over the dimensions `dim`."""
    if dtype is not None:
        self = convert(self, dtype, copy=False)
    axes = axes_of(dim, self.ndim)
    if self.size == 0 and (ord < 0 or math.isinf(ord)):
        shown = "inf" if ord == math.inf else "-inf" if ord == -math.inf else f"{ord:g}"
        if not dim:
            raise RuntimeError(
                f"linalg.vector_norm cannot compute the {shown} norm on an empty tensor because the operation does not have an "
                "identity"
            )
        for axis in axes:
            if self.shape[axis] == 0:
                raise RuntimeError(
                    f"linalg.vector_norm cannot compute the {shown} norm on the dimension {axis}because this dimension is empty "
                    "and the operation does not have an identity"
                )
    return _norm(self, ord, axes, keepdim)


@_vector_norm.vjp("self")
def _(grad, self, result, ord, dim, keepdim):
    return None if ord == 0 else norm_grad(grad, self, ord, result, dim, keepdim)


def checked_vector_norm(self: Tensor, ord: float, dim: Dims, keepdim: bool, dtype: Any) -> Tensor:
    """`linalg.vector_norm`, with its checks of dtypes."""
    return _vector_norm(as_norm_operand("linalg.vector_norm", self, dtype), ord, dim, keepdim)


def as_norm_operand(name: str, self: Tensor, dtype: Any) -> Tensor:
    """`self`, in `dtype` if one is given; RuntimeError if a norm cannot be computed in it."""
    own = self._dtype
    if own.kind < FLOAT:
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {own.title}")
    if dtype is None or dtype is own:
        return self
    if dtype.kind < FLOAT:
        raise RuntimeError(f"{name}: dtype should be floating point or complex, but got {dtype.title}")
    if (dtype.kind == COMPLEX) != (own.kind == COMPLEX):
        kind = "complex" if own.kind == COMPLEX else "real"
        raise RuntimeError(f"{name}: dtype should be {kind} for {kind} inputs, but got {dtype.title}")
    if dtype.itemsize < own.itemsize or (dtype.half and own is not dtype):
        raise RuntimeError(
            f"{name}: the dtype of the input ({own.title}) should be convertible without narrowing to the specified dtype "
            f"({dtype.title})"
        )
    return self.to(dtype)


@composite(
    "norm(Tensor self, any? p='fro', int[1]? dim=None, bool keepdim=False, ScalarType? dtype=None) -> Tensor",
    variants="function method out",
)  # fmt: skip
def norm(self, p, dim, keepdim, dtype):
    """The norm of order `p` of all elements or over the dimensions `dim`: `'fro'` (the 2-norm), `'nuc'`, or a number.

    >>> torch.norm(torch.tensor([3., 4.])), torch.norm(torch.tensor([3., -4.]), 1)
    (tensor(5.), tensor(7.))
    """
    if isinstance(p, str):
        if p == "nuc":
            return function("matrix_norm", "linalg")(self, "nuc", dim or tuple(range(self.ndim)), keepdim, dtype=dtype)
        if p != "fro":
            raise RuntimeError(f"linalg.matrix_norm: Order {p} not supported.")
        p = 2
    return checked_vector_norm(self, 2 if p is None else p, dim, keepdim, dtype)


@op("_dist(Tensor self, Tensor other, Scalar p) -> Tensor", variants="function", node="DistBackward0", half=True)
def _dist(self: Any, other: Any, p: float) -> Any:
    """The kernel of `dist`, for operands of one dtype."""
    apart = np.asarray(self - other)
    return _norm(apart, p, tuple(range(apart.ndim)), False)


@_dist.vjp("self, other")
def _(grad, self, other, p, result):
    found = norm_grad(grad, self - other, p, result, None, False)
    return found, -found


@composite("dist(Tensor self, Tensor other, Scalar p=2) -> Tensor")
def dist(self, other, p):
    """The p-norm of `self - other`.

    >>> torch.dist(torch.tensor([1., 2.]), torch.tensor([4., 6.]))
    tensor(5.)
    """
    kind = result_type(self, other)
    if kind.kind < FLOAT:
        self - other  # which is refused first, for bools
        raise RuntimeError(f"norm(): input dtype should be either floating point or complex. Got {kind.title} instead.")
    return _dist(self, other, p) if self._dtype is other._dtype else _dist(self.to(kind), other.to(kind), p)


@op("logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor", dtype="float", variants="function method out")
def logsumexp(self: Any, dim: tuple[int, ...], keepdim: bool) -> Any:
    """The logarithm of the sum of exponentials over the dimensions `dim`, without overflow.

    >>> torch.logsumexp(torch.tensor([1000., 1000.]), 0)
    tensor(1000.6932)
    """
    axes = axes_of(dim, self.ndim)
    if self.size == 0:
        return np.log(summed(np.exp(self), axes, keepdim))
    top = np.maximum.reduce(self.real, axes, None, None, True)
    top = np.where(np.isinf(top), top.dtype.type(0), top)
    found = elementary.log(summed(elementary.exp(self - top), axes, keepdim))
    return c_contiguous(found + (top if keepdim else top.reshape(np.shape(found))))


@logsumexp.vjp("self")
def _(grad, self, result, dim, keepdim):
    result = restored(result, self.ndim, dim, keepdim)
    return restored(grad, self.ndim, dim, keepdim) * conj((self - result).exp())


alias("logsumexp", "logsumexp", namespace="special", variants="function out")


@op(
    "renorm(Tensor self, Scalar p, int dim, Scalar maxnorm) -> Tensor",
    variants="function method inplace out", half=True,
)  # fmt: skip
def renorm(self: Any, p: float, dim: int, maxnorm: float) -> Any:
    """Each sub-tensor along `dim` with a p-norm over `maxnorm`, scaled down to it.

    >>> torch.renorm(torch.tensor([[3., 4.], [0.3, 0.4]]), 2, 0, 1)
    tensor([[0.6000, 0.8000],
            [0.3000, 0.4000]])
    """
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError("renorm: expected maxnorm to be >= 0 but got " + f"{float(maxnorm):g}")
    if self.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {self.ndim} dimensions")
    if self.dtype.kind in "biu":
        raise RuntimeError(f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {of_array(self).title}")
    size = _norm(self, p, tuple([i for i in range(self.ndim) if i != dim]), True)
    return self * np.where(size > maxnorm, maxnorm / (size + 1e-7), 1).astype(size.dtype)


@renorm.vjp("self")
def _(grad, self, p, dim, maxnorm):
    others = tuple([i for i in range(self.ndim) if i != dim])
    size = _vector_norm(self, p, others, True)
    over = (size + 1e-7).reciprocal()
    real = (self.conj() * grad).real if self._dtype.kind == COMPLEX else self * grad
    inner = real.sum(others, True)
    shrunk = maxnorm * over * (grad - over * norm_grad(inner, self, p, size, others, True))
    return grad.where(size <= maxnorm, shrunk)
