"""Singular values, eigenvalues, and what follows from them: `svd`, `eig`, `eigh`, `pinv`, `matrix_rank`, `lstsq`.

Vectors are determined up to a factor of absolute value one; LAPACK chooses it here as it does in PyTorch. Derivatives are PyTorch's
(torch/csrc/autograd/FunctionsManual.cpp).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.arithmetic import conj
from tensorsh.ops.linalg import (
    LinAlgError,
    check_floating,
    check_matrix,
    check_square,
    columns,
    each,
    mH,
    solve,
    vector_side,
)
from tensorsh.ops.registry import composite, op
from tensorsh.ops.results import named_result
from tensorsh.runtime.dtype import COMPLEX, of_array
from tensorsh.runtime.state import current
from tensorsh.runtime.tensor import Tensor

Array = Any


def _off_diagonal(x: Tensor) -> Tensor:
    """The differences `x_j - x_i` for every pair, ones on the diagonal: what divides a gradient of vectors."""
    extent = x._array.shape[-1]
    eye = Tensor._fresh(np.eye(extent, dtype=x._array.dtype), x._dtype)
    return x.unsqueeze(-2) - x.unsqueeze(-1) + eye


# --- singular values ----------------------------------------------------------------------------------------------------


def _check_driver(driver: str | None) -> None:
    if driver is not None:
        raise RuntimeError("linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend.")


def _failed(name: str, array: Array) -> LinAlgError:
    """The error for an iteration that did not converge."""
    bad = ~np.isfinite(array).reshape(*array.shape[:-2], -1).all(-1)
    place = f"(Batch element {int(np.flatnonzero(bad)[0]) if bad.any() else 0}): " if array.ndim > 2 else ""
    if bad.any():
        return LinAlgError(f"{name}: {place}The algorithm failed to converge because the input matrix contained non-finite values.")
    return LinAlgError(
        f"{name}: {place}The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated singular "
        f"values (error code: {min(array.shape[-2:]) - 1})."
    )


def _decomposed(A: Array, full_matrices: bool) -> tuple[Array, Array, Array]:  # noqa: N803
    """NumPy's decomposition, with the signs that PyTorch's LAPACK (MKL) chooses.

    For real matrices that are much wider than high, NumPy's LAPACK decomposes the L of an LQ, MKL the matrix itself, and the vectors'
    signs differ. Zeros around the matrix make it no longer wide, and leave its own vectors as they are. Printed matrices are small;
    for large ones the signs depend on more, and the zeros would cost too much.
    """
    rows, cols = A.shape[-2:]
    wide = A.dtype.kind == "f" and 1 < rows < cols <= 40 and 11 * rows // 6 <= cols < 20 * rows
    if wide:
        high, broad = max(cols - 1, 3), max(cols, 4)
        padded = np.zeros((*A.shape[:-2], high, broad), A.dtype)
        padded[..., :rows, :cols] = A
        u, s, vh = np.linalg.svd(padded)
        smallest = s[..., rows - 1]
        if (smallest > np.finfo(A.dtype).eps * 10 * s[..., 0]).all():
            # The rows that belong to the added zeros come in the opposite order.
            within = min(high, cols)
            order = [*range(rows), *reversed(range(rows, within)), *range(within, cols)]
            found = vh[..., order, :cols] if full_matrices else vh[..., :rows, :cols]
            return u[..., :rows, :rows], s[..., :rows], found
    return np.linalg.svd(A, full_matrices=full_matrices)


@op(
    "svd(Tensor A, bool full_matrices=True, *, str? driver=None) -> (Tensor U, Tensor S, Tensor Vh)",
    namespace="linalg", variants="function out",
)  # fmt: skip
def linalg_svd(A: Array, full_matrices: bool, driver: str | None) -> tuple[Array, Array, Array]:  # noqa: N803 - PyTorch's own name
    """The singular value decomposition `A = U diag(S) Vh`, the values falling.

    With `full_matrices=False` U and Vh have only the columns and rows that belong to values.

    >>> torch.linalg.svd(torch.tensor([[3., 0.], [0., 4.]])).S
    tensor([4., 3.])
    """
    check_matrix("linalg.svd", A)
    check_floating("linalg.svd", A)
    _check_driver(driver)
    try:
        u, s, vh = _decomposed(A, full_matrices)
    except np.linalg.LinAlgError:
        raise _failed("linalg.svd", A) from None
    if np.isnan(s).any():
        raise _failed("linalg.svd", A)
    return columns(u), s, columns(vh)


@linalg_svd.vjp("A")
def _(arrived, U, S, Vh):  # noqa: N803
    to_u, to_s, to_vh = arrived
    count = S._array.shape[-1]
    rows, cols = U._array.shape[-2], Vh._array.shape[-1]
    u, vh = U.narrow(-1, 0, count), Vh.narrow(-2, 0, count)
    if to_u is None and to_vh is None:
        if rows >= cols:
            return u.matmul(to_s.unsqueeze(-1) * vh)
        return (u * to_s.unsqueeze(-2)).matmul(vh)
    to_u = None if to_u is None else to_u.narrow(-1, 0, count)
    to_vh = None if to_vh is None else to_vh.narrow(-2, 0, count)
    squares = _off_diagonal(S * S)
    inner = None
    turn = None
    if to_u is not None:
        turn = mH(u).matmul(to_u)
        turn = turn - mH(turn)
        inner = turn * S.unsqueeze(-2)
    if to_vh is not None:
        other = vh.matmul(mH(to_vh))
        other = S.unsqueeze(-1) * (other - mH(other))
        inner = other if inner is None else inner + other
    inner = inner / squares
    inner = inner - inner.diagonal(0, -2, -1).diag_embed()
    if to_s is not None:
        inner = inner + to_s.diag_embed()
    if turn is not None and to_vh is not None and U._dtype.kind == COMPLEX:
        inner = inner + (turn.diagonal(0, -2, -1) / (2 * S)).diag_embed()
    if rows > count and to_u is not None:
        scaled = to_u / S.unsqueeze(-2)
        return (u.matmul(inner) + scaled - u.matmul(mH(u).matmul(scaled))).matmul(vh)
    if cols > count and to_vh is not None:
        scaled = to_vh / S.unsqueeze(-1)
        return u.matmul(inner.matmul(vh) + scaled - scaled.matmul(mH(vh)).matmul(vh))
    return u.matmul(inner.matmul(vh)) if rows >= cols else u.matmul(inner).matmul(vh)


@op("_singular_values(Tensor A) -> Tensor", variants="", differentiable=False)
def _singular_values(A: Array) -> Array:  # noqa: N803
    check_matrix("linalg.svd", A)
    check_floating("linalg.svd", A)
    try:
        found = np.linalg.svd(A, compute_uv=False)
    except np.linalg.LinAlgError:
        raise _failed("linalg.svd", A) from None
    if np.isnan(found).any():
        raise _failed("linalg.svd", A)
    return found


@composite("svdvals(Tensor A, *, str? driver=None) -> Tensor", namespace="linalg", variants="function out")
def svdvals(A: Tensor, driver: str | None) -> Tensor:  # noqa: N803 - PyTorch's own name
    """The singular values of each matrix, falling.

    >>> torch.linalg.svdvals(torch.tensor([[3., 0.], [0., 4.]]))
    tensor([4., 3.])
    """
    _check_driver(driver)
    if A._requires_grad and current().grad_enabled:
        return linalg_svd(A, False)[1]
    return _singular_values(A)


@composite("svd(Tensor self, bool some=True, bool compute_uv=True) -> (Tensor U, Tensor S, Tensor V)", variants="function method out")
def svd(self: Tensor, some: bool, compute_uv: bool) -> Any:
    """The singular value decomposition `A = U diag(S) V^H`: `torch.linalg.svd` with V instead of its adjoint.

    >>> torch.svd(torch.tensor([[3., 0.], [0., 4.]])).S
    tensor([4., 3.])
    """
    if self._array.ndim < 2:
        raise RuntimeError("linalg.svd: input should have at least 2 dimensions, but has " + f"{self._array.ndim} dimensions instead")
    result = named_result("svd", ("U", "S", "V"))
    if compute_uv:
        u, s, vh = linalg_svd(self, not some)
        return result((u, s, mH(vh)))
    *batch, rows, cols = self._array.shape
    empty = [Tensor._fresh(np.zeros((*batch, n, n), self._array.dtype), self._dtype) for n in (rows, cols)]
    return result((empty[0], svdvals(self), empty[1]))


# --- eigenvalues --------------------------------------------------------------------------------------------------------


def _complex(array: Array) -> Array:
    return array.astype(np.result_type(array.dtype, np.complex64), copy=False)


def _check_eig(name: str, A: Array) -> None:  # noqa: N803
    check_square(name, A)
    check_floating(name, A)
    if not np.isfinite(A).all():
        raise RuntimeError(f"torch.{name}: input tensor should not contain infs or NaNs.")


@op("eig(Tensor self) -> (Tensor eigenvalues, Tensor eigenvectors)", namespace="linalg", variants="function out")
def eig(self: Array) -> tuple[Array, Array]:
    """The eigenvalues of each matrix and its right eigenvectors as columns of length one; complex, in no order.

    >>> torch.linalg.eig(torch.tensor([[2., 0.], [0., 3.]])).eigenvalues
    tensor([2.+0.j, 3.+0.j])
    """
    _check_eig("linalg.eig", self)
    values, vectors = np.linalg.eig(self)
    return _complex(values), columns(_complex(vectors))


def _eig_grad(to_values: Tensor | None, to_vectors: Tensor | None, values: Tensor, vectors: Tensor) -> Tensor:
    adjoint = mH(vectors)
    if to_vectors is None:
        assert to_values is not None
        return solve(adjoint, to_values.unsqueeze(-1) * adjoint)
    product = adjoint.matmul(to_vectors)
    # Eigenvectors have length one: what would stretch them has no effect.
    inner = product - adjoint.matmul(vectors * product.diagonal(0, -2, -1).real.unsqueeze(-2))
    inner = inner / conj(_off_diagonal(values))
    inner = inner - inner.diagonal(0, -2, -1).diag_embed()
    if to_values is not None:
        inner = inner + to_values.diag_embed()
    return solve(adjoint, inner.matmul(adjoint))


@eig.vjp("self")
def _(arrived, eigenvalues, eigenvectors, self_dtype):
    found = _eig_grad(arrived[0], arrived[1], eigenvalues, eigenvectors)
    return found if self_dtype.kind == COMPLEX else found.real


@op("_eigenvalues(Tensor self) -> Tensor", variants="", differentiable=False)
def _eigenvalues(self: Array) -> Array:
    _check_eig("linalg.eig", self)
    return _complex(np.linalg.eigvals(self))


@composite("eigvals(Tensor self) -> Tensor", namespace="linalg", variants="function out")
def eigvals(self: Tensor) -> Tensor:
    """The eigenvalues of each matrix; complex, in no order.

    >>> torch.linalg.eigvals(torch.tensor([[2., 0.], [0., 3.]]))
    tensor([2.+0.j, 3.+0.j])
    """
    if self._requires_grad and current().grad_enabled:
        return eig(self)[0]
    return _eigenvalues(self)


def _check_eigh(A: Array, UPLO: str) -> None:  # noqa: N803
    check_square("linalg.eigh", A)
    check_floating("linalg.eigh", A)
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")


@op("eigh(Tensor A, str UPLO='L') -> (Tensor eigenvalues, Tensor eigenvectors)", namespace="linalg", variants="function out")
def eigh(A: Array, UPLO: str) -> tuple[Array, Array]:  # noqa: N803 - PyTorch's own names
    """The eigenvalues of each symmetric or Hermitian matrix, real and rising, and orthonormal eigenvectors as columns.

    Only one triangle is read: the lower one, or with `UPLO="U"` the upper one.

    >>> torch.linalg.eigh(torch.tensor([[2., 1.], [1., 2.]])).eigenvalues
    tensor([1., 3.])
    """
    _check_eigh(A, UPLO)
    try:
        values, vectors = np.linalg.eigh(A, UPLO.upper())
    except np.linalg.LinAlgError:
        raise _failed("linalg.eigh", A) from None
    return values, columns(vectors)


@eigh.vjp("A")
def _(arrived, eigenvalues, eigenvectors):
    to_values, to_vectors = arrived
    adjoint = mH(eigenvectors)
    if to_vectors is None:
        return eigenvectors.matmul(to_values.unsqueeze(-1) * adjoint)
    inner = adjoint.matmul(to_vectors)
    inner = (inner - mH(inner)) * 0.5 / _off_diagonal(eigenvalues)
    inner = inner - inner.diagonal(0, -2, -1).diag_embed()
    if to_values is not None:
        inner = inner + to_values.diag_embed()
    return eigenvectors.matmul(inner.matmul(adjoint))


@op("_eigenvalues_symmetric(Tensor A, str UPLO) -> Tensor", variants="", differentiable=False)
def _eigenvalues_symmetric(A: Array, UPLO: str) -> Array:  # noqa: N803
    _check_eigh(A, UPLO)
    try:
        return np.linalg.eigvalsh(A, UPLO.upper())
    except np.linalg.LinAlgError:
        raise _failed("linalg.eigh", A) from None


@composite("eigvalsh(Tensor A, str UPLO='L') -> Tensor", namespace="linalg", variants="function out")
def eigvalsh(A: Tensor, UPLO: str) -> Tensor:  # noqa: N803 - PyTorch's own names
    """The eigenvalues of each symmetric or Hermitian matrix, real and rising.

    >>> torch.linalg.eigvalsh(torch.tensor([[2., 1.], [1., 2.]]))
    tensor([1., 3.])
    """
    if A._requires_grad and current().grad_enabled:
        return eigh(A, UPLO)[0]
    return _eigenvalues_symmetric(A, UPLO)


# --- rank and pseudo-inverse --------------------------------------------------------------------------------------------


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
        if isinstance(value, Tensor) and value._dtype.kind == COMPLEX:
            raise RuntimeError(f"{name}: {label} tensor of complex type is not supported. Got {value._dtype.title}")


@op("_pinv(Tensor A, any atol, any rtol, bool hermitian) -> Tensor", variants="", node="LinalgPinvBackward0")
def _pinv(A: Array, atol: Any, rtol: Any, hermitian: bool) -> Array:  # noqa: N803
    if not A.size:
        return np.zeros((*A.shape[:-2], A.shape[-1], A.shape[-2]), A.dtype)
    absolute, relative = _tolerances(A, atol, rtol)
    if hermitian:
        values, u = np.linalg.eigh(A)
        vh = u.swapaxes(-1, -2).conj()
    else:
        u, values, vh = np.linalg.svd(A, full_matrices=False)
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
    """`torch.linalg.pinv`, with a smaller tolerance."""
    return pinv(self, rcond)


@op("_matrix_rank(Tensor self, any atol, any rtol, bool hermitian) -> Tensor", variants="", differentiable=False)
def _matrix_rank(self: Array, atol: Any, rtol: Any, hermitian: bool) -> Array:
    check_matrix("torch.linalg.matrix_rank", self, "input")
    check_floating("linalg.svd", self)
    if not self.size:
        return np.zeros(self.shape[:-2], np.int64)
    absolute, relative = _tolerances(self, atol, rtol)
    if hermitian:
        check_square("linalg.eigh", self)
        sizes = np.abs(np.linalg.eigvalsh(self))
    else:
        sizes = np.linalg.svd(self, compute_uv=False)
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
    tensor([[2.]])
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
    vector = vector_side(self, b)
    sides = b[..., None] if vector else b
    if self.shape[-2] != sides.shape[-2]:
        raise RuntimeError(f"{name}: input.size(-2) should match other.size({-1 if vector else -2})")
    check_floating(name, self, "lstsq_cpu")
    chosen = driver or "gelsy"
    if chosen not in ("gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError(f"{name}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    *batch, rows, cols = self.shape
    if rcond is None or chosen == "gels":
        rcond = float(np.finfo(self.dtype).eps) * max(rows, cols)

    def one(matrix: Array, side: Array) -> tuple[Array, ...]:
        found, _, rank, sizes = np.linalg.lstsq(matrix, side, rcond)
        return found, np.int64(rank), sizes

    if self.size and sides.size:
        solution, rank, sizes = each(one, self, sides)
    else:
        solution = np.zeros((*batch, cols, sides.shape[-1]), self.dtype)
        rank, sizes = np.zeros(batch, np.int64), np.zeros((*batch, min(rows, cols)), np.float64)
    residuals = np.zeros(0, np.abs(self[:0]).dtype)
    if rows > cols and chosen != "gelsy" and (chosen == "gels" or (rank == cols).all()) or (
        rows > cols and chosen == "gelsy" and (rank == cols).all()
    ):
        residuals = np.square(np.abs(np.matmul(self, solution) - sides)).sum(-2)
        residuals = residuals[..., 0] if vector else residuals
    if chosen == "gels":
        rank = np.zeros(0, np.int64)
    sizes = sizes.astype(residuals.dtype) if chosen in ("gelsd", "gelss") else np.zeros(0, residuals.dtype)
    solution = columns(solution)
    return (solution[..., 0] if vector else solution), residuals, rank, sizes


@lstsq.vjp("self, b")
def _(arrived, self, b, solution, needs):
    to_solution, to_residuals = arrived[:2]
    vector = vector_side(self._array, b._array)
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


