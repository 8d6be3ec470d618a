"""Products that are no product of matrices: `outer`, `inner`, `tensordot`, `kron`, `cross`, `vecdot`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.arithmetic import conj
from tensorsh.ops.deprecations import deprecated
from tensorsh.ops.elementary import fused
from tensorsh.ops.engine import broadcast_mismatch
from tensorsh.ops.matrix import dot, mm, no_bools
from tensorsh.ops.registry import composite, op
from tensorsh.ops.views import _unsafe_view
from tensorsh.runtime.dtype import BOOL, COMPLEX, INTEGER, dtype
from tensorsh.runtime.tensor import Tensor, wrap_dim

Array = Any


def check_vector(operator: str, name: str, array: Array) -> None:
    if array.ndim != 1:
        raise RuntimeError(f"{operator}: Expected 1-D argument {name}, but got {array.ndim}-D")


@composite("outer(Tensor self, Tensor vec2) -> Tensor", variants="function method out")
def outer(self: Tensor, vec2: Tensor) -> Tensor:
    """The matrix of all products of an element of one vector and one of another; dtypes promote.

    >>> torch.outer(torch.tensor([1, 2]), torch.tensor([1, 10, 100]))
    tensor([[  1,  10, 100],
            [  2,  20, 200]])
    """
    check_vector("outer", "self", self._array)
    check_vector("outer", "vec2", vec2._array)
    return self.reshape((self._array.size, 1)) * vec2


@composite("ger(Tensor self, Tensor vec2) -> Tensor", variants="function method out")
def ger(self: Tensor, vec2: Tensor) -> Tensor:
    """`outer`, by its older name.

    >>> torch.ger(torch.tensor([1, 2]), torch.tensor([1, 10]))
    tensor([[ 1, 10],
            [ 2, 20]])
    """
    return outer(self, vec2)


@composite("inner(Tensor self, Tensor other) -> Tensor", variants="function method out")
def inner(self: Tensor, other: Tensor) -> Tensor:
    """The products of two tensors, summed over the last dimension of each.

    >>> torch.inner(torch.tensor([1, 2, 3]), torch.tensor([0, 2, 1]))
    tensor(7)
    """
    if self._dtype is not other._dtype:
        raise RuntimeError("both inputs should have same dtype")
    if self._array.ndim == 0 or other._array.ndim == 0:
        return self * other
    if self._array.shape[-1] != other._array.shape[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(self._array.shape)} and {list(other._array.shape)}"
        )
    return contracted(self, other, [-1], [-1])


@composite("tensordot(Tensor a, Tensor b, any dims=2) -> Tensor", variants="function out", wrap_dims=None)
def tensordot(a: Tensor, b: Tensor, dims: Any) -> Tensor:
    """The products of two tensors, summed over the last `dims` dimensions of `a` and the first of `b`, or over two lists of them.

    >>> torch.tensordot(torch.ones(2, 3, 4), torch.ones(4, 5), dims=1).shape
    torch.Size([2, 3, 5])
    """
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if not isinstance(dims, (int, tuple, list)):
        raise TypeError(f"tensordot(): argument 'dims' must be int or two lists of ints, not {type(dims).__name__}")
    if isinstance(dims, (tuple, list)):
        if len(dims) != 2 or not all(isinstance(d, (int, tuple, list)) for d in dims):
            raise TypeError("tensordot(): argument 'dims' must be int or two lists of ints")
        if len(dims) == 2 and isinstance(dims[0], int):
            dims = ([dims[0]], [dims[1]])
        return contracted(a, b, [int(d) for d in dims[0]], [int(d) for d in dims[1]])
    if dims < 0:
        raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
    if dims > min(a._array.ndim, b._array.ndim):
        raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
    return contracted(a, b, list(range(-dims, 0)), list(range(dims)))


def contracted(a: Tensor, b: Tensor, dims_a: list[int], dims_b: list[int]) -> Tensor:
    """The contraction over pairs of dimensions, as one product of matrices. Source: aten/src/ATen/native/Linear.cpp."""
    if len(dims_a) != len(dims_b):
        raise RuntimeError(
            f"both dimension lists should have same length, got: {len(dims_a)} and {len(dims_b)}"
        )
    if a._dtype is not b._dtype:
        raise RuntimeError("both inputs should have same dtype")
    dims_a = [wrap_dim(d, a._array.ndim) for d in dims_a]
    dims_b = [wrap_dim(d, b._array.ndim) for d in dims_b]
    size = 1
    for first, second in zip(list(dims_a), list(dims_b), strict=True):
        m, n = a._array.shape[first], b._array.shape[second]
        if n == 1:
            a = a.sum(first, keepdim=True, dtype=a._dtype)
        elif m == 1:
            b = b.sum(second, keepdim=True, dtype=b._dtype)
        elif m != n:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {m} in dim {first - a._array.ndim} and second has "
                f"size {n} in dim {second}"
            )
        else:
            size *= m
    free_a = [d for d in range(a._array.ndim) if d not in dims_a]
    free_b = [d for d in range(b._array.ndim) if d not in dims_b]
    shape = (*[a._array.shape[d] for d in free_a], *[b._array.shape[d] for d in free_b])
    left = a.permute((*free_a, *dims_a))
    right = b.permute((*dims_b, *free_b))
    if a._array.size == b._array.size == size:
        vectors = [x if x._array.ndim == 1 else x.reshape((-1,)) for x in (left, right)]
        return dot(*vectors).view(shape)
    rows = int(np.prod([a._array.shape[d] for d in free_a]))
    columns = int(np.prod([b._array.shape[d] for d in free_b]))
    return mm(left.reshape((rows, size)), right.reshape((size, columns))).reshape(shape)


@composite("kron(Tensor self, Tensor other) -> Tensor", variants="function method out")
def kron(self: Tensor, other: Tensor) -> Tensor:
    """The Kronecker product: each element of `self`, times all of `other`, in a block.

    >>> torch.kron(torch.tensor([1, 10]), torch.tensor([1, 2]))
    tensor([ 1,  2, 10, 20])
    """
    ndim = max(self._array.ndim, other._array.ndim)
    a = (1,) * (ndim - self._array.ndim) + self._array.shape
    b = (1,) * (ndim - other._array.ndim) + other._array.shape
    left = _unsafe_view(self, tuple(n for pair in zip(a, (1,) * ndim, strict=True) for n in pair))
    right = _unsafe_view(other, tuple(n for pair in zip((1,) * ndim, b, strict=True) for n in pair))
    return _unsafe_view(left * right, tuple(m * n for m, n in zip(a, b, strict=True)))


def _cross_mismatch(a: dtype, b: dtype) -> str:
    if a.kind == BOOL:
        raise NotImplementedError("\"cross\" not implemented for 'Bool'")
    return f"expected scalar type {a.title} but found {b.title}"


@op(
    "cross(Tensor self, Tensor other, *, int dim=-1) -> Tensor",
    namespace="linalg", dtype="same", mismatch=_cross_mismatch, variants="function out", wrap_dims=None,
)  # fmt: skip
def linalg_cross(self: Array, other: Array, dim: int) -> Array:
    """The cross product of vectors of length 3 along `dim`; the other dimensions broadcast.

    >>> torch.linalg.cross(torch.tensor([1., 0., 0.]), torch.tensor([0., 1., 0.]))
    tensor([0., 0., 1.])
    """
    if self.ndim != other.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    dim = wrap_dim(dim, self.ndim)
    if self.shape[dim] != 3 or other.shape[dim] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim - self.ndim if dim == self.ndim - 1 else dim} must have length 3. Got "
            f"{self.shape[dim]} and {other.shape[dim]}"
        )
    no_bools(self, "cross")
    a, b = np.broadcast_arrays(self, other)
    a1, a2, a3 = (a.take(i, dim) for i in range(3))
    b1, b2, b3 = (b.take(i, dim) for i in range(3))
    return np.stack([fused(a2, b3, -a3 * b2), fused(a3, b1, -a1 * b3), fused(a1, b2, -a2 * b1)], dim)


@linalg_cross.vjp("self")
def _(grad, other, dim):
    return linalg_cross(conj(other), grad, dim=dim)


@linalg_cross.vjp("other")
def _(grad, self, dim):
    return linalg_cross(grad, conj(self), dim=dim)


@composite("cross(Tensor self, Tensor other, int? dim=None) -> Tensor", variants="function method out", wrap_dims=None)
def cross(self: Tensor, other: Tensor, dim: int | None) -> Tensor:
    """The cross product along `dim`, or along the first dimension of length 3 if none is given.

    >>> torch.cross(torch.tensor([[1., 0., 0.]]), torch.tensor([[0., 1., 0.]]), dim=1)
    tensor([[0., 0., 1.]])
    """
    if dim is None:
        deprecated("cross")
        mismatch = broadcast_mismatch(self._array.shape, other._array.shape)
        if mismatch:
            raise RuntimeError(mismatch)
        shape = np.broadcast_shapes(self._array.shape, other._array.shape)
        dim = next((d for d, n in enumerate(shape) if n == 3), None)
        if dim is None:
            raise RuntimeError("no dimension of size 3 in input")
    return linalg_cross(self, other, dim=dim)


@composite("vecdot(Tensor x, Tensor y, *, int dim=-1) -> Tensor", namespace="linalg", variants="function out", wrap_dims=None)
def vecdot(x: Tensor, y: Tensor, dim: int) -> Tensor:
    """The inner products of vectors along `dim`, the first conjugated; the other dimensions broadcast.

    >>> torch.linalg.vecdot(torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([1., 10.]))
    tensor([21., 43.])
    """
    if x._dtype.kind <= INTEGER:
        raise RuntimeError(f"linalg.vecdot: Expected a floating point or complex tensor as input. Got {x._dtype.title}")
    if x._dtype is not y._dtype:
        raise RuntimeError(
            f"linalg.vecdot: Expected x and y to have the same dtype, but found x of type {x._dtype.title} and y of type {y._dtype.title} "
            "instead"
        )
    if x._array.ndim == y._array.ndim == 1:
        return x.vdot(y)
    first = x.conj() if x._dtype.kind == COMPLEX else x
    return (first * y).sum(dim)
