"""Determinants, inverses and linear systems: `torch.linalg.det`, `inv`, `solve` …, and their older names in `torch`.

A matrix is the last two dimensions of a tensor, the others are a batch. `lapack.py` computes. What LAPACK writes is column-major, and
so are the strides of PyTorch's results: `columns` lays them out alike. Derivatives are PyTorch's
(torch/csrc/autograd/FunctionsManual.cpp).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tensorsh.ops import lapack
from tensorsh.ops.arithmetic import conj
from tensorsh.ops.refusals import unsupported
from tensorsh.ops.registry import composite, function, op
from tensorsh.runtime.dtype import COMPLEX, FLOAT, dtype, of_array
from tensorsh.runtime.tensor import Tensor

Array = Any


class LinAlgError(RuntimeError):
    """A matrix for which the answer does not exist: singular, not positive-definite, or without convergence."""

    __module__ = "torch._C"


LinAlgError.__name__ = LinAlgError.__qualname__ = "_LinAlgError"


# --- checks and layouts that all of linear algebra shares ---------------------------------------------------------------


def check_floating(name: str, array: Array, kernel: str = "", half_kernel: str = "") -> None:
    """The error for a dtype that LAPACK does not have.

    PyTorch speaks of the dtype, or, where it does not look at it first, of the `kernel` that it lacks (for 2-byte floats only, of
    `half_kernel`).
    """
    kind = of_array(array)
    if kind.kind >= FLOAT and not kind.half:
        return
    if kernel or (half_kernel and kind.half):
        raise unsupported(kernel or half_kernel, array)
    if kind.half:
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got {kind.title}")
    raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {kind.title}")


def check_matrix(name: str, array: Array, argument: str = "A") -> None:
    if array.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor {argument} must have at least 2 dimensions.")


def check_square(name: str, array: Array, argument: str = "A") -> None:
    check_matrix(name, array, argument)
    rows, cols = array.shape[-2:]
    if rows != cols:
        raise RuntimeError(f"{name}: {argument} must be batches of square matrices, but they are {rows} by {cols} matrices")


def same_type(name: str, first: str = "A", second: str = "B") -> Callable[[dtype, dtype], str]:
    """The text for operands of two dtypes."""
    return lambda a, b: (
        f"{name}: Expected a floating point or complex tensor as input. Got {a.title}"
        if name == "linalg.solve" and a.kind < FLOAT
        else f"{name}: Expected {first} and {second} to have the same dtype, but found {first} of type {a.title} and {second} of type "
        f"{b.title} instead"
    )


def columns(array: Array) -> Array:
    """The same matrices, each stored column by column."""
    return np.ascontiguousarray(array.swapaxes(-1, -2)).swapaxes(-1, -2)


def raise_failed(prefix: str, info: Array, text: Callable[[int], str], error: type[Exception] = LinAlgError) -> None:
    """The error for the first matrix whose `info` says that it failed."""
    if not np.count_nonzero(info):
        return
    if info.ndim == 0:
        raise error(f"{prefix}: {text(int(info))}")
    flat = info.reshape(-1)
    at = int(np.flatnonzero(flat)[0])
    raise error(f"{prefix}: (Batch element {at}): {text(int(flat[at]))}")


def lower_part(rows: int, cols: int, diagonal: int) -> Array:
    """Which elements of a matrix stand on a diagonal or below it: `np.tri`."""
    return np.arange(rows)[:, None] >= np.arange(-diagonal, cols - diagonal)


def no_info(array: Array) -> Array:
    return np.zeros(array.shape[:-2], np.int32)


def mT(x: Any) -> Any:  # noqa: N802 - PyTorch's own name
    return x.transpose(-2, -1)


def mH(x: Any) -> Any:  # noqa: N802 - PyTorch's own name
    """The conjugate transpose."""
    return conj(x.transpose(-2, -1))


# --- determinants -------------------------------------------------------------------------------------------------------


@op("det(Tensor A) -> Tensor", namespace="linalg", variants="function out")
def linalg_det(A: Array) -> Array:  # noqa: N803 - PyTorch's own name
    """The determinant of each matrix.

    >>> torch.linalg.det(torch.tensor([[1., 2.], [3., 4.]]))
    tensor(-2.)
    """
    check_square("linalg.det", A)
    check_floating("linalg.det", A, half_kernel="lu_cpu")
    return _by_elimination(_by_columns(A)) if A.shape[-1] <= SMALL else lapack.determinant(A)


# Up to which extent determinants are products of pivots, as in PyTorch. NumPy's, made from logarithms, are not as exact: -2.0000000000000004
# for `[[1., 2.], [3., 4.]]` in float64.
SMALL = 16


def _by_elimination(A: Array) -> Array:  # noqa: N803
    """The product of the pivots of Gaussian elimination, rows exchanged as LAPACK's `getf2` does."""
    extent = A.shape[-1]
    a = A.reshape(math.prod(A.shape[:-2]), extent, extent).copy()
    rows = a.reshape(len(a) * extent, extent)  # of all matrices
    exchanges = np.zeros(len(a), np.int64)
    for at in range(extent - 1):
        first = rows[at::extent]
        column = a[:, at:, at]
        size = np.abs(column.real) + np.abs(column.imag) if a.dtype.kind == "c" else np.abs(column)
        lower = size.argmax(1)  # how much further down the pivot is
        if np.count_nonzero(lower):
            exchanges += lower != 0
            lower += np.arange(at, len(rows), extent)
            pivots = rows.take(lower, 0)
            rows[lower] = first
            first[...] = pivots
        pivot, below = a[:, at, at, None], a[:, at + 1 :, at]
        below = below / pivot if np.count_nonzero(pivot) == pivot.size else np.where(pivot == 0, 0, below / pivot)
        a[:, at + 1 :, at + 1 :] -= below[:, :, None] * a[:, at, None, at + 1 :]
    sign = (1 - 2 * (exchanges & 1)).astype(a.dtype)
    return (sign * np.multiply.reduce(a.diagonal(0, 1, 2), 1)).reshape(A.shape[:-2])


@linalg_det.vjp("A")
def _(grad, A, result):  # noqa: N803
    if (result == 0).any():
        return _adjugate(A, grad)
    return solve(mH(A), _repeated_diagonal(grad * conj(result), A._array.shape[-1]))


def _adjugate(A: Tensor, grad: Tensor) -> Tensor:  # noqa: N803
    """The determinant's gradient where the inverse does not exist. Source: nhigham.com/2020/06/16/what-is-the-adjugate-of-a-matrix."""
    u, s, vh = function("svd", "linalg")(A)
    ones = s.narrow(-1, 0, 1) * 0 + 1
    last = s._array.shape[-1] - 1
    cat = function("cat")
    before = cat([ones, s.narrow(-1, 0, last)], -1).cumprod(-1)
    after = cat([s.narrow(-1, 1, last), ones], -1).flip((-1,)).cumprod(-1).flip((-1,))
    weight = grad * conj(linalg_det(u) * linalg_det(vh))
    return (u * (weight.unsqueeze(-1) * (before * after)).unsqueeze(-2)).matmul(vh)


@composite("det(Tensor self) -> Tensor")
def det(self: Tensor) -> Tensor:
    """`torch.linalg.det`.

    >>> torch.det(torch.tensor([[1., 2.], [3., 4.]]))
    tensor(-2.)
    """
    return linalg_det(self)


@op("slogdet(Tensor A) -> (Tensor sign, Tensor logabsdet)", namespace="linalg", variants="function out")
def linalg_slogdet(A: Array) -> tuple[Array, Array]:  # noqa: N803 - PyTorch's own name
    """The sign and the logarithm of the absolute value of each determinant; 0 and -inf for a singular matrix.

    >>> torch.linalg.slogdet(torch.tensor([[2., 0.], [0., -2.]])).sign
    tensor(-1.)
    """
    return _slogdet("linalg.slogdet", A)


def _slogdet(name: str, A: Array) -> tuple[Array, Array]:  # noqa: N803
    check_square(name, A)
    check_floating(name, A)
    return lapack.log_determinant(_by_columns(A))


def _by_columns(A: Array) -> Array:  # noqa: N803
    """The matrices that PyTorch factors for a determinant: to spare a copy, the transposes of real ones that lie row by row."""
    return A.swapaxes(-1, -2) if A.flags.c_contiguous and A.dtype.kind != "c" else A


@linalg_slogdet.vjp("A")
def _(arrived, A, sign):  # noqa: N803
    to_sign, to_log = arrived
    weight = to_log
    if A._dtype.kind == COMPLEX:
        # The determinant's phase turns with the imaginary part.
        if to_sign is not None:
            turn = (conj(to_sign) * sign).imag * -1j
            weight = turn if weight is None else weight + turn
        else:
            weight = weight + 0 * sign
    elif weight is None:
        return None
    return solve(mH(A), _repeated_diagonal(weight, A._array.shape[-1]))


def _repeated_diagonal(value: Tensor, extent: int) -> Tensor:
    """Diagonal matrices of one value each, by columns, as LAPACK takes them."""
    return value.unsqueeze(-1).expand((*value._array.shape, extent)).diag_embed().transpose(-2, -1)


@composite("slogdet(Tensor self) -> (Tensor sign, Tensor logabsdet)", variants="function method out")
def slogdet(self: Tensor) -> Any:
    """`torch.linalg.slogdet`.

    >>> torch.slogdet(torch.tensor([[2., 0.], [0., -2.]]))
    torch.return_types.slogdet(
    sign=tensor(-1.),
    logabsdet=tensor(1.3863))
    """
    from tensorsh.ops.results import named_result

    return named_result("slogdet", ("sign", "logabsdet"))(linalg_slogdet(self))


@composite("logdet(Tensor self) -> Tensor")
def logdet(self: Tensor) -> Tensor:
    """The logarithm of each determinant: nan for a negative one, -inf for zero.

    >>> torch.logdet(torch.eye(3))
    tensor(0.)
    """
    check_square("logdet", self._array)
    check_floating("logdet", self._array)
    sign, logabsdet = linalg_slogdet(self)
    if self._dtype.kind == COMPLEX:
        return sign.log() + logabsdet
    return function("where")(sign == -1, float("nan"), logabsdet)


# --- inverses -----------------------------------------------------------------------------------------------------------


def _singular_inverse(info: int) -> str:
    return f"The diagonal element {info} is zero, the inversion could not be completed because the input matrix is singular."


@op("inv_ex(Tensor A, *, bool check_errors=False) -> (Tensor inverse, Tensor info)", namespace="linalg", variants="function out")
def inv_ex(A: Array, check_errors: bool) -> tuple[Array, Array]:  # noqa: N803 - PyTorch's own name
    """The inverse of each matrix, and an integer for each: 0, or the diagonal element of its LU factor that is zero.

    >>> torch.linalg.inv_ex(torch.tensor([[1., 0.], [0., 0.]])).info
    tensor(2, dtype=torch.int32)
    """
    return inverted("linalg.inv_ex" if check_errors else "linalg.inv", A, check_errors)


def inverted(name: str, A: Array, check_errors: bool) -> tuple[Array, Array]:  # noqa: N803
    check_square("linalg.inv", A)
    check_floating("linalg.inv", A)
    found, info = lapack.inverse(A), no_info(A)
    if lapack.has_nan(found):
        identity = np.broadcast_to(np.eye(A.shape[-1], dtype=A.dtype), A.shape)
        found, info = _by_factors(A, identity)
        if check_errors:
            raise_failed(name, info, _singular_inverse)
    return columns(found), info


def _by_factors(matrices: Array, sides: Array) -> tuple[Array, Array]:
    """The solutions, by LU matrix by matrix, and which pivot is zero. Dividing by it gives inf and nan, as in PyTorch."""
    factor, divide = lapack.routine("getrf", matrices), lapack.routine("trsm", matrices)

    def one(matrix: Array, side: Array) -> tuple[Array, Any]:
        factors, pivots, info = factor(matrix)
        side = side.copy()
        for at, other in enumerate(pivots):
            side[[at, other]] = side[[other, at]]
        if side.size:
            side = divide(1, factors, divide(1, factors, side, lower=1, diag=1), lower=0)
        return side, np.int32(info)

    found, info = lapack.each(one, matrices, sides)
    return found, info


@inv_ex.vjp("A")
def _(grad, inverse):
    product = grad.matmul(mH(inverse))
    return -(mH(inverse).matmul(product))


@composite("inv(Tensor A) -> Tensor", namespace="linalg", variants="function out")
def inv(A: Tensor) -> Tensor:  # noqa: N803 - PyTorch's own name
    """The inverse of each matrix; LinAlgError for a singular one.

    >>> torch.linalg.inv(torch.tensor([[2., 0.], [0., 4.]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    inverse, info = inv_ex(A)
    raise_failed("linalg.inv", info._array, _singular_inverse)
    return inverse


@composite("inverse(Tensor self) -> Tensor", variants="function method out")
def inverse(self: Tensor) -> Tensor:
    """`torch.linalg.inv`.

    >>> torch.inverse(torch.tensor([[2., 0.], [0., 4.]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    return inv(self)


@composite("tensorinv(Tensor self, int ind=2) -> Tensor", namespace="linalg", variants="function out")
def tensorinv(self: Tensor, ind: int) -> Tensor:
    """The inverse for `tensordot` over `ind` dimensions: of `self` as a matrix from its other dimensions to its first `ind`.

    >>> torch.linalg.tensorinv(torch.eye(6).reshape(6, 2, 3), ind=1).shape
    torch.Size([2, 3, 6])
    """
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    shape = self._array.shape
    first, rest = shape[:ind], shape[ind:]
    rows, cols = int(np.prod(first)), int(np.prod(rest))
    if rows != cols:
        raise RuntimeError(f"Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got {cols} != {rows}")
    return inv(self.reshape((rows, cols))).reshape((*rest, *first))


# --- linear systems -----------------------------------------------------------------------------------------------------


def vector_side(A: Array, B: Array) -> bool:  # noqa: N803
    """Whether B is a vector for each matrix of A, rather than a matrix."""
    return B.ndim == 1 or (A.ndim - 1 == B.ndim and B.shape == A.shape[:-1])


def check_system(name: str, A: Array, B: Array, left: bool) -> None:  # noqa: N803
    check_square(name, A)
    check_matrix(name, B, "B")
    if A.shape[-2] != B.shape[-2] if left else A.shape[-1] != B.shape[-1]:
        equation = "AX = B" if left else "XA = B"
        sizes = [f"{m.shape[-2]}x{m.shape[-1]}" for m in (A, B)]
        raise RuntimeError(f"{name}: Incompatible shapes of A and B for the equation {equation} ({sizes[0]} and {sizes[1]})")


def same_batch(A: Array, B: Array) -> tuple[Array, Array]:  # noqa: N803
    """Both with the batch dimensions that theirs broadcast to."""
    if A.shape[:-2] == B.shape[:-2]:
        return A, B
    from tensorsh.ops.engine import broadcast_mismatch

    mismatch = broadcast_mismatch(A.shape[:-2], B.shape[:-2])
    if mismatch:
        raise RuntimeError(mismatch)
    batch = np.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    return np.broadcast_to(A, batch + A.shape[-2:]), np.broadcast_to(B, batch + B.shape[-2:])


def _singular_system(info: int) -> str:
    return "The solver failed because the input matrix is singular."


@op(
    "solve_ex(Tensor A, Tensor B, *, bool left=True, bool check_errors=False) -> (Tensor result, Tensor info)",
    namespace="linalg", variants="function out", dtype="same", half=False, mismatch=same_type("linalg.solve"),
)  # fmt: skip
def solve_ex(A: Array, B: Array, left: bool, check_errors: bool) -> tuple[Array, Array]:  # noqa: N803 - PyTorch's own names
    """What `solve` gives, and an integer for each matrix: 0, or the diagonal element of its LU factor that is zero.

    >>> torch.linalg.solve_ex(torch.tensor([[2., 0.], [0., 4.]]), torch.tensor([2., 2.]))
    torch.return_types.linalg_solve_ex(
    result=tensor([1.0000, 0.5000]),
    info=tensor(0, dtype=torch.int32))
    """
    check_floating("linalg.solve", A, half_kernel="lu_cpu")
    vector = vector_side(A, B)
    sides = B[..., None] if vector else B
    check_system("linalg.solve", A, sides, left)
    if vector and not left:
        raise RuntimeError(
            "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this case linalg.solve is "
            "equivalent to B / A.squeeze(-1)"
        )
    matrices, sides = same_batch(A, sides)
    if not left:
        matrices, sides = matrices.swapaxes(-1, -2), sides.swapaxes(-1, -2)
    solution, info = lapack.solve(matrices, sides), no_info(matrices)
    if lapack.has_nan(solution) or (not sides.size and matrices.size):
        solution, info = _by_factors(matrices, sides)
        if check_errors:
            raise_failed("torch.linalg.solve_ex", info, _singular_system)
    if vector:
        return _vectors_in_columns(solution[..., 0]), info
    return (columns(solution) if left else columns(solution).swapaxes(-1, -2)), info


def _vectors_in_columns(vectors: Array) -> Array:
    """One vector for each matrix of a batch; the batch's last dimension is stored first."""
    return columns(vectors) if vectors.ndim > 1 else vectors.copy()


@solve_ex.vjp("A, B")
def _(grad, A, result, left, needs):  # noqa: N803
    vector = vector_side(A._array, result._array)
    weight = grad.unsqueeze(-1) if vector else grad
    to_b = solve(mH(A), weight, left=left)
    to_a = None
    if needs[0]:
        solution = mH(result.unsqueeze(-1) if vector else result)
        to_a = -(to_b.matmul(solution) if left else solution.matmul(to_b))
    return to_a, (to_b.squeeze(-1) if vector else to_b)


@composite("solve(Tensor A, Tensor B, *, bool left=True) -> Tensor", namespace="linalg", variants="function out")
def solve(A: Tensor, B: Tensor, left: bool) -> Tensor:  # noqa: N803 - PyTorch's own names
    """The solution X of `A X = B` (of `X A = B` without `left`); LinAlgError where A is singular. B may be a vector.

    >>> torch.linalg.solve(torch.tensor([[2., 0.], [0., 4.]]), torch.tensor([2., 2.]))
    tensor([1.0000, 0.5000])
    """
    result, info = solve_ex(A, B, left=left)
    raise_failed("torch.linalg.solve", info._array, _singular_system)
    return result


@composite("tensorsolve(Tensor self, Tensor other, int[]? dims=None) -> Tensor", namespace="linalg", variants="function out", wrap_dims=None)
def tensorsolve(self: Tensor, other: Tensor, dims: tuple[int, ...] | None) -> Tensor:
    """The X with `tensordot(self, X, X.ndim) = other`; `dims` of `self` are moved to its end first.

    >>> torch.linalg.tensorsolve(torch.eye(4).reshape(2, 2, 4), torch.ones(2, 2))
    tensor([1., 1., 1., 1.])
    """
    if dims is not None:
        ndim = self._array.ndim
        self = self.movedim(tuple(dims), tuple(range(ndim - len(dims), ndim)))
    shape = self._array.shape[other._array.ndim :]
    count = int(np.prod(shape))
    if other._array.size != count or self._array.size != count * count:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), but got "
            f"{count} != {other._array.size}"
        )
    return solve(self.reshape((count, count)), other.reshape((-1,))).reshape(shape)
