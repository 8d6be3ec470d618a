"""LU factors, `A = P L U`, and what is solved with them.

Derivatives are PyTorch's (torch/csrc/autograd/FunctionsManual.cpp), which follow S. F. Walter and L. Lehmann, "Algorithmic
Differentiation of Linear Algebra Functions", 2010.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorsh.ops import lapack
from tensorsh.ops.deprecations import deprecated
from tensorsh.ops.linalg import (
    check_floating,
    check_matrix,
    check_square,
    check_system,
    columns,
    lower_part,
    mH,
    mT,
    no_info,
    raise_failed,
    same_type,
)
from tensorsh.ops.registry import composite, function, op
from tensorsh.ops.results import named_result
from tensorsh.ops.triangular import solve_triangular, substituted
from tensorsh.runtime.dtype import of_array
from tensorsh.runtime.tensor import Tensor

Array = Any

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
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")
    if not A.size:
        small = min(A.shape[-2:])
        return columns(A.copy()), np.zeros((*A.shape[:-2], small), np.int32), no_info(A)
    routine = lapack.routine("getrf", A)

    def one(matrix: Array) -> tuple[Array, ...]:
        found, pivots, info = routine(matrix)
        return found, (pivots + 1).astype(np.int32), np.int32(info)

    factors, pivots, info = lapack.each(one, A)
    return columns(factors), pivots, info


def _check_pivots(name: str, pivots: Array, batch: tuple[int, ...], count: int, extent: int) -> None:
    """RuntimeError for row exchanges that no LU factorization gives. PyTorch reads and writes outside of the matrix for some of them."""
    if pivots.shape != (*batch, count):
        raise RuntimeError(f"{name}: Expected pivots of shape {[*batch, count]}, as lu_factor gives them, but got {list(pivots.shape)}")
    if pivots.size and (pivots.min() < 1 or pivots.max() > extent):
        raise RuntimeError(
            f"pivots passed to {name.rpartition('.')[2]} must be between 1 and LU.size(-2) inclusive.Did you properly pass the result of "
            "lu_factor?"
        )


def _permutation(pivots: Array, extent: int, dtype: Any) -> Array:
    """The permutation matrices P with `A = P L U`, from LAPACK's row exchanges."""
    *batch, count = pivots.shape
    exchanges = pivots.reshape(math.prod(batch), count)
    orders = np.empty((len(exchanges), extent), np.int64)
    for at, exchanged in enumerate(exchanges.tolist()):
        order = list(range(extent))
        for step, other in enumerate(exchanged):
            order[step], order[other - 1] = order[other - 1], order[step]
        orders[at] = order
    made = np.zeros((len(exchanges), extent, extent), dtype)
    made[np.arange(len(exchanges))[:, None], orders, np.arange(extent)] = 1
    return made.reshape(*batch, extent, extent)


def _unpacked(factors: Array) -> tuple[Array, Array]:
    rows, cols = factors.shape[-2:]
    small = min(rows, cols)
    none = np.zeros((), factors.dtype)
    lower = np.where(lower_part(rows, small, -1), factors[..., :small], none)
    diagonal = np.arange(small)
    lower[..., diagonal, diagonal] = 1
    return np.ascontiguousarray(lower), np.where(lower_part(small, cols, -1), none, factors[..., :small, :])


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
    """What `lu_factor` gives, and an integer for each matrix: 0, or the diagonal element of U that is zero.

    >>> torch.linalg.lu_factor_ex(torch.zeros(2, 2)).info
    tensor(1, dtype=torch.int32)
    """
    factors, pivots, info = _factored("torch.lu_factor", A, pivot)
    if check_errors:
        raise_failed("torch.linalg.lu_factor_ex", info, _zero_pivot, RuntimeError)
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
    raise_failed("torch.linalg.lu_factor", info._array, _zero_pivot, RuntimeError)
    return named_result("linalg_lu_factor", ("LU", "pivots"))((factors, pivots))


@composite("lu(Tensor self, bool pivot=True, bool get_infos=False) -> Tensor[]")
def lu(self: Tensor, pivot: bool, get_infos: bool) -> tuple[Tensor, ...]:
    """The older form of `torch.linalg.lu_factor` (of `lu_factor_ex` with `get_infos`).

    >>> torch.lu(torch.tensor([[2., 1.], [4., 4.]]))[1]
    tensor([2, 2], dtype=torch.int32)
    """
    deprecated("lu")
    factors, pivots, info = lu_factor_ex(self, pivot=pivot)
    if get_infos:
        return named_result("_lu_with_info", ("LU", "pivots", "info"))((factors, pivots, info))
    return factors, pivots


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
    check_matrix("torch.lu_unpack", LU_data, "LU_data")
    rows, cols = LU_data.shape[-2:]
    _check_pivots("torch.lu_unpack", LU_pivots, LU_data.shape[:-2], min(rows, cols), rows)
    empty = np.empty(0, LU_data.dtype)
    permutation = _permutation(LU_pivots, LU_data.shape[-2], LU_data.dtype) if unpack_pivots else empty
    lower, upper = _unpacked(LU_data) if unpack_data else (empty.copy(), empty.copy())
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
    check_square("torch.linalg.lu_solve", LU)
    check_system("linalg.lu_solve", LU, B, left)
    if LU.shape[-1:] != pivots.shape[-1:]:
        raise RuntimeError("linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix")
    if LU.shape[:-2] != pivots.shape[:-1]:
        raise RuntimeError(
            f"linalg.lu_solve: Expected LU.shape[:-1] and pivots.shape to be the same, but got pivots with shape {list(pivots.shape)} "
            "instead"
        )
    check_floating("torch.linalg.lu_solve", LU)
    _check_pivots("torch.linalg.lu_solve", pivots, LU.shape[:-2], LU.shape[-1], LU.shape[-1])
    permutation = _permutation(pivots, LU.shape[-1], LU.dtype)
    sides = B
    if not left:
        # X A = B is A^H X^H = B^H.
        sides, adjoint = B.swapaxes(-1, -2).conj(), not adjoint
    if adjoint:
        flipped = LU.swapaxes(-1, -2).conj()
        inner = substituted(flipped, sides, False, True, False)
        found = np.matmul(permutation, substituted(flipped, inner, True, True, True))
    else:
        inner = substituted(LU, np.matmul(permutation.swapaxes(-1, -2), sides), False, True, True)
        found = substituted(LU, inner, True, True, False)
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
    """The older form of `torch.linalg.lu_solve`, its arguments in another order.

    >>> torch.lu_solve(torch.tensor([[2.], [2.]]), *torch.linalg.lu_factor(torch.tensor([[2., 0.], [0., 4.]])))
    tensor([[1.0000],
            [0.5000]])
    """
    deprecated("lu_solve")
    return linalg_lu_solve(LU_data, LU_pivots, self)
