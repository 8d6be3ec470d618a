"""LDL factors of symmetric and Hermitian matrices, which need not be positive-definite (J. R. Bunch and L. Kaufman, 1977).

D has blocks of one or two rows. A pivot p > 0 at k says: a block of one, rows k and p exchanged; the same p < 0 at k and k + 1 says: a
block of two, rows k + 1 and -p exchanged. LAPACK follows pivots without looking where they lead; `_check_pivots` looks.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops import lapack
from tensorsh.ops.linalg import check_floating, check_square, columns, no_info, raise_failed, same_batch
from tensorsh.ops.registry import composite, op
from tensorsh.ops.results import named_result
from tensorsh.runtime.dtype import INTEGER, of_array
from tensorsh.runtime.tensor import Tensor, wrap_dim

Array = Any


def _is_hermitian(kind: Any, hermitian: bool) -> bool:
    return hermitian and kind.kind == "c"


@op(
    "ldl_factor_ex(Tensor self, *, bool hermitian=False, bool check_errors=False) -> (Tensor LD, Tensor pivots, Tensor info)",
    namespace="linalg", variants="function out", differentiable=False,
)  # fmt: skip
def ldl_factor_ex(self: Array, hermitian: bool, check_errors: bool) -> tuple[Array, Array, Array]:
    """The factors of a symmetric (or Hermitian) matrix in one, LAPACK's pivots, and an integer: 0, or the row of D that is zero.

    >>> torch.linalg.ldl_factor_ex(torch.zeros(2, 2)).info
    tensor(1, dtype=torch.int32)
    """
    check_square("torch.linalg.ldl_factor_ex", self)
    check_floating("torch.linalg.ldl_factor_ex", self)
    if not self.size:
        return columns(self.copy()), np.zeros(self.shape[:-1], np.int32), no_info(self)
    routine = lapack.routine("hetrf" if _is_hermitian(self.dtype, hermitian) else "sytrf", self)

    def one(matrix: Array) -> tuple[Array, ...]:
        found, pivots, info = routine(matrix, lower=1)
        return np.tril(found), pivots.astype(np.int32)[:, None], np.int32(info)

    factors, pivots, info = lapack.each(one, self)
    if check_errors:
        raise_failed("torch.linalg.ldl_factor_ex", info, _zero_row)
    return columns(factors), pivots[..., 0], info


def _zero_row(info: int) -> str:
    return f"D[{info},{info}] is zero, and using it in ldl_solve would be a division by zero."


@composite("ldl_factor(Tensor self, *, bool hermitian=False) -> (Tensor LD, Tensor pivots)", namespace="linalg", variants="function out")
def ldl_factor(self: Tensor, hermitian: bool) -> Any:
    """The factors L and D of a symmetric (or Hermitian) matrix `L D L^T`, in one matrix, and LAPACK's pivots: what `ldl_solve` takes.

    Only the lower triangle is read.

    >>> torch.linalg.ldl_factor(torch.tensor([[4., 2.], [2., 2.]]))
    torch.return_types.linalg_ldl_factor(
    LD=tensor([[4.0000, 0.0000],
            [0.5000, 1.0000]]),
    pivots=tensor([1, 2], dtype=torch.int32))
    """
    factors, pivots, info = ldl_factor_ex(self, hermitian=hermitian)
    raise_failed("torch.linalg.ldl_factor", info._array, _zero_row)
    return named_result("linalg_ldl_factor", ("LD", "pivots"))((factors, pivots))


@op("ldl_solve(Tensor LD, Tensor pivots, Tensor B, *, bool hermitian=False) -> Tensor", namespace="linalg", variants="function out", differentiable=False)
def ldl_solve(LD: Array, pivots: Array, B: Array, hermitian: bool) -> Array:  # noqa: N803 - PyTorch's own names
    """The solution X of `A X = B`, from A's `ldl_factor`.

    >>> torch.linalg.ldl_solve(*torch.linalg.ldl_factor(torch.tensor([[4., 2.], [2., 2.]])), torch.tensor([[8.], [6.]]))
    tensor([[1.],
            [2.]])
    """
    name = "torch.linalg.ldl_solve"
    check_square(name, LD)
    check_floating(name, LD)
    if B.ndim < 2:
        wrap_dim(-2, B.ndim)
        raise RuntimeError(f"{name}: Expected B to have at least 2 dimensions, but it has {B.ndim} dimensions instead")
    extent = LD.shape[-1]
    if B.shape[-2] != extent:
        raise RuntimeError(
            f"Incompatible matrix sizes for {name}: each A matrix is {extent} by {extent} but each b matrix is {B.shape[-2]} by {B.shape[-1]}"
        )
    if LD.shape[:-1] != pivots.shape:
        raise RuntimeError(
            f"{name}: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with shape {list(pivots.shape)} instead"
        )
    if of_array(pivots).kind > INTEGER:
        raise RuntimeError(f"{name}: Expected pivots to be integers. Got {of_array(pivots).title}")
    if LD.dtype != B.dtype:
        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type {of_array(B).title} and A of type {of_array(LD).title} instead."
        )
    _check_pivots(pivots)
    matrices, sides = same_batch(LD, B)
    if not sides.size:
        return columns(sides.copy())
    places = np.broadcast_to(pivots.astype(np.int32)[..., None], (*matrices.shape[:-1], 1))
    routine = lapack.routine("hetrs" if _is_hermitian(LD.dtype, hermitian) else "sytrs", matrices, sides)

    def one(matrix: Array, at: Array, side: Array) -> tuple[Array]:
        return (routine(matrix, np.ascontiguousarray(at[:, 0]), side, lower=1)[0],)

    return columns(lapack.each(one, matrices, places, sides)[0])


def _check_pivots(pivots: Array) -> None:
    """RuntimeError unless every pivot names a row, and negative ones come in pairs."""
    extent = pivots.shape[-1] if pivots.ndim else 0
    size = np.abs(pivots.astype(np.int64))
    fit = bool(((size >= 1) & (size <= extent)).all())
    second = np.zeros(pivots.shape[:-1], bool)  # whether the row before began a block of two
    for at in range(extent if fit else 0):
        negative = pivots[..., at] < 0
        fit = fit and bool((negative | ~second).all())
        second = negative & ~second
    if not fit or second.any():
        raise RuntimeError("torch.linalg.ldl_solve: pivots must be what torch.linalg.ldl_factor gives: row numbers from 1, negative ones in pairs")
