"""Functions of matrices, and norms: `matrix_power`, `matrix_exp`, `multi_dot`, `matrix_norm`, `norm`, `cond`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorsh.ops.deprecations import deprecated
from tensorsh.ops.linalg import check_floating, check_square, inv, inv_ex, mH
from tensorsh.ops.matrix import cpp_name, matmul
from tensorsh.ops.norms import as_norm_operand, checked_vector_norm
from tensorsh.ops.registry import composite, function, op
from tensorsh.ops.spectra import svdvals
from tensorsh.runtime.dtype import COMPLEX
from tensorsh.runtime.tensor import Tensor, wrap_dim

Array = Any
Dims = tuple[int, ...] | None

# --- powers, exponentials, chains ---------------------------------------------------------------------------------------


@composite("matrix_power(Tensor self, int n) -> Tensor", namespace="linalg", variants="function out")
def linalg_matrix_power(self: Tensor, n: int) -> Tensor:
    """The product of `n` copies of each matrix; of its inverse for a negative `n`.

    >>> torch.linalg.matrix_power(torch.tensor([[1., 1.], [0., 1.]]), 3)
    tensor([[1., 3.],
            [0., 1.]])
    """
    check_square("linalg.matrix_power", self._array)
    if n == 0:
        identity = np.eye(self._array.shape[-1], dtype=self._array.dtype)
        return self.clone().copy_(Tensor._fresh(identity, self._dtype))
    base = self
    if n < 0:
        base, n = inv(self), -n
    if n == 1:
        return base.clone() if base is self else base
    if n == 3:
        return matmul(matmul(base, base), base)
    # Squarings, from the lowest binary digit up.
    power: Tensor | None = None
    result: Tensor | None = None
    while n:
        power = base if power is None else matmul(power, power)
        if n & 1:
            result = power if result is None else matmul(result, power)
        n >>= 1
    assert result is not None
    return result


@composite("matrix_power(Tensor self, int n) -> Tensor", variants="function method out")
def matrix_power(self: Tensor, n: int) -> Tensor:
    """`torch.linalg.matrix_power`.

    >>> torch.matrix_power(torch.tensor([[1., 1.], [0., 1.]]), 3)
    tensor([[1., 3.],
            [0., 1.]])
    """
    return linalg_matrix_power(self, n)


# Taylor polynomials of the exponential, each with the largest 1-norm for which it is as good as the dtype, and their factored forms.
# Source: P. Bader, S. Blanes and F. Casas, "Computing the Matrix Exponential with an Optimized Taylor Polynomial Approximation",
# 2019; PyTorch evaluates the same ones, so small differences agree too.
DEGREES = (1, 2, 4, 8, 12, 18)
LARGEST = {
    4: (1.192092800768788e-07, 5.978858893805233e-04, 5.116619363445086e-02, 5.800524627688768e-01, 1.461661507209034e00, 3.010066362817634e00),
    8: (2.220446049250313e-16, 2.580956802971767e-08, 3.397168839976962e-04, 4.991228871115323e-02, 2.996158913811580e-01, 1.090863719290036e00),
}  # fmt: skip
# Rows of coefficients of 1, A, A^2, A^3 (and A^6).
DEGREE_12 = (
    (9.0198e-16, 0.46932117595418237389, -0.20099424927047284052, -0.04623946134063071740),
    (5.31597895759871264183, 1.19926790417132231573, 0.01179296240992997031, 0.01108844528519167989),
    (0.18188869982170434744, 0.05502798439925399070, 0.09351590770535414968, 0.00610700528898058230),
    (-2.0861320e-13, -0.13181061013830184015, -0.02027855540589259079, -0.00675951846863086359),
)
DEGREE_18 = (
    (0.0, -1.00365581030144618291e-01, -8.02924648241156932449e-03, -8.92138498045729985177e-04, 0.0),
    (0.0, 3.97849749499645077844e-01, 1.36783778460411720168e00, 4.98289622525382669416e-01, -6.37898194594723280150e-04),
    (-1.09676396052962061844e01, 1.68015813878906206114e00, 5.71779846478865511061e-02, -6.98210122488052056106e-03, 3.34975017086070470649e-05),
    (-9.04316832390810593223e-02, -6.76404519071381882256e-02, 6.75961301770459654925e-02, 2.95552570429315521194e-02, -1.39180257516060693404e-05),
    (0.0, 0.0, -9.23364619367118555360e-02, -1.69364939002081722752e-02, -1.40086798182036094347e-05),
)  # fmt: skip


def _combined(powers: list[Array], rows: tuple[tuple[float, ...], ...]) -> list[Array]:
    return [sum(power * power.real.dtype.type(c) for power, c in zip(powers, row, strict=True)) for row in rows]


def _taylor(matrix: Array, degree: int) -> Array:
    """The Taylor polynomial of the exponential, in few products."""
    one = np.broadcast_to(np.eye(matrix.shape[-1], dtype=matrix.dtype), matrix.shape)
    if degree == 1:
        return one + matrix
    second = matrix @ matrix
    if degree == 2:
        return one + matrix + second / 2
    if degree == 4:
        return one + matrix + second @ (one / 2 + matrix / 6 + second / 24)
    if degree == 8:
        root = math.sqrt(177.0)
        x3 = 2 / 3
        fourth = second @ (x3 * (1 + root) / 88 * matrix + x3 * (1 + root) / 352 * second)
        eighth = (x3 * second + fourth) @ (
            (-271 + 29 * root) / (315 * x3) * one + (-11 + 11 * root) / (1260 * x3) * matrix
            + (-99 + 11 * root) / (5040 * x3) * second + (89 - root) / (5040 * x3) * fourth
        )  # fmt: skip
        return one + matrix + (857 - 58 * root) / 630 * second + eighth
    third = second @ matrix
    if degree == 12:
        b = _combined([one, matrix, second, third], DEGREE_12)
        sixth = b[2] + b[3] @ b[3]
        return b[0] + (b[1] + sixth) @ sixth
    b = _combined([one, matrix, second, third, third @ third], DEGREE_18)
    ninth = b[3] + b[0] @ b[4]
    return b[1] + (b[2] + ninth) @ ninth


@op("matrix_exp(Tensor self) -> Tensor", namespace="linalg", variants="function", half=True)
def linalg_matrix_exp(self: Array) -> Array:
    """The exponential of each matrix.

    >>> torch.linalg.matrix_exp(torch.zeros(2, 2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    check_square("linalg.matrix_exp", self)
    check_floating("linalg.matrix_exp", self)
    if not self.size:
        return self.copy()
    matrices = np.ascontiguousarray(self).reshape(-1, *self.shape[-2:])
    size = np.abs(matrices).sum(-2).max(-1)
    limits = LARGEST[size.dtype.itemsize]
    found = np.empty_like(matrices)
    # What is too large for the last polynomial is halved until it fits, and its exponential squared as often.
    with np.errstate(all="ignore"):
        halvings = np.where(size > limits[-1], np.ceil(np.log2(size / limits[-1])), 0)
    halvings = np.where(np.isfinite(halvings), halvings, 0).astype(np.int64)
    which = np.searchsorted(limits[:-1], size)
    for at, degree in enumerate(DEGREES):
        chosen = which == at
        if chosen.any():
            shrunk = np.exp2(-halvings[chosen]).astype(size.dtype)[:, None, None]
            found[chosen] = _taylor(matrices[chosen] * shrunk, degree)
    for step in range(int(halvings.max())):
        left = halvings > step
        found[left] = found[left] @ found[left]
    return found.reshape(self.shape)


@linalg_matrix_exp.vjp("self")
def _(grad, self):
    # The exponential of [[A^H, G], [0, A^H]] holds the derivative of the exponential at A^H in the direction G, at the top right.
    # Source: A. H. Al-Mohy and N. J. Higham, "Computing the Fréchet Derivative of the Matrix Exponential", 2009.
    cat = function("cat")
    adjoint = mH(self)
    extent = self._array.shape[-1]
    top = cat([adjoint, grad], -1)
    bottom = cat([adjoint * 0, adjoint], -1)
    whole = linalg_matrix_exp(cat([top, bottom], -2))
    return whole.narrow(-2, 0, extent).narrow(-1, extent, extent)


@composite("matrix_exp(Tensor self) -> Tensor")
def matrix_exp(self: Tensor) -> Tensor:
    """`torch.linalg.matrix_exp`.

    >>> torch.matrix_exp(torch.zeros(2, 2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    return linalg_matrix_exp(self)


# Finding the best order takes the third power of the number of factors: some seconds for so many.
MOST_FACTORS = 1000


@composite("multi_dot(Tensor[] tensors) -> Tensor", namespace="linalg", variants="function out")
def multi_dot(tensors: tuple[Tensor, ...]) -> Tensor:
    """The product of two or more matrices, in the order that needs the fewest multiplications; the ends may be vectors.

    >>> torch.linalg.multi_dot([torch.ones(2, 3), torch.ones(3, 4), torch.ones(4)])
    tensor([12., 12.])
    """
    count = len(tensors)
    if count < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {count}")
    if count > MOST_FACTORS:
        raise RuntimeError(f"multi_dot(): the best order of {count:,} products takes too long to find; tensorsh stops at {MOST_FACTORS:,}")
    parts = list(tensors)
    shape = []
    for at, end in ((0, "first"), (-1, "last")):
        ndim = parts[at]._array.ndim
        if ndim == 1:
            parts[at] = parts[at].unsqueeze(0 if at == 0 else -1)
        elif ndim == 2:
            shape.append(parts[at]._array.shape[at])
        else:
            raise RuntimeError(f"multi_dot(): the {end} tensor must be 1D or 2D but got {ndim}D")
    for at, part in enumerate(parts):
        if part._array.ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {at} must be 2D but got {part._array.ndim}D")
        if part._dtype is not parts[0]._dtype:
            raise RuntimeError(
                f"multi_dot(): all tensors must have be the same dtype but tensor 0 is {cpp_name(parts[0]._dtype)} and tensor {at} "
                f"{cpp_name(part._dtype)}"
            )
    for at in range(count - 1):
        if parts[at]._array.shape[1] != parts[at + 1]._array.shape[0]:
            sizes = [list(tensors[i]._array.shape) for i in (at, at + 1)]
            raise RuntimeError(f"multi_dot(): tensors {at} and {at + 1} with shapes {sizes[0]} and {sizes[1]} cannot be multiplied")
    return _chain(parts).view(tuple(shape))


def _chain(parts: list[Tensor]) -> Tensor:
    """The product in the cheapest order. Source: T. H. Cormen et al., "Introduction to Algorithms", chapter 15.2."""
    count = len(parts)
    if count <= 3:
        return _few(*parts)
    sizes = np.array([part._array.shape[0] for part in parts] + [parts[-1]._array.shape[1]])
    # The cost of each product by its length and its first factor, and the same by its length and its last factor.
    by_first, by_last = np.zeros((2, count, count), np.int64)
    split = np.zeros((count, count), np.int64)
    for length in range(1, count):
        starts = count - length
        cut = np.lib.stride_tricks.sliding_window_view(sizes[1:-1], starts)  # where each product is cut in two, a row for each way
        cost = by_first[:length, :starts] + by_last[:length, length:][::-1] + cut * (sizes[:starts] * sizes[length + 1 :])
        best = cost.argmin(0)
        split[np.arange(starts), np.arange(length, count)] = best + np.arange(starts)
        by_first[length, :starts] = by_last[length, length:] = np.take_along_axis(cost, best[None], 0)[0]

    todo, order = [(0, count - 1)], []
    while todo:
        first, last = todo.pop()
        order.append((first, last))
        if first < last:
            middle = int(split[first, last])
            todo += [(first, middle), (middle + 1, last)]
    made: dict[tuple[int, int], Tensor] = {}
    for first, last in reversed(order):
        middle = int(split[first, last])
        made[first, last] = parts[first] if first == last else made.pop((first, middle)).mm(made.pop((middle + 1, last)))
    return made[0, count - 1]


def _few(first: Tensor, second: Tensor, third: Tensor | None = None) -> Tensor:
    """Two or three factors, from the left where both orders cost the same, as in PyTorch; more of them begin at the right then."""
    if third is None:
        return first.mm(second)
    (rows, inner), (between, cols) = first._array.shape, third._array.shape
    from_left, from_right = rows * between * (inner + cols), inner * cols * (rows + between)
    return first.mm(second).mm(third) if from_left <= from_right else first.mm(second.mm(third))


@composite("chain_matmul(Tensor[] matrices) -> Tensor", variants="function out", varargs=True)
def chain_matmul(matrices: tuple[Tensor, ...]) -> Tensor:
    """`torch.linalg.multi_dot` of matrices given as separate arguments.

    >>> torch.chain_matmul(torch.ones(2, 3), torch.ones(3, 4), torch.ones(4, 1))
    tensor([[12.],
            [12.]])
    """
    deprecated("chain_matmul")
    for matrix in matrices:
        if matrix._array.ndim != 2:
            raise RuntimeError(f"Tensor dimension is {matrix._array.ndim}, expected 2 instead.")
    if not matrices:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    return multi_dot(list(matrices)) if len(matrices) > 1 else matrices[0].clone()

# --- norms --------------------------------------------------------------------------------------------------------------


@composite(
    "vector_norm(Tensor self, Scalar ord=2, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    namespace="linalg", variants="function out",
)  # fmt: skip
def vector_norm(self: Tensor, ord: float, dim: Dims, keepdim: bool, dtype: Any) -> Tensor:
    """The norm of order `ord` of all elements, or over the dimensions `dim`.

    >>> torch.linalg.vector_norm(torch.tensor([3., -4.]), ord=1)
    tensor(7.)
    """
    return checked_vector_norm(self, ord, dim, keepdim, dtype)


def shown_order(ord: Any) -> str:
    return ord if isinstance(ord, str) else f"{ord:g}"


@composite(
    "matrix_norm(Tensor self, any ord='fro', int[] dim=[-2,-1], bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    namespace="linalg", variants="function out", wrap_dims=None,
)  # fmt: skip
def matrix_norm(self: Tensor, ord: Any, dim: tuple[int, ...], keepdim: bool, dtype: Any) -> Tensor:
    """The norm of each matrix: `"fro"`, `"nuc"`, or of order ±1, ±2, ±inf.

    >>> torch.linalg.matrix_norm(torch.tensor([[3., 0.], [0., 4.]]), ord=2)
    tensor(4.)
    """
    array = self._array
    if ord is None or isinstance(ord, (complex, list, tuple)):
        raise TypeError(f"linalg_matrix_norm(): argument 'ord' must be Number or str, not {type(ord).__name__}")
    if not (ord in ("fro", "nuc") if isinstance(ord, str) else abs(ord) in (1, 2, math.inf)):
        raise RuntimeError(f"linalg.matrix_norm: Order {shown_order(ord)} not supported.")
    if array.ndim < 2:
        raise RuntimeError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
    if len(dim) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {' '.join(str(d) for d in dim)}")
    self = as_norm_operand("linalg.matrix_norm", self, dtype)
    first, second = (wrap_dim(d, array.ndim) for d in dim)
    if first == second:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})")
    if ord == "fro":
        return checked_vector_norm(self, 2, (first, second), keepdim, None)
    if ord == "nuc" or abs(ord) == 2:
        if self._dtype.half:
            raise RuntimeError(f"linalg.matrix_norm: Low precision dtypes not supported. Got {self._dtype.title}")
        others = [d for d in range(array.ndim) if d not in (first, second)]
        values = svdvals(self.permute((*others, first, second)))
        if ord == "nuc":
            found = values.sum(-1, keepdim)
        else:
            none = ord > 0 and not values._array.shape[-1]
            found = values.sum(-1, keepdim) if none else values.amax(-1, keepdim) if ord > 0 else values.amin(-1, keepdim)
        if keepdim:
            at = [*others, first, second]
            found = found.unsqueeze(-1).permute(tuple(at.index(d) for d in range(array.ndim)))
        return found
    if abs(ord) == math.inf:
        first, second = second, first
    if not keepdim and second > first:
        second -= 1
    sums = checked_vector_norm(self, 1, (first,), keepdim, None)
    if ord > 0 and not sums._array.shape[second]:
        return sums.sum(second, keepdim)  # the norm of a matrix without elements is zero
    return sums.amax(second, keepdim) if ord > 0 else sums.amin(second, keepdim)


@composite(
    "norm(Tensor self, any ord=None, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    namespace="linalg", variants="function out", wrap_dims=None,
)  # fmt: skip
def linalg_norm(self: Tensor, ord: Any, dim: Dims, keepdim: bool, dtype: Any) -> Tensor:
    """A vector norm or a matrix norm, by the number of dimensions; without `ord` the 2-norm of all elements.

    >>> torch.linalg.norm(torch.tensor([[3., 0.], [0., 4.]]))
    tensor(5.)
    """
    ndim = self._array.ndim
    if dim is not None:
        if len(dim) not in (1, 2):
            raise RuntimeError(
                f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dim)}"
            )
    elif ord is not None and ndim not in (1, 2):
        raise RuntimeError(f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {ndim}D.")
    if isinstance(ord, str) or (ord is not None and (len(dim) == 2 if dim is not None else ndim == 2)):
        return matrix_norm(self, ord, (0, 1) if dim is None else dim, keepdim, dtype=dtype)
    dims = None if dim is None else tuple(wrap_dim(d, ndim) for d in dim)
    return checked_vector_norm(self, 2 if ord is None else ord, dims, keepdim, dtype)


@composite("nuclear_norm(Tensor self, any dim=None, bool keepdim=False) -> Tensor", variants="function out", wrap_dims=None)
def nuclear_norm(self: Tensor, dim: Any, keepdim: bool) -> Tensor:
    """The sum of the singular values.

    >>> torch.nuclear_norm(torch.tensor([[3., 0.], [0., 4.]]))
    tensor(7.)
    """
    deprecated("nuclear_norm")
    if type(dim) is bool:  # PyTorch has an overload without `dim`
        dim, keepdim = None, dim
    dims = (-2, -1) if dim is None else (dim, dim) if type(dim) is int else dim
    return matrix_norm(self, "nuc", dims, keepdim)


@composite("cond(Tensor self, any p=None) -> Tensor", namespace="linalg", variants="function out")
def cond(self: Tensor, p: Any) -> Tensor:
    """The condition number of each matrix: its norm times its inverse's; inf for a singular one.

    >>> torch.linalg.cond(torch.tensor([[3., 0.], [0., 4.]]))
    tensor(1.3333)
    """
    array = self._array
    name = "linalg.cond"
    if not (p is None or isinstance(p, (str, int, float))):
        raise TypeError(f"linalg_cond(): argument 'p' must be Number or str, not {type(p).__name__}")
    if isinstance(p, str):
        check_square(f"{name}(ord={p})", array)
    elif array.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor must have at least 2 dimensions.")
    if p is not None and (p not in ("fro", "nuc") if isinstance(p, str) else abs(p) not in (1, 2, math.inf)):
        raise RuntimeError(f"{name} got an invalid norm type: {shown_order(p)}")
    if not array.size:
        return self.new_zeros(array.shape[:-2]) if self._dtype.kind != COMPLEX else self.new_zeros(array.shape[:-2]).real
    if p is None or p in (2, -2):
        values = svdvals(self)
        ends = [values.narrow(-1, 0, 1), values.narrow(-1, values._array.shape[-1] - 1, 1)]
        largest, smallest = ends if p != -2 else reversed(ends)
        return (largest / smallest).squeeze(-1)
    if p == "nuc":
        # The norm of an inverse with inf in it would be an error.
        values = svdvals(self)
        return values.sum(-1) * values.reciprocal().sum(-1)
    check_square(f"{name}(ord={shown_order(p)})", array)
    inverse, info = inv_ex(self)
    failed = info.unsqueeze(-1).unsqueeze(-1) > 0
    inverse = inverse.masked_fill(failed, math.inf)
    found = matrix_norm(self, p) * matrix_norm(inverse, p)
    return found.nan_to_num(math.inf, math.inf, -math.inf)


@composite("diagonal(Tensor(a) A, *, int offset=0, int dim1=-2, int dim2=-1) -> Tensor(a)", namespace="linalg", variants="function", wrap_dims=None)
def linalg_diagonal(A: Tensor, offset: int, dim1: int, dim2: int) -> Tensor:  # noqa: N803 - PyTorch's own name
    """The diagonal of each matrix, a view: `torch.diagonal` of the last two dimensions.

    >>> torch.linalg.diagonal(torch.arange(8).view(2, 2, 2))
    tensor([[0, 3],
            [4, 7]])
    """
    return A.diagonal(offset, dim1, dim2)
