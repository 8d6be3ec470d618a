"""Triangular systems, and Cholesky's factor of a positive-definite matrix.

Derivatives are PyTorch's (torch/csrc/autograd/FunctionsManual.cpp). That of
`cholesky` follows I. Murray, "Differentiation of the Cholesky decomposition", 2016.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops import lapack
from tensorsh.ops.deprecations import deprecated
from tensorsh.ops.linalg import (
    check_floating,
    check_square,
    check_system,
    columns,
    mH,
    mT,
    no_info,
    raise_failed,
    same_batch,
    same_type,
)
from tensorsh.ops.registry import composite, function, op
from tensorsh.runtime.tensor import Tensor

Array = Any

# --- triangular systems -------------------------------------------------------------------------------------------------


def substituted(A: Array, B: Array, upper: bool, left: bool, unitriangular: bool) -> Array:  # noqa: N803
    """BLAS's `trsm` for each matrix. Division by a zero on the diagonal gives inf, as in PyTorch."""
    A, B = same_batch(A, B)
    if not B.size:
        return columns(np.empty(B.shape, B.dtype))
    trsm = lapack.routine("trsm", A, B)
    (found,) = lapack.each(lambda a, b: (trsm(1, a, b, side=not left, lower=not upper, diag=unitriangular),), A, B)
    return columns(found)


def _triangle_of(x: Tensor, upper: bool, unitriangular: bool) -> Tensor:
    """The part of a gradient that belongs to elements which were read."""
    return x.triu(int(unitriangular)) if upper else x.tril(-int(unitriangular))


@op(
    "solve_triangular(Tensor self, Tensor B, *, bool upper, bool left=True, bool unitriangular=False) -> Tensor",
    namespace="linalg", variants="function out", dtype="same", half=False, mismatch=same_type("linalg.solve_triangular"),
)  # fmt: skip
def solve_triangular(self: Array, B: Array, upper: bool, left: bool, unitriangular: bool) -> Array:  # noqa: N803 - PyTorch's own name
    """The solution X of `A X = B` (of `X A = B` without `left`), where A is triangular; its other half is not read.

    With `unitriangular` the diagonal counts as ones.

    >>> torch.linalg.solve_triangular(torch.tensor([[2., 1.], [0., 4.]]), torch.tensor([[4.], [4.]]), upper=True)
    tensor([[1.5000],
            [1.0000]])
    """
    check_floating("linalg.solve_triangular", self, "triangular_solve_cpu")
    check_system("linalg.solve_triangular", self, B, left)
    return substituted(self, B, upper, left, unitriangular)


@solve_triangular.vjp("self, B")
def _(grad, self, result, upper, left, unitriangular, needs):
    to_b = solve_triangular(mH(self), grad, upper=not upper, left=left, unitriangular=unitriangular)
    to_a = None
    if needs[0]:
        adjoint = mH(result)
        to_a = _triangle_of(-(to_b.matmul(adjoint) if left else adjoint.matmul(to_b)), upper, unitriangular)
    return to_a, to_b


@op(
    "triangular_solve(Tensor self, Tensor A, bool upper=True, bool transpose=False, bool unitriangular=False) -> (Tensor solution, Tensor cloned_coefficient)",
    variants="function method out", dtype="same", half=False, mismatch=same_type("triangular_solve", "b", "A"),
)  # fmt: skip
def triangular_solve(self: Array, A: Array, upper: bool, transpose: bool, unitriangular: bool) -> tuple[Array, Array]:  # noqa: N803 - PyTorch's own name
    """The solution of a triangular system with coefficients A, and a copy of A: the older form of `linalg.solve_triangular`.

    >>> torch.triangular_solve(torch.tensor([[4.], [4.]]), torch.tensor([[2., 1.], [0., 4.]])).solution
    tensor([[1.5000],
            [1.0000]])
    """
    for name, array in (("b", self), ("A", A)):
        if array.ndim < 2:
            raise RuntimeError(
                f"torch.triangular_solve: Expected {name} to have at least 2 dimensions, but it has {array.ndim} dimensions instead"
            )
    deprecated("triangular_solve")
    check_floating("triangular_solve", self, "triangular_solve_cpu")
    _check_sizes("triangular_solve", A, self)
    first, second = same_batch(A, self)
    matrices = first.swapaxes(-1, -2) if transpose else first
    return substituted(matrices, second, upper != transpose, True, unitriangular), columns(first)


@triangular_solve.vjp("self, A")
def _(grad, grads, A, solution, upper, transpose, unitriangular, needs):  # noqa: N803
    flipped = A if transpose else mT(A)
    conjugate = function("conj_physical")(flipped) if A.is_complex() else flipped
    to_b = solve_triangular(conjugate, grad, upper=upper if transpose else not upper, unitriangular=unitriangular)
    to_a = None
    if needs[1]:
        product = -(_conj(solution).matmul(mT(to_b))) if transpose else -(to_b.matmul(mH(solution)))
        to_a = _triangle_of(product, upper, unitriangular) + grads[1]
    return to_b, to_a


def _check_sizes(name: str, A: Array, B: Array) -> None:  # noqa: N803
    check_square(name, A)
    if A.shape[-1] != B.shape[-2]:
        rows, columns_ = B.shape[-2:]
        raise RuntimeError(
            f"Incompatible matrix sizes for {name}: each A matrix is {A.shape[-1]} by {A.shape[-1]} but each b matrix is {rows} by "
            f"{columns_}"
        )


def _conj(x: Tensor) -> Tensor:
    return x.conj() if x.is_complex() else x


# --- Cholesky -----------------------------------------------------------------------------------------------------------


def _not_definite(info: int) -> str:
    return (
        "The factorization could not be completed because the input is not positive-definite (the leading minor of order "
        f"{info} is not positive-definite)."
    )


def _cholesky(A: Array, upper: bool) -> tuple[Array, Array]:  # noqa: N803
    # The triangle that is not read may hold anything.
    source = A.swapaxes(-1, -2).conj() if upper else A
    lower, info = lapack.cholesky(source), no_info(A)
    if lapack.has_nan(lower):
        routine = lapack.routine("potrf", A)

        def one(matrix: Array) -> tuple[Array, Any]:
            found, failed = routine(matrix, lower=1, clean=1)
            # This LAPACK goes on after a nan, which is no positive number.
            nans = np.flatnonzero(np.isnan(np.diagonal(found)))
            return found, np.int32(failed or (nans[0] + 1 if nans.size else 0))

        lower, info = lapack.each(one, source)
    return columns(lower.swapaxes(-1, -2).conj() if upper else lower), info


def _cholesky_grad(grad: Tensor, factor: Tensor, upper: bool) -> Tensor:
    lower = mH(factor) if upper else factor
    product = mH(lower).matmul(mH(grad) if upper else grad)
    symmetric = (product.tril() + mH(product.tril(-1))) * 0.5
    half = solve_triangular(mH(lower), symmetric, upper=True, left=True)
    return solve_triangular(lower, half, upper=False, left=False)


@op(
    "cholesky_ex(Tensor self, *, bool upper=False, bool check_errors=False) -> (Tensor L, Tensor info)",
    namespace="linalg", variants="function out",
)  # fmt: skip
def cholesky_ex(self: Array, upper: bool, check_errors: bool) -> tuple[Array, Array]:
    """The Cholesky factor of each matrix, and an integer for each: 0, or the order of the minor that is not positive-definite.

    >>> torch.linalg.cholesky_ex(torch.tensor([[1., 2.], [2., 1.]])).info
    tensor(2, dtype=torch.int32)
    """
    check_square("linalg.cholesky", self)
    check_floating("linalg.cholesky", self, half_kernel="cholesky_cpu")
    factor, info = _cholesky(self, upper)
    if check_errors:
        raise_failed("linalg.cholesky_ex", info, _not_definite)
    return factor, info


@cholesky_ex.vjp("self")
def _(grad, L, upper):  # noqa: N803
    return _cholesky_grad(grad, L, upper)


@composite("cholesky(Tensor self, *, bool upper=False) -> Tensor", namespace="linalg", variants="function out")
def linalg_cholesky(self: Tensor, upper: bool) -> Tensor:
    """The lower triangular L with `L L^H = A` (or the upper triangular U with `U^H U = A`); LinAlgError if A is not positive-definite.

    >>> torch.linalg.cholesky(torch.tensor([[4., 2.], [2., 2.]]))
    tensor([[2., 0.],
            [1., 1.]])
    """
    factor, info = cholesky_ex(self, upper=upper)
    raise_failed("linalg.cholesky", info._array, _not_definite)
    return factor


@op("cholesky(Tensor self, bool upper=False) -> Tensor", variants="function method out")
def cholesky(self: Array, upper: bool) -> Array:
    """The older form of `torch.linalg.cholesky`.

    >>> torch.cholesky(torch.tensor([[4., 2.], [2., 2.]]))
    tensor([[2., 0.],
            [1., 1.]])
    """
    deprecated("cholesky")
    check_square("cholesky", self)
    check_floating("cholesky", self, "cholesky_cpu")
    if not self.size:
        return np.empty(self.shape, self.dtype)
    factor, info = _cholesky(self, upper)
    raise_failed("cholesky", info, _not_definite)
    return factor


@cholesky.vjp("self")
def _(grad, result, upper):
    return _cholesky_grad(grad, result, upper)


@op("cholesky_inverse(Tensor self, bool upper=False) -> Tensor", variants="function method out")
def cholesky_inverse(self: Array, upper: bool) -> Array:
    """The inverse of the matrix whose Cholesky factor is given.

    >>> torch.cholesky_inverse(torch.tensor([[2., 0.], [1., 1.]]))
    tensor([[ 0.5000, -0.5000],
            [-0.5000,  1.0000]])
    """
    check_square("cholesky_inverse", self)
    check_floating("cholesky_inverse", self, "cholesky_inverse_out_cpu")
    identity = np.broadcast_to(np.eye(self.shape[-1], dtype=self.dtype), self.shape)
    return _solve_with(self, identity, upper)


def _solve_with(factor: Array, sides: Array, upper: bool) -> Array:
    adjoint = factor.swapaxes(-1, -2).conj()
    first, second = (adjoint, factor) if upper else (factor, adjoint)
    return substituted(second, substituted(first, sides, False, True, False), True, True, False)


@cholesky_inverse.vjp("self")
def _(grad, self, result, upper):
    common = result.matmul((grad + mH(grad)).matmul(result))
    return -(self.matmul(common) if upper else common.matmul(self))


@op(
    "cholesky_solve(Tensor self, Tensor input2, bool upper=False) -> Tensor",
    variants="function method out", dtype="same", half=False,
    mismatch=lambda b, a: f"Expected b and A to have the same dtype, but found b of type {b.title} and A of type {a.title} instead.",
)  # fmt: skip
def cholesky_solve(self: Array, input2: Array, upper: bool) -> Array:
    """The solution of a system whose matrix has the Cholesky factor `input2`.

    >>> torch.cholesky_solve(torch.tensor([[4.], [1.]]), torch.tensor([[2., 0.], [0., 1.]]))
    tensor([[1.],
            [1.]])
    """
    for name, array in (("b", self), ("u", input2)):
        if array.ndim < 2:
            raise RuntimeError(f"{name} should have at least 2 dimensions, but has {array.ndim} dimensions instead")
    _check_sizes("cholesky_solve", input2, self)
    check_floating("cholesky_solve", self, "cholesky_solve_cpu")
    return _solve_with(input2, self, upper)


@cholesky_solve.vjp("self, input2")
def _(grad, input2, result, upper, needs):
    to_b = cholesky_solve(grad, input2, upper)
    to_factor = None
    if needs[1]:
        common = to_b.matmul(mH(result))
        common = common + mH(common)
        to_factor = -(input2.matmul(common) if upper else common.matmul(input2))
    return to_b, to_factor
