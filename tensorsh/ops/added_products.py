"""A product added to something: `addmm`, `addmv`, `addr`, `addbmm`, `baddbmm`.

Each is `beta * self + alpha * product`, and `self` broadcasts to the product's shape. Operands have one dtype already, as in `matrix.py`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorsh.ops.arithmetic import conj
from tensorsh.ops.matrix import BOOL_ARRAY, check_batches, cpp_name, left_slope, no_bools, right_slope, sizes_of
from tensorsh.ops.products import check_vector, outer
from tensorsh.ops.registry import op
from tensorsh.runtime.dtype import dtype, of_array

Array = Any


def scaled(x: Any, factor: Any) -> Any:
    """`factor * x`, or `x` itself where that is the same."""
    return x if type(factor) is int and factor == 1 else x * factor


def conj_number(number: Any) -> Any:
    return number.conjugate()


def _alike(kind: Any, factor: Any) -> Any:
    """A Python number as a scalar of the arrays' dtype: integers drop its fraction."""
    if kind.kind in "iub" and isinstance(factor, float):
        if not math.isfinite(factor):
            raise RuntimeError(f"value cannot be converted to type {of_array(np.empty(0, kind)).c_name} without overflow")
        return int(factor)
    if isinstance(factor, complex) and kind.kind != "c":
        raise RuntimeError(f"value cannot be converted to type {of_array(np.empty(0, kind)).c_name} without overflow")
    return factor


def _sum_with(self: Array, beta: Any, product: Array, alpha: Any) -> Array:
    """`beta * self + alpha * product`. A `beta` of zero ignores `self`, its nan and inf too."""
    kind = product.dtype
    if alpha != 1:
        product = np.multiply(product, _alike(kind, alpha), dtype=kind)
    if beta == 1:
        return self + product
    beta = _alike(kind, beta)
    return product if beta == 0 else np.multiply(self, beta, dtype=kind) + product


def _check_expands(self: Array, shape: tuple[int, ...]) -> None:
    """RuntimeError, with the text of `expand`, if `self` does not broadcast to exactly `shape`."""
    if self.shape == shape[-self.ndim :]:
        return
    if self.ndim > len(shape):
        kind = of_array(self)
        raise RuntimeError(
            f"expand(torch.{kind.title}Tensor{{{list(self.shape)}}}, size={list(shape)}): the number of sizes provided "
            f"({len(shape)}) must be greater or equal to the number of dimensions in the tensor ({self.ndim})"
        )
    offset = len(shape) - self.ndim
    for dim in reversed(range(self.ndim)):
        wanted, own = shape[dim + offset], self.shape[dim]
        if own != wanted and own != 1:
            raise RuntimeError(
                f"The expanded size of the tensor ({wanted}) must match the existing size ({own}) at non-singleton dimension "
                f"{dim + offset}.  Target sizes: {list(shape)}.  Tensor sizes: {list(self.shape)}"
            )


def _addmm_mismatch(c: dtype, a: dtype, b: dtype) -> str:
    name, found = ("self", c) if c is not b else ("mat1", a)
    return f"{name} and mat2 must have the same dtype, but got {found.title} and {b.title}"


@op(
    "addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    dtype="same", mismatch=_addmm_mismatch, variants="function method inplace out",
)  # fmt: skip
def addmm(self: Array, mat1: Array, mat2: Array, beta: Any, alpha: Any) -> Array:
    """`beta * self + alpha * (mat1 @ mat2)`; `self` broadcasts to the product's shape.

    >>> torch.addmm(torch.ones(2), torch.tensor([[1., 2.]]), torch.tensor([[1., 0.], [0., 1.]]), alpha=10)
    tensor([[11., 21.]])
    """
    for name, array in (("mat1", mat1), ("mat2", mat2)):
        if array.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix, got {array.ndim}-D tensor")
    if mat1.shape[1] != mat2.shape[0]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({sizes_of(mat1)} and {sizes_of(mat2)})")
    _check_expands(self, (mat1.shape[0], mat2.shape[1]))
    no_bools(mat1, "addmm_impl_cpu_")
    return _sum_with(self, beta, mat1.dot(mat2), alpha)


@addmm.vjp("self")
def _(grad, beta):
    return scaled(grad, conj_number(beta))


@addmm.vjp("mat1")
def _(grad, mat2, alpha, mat1_strides):
    return scaled(left_slope(grad, mat2, mat1_strides), conj_number(alpha))


@addmm.vjp("mat2")
def _(grad, mat1, alpha, mat2_strides):
    return scaled(right_slope(grad, mat1, mat2_strides), conj_number(alpha))


def _addmv_mismatch(c: dtype, a: dtype, b: dtype) -> str:
    return f"addmv input tensors must have the same dtype, but got {c.title}, {a.title}, and {b.title}"


@op(
    "addmv(Tensor self, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    dtype="same", mismatch=_addmv_mismatch, variants="function method inplace out",
)  # fmt: skip
def addmv(self: Array, mat: Array, vec: Array, beta: Any, alpha: Any) -> Array:
    """`beta * self + alpha * (mat @ vec)`.

    >>> torch.addmv(torch.tensor([1., 2.]), torch.eye(2), torch.tensor([10., 20.]))
    tensor([11., 22.])
    """
    if mat.ndim != 2 or vec.ndim != 1 or self.ndim > 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {self.ndim}, {mat.ndim}, {vec.ndim}")
    if mat.shape[1] != len(vec) or self.size not in (1, len(mat)):
        raise RuntimeError(f"size mismatch, got input ({self.size}), mat ({sizes_of(mat)}), vec ({len(vec)})")
    no_bools(mat, "addmv_impl_cpu")
    return _sum_with(self, beta, mat.dot(vec), alpha)


@addmv.vjp("self")
def _(grad, beta):
    return scaled(grad, conj_number(beta))


@addmv.vjp("mat")
def _(grad, vec, alpha):
    return scaled(outer(grad, conj(vec)), conj_number(alpha))


@addmv.vjp("vec")
def _(grad, mat, alpha):
    return scaled(conj(mat.t()).mv(grad), conj_number(alpha))


@op(
    "addr(Tensor self, Tensor vec1, Tensor vec2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    dtype="promote", variants="function method inplace out",
)  # fmt: skip
def addr(self: Array, vec1: Array, vec2: Array, beta: Any, alpha: Any) -> Array:
    """`beta * self + alpha * outer(vec1, vec2)`.

    >>> torch.addr(torch.zeros(2, 2), torch.tensor([1., 2.]), torch.tensor([1., 10.]))
    tensor([[ 1., 10.],
            [ 2., 20.]])
    """
    check_vector("addr", "vec1", vec1)
    check_vector("addr", "vec2", vec2)
    _check_expands(self, (len(vec1), len(vec2)))
    product = np.multiply.outer(vec1, vec2)
    for name, factor in (("beta", beta), ("alpha", alpha)):
        if product.dtype.kind in "iub" and isinstance(factor, (float, complex)):
            raise RuntimeError(f"For integral input tensors, argument {name} must not be a floating point number.")
        if product.dtype.kind != "b" and isinstance(factor, bool):
            raise RuntimeError(f"Boolean {name} only supported for Boolean results.")
    if product.dtype is BOOL_ARRAY:
        product = product & bool(alpha)
        return product | (self & bool(beta))
    return _sum_with(self, beta, product, alpha)


@addr.vjp("self")
def _(grad, beta):
    return scaled(grad, conj_number(beta))


@addr.vjp("vec1")
def _(grad, vec2, alpha):
    return scaled((grad * conj(vec2)).sum(1), conj_number(alpha))


@addr.vjp("vec2")
def _(grad, vec1, alpha):
    return scaled((grad * conj(vec1).unsqueeze(1)).sum(0), conj_number(alpha))


@op(
    "addbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    dtype="same", half=False, mismatch=_addmm_mismatch, variants="function method inplace out",
)  # fmt: skip
def addbmm(self: Array, batch1: Array, batch2: Array, beta: Any, alpha: Any) -> Array:
    """`beta * self + alpha * bmm(batch1, batch2).sum(0)`: the products of the batch are summed.

    >>> torch.addbmm(torch.zeros(2, 2), torch.ones(3, 2, 4), torch.ones(3, 4, 2))
    tensor([[12., 12.],
            [12., 12.]])
    """
    if batch1.ndim == 3 and batch2.ndim == 3:
        _check_expands(self, (batch1.shape[1], batch2.shape[2]))
    check_batches(batch1.shape, batch2.shape)
    no_bools(batch1, "addmm_impl_cpu_")
    rows, columns = batch1.shape[1], batch2.shape[2]
    if batch1.dtype.itemsize == 2 and batch1.dtype.kind not in "iu":
        # PyTorch adds one product after another to the result, and each time rounds to the 2 bytes that it has.
        wide = np.dtype(np.float32)
        for a, b in zip(batch1.astype(wide), batch2.astype(wide), strict=True):
            self = _sum_with(self.astype(wide), beta, a.dot(b), alpha).astype(batch1.dtype)
            beta = 1
        return self
    product = batch1.swapaxes(0, 1).reshape(rows, -1) if batch1.size else np.zeros((rows, 0), batch1.dtype)
    product = product.dot(batch2.reshape(product.shape[1], columns))
    return _sum_with(self, beta, product, alpha)


@addbmm.vjp("self")
def _(grad, beta):
    return scaled(grad, conj_number(beta))


@addbmm.vjp("batch1")
def _(grad, batch2, alpha, batch1_shape):
    count, rows, _ = batch1_shape
    return scaled(grad.unsqueeze(0).expand((count, rows, grad._array.shape[1])).bmm(conj(batch2.transpose(1, 2))), conj_number(alpha))


@addbmm.vjp("batch2")
def _(grad, batch1, alpha, batch2_shape):
    count, _, columns = batch2_shape
    spread = grad.unsqueeze(0).expand((count, grad._array.shape[0], columns))
    return scaled(conj(batch1.transpose(1, 2)).bmm(spread), conj_number(alpha))


def _baddbmm_mismatch(c: dtype, a: dtype, b: dtype) -> str:
    return f"Input dtypes must be the same, got: input {cpp_name(c)}, batch1: {cpp_name(a)}, batch2: {cpp_name(b)}"


@op(
    "baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    dtype="same", mismatch=_baddbmm_mismatch, variants="function method inplace out",
)  # fmt: skip
def baddbmm(self: Array, batch1: Array, batch2: Array, beta: Any, alpha: Any) -> Array:
    """`beta * self + alpha * bmm(batch1, batch2)`; `self` broadcasts to the products' shape.

    >>> torch.baddbmm(torch.ones(1), torch.ones(2, 1, 3), torch.ones(2, 3, 1)).flatten()
    tensor([4., 4.])
    """
    if batch1.ndim == 3 and batch2.ndim == 3:
        _check_expands(self, (batch1.shape[0], batch1.shape[1], batch2.shape[2]))
    check_batches(batch1.shape, batch2.shape)
    no_bools(batch1, "baddbmm")
    return _sum_with(self, beta, np.matmul(batch1, batch2), alpha)


@baddbmm.vjp("self")
def _(grad, beta):
    return scaled(grad, conj_number(beta))


@baddbmm.vjp("batch1")
def _(grad, batch2, alpha):
    return scaled(grad.bmm(conj(batch2.transpose(1, 2))), conj_number(alpha))


@baddbmm.vjp("batch2")
def _(grad, batch1, alpha):
    return scaled(conj(batch1.transpose(1, 2)).bmm(grad), conj_number(alpha))
