"""Triangular factors of matrices and what is solved with them: Cholesky, LU, LDL and triangular systems.

Derivatives are PyTorch's (torch/csrc/autograd/FunctionsManual.cpp), which follow S. F. Walter and L. Lehmann, "Algorithmic
Differentiation of Linear Algebra Functions", 2010, and I. Murray, "Differentiation of the Cholesky decomposition", 2016.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.linalg import (
    check_floating,
    check_matrix,
    check_square,
    check_system,
    columns,
    each,
    lapack,
    mH,
    mT,
    no_info,
    raise_failed,
    same_batch,
    same_type,
)
from tensorsh.ops.registry import composite, function, op
from tensorsh.ops.results import named_result
from tensorsh.runtime.dtype import of_array
from tensorsh.runtime.tensor import Tensor

Array = Any

# --- triangular systems -------------------------------------------------------------------------------------------------


def _triangular(A: Array, B: Array, upper: bool, left: bool, unitriangular: bool) -> Array:  # noqa: N803
    """BLAS's `trsm` for each matrix. Division by a zero on the diagonal gives inf, as in PyTorch."""
    from scipy.linalg import get_blas_funcs

    A, B = same_batch(A, B)
    trsm = get_blas_funcs("trsm", (A, B))
    if not B.size:
        return columns(np.empty(B.shape, B.dtype))
    (found,) = each(lambda a, b: (trsm(1, a, b, side=not left, lower=not upper, diag=unitriangular),), A, B)
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
    check_floating("linalg.solve_triangular", self)
    check_system("linalg.solve_triangular", self, B, left)
    return _triangular(self, B, upper, left, unitriangular)


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
    """The solution of a triangular system with coefficients A, and a copy of A: the older form of `linalg.solve_triangular`."""
    for name, array in (("b", self), ("A", A)):
        if array.ndim < 2:
            raise RuntimeError(
                f"torch.triangular_solve: Expected {name} to have at least 2 dimensions, but it has {array.ndim} dimensions instead"
            )
    check_system("triangular_solve", A, self, True)
    first, second = same_batch(A, self)
    matrices = first.swapaxes(-1, -2) if transpose else first
    return _triangular(matrices, second, upper != transpose, True, unitriangular), columns(first)


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
    try:
        lower, info = np.linalg.cholesky(source), no_info(A)
    except np.linalg.LinAlgError:
        routine = lapack("potrf", A)

        def one(matrix: Array) -> tuple[Array, Any]:
            found, failed = routine(matrix, lower=1, clean=1)
            return found, np.int32(failed)

        lower, info = each(one, source)
    return columns(lower.swapaxes(-1, -2).conj() if upper else lower), info


def _cholesky_grad(grad: Tensor, factor: Tensor, upper: bool) -> Tensor:
    lower = mH(factor) if upper else factor
    product = mH(lower).matmul(mH(grad) if upper else grad)
    symmetric = product.tril() + mH(product.tril(-1))
    half = solve_triangular(mH(lower), symmetric, upper=True, left=True)
    return solve_triangular(lower, half, upper=False, left=False) * 0.5


@op(
    "cholesky_ex(Tensor self, *, bool upper=False, bool check_errors=False) -> (Tensor L, Tensor info)",
    namespace="linalg", variants="function out",
)  # fmt: skip
def cholesky_ex(self: Array, upper: bool, check_errors: bool) -> tuple[Array, Array]:
    """The Cholesky factor of each matrix, and an integer for each: 0, or the order of the minor that is not positive-definite."""
    check_square("linalg.cholesky", self)
    check_floating("linalg.cholesky", self)
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
    """The older form of `torch.linalg.cholesky`."""
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

    >>> torch.cholesky_inverse(torch.tensor([[2., 0.], [0., 1.]]))
    tensor([[0.2500, 0.0000],
            [0.0000, 1.0000]])
    """
    check_square("cholesky_inverse", self)
    check_floating("cholesky_inverse", self, "cholesky_inverse_out_cpu")
    identity = np.broadcast_to(np.eye(self.shape[-1], dtype=self.dtype), self.shape)
    return _solve_with(self, identity, upper)


def _solve_with(factor: Array, sides: Array, upper: bool) -> Array:
    adjoint = factor.swapaxes(-1, -2).conj()
    first, second = (adjoint, factor) if upper else (factor, adjoint)
    return _triangular(second, _triangular(first, sides, False, True, False), True, True, False)


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
    check_floating("cholesky_solve", self)
    check_system("cholesky_solve", input2, self, True)
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


# --- LU -----------------------------------------------------------------------------------------------------------------


def _zero_pivot(info: int) -> str:
    return (
        f"U[{info},{info}] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the "
        "factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
    )


def _factored(name: str, A: Array, pivot: bool) -> tuple[Array, Array, Array]:  # noqa: N803
    """LU in one matrix, pivots counted from 1, and which diagonal element of U is zero."""
    if A.ndim < 2:
        raise RuntimeError(f"{name}: Expected tensor with 2 or more dimensions. Got size: {list(A.shape)} instead")
    check_floating(name, A, "lu_cpu")
    if not pivot:
        raise RuntimeError(f"{name}: LU without pivoting is not implemented on the CPU")
    if not A.size:
        small = min(A.shape[-2:])
        return columns(A.copy()), np.zeros((*A.shape[:-2], small), np.int32), no_info(A)
    routine = lapack("getrf", A)

    def one(matrix: Array) -> tuple[Array, ...]:
        found, pivots, info = routine(matrix)
        return found, (pivots + 1).astype(np.int32), np.int32(info)

    factors, pivots, info = each(one, A)
    return columns(factors), pivots, info


def _permutation(pivots: Array, extent: int, dtype: Any) -> Array:
    """The permutation matrices P with `A = P L U`, from LAPACK's row exchanges."""
    batch = pivots.shape[:-1]
    order = np.broadcast_to(np.arange(extent), (*batch, extent)).copy()
    for step in range(pivots.shape[-1]):
        other = (pivots[..., step] - 1)[..., None]
        taken = np.take_along_axis(order, other, -1)
        np.put_along_axis(order, other, order[..., step : step + 1].copy(), -1)
        order[..., step : step + 1] = taken
    made = np.zeros((*batch, extent, extent), dtype)
    np.put_along_axis(made, order[..., None, :], dtype.type(1), -2)
    return made


def _unpacked(factors: Array) -> tuple[Array, Array]:
    rows, cols = factors.shape[-2:]
    small = min(rows, cols)
    lower = np.tril(factors[..., :small], -1) + np.eye(rows, small, dtype=factors.dtype)
    return np.ascontiguousarray(lower), np.triu(factors[..., :small, :])


def _lu_grad(to_l: Tensor, to_u: Tensor, P: Tensor, L: Tensor, U: Tensor) -> Tensor:  # noqa: N803
    rows, cols = L._array.shape[-2], U._array.shape[-1]
    small = min(rows, cols)
    cat = function("cat")
    if rows == cols:
        inner = mH(L).matmul(to_l).tril(-1) + to_u.matmul(mH(U)).triu()
        inner = solve_triangular(mH(U), inner, upper=False, left=False)
        return P.matmul(solve_triangular(mH(L), inner, upper=True, unitriangular=True))
    if rows < cols:
        to_u = to_u.triu()
        inner = (mH(L).matmul(to_l) - to_u.matmul(mH(U))).tril(-1)
        inner = solve_triangular(mH(U.narrow(-1, 0, small)), inner, upper=False, left=False)
        inner = cat([inner + to_u.narrow(-1, 0, small), to_u.narrow(-1, small, cols - small)], -1)
        return P.matmul(solve_triangular(mH(L), inner, upper=True, unitriangular=True))
    to_l = to_l.tril(-1)
    inner = (to_u.matmul(mH(U)) - mH(L).matmul(to_l)).triu()
    inner = solve_triangular(mH(L.narrow(-2, 0, small)), inner, upper=True, unitriangular=True)
    inner = cat([inner + to_l.narrow(-2, 0, small), to_l.narrow(-2, small, rows - small)], -2)
    return P.matmul(solve_triangular(mH(U), inner, upper=False, left=False))


@op(
    "lu(Tensor A, *, bool pivot=True) -> (Tensor P, Tensor L, Tensor U)",
    namespace="linalg", variants="function out", constant_outputs="P",
)  # fmt: skip
def linalg_lu(A: Array, pivot: bool) -> tuple[Array, Array, Array]:  # noqa: N803 - PyTorch's own name
    """The factors of `A = P L U`: a permutation, a lower triangle with ones on its diagonal, an upper triangle.

    >>> torch.linalg.lu(torch.tensor([[2., 1.], [4., 4.]])).U
    tensor([[ 4.,  4.],
            [ 0., -1.]])
    """
    factors, pivots, _ = _factored("linalg.lu", A, pivot)
    return (_permutation(pivots, A.shape[-2], A.dtype), *_unpacked(factors))


@linalg_lu.vjp("A")
def _(grads, P, L, U):  # noqa: N803
    return _lu_grad(grads[1], grads[2], P, L, U)


@op(
    "lu_factor_ex(Tensor A, *, bool pivot=True, bool check_errors=False) -> (Tensor LU, Tensor pivots, Tensor info)",
    namespace="linalg", variants="function out",
)  # fmt: skip
def lu_factor_ex(A: Array, pivot: bool, check_errors: bool) -> tuple[Array, Array, Array]:  # noqa: N803 - PyTorch's own name
    """What `lu_factor` gives, and an integer for each matrix: 0, or the diagonal element of U that is zero."""
    factors, pivots, info = _factored("torch.linalg.lu_factor_ex" if A.ndim < 2 else "linalg.lu_factor", A, pivot)
    if check_errors:
        raise_failed("torch.linalg.lu_factor_ex", info, _zero_pivot)
    return factors, pivots, info


@lu_factor_ex.vjp("A")
def _(grad, LU, pivots):  # noqa: N803
    permutation, lower, upper = lu_unpack(LU, pivots)
    small = min(LU._array.shape[-2:])
    return _lu_grad(grad.tril(-1).narrow(-1, 0, small), grad.triu().narrow(-2, 0, small), permutation, lower, upper)


@composite("lu_factor(Tensor A, *, bool pivot=True) -> (Tensor LU, Tensor pivots)", namespace="linalg", variants="function out")
def lu_factor(A: Tensor, pivot: bool) -> Any:  # noqa: N803 - PyTorch's own name
    """L and U in one matrix, and the pivots counted from 1: what `lu_solve` and `lu_unpack` take.

    >>> torch.linalg.lu_factor(torch.tensor([[2., 1.], [4., 4.]])).pivots
    tensor([2, 2], dtype=torch.int32)
    """
    factors, pivots, info = lu_factor_ex(A, pivot=pivot)
    raise_failed("torch.linalg.lu_factor", info._array, _zero_pivot)
    return named_result("linalg_lu_factor", ("LU", "pivots"))((factors, pivots))


@composite("lu(Tensor self, bool pivot=True, bool get_infos=False) -> Tensor[]")
def lu(self: Tensor, pivot: bool, get_infos: bool) -> tuple[Tensor, ...]:
    """The older form of `torch.linalg.lu_factor` (of `lu_factor_ex` with `get_infos`)."""
    factors, pivots, info = lu_factor_ex(self, pivot=pivot)
    return (factors, pivots, info) if get_infos else (factors, pivots)


@op(
    "lu_unpack(Tensor LU_data, Tensor LU_pivots, bool unpack_data=True, bool unpack_pivots=True) -> (Tensor P, Tensor L, Tensor U)",
    variants="function out", constant_outputs="P",
)  # fmt: skip
def lu_unpack(LU_data: Array, LU_pivots: Array, unpack_data: bool, unpack_pivots: bool) -> tuple[Array, Array, Array]:  # noqa: N803 - PyTorch's own names
    """P, L and U as matrices, from what `lu_factor` gives; empty ones for what is not asked for.

    >>> torch.lu_unpack(*torch.linalg.lu_factor(torch.tensor([[2., 1.], [4., 4.]]))).P
    tensor([[0., 1.],
            [1., 0.]])
    """
    if LU_pivots.dtype != np.int32:
        raise RuntimeError(
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\nNote: this function is intended "
            "to be used with the output produced by torch.linalg.lu_factor"
        )
    empty = np.empty(0, LU_data.dtype)
    permutation = _permutation(LU_pivots, LU_data.shape[-2], LU_data.dtype) if unpack_pivots else empty
    lower, upper = _unpacked(LU_data) if unpack_data else (empty, empty)
    return permutation, lower, upper


@lu_unpack.vjp("LU_data")
def _(grads, LU_data_shape):  # noqa: N803
    rows, cols = LU_data_shape[-2:]
    to_l, to_u = grads[1].tril(-1), grads[2].triu()
    if rows == cols:
        return to_l + to_u
    pad = function("pad", "nn.functional")
    return pad(to_l, (0, cols - min(rows, cols))) + pad(to_u, (0, 0, 0, rows - min(rows, cols)))


@op(
    "lu_solve(Tensor LU, Tensor pivots, Tensor B, *, bool left=True, bool adjoint=False) -> Tensor",
    namespace="linalg", variants="function out",
)  # fmt: skip
def linalg_lu_solve(LU: Array, pivots: Array, B: Array, left: bool, adjoint: bool) -> Array:  # noqa: N803 - PyTorch's own names
    """The solution X of `A X = B` (`X A = B` without `left`, with the adjoint of A if `adjoint`), from A's `lu_factor`.

    >>> torch.linalg.lu_solve(*torch.linalg.lu_factor(torch.tensor([[2., 0.], [0., 4.]])), torch.tensor([[2.], [2.]]))
    tensor([[1.0000],
            [0.5000]])
    """
    if LU.dtype != B.dtype:
        raise RuntimeError(same_type("linalg.lu_solve", "LU", "B")(of_array(LU), of_array(B)))
    if pivots.dtype != np.int32:
        raise RuntimeError("linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32")
    check_square("torch.linalg.lu_solve", LU, "LU")
    check_matrix("torch.linalg.lu_solve", B, "B")
    check_system("linalg.lu_solve", LU, B, left)
    if LU.shape[-1] != pivots.shape[-1]:
        raise RuntimeError("linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix")
    if LU.shape[:-2] != pivots.shape[:-1]:
        raise RuntimeError(
            f"linalg.lu_solve: Expected LU.shape[:-1] and pivots.shape to be the same, but got pivots with shape {list(pivots.shape)} "
            "instead"
        )
    check_floating("linalg.lu_solve", LU)
    permutation = _permutation(pivots, LU.shape[-1], LU.dtype)
    sides = B
    if not left:
        # X A = B is A^H X^H = B^H.
        sides, adjoint = B.swapaxes(-1, -2).conj(), not adjoint
    if adjoint:
        flipped = LU.swapaxes(-1, -2).conj()
        inner = _triangular(flipped, sides, False, True, False)
        found = np.matmul(permutation, _triangular(flipped, inner, True, True, True))
    else:
        inner = _triangular(LU, np.matmul(permutation.swapaxes(-1, -2), sides), False, True, True)
        found = _triangular(LU, inner, True, True, False)
    return columns(found) if left else columns(found).conj().swapaxes(-1, -2)


@linalg_lu_solve.vjp("LU")
def _(grad, LU, pivots, result, left, adjoint):  # noqa: N803
    permutation, lower, upper = lu_unpack(LU, pivots)
    if left != adjoint:
        weight = grad if left else mH(grad)
        to_r = solve_triangular(mH(upper), -(weight.matmul(mH(result) if left else result)), upper=False)
        to_l = solve_triangular(mH(lower), to_r.matmul(mH(upper)), upper=True, unitriangular=True)
        return to_l.tril(-1) + to_r.triu()
    product = (result if left else mH(result)).matmul(mH(grad) if left else grad)
    to_r = -(mT(permutation).matmul(product).matmul(permutation))
    to_r = solve_triangular(mH(lower), to_r, upper=True, left=False, unitriangular=True)
    to_u = solve_triangular(mH(upper), mH(lower).matmul(to_r), upper=False, left=False)
    return to_r.tril(-1) + to_u.triu()


@linalg_lu_solve.vjp("B")
def _(grad, LU, pivots, left, adjoint):  # noqa: N803
    return linalg_lu_solve(LU, pivots, grad, left=left, adjoint=not adjoint)


@composite("lu_solve(Tensor self, Tensor LU_data, Tensor LU_pivots) -> Tensor", variants="function method out")
def lu_solve(self: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:  # noqa: N803 - PyTorch's own names
    """The older form of `torch.linalg.lu_solve`."""
    return linalg_lu_solve(LU_data, LU_pivots, self)


# --- LDL ----------------------------------------------------------------------------------------------------------------


def _factored_symmetric(self: Array, hermitian: bool) -> tuple[Array, Array, Array]:
    check_square("torch.linalg.ldl_factor_ex", self)
    check_floating("torch.linalg.ldl_factor_ex", self)
    if not self.shape[-1]:
        return columns(self.copy()), np.zeros(self.shape[:-1], np.int32), no_info(self)
    routine = lapack("hetrf" if hermitian and self.dtype.kind == "c" else "sytrf", self)

    def one(matrix: Array) -> tuple[Array, ...]:
        found, pivots, info = routine(matrix, lower=1)
        return np.tril(found), pivots.astype(np.int32), np.int32(info)

    factors, pivots, info = each(one, self)
    return columns(factors), pivots, info


@op(
    "ldl_factor_ex(Tensor self, *, bool hermitian=False, bool check_errors=False) -> (Tensor LD, Tensor pivots, Tensor info)",
    namespace="linalg", variants="function out", differentiable=False,
)  # fmt: skip
def ldl_factor_ex(self: Array, hermitian: bool, check_errors: bool) -> tuple[Array, Array, Array]:
    """The factors of a symmetric (or Hermitian) matrix in one, LAPACK's pivots, and its `info`."""
    return _factored_symmetric(self, hermitian)


@composite("ldl_factor(Tensor self, *, bool hermitian=False) -> (Tensor LD, Tensor pivots)", namespace="linalg", variants="function out")
def ldl_factor(self: Tensor, hermitian: bool) -> Any:
    """The factors L and D of a symmetric (or Hermitian) matrix `L D L^T`, in one matrix, and LAPACK's pivots."""
    factors, pivots, info = ldl_factor_ex(self, hermitian=hermitian)
    raise_failed("torch.linalg.ldl_factor", info._array, lambda i: f"D[{i},{i}] is zero.")
    return named_result("linalg_ldl_factor", ("LD", "pivots"))((factors, pivots))


@op("ldl_solve(Tensor LD, Tensor pivots, Tensor B, *, bool hermitian=False) -> Tensor", namespace="linalg", variants="function out", differentiable=False)
def ldl_solve(LD: Array, pivots: Array, B: Array, hermitian: bool) -> Array:  # noqa: N803 - PyTorch's own names
    """The solution X of `A X = B`, from A's `ldl_factor`."""
    check_square("torch.linalg.ldl_solve", LD)
    routine = lapack("hetrs" if hermitian and LD.dtype.kind == "c" else "sytrs", LD)
    matrices, sides = same_batch(LD, B)
    if not sides.size:
        return columns(sides.copy())
    places = np.broadcast_to(pivots, (*matrices.shape[:-2], pivots.shape[-1]))[..., None]

    def one(matrix: Array, at: Array, side: Array) -> tuple[Array]:
        return (routine(matrix, at[:, 0], side, lower=1)[0],)

    return columns(each(one, matrices, places, sides)[0])
