"""Pseudo-inverses, ranks and least squares: `pinv`, `matrix_rank`, `lstsq`. Derivatives are PyTorch's
(torch/csrc/autograd/FunctionsManual.cpp).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops import lapack
from tensorsh.ops.linalg import LinAlgError, check_matrix, check_square, columns, mH, same_batch
from tensorsh.ops.registry import composite, op
from tensorsh.ops.spectra import decomposed_symmetric, eigenvalues_symmetric, linalg_svd, singular_values
from tensorsh.runtime.dtype import COMPLEX, FLOAT, of_array
from tensorsh.runtime.tensor import Tensor

Array = Any

def _tolerances(A: Array, atol: Any, rtol: Any) -> tuple[Any, Any]:  # noqa: N803
    """The two tolerances as arrays or numbers. Without either, `rtol` is the dtype's epsilon times the larger extent."""
    absolute = atol._array if isinstance(atol, Tensor) else atol
    relative = rtol._array if isinstance(rtol, Tensor) else rtol
    if relative is None:
        default = np.finfo(A.dtype).eps * max(A.shape[-2:])
        relative = default if absolute is None else np.where(np.asarray(absolute) > 0, 0.0, default)
    return (0.0 if absolute is None else absolute), relative


def _check_tolerances(name: str, **given: Any) -> None:
    for label, value in given.items():
        if not (value is None or isinstance(value, (int, float, Tensor))):
            raise TypeError(f"{name}(): argument '{label}' must be float or Tensor, not {type(value).__name__}")
        if isinstance(value, Tensor) and value._dtype.kind == COMPLEX:
            raise RuntimeError(f"{name}: {label} tensor of complex type is not supported. Got {value._dtype.title}")


@op("_pinv(Tensor A, any atol, any rtol, bool hermitian) -> Tensor", variants="", node="LinalgPinvBackward0")
def _pinv(A: Array, atol: Any, rtol: Any, hermitian: bool) -> Array:  # noqa: N803
    if not A.size:
        return np.zeros((*A.shape[:-2], A.shape[-1], A.shape[-2]), A.dtype)
    absolute, relative = _tolerances(A, atol, rtol)
    if hermitian:
        check_square("linalg.eigh", A)
        values, u = decomposed_symmetric(A, True)
        vh = u.swapaxes(-1, -2).conj()
    else:
        u, values, vh = linalg_svd.body(A, False, None)
    size = np.abs(values)
    edge = np.maximum(np.asarray(absolute)[..., None], np.asarray(relative)[..., None] * size.max(-1, keepdims=True))
    inverse = np.where(size > edge, 1 / np.where(size > edge, values, 1), 0).astype(values.dtype)
    return np.matmul(vh.swapaxes(-1, -2).conj() * inverse[..., None, :], u.swapaxes(-1, -2).conj())


def _pinv_grad(grad: Tensor, inverse: Tensor, A: Tensor) -> Tensor:  # noqa: N803
    """G. H. Golub and V. Pereyra, "The Differentiation of Pseudo-Inverses and Nonlinear Least Squares Problems", 1973."""
    adjoint, weight = mH(inverse), mH(grad)
    if A._array.shape[-2] <= A._array.shape[-1]:
        inner = weight.matmul(inverse)
        outer = inner.matmul(adjoint)
        return (
            -mH(inverse.matmul(inner)) + outer - A.matmul(inverse).matmul(outer)
            + adjoint.matmul(inverse).matmul(weight - inner.matmul(A))
        )  # fmt: skip
    inner = inverse.matmul(weight)
    outer = adjoint.matmul(inner)
    return (
        -mH(inner.matmul(inverse)) + (weight - A.matmul(inner)).matmul(inverse).matmul(adjoint)
        + outer - outer.matmul(inverse).matmul(A)
    )  # fmt: skip


@_pinv.vjp("A")
def _(grad, A, result):  # noqa: N803
    return _pinv_grad(grad, result, A)


@composite(
    "pinv(Tensor self, any rcond=None, bool hermitian=False, *, any atol=None, any rtol=None) -> Tensor",
    namespace="linalg", variants="function out",
)  # fmt: skip
def pinv(self: Tensor, rcond: Any, hermitian: bool, atol: Any, rtol: Any) -> Tensor:
    """The Moore-Penrose pseudo-inverse of each matrix; singular values up to `max(atol, rtol * largest)` count as zero.

    >>> torch.linalg.pinv(torch.tensor([[2., 0.], [0., 0.]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.0000]])
    """
    if self._array.ndim < 2 or self._dtype.kind < 2 or self._dtype.half:
        raise RuntimeError(
            f"linalg.pinv({self._dtype.title}{{{list(self._array.shape)}}}): expected a tensor with 2 or more dimensions of float, "
            "double, cfloat or cdouble types"
        )
    if rcond is not None:
        atol, rtol = 0.0, rcond
    _check_tolerances("torch.linalg.pinv", atol=atol, rtol=rtol)
    return _pinv(self, atol, rtol, hermitian)


@composite("pinverse(Tensor self, float rcond=1e-15) -> Tensor")
def pinverse(self: Tensor, rcond: float) -> Tensor:
    """`torch.linalg.pinv`, with a smaller tolerance.

    >>> torch.pinverse(torch.tensor([[2., 0.]]))
    tensor([[0.5000],
            [0.0000]])
    """
    return pinv(self, rcond)


def _check_lapack_dtype(array: Array) -> None:
    kind = of_array(array)
    if kind.kind < FLOAT or kind.half:
        raise RuntimeError("This function doesn't handle types other than float and double")


@op("_matrix_rank(Tensor self, any atol, any rtol, bool hermitian) -> Tensor", variants="", differentiable=False)
def _matrix_rank(self: Array, atol: Any, rtol: Any, hermitian: bool) -> Array:
    check_matrix("torch.linalg.matrix_rank", self, "input")
    _check_lapack_dtype(self)
    if not self.size:
        return np.zeros(self.shape[:-2], np.int64)
    absolute, relative = _tolerances(self, atol, rtol)
    if hermitian:
        check_square("linalg.eigh", self)
        sizes = np.abs(eigenvalues_symmetric(self, True))
    else:
        sizes = singular_values(self)
    edge = np.maximum(np.asarray(absolute)[..., None], np.asarray(relative)[..., None] * sizes.max(-1, keepdims=True))
    return (sizes > edge).sum(-1)


@composite(
    "matrix_rank(Tensor self, any tol=None, bool hermitian=False, *, any atol=None, any rtol=None) -> Tensor",
    namespace="linalg", variants="function out",
)  # fmt: skip
def matrix_rank(self: Tensor, tol: Any, hermitian: bool, atol: Any, rtol: Any) -> Tensor:
    """How many singular values of each matrix exceed `max(atol, rtol * largest)`.

    >>> torch.linalg.matrix_rank(torch.tensor([[1., 2.], [2., 4.]]))
    tensor(1)
    """
    if tol is not None:
        atol, rtol = tol, 0.0
    _check_tolerances("torch.linalg.matrix_rank", atol=atol, rtol=rtol)
    return _matrix_rank(self, atol, rtol, hermitian)


# --- least squares ------------------------------------------------------------------------------------------------------


@op(
    "lstsq(Tensor self, Tensor b, float? rcond=None, *, str? driver=None) -> (Tensor solution, Tensor residuals, Tensor rank, Tensor singular_values)",
    namespace="linalg", variants="function out", constant_outputs="rank singular_values",
)  # fmt: skip
def lstsq(self: Array, b: Array, rcond: float | None, driver: str | None) -> tuple[Array, Array, Array, Array]:
    """The X for which `A X - B` is smallest, with the residuals, the ranks and (for `gelsd`, `gelss`) the singular values.

    >>> torch.linalg.lstsq(torch.tensor([[1.], [1.]]), torch.tensor([[1.], [3.]])).solution
    tensor([[2.0000]])
    """
    name = "torch.linalg.lstsq"
    if self.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if b.ndim < 1:
        raise RuntimeError(f"{name}: other must have at least 1 dimension.")
    if self.dtype != b.dtype:
        raise RuntimeError(
            f"{name}: Expected input and other to have the same dtype, but got input's dtype {of_array(self).title} and other's dtype "
            f"{of_array(b).title}"
        )
    if self.ndim - b.ndim not in (0, 1):
        raise RuntimeError(f"{name}: input.dim() must be greater or equal to other.dim() and (input.dim() - other.dim()) <= 1")
    vector = self.ndim != b.ndim
    sides = b[..., None] if vector else b
    if self.shape[-2] != sides.shape[-2]:
        raise RuntimeError(f"{name}: input.size(-2) should match other.size({-1 if vector else -2})")
    _check_lapack_dtype(self)
    chosen = driver or "gelsy"
    if chosen not in _DRIVERS:
        raise RuntimeError(f"{name}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    matrices, sides = same_batch(self, sides)
    *batch, rows, cols = matrices.shape
    tolerance = float(np.finfo(self.dtype).eps) * max(rows, cols) if rcond is None else rcond
    real = np.abs(self[:0]).dtype
    if not matrices.size or not sides.size:
        solution = np.zeros((*batch, cols, sides.shape[-1]), self.dtype)
        rank, sizes = np.zeros(batch, np.int64), np.zeros((*batch, min(rows, cols)), real)
    else:
        if not (np.isfinite(matrices).all() and np.isfinite(sides).all()):
            raise LinAlgError(f"{name}: The least squares solution cannot be found because the input contained non-finite values.")
        solve_one = _DRIVERS[chosen]
        solution, rank, sizes = lapack.each(lambda matrix, side: solve_one(matrix, side, tolerance), matrices, sides)
        sizes = sizes[..., 0]
    residuals = np.zeros(0, real)
    if rows > cols and cols and chosen != "gelsy" and (chosen == "gels" or (rank == cols).all()):
        residuals = np.square(np.abs(np.matmul(matrices, solution) - sides)).sum(-2)
        residuals = residuals[..., 0] if vector else residuals
    if chosen == "gels":
        rank = np.zeros(0, np.int64)
    if chosen not in ("gelsd", "gelss"):
        sizes = np.zeros(0, real)
    solution = columns(solution)
    return (solution[..., 0] if vector else solution), residuals, rank, sizes


def _taller(side: Array, rows: int) -> Array:
    """A right side with room for a solution of more rows."""
    made = np.zeros((max(side.shape[0], rows), side.shape[1]), side.dtype)
    made[: len(side)] = side
    return made


def _gels(matrix: Array, side: Array, tolerance: float) -> tuple[Array, ...]:
    _, found, info = lapack.routine("gels", matrix, side)(matrix, _taller(side, matrix.shape[1]))
    return found[: matrix.shape[1]], np.int64(0), np.zeros((0, 1))


def _gelsy(matrix: Array, side: Array, tolerance: float) -> tuple[Array, ...]:
    rows, cols = matrix.shape
    work, _ = lapack.routine("gelsy_lwork", matrix, side)(rows, cols, side.shape[1], tolerance)
    free = np.zeros(cols, np.int32)  # no column must stand first
    _, found, _, rank, _ = lapack.routine("gelsy", matrix, side)(matrix, _taller(side, cols), free, tolerance, int(work.real))
    return found[:cols], np.int64(rank), np.zeros((0, 1))


def _by_singular_values(matrix: Array, side: Array, tolerance: float) -> tuple[Array, ...]:
    u, sizes, vh = lapack.svd(matrix, False)
    kept = sizes > tolerance * sizes[0]
    inverse = np.where(kept, 1 / np.where(kept, sizes, 1), 0)
    found = vh.conj().T @ (inverse[:, None] * (u.conj().T @ side))
    return found.astype(matrix.dtype, copy=False), np.int64(kept.sum()), sizes[:, None]


_DRIVERS = {"gels": _gels, "gelsy": _gelsy, "gelsd": _by_singular_values, "gelss": _by_singular_values}


@lstsq.vjp("self, b")
def _(arrived, self, b, solution, needs):
    to_solution, to_residuals = arrived[:2]
    vector = self._array.ndim != b._array.ndim
    sides = b.unsqueeze(-1) if vector else b
    to_self = to_b = None
    if to_solution is not None:
        weight = to_solution.unsqueeze(-1) if vector else to_solution
        inverse = pinv(self)
        to_b = mH(inverse).matmul(weight)
        to_self = _pinv_grad(weight.matmul(mH(sides)), inverse, self) if needs[0] else None
    if to_residuals is not None and to_residuals._array.size:
        # What is left over is orthogonal to the columns of A, so that a change of the solution changes nothing in first order.
        found = solution.unsqueeze(-1) if vector else solution
        left = (self.matmul(found) - sides) * 2 * (to_residuals.unsqueeze(-1) if vector else to_residuals).unsqueeze(-2)
        to_b = -left if to_b is None else to_b - left
        outer = left.matmul(mH(found))
        to_self = outer if to_self is None else to_self + outer
    return to_self, (to_b if to_b is None or not vector else to_b.squeeze(-1))
