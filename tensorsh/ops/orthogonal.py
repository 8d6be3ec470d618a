"""QR and the reflections that it is made of: `qr`, `geqrf`, `householder_product`, `ormqr`.

A column of what `geqrf` gives holds, below its diagonal, a vector v with a one in front of it; with the scalar tau it stands for the
reflection `I - tau v v^H`. Source of the derivative of QR: torch/csrc/autograd/FunctionsManual.cpp.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorsh.ops import lapack
from tensorsh.ops.deprecations import deprecated
from tensorsh.ops.linalg import check_floating, check_matrix, columns, lower_part, mH
from tensorsh.ops.registry import composite, function, op
from tensorsh.ops.results import named_result
from tensorsh.ops.triangular import solve_triangular
from tensorsh.runtime.dtype import COMPLEX, of_array
from tensorsh.runtime.tensor import Tensor

Array = Any


@op("qr(Tensor A, str mode='reduced') -> (Tensor Q, Tensor R)", namespace="linalg", variants="function out")
def linalg_qr(A: Array, mode: str) -> tuple[Array, Array]:  # noqa: N803 - PyTorch's own name
    """The factors of `A = Q R`: orthonormal columns and an upper triangle.

    `mode` is `"reduced"`, `"complete"` (a square Q) or `"r"` (an empty Q).

    >>> torch.linalg.qr(torch.tensor([[3., 1.], [4., 2.]])).R
    tensor([[-5.0000, -2.2000],
            [ 0.0000,  0.4000]])
    """
    check_matrix("linalg.qr", A)
    check_floating("linalg.qr", A, half_kernel="geqrf_cpu")
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'")
    reflectors, tau = _factored(A)
    rows, cols = A.shape[-2:]
    small = min(rows, cols)
    if mode == "r":
        return np.empty(0, A.dtype), columns(_upper(reflectors[..., :small, :]))
    extent = rows if mode == "complete" else small
    return columns(_orthonormal(reflectors, tau, extent)), columns(_upper(reflectors[..., :extent, :]))


def _upper(matrices: Array) -> Array:
    """The matrices with zeros below the diagonal: `np.triu`."""
    return np.where(lower_part(matrices.shape[-2], matrices.shape[-1], -1), np.zeros((), matrices.dtype), matrices)


def _factored(A: Array) -> tuple[Array, Array]:  # noqa: N803
    """LAPACK's `geqrf`: R above, reflections below the diagonal, and their scalars."""
    *batch, rows, cols = A.shape
    if not A.size:
        return A.copy(), np.zeros((*batch, min(rows, cols)), A.dtype)
    routine = lapack.routine("geqrf", A)
    found = lapack.each(lambda matrix: (lambda qr, tau, *_: (qr, tau[:, None]))(*routine(matrix)), A)
    return found[0], found[1][..., 0]


def _orthonormal(reflectors: Array, tau: Array, extent: int) -> Array:
    """LAPACK's `orgqr`: the first `extent` columns of the product of reflections."""
    *batch, rows, cols = reflectors.shape
    count = tau.shape[-1]
    if not rows or not count or not reflectors.size:
        return np.broadcast_to(np.eye(rows, extent, dtype=reflectors.dtype), (*batch, rows, extent))
    wide = np.zeros((*batch, rows, extent), reflectors.dtype)
    wide[..., :count] = reflectors[..., :count]
    routine = lapack.routine("ungqr" if reflectors.dtype.kind == "c" else "orgqr", reflectors)
    return lapack.each(lambda matrix, scales: (routine(matrix, scales[:, 0])[0],), wide, tau[..., None])[0]


@linalg_qr.vjp("A")
def _(arrived, Q, R, mode):  # noqa: N803
    to_q, to_r = arrived
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, mode='reduced') if "
            "you are going to require gradients from Q."
        )
    rows, cols = Q._array.shape[-2], R._array.shape[-1]
    if mode == "complete" and rows > cols:
        raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols")
    inner = to_r.matmul(mH(R)) if to_r is not None else None
    if to_q is not None:
        product = mH(Q).matmul(to_q)
        inner = -product if inner is None else inner - product
    assert inner is not None
    if rows >= cols:
        # The adjoint of the map from a matrix to the upper triangle of its Hermitian part.
        upper = inner.triu()
        found = Q.matmul(upper + mH(upper) - _real_diagonal(upper))
        if to_q is not None:
            found = found + to_q
        return solve_triangular(mH(R), found, upper=False, left=False)
    lower = (inner - mH(inner)).tril()
    half = lower.diagonal(0, -2, -1).diag_embed() * 0.5
    found = solve_triangular(mH(R.narrow(-1, 0, rows)), Q.matmul(half - lower), upper=False, left=False)
    found = function("pad", "nn.functional")(found, (0, cols - rows))
    return found if to_r is None else found + Q.matmul(to_r)


def _real_diagonal(x: Tensor) -> Tensor:
    found = x.diagonal(0, -2, -1)
    return (found.real if x._dtype.kind == COMPLEX else found).diag_embed()


@composite("qr(Tensor self, bool some=True) -> (Tensor Q, Tensor R)", variants="function method out")
def qr(self: Tensor, some: bool) -> Any:
    """`torch.linalg.qr`; Q is square without `some`.

    >>> torch.qr(torch.tensor([[3., 1.], [4., 2.]])).R
    tensor([[-5.0000, -2.2000],
            [ 0.0000,  0.4000]])
    """
    deprecated("qr")
    return named_result("qr", ("Q", "R"))(linalg_qr(self, "reduced" if some else "complete"))


@op("geqrf(Tensor self) -> (Tensor a, Tensor tau)", variants="function method out")
def geqrf(self: Array) -> tuple[Array, Array]:
    """QR as LAPACK leaves it: R in the upper triangle, below it the vectors of the reflections, and their scalars.

    >>> torch.geqrf(torch.tensor([[3.], [4.]]))
    torch.return_types.geqrf(
    a=tensor([[-5.0000],
            [ 0.5000]]),
    tau=tensor([1.6000]))
    """
    if self.ndim < 2:
        raise RuntimeError("torch.geqrf: input must have at least 2 dimensions.")
    check_floating("torch.geqrf", self, "geqrf_cpu")
    reflectors, tau = _factored(self)
    return columns(reflectors), tau


# --- products of reflections --------------------------------------------------------------------------------------------


def _vectors(reflectors: Array, count: int) -> Array:
    """The vectors of the first `count` reflections, as columns."""
    rows = reflectors.shape[-2]
    return np.tril(reflectors[..., :count], -1) + np.eye(rows, count, dtype=reflectors.dtype)


def _reflected(vectors: Array, tau: Array, other: Array, order: Sequence[int]) -> Array:
    """`other` after the reflections in `order`, from the left."""
    for at in order:
        vector = vectors[..., at : at + 1]
        other = other - tau[..., at, None, None] * vector * np.matmul(vector.swapaxes(-1, -2).conj(), other)
    return other


def _reflected_grad(vectors: Tensor, tau: Tensor, other: Tensor, order: Sequence[int], grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of `_reflected`. Its steps are computed again, since a reflection with any tau need not have an inverse."""
    steps = [other]
    columns_ = {at: vectors.narrow(-1, at, 1) for at in order}
    scales = {at: tau.narrow(-1, at, 1).unsqueeze(-1) for at in order}
    for at in order[:-1]:
        steps.append(steps[-1] - scales[at] * columns_[at] * mH(columns_[at]).matmul(steps[-1]))
    to_vectors: dict[int, Tensor] = {}
    to_tau: dict[int, Tensor] = {}
    for at, before in zip(reversed(order), reversed(steps), strict=True):
        vector, scale = columns_[at], scales[at]
        seen, back = mH(vector).matmul(before), mH(vector).matmul(grad)
        size = _conj(scale)
        to_tau[at] = -(back.matmul(mH(seen))).squeeze(-1)
        to_vectors[at] = -(size * grad.matmul(mH(seen))) - scale * before.matmul(mH(back))
        grad = grad - size * vector * back
    cat = function("cat")
    count = tau._array.shape[-1]
    return cat([to_vectors[at] for at in range(count)], -1), cat([to_tau[at] for at in range(count)], -1), grad


def _conj(x: Tensor) -> Tensor:
    return x.conj() if x._dtype.kind == COMPLEX else x


def _columns_of(reflectors: Tensor, count: int) -> Tensor:
    rows = reflectors._array.shape[-2]
    eye = Tensor._fresh(np.eye(rows, count, dtype=reflectors._array.dtype), reflectors._dtype)
    return reflectors.narrow(-1, 0, count).tril(-1) + eye


def _in_place(to_vectors: Tensor, cols: int) -> Tensor:
    """The gradient of the vectors as one of the matrix that holds them below its diagonal."""
    found = to_vectors.tril(-1)
    return function("pad", "nn.functional")(found, (0, cols - found._array.shape[-1])) if cols != found._array.shape[-1] else found


@op("householder_product(Tensor input, Tensor tau) -> Tensor", namespace="linalg", variants="function out")
def householder_product(input: Array, tau: Array) -> Array:
    """The first columns of a product of reflections, given as `geqrf` gives them: the Q of a QR.

    >>> torch.linalg.householder_product(*torch.geqrf(torch.tensor([[3.], [4.]])))
    tensor([[-0.6000],
            [-0.8000]])
    """
    _check_reflectors("torch.linalg.householder_product", input, tau)
    check_floating("torch.linalg.householder_product", input, "orgqr_cpu")
    rows, cols = input.shape[-2:]
    count = tau.shape[-1]
    start = np.broadcast_to(np.eye(rows, cols, dtype=input.dtype), input.shape)
    return columns(_reflected(_vectors(input, count), tau, start, range(count - 1, -1, -1)))


def _check_reflectors(name: str, input: Array, tau: Array) -> None:
    if input.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if input.shape[-2] < input.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]")
    if input.shape[-1] < tau.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]")
    if input.ndim - tau.ndim != 1:
        raise RuntimeError(
            f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal to {tau.ndim} and input.ndim is equal "
            f"to {input.ndim}"
        )
    if input.shape[:-2] != tau.shape[:-1]:
        raise RuntimeError(
            f"{name}: Expected batch dimensions of tau to be equal to input.shape[:-2], but got {list(tau.shape[:-1])}"
        )
    if input.dtype != tau.dtype:
        raise RuntimeError(f"{name}: tau dtype {of_array(tau).title} does not match input dtype {of_array(input).title}")


@householder_product.vjp("input, tau")
def _(grad, input, tau):
    count = tau._array.shape[-1]
    rows, cols = input._array.shape[-2:]
    if not count:
        return input * 0, tau * 0
    start = Tensor._fresh(np.broadcast_to(np.eye(rows, cols, dtype=input._array.dtype), input._array.shape), input._dtype)
    to_vectors, to_tau, _ = _reflected_grad(_columns_of(input, count), tau, start, range(count - 1, -1, -1), grad)
    return _in_place(to_vectors, cols), to_tau


def _orders(count: int, transpose: bool) -> range:
    return range(count) if transpose else range(count - 1, -1, -1)


@op("ormqr(Tensor self, Tensor input2, Tensor input3, bool left=True, bool transpose=False) -> Tensor", variants="function method out")
def ormqr(self: Array, input2: Array, input3: Array, left: bool, transpose: bool) -> Array:
    """The product of `input3` and the Q that `self` and `input2` stand for, as `geqrf` gives them; from the right without `left`.

    With `transpose` it is the adjoint of Q that multiplies.

    >>> torch.ormqr(*torch.geqrf(torch.tensor([[3.], [4.]])), torch.tensor([[3.], [4.]]), transpose=True)
    tensor([[-5.],
            [ 0.]])
    """
    _check_ormqr(self, input2, input3, left)
    check_floating("torch.ormqr", self, "ormqr_cpu")
    count = input2.shape[-1]
    vectors = _vectors(self, count)
    if left:
        found = _reflected(vectors, input2.conj() if transpose else input2, input3, _orders(count, transpose))
        return columns(found + 0)
    # C Q is the adjoint of Q^H C^H.
    adjoint = input3.swapaxes(-1, -2).conj()
    found = _reflected(vectors, input2 if transpose else input2.conj(), adjoint, _orders(count, not transpose))
    return columns(found.swapaxes(-1, -2).conj() + 0)


def _check_ormqr(self: Array, tau: Array, other: Array, left: bool) -> None:
    if self.ndim < 2:
        raise RuntimeError("torch.ormqr: input must have at least 2 dimensions.")
    if other.ndim < 2:
        raise RuntimeError("torch.ormqr: other must have at least 2 dimensions.")
    dim = -2 if left else -1
    if other.shape[dim] < tau.shape[-1]:
        raise RuntimeError(f"torch.ormqr: other.shape[{dim}] must be greater than or equal to tau.shape[-1]")
    if other.shape[dim] != self.shape[-2]:
        raise RuntimeError(f"torch.ormqr: other.shape[{dim}] must be equal to input.shape[-2]")
    if tau.shape[-1] != min(other.shape[dim], self.shape[-1]):
        raise RuntimeError(f"torch.ormqr: tau.shape[-1] must be equal to min(other.shape[{dim}], input.shape[-1])")
    if self.ndim - tau.ndim != 1:
        raise RuntimeError(
            f"torch.ormqr: Expected tau to have one dimension less than input, but got tau.ndim equal to {tau.ndim} and input.ndim is "
            f"equal to {self.ndim}"
        )
    if self.ndim != other.ndim:
        raise RuntimeError(
            f"torch.ormqr: Expected other to have the same number of dimensions as input, but got other.ndim equal to {other.ndim} and "
            f"input.ndim is equal to {self.ndim}"
        )
    if self.shape[:-2] != tau.shape[:-1]:
        raise RuntimeError(
            f"torch.ormqr: Expected batch dimensions of tau to be equal to input.shape[:-2], but got {list(tau.shape[:-1])}"
        )
    if self.shape[:-2] != other.shape[:-2]:
        raise RuntimeError(
            f"torch.ormqr: Expected batch dimensions of other to be equal to input.shape[:-2], but got {list(other.shape[:-2])}"
        )
    for name, array in (("tau", tau), ("other", other)):
        if array.dtype != self.dtype:
            raise RuntimeError(
                f"torch.ormqr: Expected input and {name} to have the same dtype, but input has dtype {of_array(self).title} and {name} "
                f"has dtype {of_array(array).title}"
            )


@ormqr.vjp("self, input2, input3")
def _(grad, self, input2, input3, left, transpose):
    count = input2._array.shape[-1]
    cols = self._array.shape[-1]
    vectors = _columns_of(self, count)
    flipped = transpose if left else not transpose
    other, weight = (input3, grad) if left else (mH(input3), mH(grad))
    tau = _conj(input2) if flipped else input2
    to_vectors, to_tau, to_other = _reflected_grad(vectors, tau, other, _orders(count, flipped), weight)
    return _in_place(to_vectors, cols), (_conj(to_tau) if flipped else to_tau), (to_other if left else mH(to_other))


@composite("orgqr(Tensor self, Tensor input2) -> Tensor", variants="function method out")
def orgqr(self: Tensor, input2: Tensor) -> Tensor:
    """`torch.linalg.householder_product`, by its older name.

    >>> torch.orgqr(*torch.geqrf(torch.tensor([[3.], [4.]])))
    tensor([[-0.6000],
            [-0.8000]])
    """
    return householder_product(self, input2)
