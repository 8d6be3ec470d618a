"""Singular values and eigenvalues: `svd`, `eig`, `eigh` and their kin.

Vectors are determined up to a factor of absolute value one; what PyTorch's LAPACK (MKL) chooses is chosen here too, for matrices as
small as those that are printed (of real `eig`, mostly). Derivatives are PyTorch's
(torch/csrc/autograd/FunctionsManual.cpp).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops import lapack, tridiagonal
from tensorsh.ops.arithmetic import conj
from tensorsh.ops.linalg import LinAlgError, check_floating, check_matrix, check_square, columns, mH, solve
from tensorsh.ops.registry import composite, op
from tensorsh.ops.results import named_result
from tensorsh.runtime.dtype import COMPLEX, FLOAT, of_array
from tensorsh.runtime.state import current
from tensorsh.runtime.tensor import Tensor

Array = Any


def _off_diagonal(x: Tensor) -> Tensor:
    """The differences `x_j - x_i` for every pair, ones on the diagonal: what divides a gradient of vectors."""
    extent = x._array.shape[-1]
    eye = Tensor._fresh(np.eye(extent, dtype=x._array.dtype), x._dtype)
    return x.unsqueeze(-2) - x.unsqueeze(-1) + eye


# --- singular values ----------------------------------------------------------------------------------------------------


# The most elements that PyTorch prints in full: up to there, signs are worth their price.
PRINTED = 1000


def _check_driver(driver: str | None) -> None:
    if driver is not None:
        raise RuntimeError("torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend.")


def _failed(name: str, array: Array, values: Array, what: str, code: int) -> LinAlgError:
    """The error for the first matrix whose `values` LAPACK could not find, and marked with nan."""
    failed = np.isnan(values).any(-1).reshape(-1)
    at = int(np.flatnonzero(failed)[0])
    place = f"(Batch element {at}): " if array.ndim > 2 else ""
    if what == "singular " and np.isnan(array.reshape(-1, *array.shape[-2:])[at]).any():
        return LinAlgError(f"{name}: {place}The algorithm failed to converge because the input matrix contained non-finite values.")
    return LinAlgError(
        f"{name}: {place}The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated {what}"
        f"values (error code: {code})."
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
        u, s, vh = lapack.svd(padded, True)
        smallest = s[..., rows - 1]
        if (smallest > np.finfo(A.dtype).eps * 10 * s[..., 0]).all():
            # The rows that belong to the added zeros come in the opposite order.
            within = min(high, cols)
            order = [*range(rows), *reversed(range(rows, within)), *range(within, cols)]
            found = vh[..., order, :cols] if full_matrices else vh[..., :rows, :cols]
            return u[..., :rows, :rows], s[..., :rows], found
    return lapack.svd(A, full_matrices)


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
    check_floating("linalg.svd", A, half_kernel="linalg_svd_cpu")
    _check_driver(driver)
    u, s, vh = _decomposed(A, full_matrices)
    if lapack.has_nan(s):
        raise _failed("linalg.svd", A, s, "singular ", min(A.shape[-2:]) - 1)
    return columns(u), s, columns(vh)


@linalg_svd.vjp("A")
def _(arrived, U, S, Vh):  # noqa: N803
    to_u, to_s, to_vh = arrived
    count = S._array.shape[-1]
    rows, cols = U._array.shape[-2], Vh._array.shape[-1]
    u = U if U._array.shape[-1] == count else U.narrow(-1, 0, count)
    vh = Vh if Vh._array.shape[-2] == count else Vh.narrow(-2, 0, count)
    if to_u is None and to_vh is None:
        if rows >= cols:
            return u.matmul(to_s.unsqueeze(-1) * vh)
        return (u * to_s.unsqueeze(-2)).matmul(vh)
    to_u = to_u if to_u is None or u is U else to_u.narrow(-1, 0, count)
    to_vh = to_vh if to_vh is None or vh is Vh else to_vh.narrow(-2, 0, count)
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
    return singular_values(A)


def singular_values(A: Array) -> Array:  # noqa: N803
    """The singular values of an array's matrices, falling; LinAlgError without convergence."""
    check_matrix("linalg.svd", A)
    check_floating("linalg.svd", A, half_kernel="linalg_svd_cpu")
    found = lapack.svdvals(A)
    if lapack.has_nan(found):
        raise _failed("linalg.svd", A, found, "singular ", min(A.shape[-2:]) - 1)
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
    empty = [Tensor._fresh(columns(np.zeros((*batch, n, n), self._array.dtype)) if n is cols else np.zeros((*batch, n, n), self._array.dtype), self._dtype) for n in (rows, cols)]
    return result((empty[0], svdvals(self), empty[1]))


# --- eigenvalues --------------------------------------------------------------------------------------------------------


def _check_eig(name: str, A: Array) -> None:  # noqa: N803
    check_square(name, A)
    kind = of_array(A)
    if kind.kind < FLOAT:
        raise RuntimeError(f"Unknown Complex ScalarType for {kind.title}")
    check_floating(name, A, half_kernel="linalg_eig_out_cpu")
    if not np.isfinite(A).all():
        raise RuntimeError("torch.linalg.eig: input tensor should not contain infs or NaNs.")


@op("eig(Tensor self) -> (Tensor eigenvalues, Tensor eigenvectors)", namespace="linalg", variants="function out")
def eig(self: Array) -> tuple[Array, Array]:
    """The eigenvalues of each matrix and its right eigenvectors as columns of length one; complex, in no order.

    >>> torch.linalg.eig(torch.tensor([[2., 0.], [0., 3.]])).eigenvalues
    tensor([2.+0.j, 3.+0.j])
    """
    _check_eig("linalg.eig", self)
    values, vectors = lapack.eig(self)
    return values, columns(vectors)


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
    _check_eig("linalg.eigvals", self)
    return lapack.eigvals(self)


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
    check_floating("linalg.eigh", A, "linalg_eigh_cpu")
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
    values, vectors = decomposed_symmetric(A, UPLO.upper() == "L")
    return values, columns(vectors)


def decomposed_symmetric(A: Array, lower: bool) -> tuple[Array, Array]:  # noqa: N803
    """Values and vectors of an array's symmetric matrices, the vectors with the signs that MKL chooses."""
    extent = A.shape[-1]
    values, vectors = lapack.eigh(A, lower)
    if lapack.has_nan(values):
        raise _failed("linalg.eigh", A, values, "eigen", extent - 1)
    if 2 < extent <= tridiagonal.LARGEST and A.size <= PRINTED:
        (signs,) = lapack.each(lambda a, v: (tridiagonal.signs(a, v, lower),), A, vectors)
        vectors = vectors * signs[..., None, :].astype(vectors.dtype)
    return values, vectors


@eigh.vjp("A")
def _(arrived, eigenvalues, eigenvectors):
    to_values, to_vectors = arrived
    adjoint = mH(eigenvectors)
    if to_vectors is None:
        return (eigenvectors * to_values.unsqueeze(-2)).matmul(adjoint)
    inner = adjoint.matmul(to_vectors)
    inner = (inner - mH(inner)) * 0.5 / _off_diagonal(eigenvalues)
    inner = inner - inner.diagonal(0, -2, -1).diag_embed()
    if to_values is not None:
        inner = inner + to_values.diag_embed()
    return eigenvectors.matmul(inner.matmul(adjoint))


@op("_eigenvalues_symmetric(Tensor A, str UPLO) -> Tensor", variants="", differentiable=False)
def _eigenvalues_symmetric(A: Array, UPLO: str) -> Array:  # noqa: N803
    _check_eigh(A, UPLO)
    return eigenvalues_symmetric(A, UPLO.upper() == "L")


def eigenvalues_symmetric(A: Array, lower: bool) -> Array:  # noqa: N803
    """The eigenvalues of an array's symmetric matrices, rising; LinAlgError without convergence."""
    found = lapack.eigvalsh(A, lower)
    if lapack.has_nan(found):
        raise _failed("linalg.eigh", A, found, "eigen", A.shape[-1] - 2)
    return found


@composite("eigvalsh(Tensor A, str UPLO='L') -> Tensor", namespace="linalg", variants="function out")
def eigvalsh(A: Tensor, UPLO: str) -> Tensor:  # noqa: N803 - PyTorch's own names
    """The eigenvalues of each symmetric or Hermitian matrix, real and rising.

    >>> torch.linalg.eigvalsh(torch.tensor([[2., 1.], [1., 2.]]))
    tensor([1., 3.])
    """
    if A._requires_grad and current().grad_enabled:
        return eigh(A, UPLO)[0]
    return _eigenvalues_symmetric(A, UPLO)
