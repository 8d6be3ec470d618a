"""Products of vectors, matrices and batches of them: `matmul` and what it is made of, `addmm` and its kin, `outer`, `kron`, `cross`.

`mm`, `mv`, `dot` and `bmm` are the products that have derivatives; `matmul` chooses among them by the operands' dimensions, so that a
recorded product has PyTorch's nodes. Their operands must have one dtype already: nothing promotes here. 2-byte floats are multiplied
in float32 and rounded once.

`a @ b` on small matrices is where PyTorch is fast and NumPy's `matmul` is slow: products of one or two dimensions go through `dot`.
Derivatives are PyTorch's (tools/autograd/derivatives.yaml).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.arithmetic import conj
from tensorsh.ops.engine import broadcast_mismatch
from tensorsh.ops.registry import composite, op
from tensorsh.ops.views import _copied_view
from tensorsh.runtime.dtype import COMPLEX, INTEGER, dtype, of_array
from tensorsh.runtime.tensor import Tensor, wrap_dim

Array = Any

_BOOL = np.dtype(bool)

# The names that C++ gives to types, which some messages show.
_CPP_NAMES = {
    "int64": "long int", "int16": "short int", "int8": "signed char", "uint8": "unsigned char", "float16": "c10::Half",
    "bfloat16": "c10::BFloat16",
}  # fmt: skip


def _cpp(kind: dtype) -> str:
    return _CPP_NAMES.get(kind.name, kind.c_name)


def _no_bools(array: Array, kernel: str) -> None:
    if array.dtype is _BOOL:
        raise NotImplementedError(f"\"{kernel}\" not implemented for 'Bool'")


def _sizes(array: Array) -> str:
    return "x".join(str(n) for n in array.shape)


def scaled(x: Any, factor: Any) -> Any:
    """`factor * x`, or `x` itself where that is the same."""
    return x if type(factor) is int and factor == 1 else x * factor


def conj_number(number: Any) -> Any:
    return number.conjugate()


# --- the four products --------------------------------------------------------------------------------------------------


def _mm_mismatch(a: dtype, b: dtype) -> str:
    return f"expected m1 and m2 to have the same dtype, but got: {_cpp(a)} != {_cpp(b)}"


@op("mm(Tensor self, Tensor mat2) -> Tensor", dtype="same", mismatch=_mm_mismatch, variants="function method out")
def mm(self: Array, mat2: Array) -> Array:
    """The product of two matrices, `(n, k)` and `(k, m)`; nothing broadcasts.

    >>> torch.mm(torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([[1.], [10.]]))
    tensor([[21.],
            [43.]])
    """
    if self.ndim != 2:
        raise RuntimeError("self must be a matrix")
    if mat2.ndim != 2:
        raise RuntimeError("mat2 must be a matrix")
    if self.dtype is _BOOL:
        _no_bools(self, "addmm_impl_cpu_")
    try:
        return self.dot(mat2)
    except ValueError:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({_sizes(self)} and {_sizes(mat2)})") from None


@mm.vjp("self")
def _(grad, mat2):
    return grad.mm(conj(mat2.t()))


@mm.vjp("mat2")
def _(grad, self):
    return conj(self.t()).mm(grad)


def _mv_mismatch(a: dtype, b: dtype) -> str:
    return f"addmv input tensors must have the same dtype, but got {b.title}, {a.title}, and {b.title}"


@op("mv(Tensor self, Tensor vec) -> Tensor", dtype="same", mismatch=_mv_mismatch, variants="function method out")
def mv(self: Array, vec: Array) -> Array:
    """The product of a matrix `(n, m)` and a vector `(m,)`.

    >>> torch.mv(torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([1., 10.]))
    tensor([21., 43.])
    """
    if self.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {self.ndim}, {vec.ndim}")
    _no_bools(self, "addmv_impl_cpu")
    try:
        return self.dot(vec)
    except ValueError:
        raise RuntimeError(f"size mismatch, got input ({len(self)}), mat ({_sizes(self)}), vec ({len(vec)})") from None


@mv.vjp("self")
def _(grad, vec):
    return outer(grad, conj(vec))


@mv.vjp("vec")
def _(grad, self):
    return conj(self.t()).mv(grad)


def _dot_mismatch(a: dtype, b: dtype) -> str:
    return f"dot : expected both vectors to have same dtype, but found {a.title} and {b.title}"


def _check_vectors(self: Array, other: Array) -> None:
    if self.ndim != 1 or other.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {self.ndim}D and {other.ndim}D tensors")
    if len(self) != len(other):
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{len(self)}] and src [{len(other)}] to have the same number of elements, "
            f"but got {len(self)} and {len(other)} elements respectively"
        )
    _no_bools(self, "dot")


@op("dot(Tensor self, Tensor tensor) -> Tensor", dtype="same", mismatch=_dot_mismatch, variants="function method out")
def dot(self: Array, tensor: Array) -> Array:
    """The inner product of two vectors of one length; nothing is conjugated.

    >>> torch.dot(torch.tensor([2, 3]), torch.tensor([2, 1]))
    tensor(7)
    """
    _check_vectors(self, tensor)
    return self.dot(tensor)


@dot.vjp("self")
def _(grad, tensor):
    return grad * conj(tensor)


@dot.vjp("tensor")
def _(grad, self):
    return grad * conj(self)


@op("vdot(Tensor self, Tensor other) -> Tensor", dtype="same", mismatch=_dot_mismatch, variants="function method out")
def vdot(self: Array, other: Array) -> Array:
    """The inner product of two vectors, the first conjugated.

    >>> torch.vdot(torch.tensor([1 + 2j]), torch.tensor([3 + 0j]))
    tensor(3.-6.j)
    """
    _check_vectors(self, other)
    return self.conj().dot(other)


@vdot.vjp("self")
def _(grad, other):
    return conj(grad) * other


@vdot.vjp("other")
def _(grad, self):
    return grad * self


def _bmm_mismatch(a: dtype, b: dtype) -> str:
    return f"expected scalar type {a.title} but found {b.title}"


def _check_batches(batch1: Array, batch2: Array) -> None:
    if batch1.ndim != 3:
        raise RuntimeError("batch1 must be a 3D tensor")
    if batch2.ndim != 3:
        raise RuntimeError("batch2 must be a 3D tensor")
    if batch2.shape[:2] != (batch1.shape[0], batch1.shape[2]):
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{batch1.shape[0]}, {batch1.shape[2]}] but got: "
            f"[{batch2.shape[0]}, {batch2.shape[1]}]."
        )


@op("bmm(Tensor self, Tensor mat2) -> Tensor", dtype="same", mismatch=_bmm_mismatch, variants="function method out")
def bmm(self: Array, mat2: Array) -> Array:
    """The products of two batches of matrices, `(b, n, k)` and `(b, k, m)`; nothing broadcasts.

    >>> torch.bmm(torch.ones(10, 3, 4), torch.ones(10, 4, 5)).size()
    torch.Size([10, 3, 5])
    """
    _check_batches(self, mat2)
    _no_bools(self, "bmm")
    return np.matmul(self, mat2)


@bmm.vjp("self")
def _(grad, mat2):
    return grad.bmm(conj(mat2.transpose(1, 2)))


@bmm.vjp("mat2")
def _(grad, self):
    return conj(self.transpose(1, 2)).bmm(grad)


# --- matmul -------------------------------------------------------------------------------------------------------------


@composite("matmul(Tensor self, Tensor other) -> Tensor", variants="function method out")
def matmul(self: Tensor, other: Tensor) -> Tensor:
    """The product that `@` means: of two vectors a number, of matrices a matrix, of more dimensions a batch that broadcasts.

    A vector counts as a row on the left and as a column on the right, and that dimension is dropped from the result.

    >>> torch.matmul(torch.ones(5, 2, 3), torch.ones(3)).size()
    torch.Size([5, 2])
    """
    left, right = self._array.ndim, other._array.ndim
    if left == 2 and right == 2:
        return self.mm(other)
    if left == 1 and right == 1:
        return dot(self, other)
    if left == 2 and right == 1:
        return mv(self, other)
    if left == 1 and right == 2:
        return _dropped(mm(self.unsqueeze(0), other), 0)
    if left == 0 or right == 0:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {left}D and {right}D")
    return _folded(self, other) if _folds(self, other) else _batched(self, other)


def _folds(self: Tensor, other: Tensor) -> bool:
    """Whether a batch meets a single matrix or vector, and its leading dimensions can be taken as rows of one matrix."""
    batch, single = (self, other) if self._array.ndim >= other._array.ndim else (other, self)
    if single._array.ndim > 2:
        return False
    if single._requires_grad:
        return True  # else the gradient of the single matrix would first be made for each of the batch
    if self._array.ndim == 2:
        return False
    array = batch._array if batch is self else batch._array.swapaxes(-1, -2)
    pairs = zip(array.strides[:-2], array.strides[1:-1], array.shape[1:-1], strict=True)
    return not array.size or all(outer_ == inner_ * extent for outer_, inner_, extent in pairs)


def _folded(self: Tensor, other: Tensor) -> Tensor:
    transposed = other._array.ndim > self._array.ndim
    if transposed:
        batch = other.transpose(-1, -2)
        single = self.t() if self._array.ndim == 2 else self
    else:
        batch, single = self, other
    *leading, inner_ = batch._array.shape
    rows = batch.reshape((int(np.prod(leading)), inner_))
    if single._array.ndim == 1:
        return _copied_view(mv(rows, single), tuple(leading))
    product = _copied_view(mm(rows, single), (*leading, single._array.shape[1]))
    return product.transpose(-1, -2).contiguous() if transposed else product


def _batched(self: Tensor, other: Tensor) -> Tensor:
    a, b = self._array.shape, other._array.shape
    left = (1, *a) if len(a) == 1 else a
    right = (*b, 1) if len(b) == 1 else b
    mismatch = broadcast_mismatch(left[:-2], right[:-2])
    if mismatch:
        raise RuntimeError(mismatch)
    batch = np.broadcast_shapes(left[:-2], right[:-2])
    count = int(np.prod(batch))
    first = self.expand((*batch, *left[-2:])).reshape((count, *left[-2:]))
    column = other.unsqueeze(1) if len(b) == 1 else other
    second = column.expand((*batch, *right[-2:])).reshape((count, *right[-2:]))
    rows = left[-2:-1] if len(a) > 1 else ()
    columns = right[-1:] if len(b) > 1 else ()
    return _copied_view(bmm(first, second), (*batch, *rows, *columns))


@op("_dropped(Tensor self, int dim) -> Tensor", variants="", node="SqueezeBackward4")
def _dropped(self: Array, dim: int) -> Array:
    # A fresh product without its dimension of one: nobody else sees the array that it is a window on.
    return self.squeeze(dim)


@_dropped.vjp("self")
def _(grad, dim):
    return grad.unsqueeze(dim)


@composite("_rmatmul(Tensor self, Tensor other) -> Tensor", variants="method")
def _rmatmul(self: Tensor, other: Tensor) -> Tensor:
    return matmul(other, self)


# --- a product added to something ---------------------------------------------------------------------------------------


def _alike(kind: Any, factor: Any) -> Any:
    """A Python number as a scalar of the arrays' dtype: integers drop its fraction."""
    if kind.kind in "iub" and isinstance(factor, float):
        return int(factor)
    if isinstance(factor, complex) and kind.kind != "c":
        raise RuntimeError(f"value cannot be converted to type {of_array(np.empty(0, kind)).c_name} without overflow")
    return factor


def _sum_with(self: Array, beta: Any, product: Array, alpha: Any) -> Array:
    """`beta * self + alpha * product`. A `beta` of zero ignores `self`, its nan and inf too."""
    kind = product.dtype
    alpha, beta = _alike(kind, alpha), _alike(kind, beta)
    product = product if alpha == 1 else np.multiply(product, alpha, dtype=kind)
    if beta == 0:
        return product
    return np.add(self if beta == 1 else np.multiply(self, beta, dtype=kind), product, dtype=kind)


def _check_expands(self: Array, shape: tuple[int, ...]) -> None:
    """RuntimeError, with the text of `expand`, if `self` does not broadcast to exactly `shape`."""
    if self.ndim > len(shape):
        kind = of_array(self)
        raise RuntimeError(
            f"expand(torch.{kind.title}Tensor{{{list(self.shape)}}}, size={list(shape)}): the number of sizes provided "
            f"({len(shape)}) must be greater or equal to the number of dimensions in the tensor ({self.ndim})"
        )
    offset = len(shape) - self.ndim
    for dim in reversed(range(self.ndim)):
        wanted, own = shape[dim + offset], self.shape[dim]
        if own != wanted and own != 1:
            raise RuntimeError(
                f"The expanded size of the tensor ({wanted}) must match the existing size ({own}) at non-singleton dimension "
                f"{dim + offset}.  Target sizes: {list(shape)}.  Tensor sizes: {list(self.shape)}"
            )


def _addmm_mismatch(c: dtype, a: dtype, b: dtype) -> str:
    name, found = ("mat1", a) if a is not b else ("self", c)
    return f"{name} and mat2 must have the same dtype, but got {found.title} and {b.title}"


@op(
    "addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    dtype="same", mismatch=_addmm_mismatch, variants="function method inplace out",
)  # fmt: skip
def addmm(self: Array, mat1: Array, mat2: Array, beta: Any, alpha: Any) -> Array:
    """`beta * self + alpha * (mat1 @ mat2)`; `self` broadcasts to the product's shape.

    >>> torch.addmm(torch.ones(2), torch.tensor([[1., 2.]]), torch.tensor([[1., 0.], [0., 1.]]), alpha=10)
    tensor([[11., 21.]])
    """
    for name, array in (("mat1", mat1), ("mat2", mat2)):
        if array.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix, got {array.ndim}-D tensor")
    if mat1.shape[1] != mat2.shape[0]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({_sizes(mat1)} and {_sizes(mat2)})")
    _check_expands(self, (mat1.shape[0], mat2.shape[1]))
    _no_bools(mat1, "addmm_impl_cpu_")
    return _sum_with(self, beta, mat1.dot(mat2), alpha)


@addmm.vjp("self")
def _(grad, beta):
    return scaled(grad, conj_number(beta))


@addmm.vjp("mat1")
def _(grad, mat2, alpha):
    return scaled(grad.mm(conj(mat2.t())), conj_number(alpha))


@addmm.vjp("mat2")
def _(grad, mat1, alpha):
    return scaled(conj(mat1.t()).mm(grad), conj_number(alpha))


def _addmv_mismatch(c: dtype, a: dtype, b: dtype) -> str:
    return f"addmv input tensors must have the same dtype, but got {c.title}, {a.title}, and {b.title}"


@op(
    "addmv(Tensor self, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    dtype="same", mismatch=_addmv_mismatch, variants="function method inplace out",
)  # fmt: skip
def addmv(self: Array, mat: Array, vec: Array, beta: Any, alpha: Any) -> Array:
    """`beta * self + alpha * (mat @ vec)`.

    >>> torch.addmv(torch.tensor([1., 2.]), torch.eye(2), torch.tensor([10., 20.]))
    tensor([11., 22.])
    """
    if mat.ndim != 2 or vec.ndim != 1 or self.ndim > 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {self.ndim}, {mat.ndim}, {vec.ndim}")
    if mat.shape[1] != len(vec) or self.size not in (1, len(mat)):
        raise RuntimeError(f"size mismatch, got input ({self.size}), mat ({_sizes(mat)}), vec ({len(vec)})")
    _no_bools(mat, "addmv_impl_cpu")
    return _sum_with(self, beta, mat.dot(vec), alpha)


@addmv.vjp("self")
def _(grad, beta):
    return scaled(grad, conj_number(beta))


@addmv.vjp("mat")
def _(grad, vec, alpha):
    return scaled(outer(grad, conj(vec)), conj_number(alpha))


@addmv.vjp("vec")
def _(grad, mat, alpha):
    return scaled(conj(mat.t()).mv(grad), conj_number(alpha))


def _check_vector(operator: str, name: str, array: Array) -> None:
    if array.ndim != 1:
        raise RuntimeError(f"{operator}: Expected 1-D argument {name}, but got {array.ndim}-D")


@op(
    "addr(Tensor self, Tensor vec1, Tensor vec2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    dtype="promote", variants="function method inplace out",
)  # fmt: skip
def addr(self: Array, vec1: Array, vec2: Array, beta: Any, alpha: Any) -> Array:
    """`beta * self + alpha * outer(vec1, vec2)`.

    >>> torch.addr(torch.zeros(2, 2), torch.tensor([1., 2.]), torch.tensor([1., 10.]))
    tensor([[ 1., 10.],
            [ 2., 20.]])
    """
    _check_vector("addr", "vec1", vec1)
    _check_vector("addr", "vec2", vec2)
    _check_expands(self, (len(vec1), len(vec2)))
    product = np.multiply.outer(vec1, vec2)
    if product.dtype is _BOOL:
        product = product & bool(alpha)
        return product | (self & bool(beta))
    for name, factor in (("beta", beta), ("alpha", alpha)):
        if product.dtype.kind in "iu" and isinstance(factor, float):
            raise RuntimeError(f"For integral input tensors, argument {name} must not be a floating point number.")
    return _sum_with(self, beta, product, alpha)


@addr.vjp("self")
def _(grad, beta):
    return scaled(grad, conj_number(beta))


@addr.vjp("vec1")
def _(grad, vec2, alpha):
    return scaled((grad * conj(vec2)).sum(1), conj_number(alpha))


@addr.vjp("vec2")
def _(grad, vec1, alpha):
    return scaled((grad * conj(vec1).unsqueeze(1)).sum(0), conj_number(alpha))


@op(
    "addbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    dtype="same", half=False, mismatch=_addmm_mismatch, variants="function method inplace out",
)  # fmt: skip
def addbmm(self: Array, batch1: Array, batch2: Array, beta: Any, alpha: Any) -> Array:
    """`beta * self + alpha * bmm(batch1, batch2).sum(0)`: the products of the batch are summed.

    >>> torch.addbmm(torch.zeros(2, 2), torch.ones(3, 2, 4), torch.ones(3, 4, 2))
    tensor([[12., 12.],
            [12., 12.]])
    """
    if batch1.ndim == 3 and batch2.ndim == 3:
        _check_expands(self, (batch1.shape[1], batch2.shape[2]))
    _check_batches(batch1, batch2)
    _no_bools(batch1, "addbmm")
    rows, columns = batch1.shape[1], batch2.shape[2]
    if batch1.dtype.itemsize == 2 and batch1.dtype.kind not in "iu":
        # PyTorch adds one product after another to the result, and each time rounds to the 2 bytes that it has.
        wide = np.dtype(np.float32)
        for a, b in zip(batch1.astype(wide), batch2.astype(wide), strict=True):
            self = _sum_with(self.astype(wide), beta, a.dot(b), alpha).astype(batch1.dtype)
            beta = 1
        return self
    product = batch1.swapaxes(0, 1).reshape(rows, -1) if batch1.size else np.zeros((rows, 0), batch1.dtype)
    product = product.dot(batch2.reshape(product.shape[1], columns))
    return _sum_with(self, beta, product, alpha)


@addbmm.vjp("self")
def _(grad, beta):
    return scaled(grad, conj_number(beta))


@addbmm.vjp("batch1")
def _(grad, batch2, alpha, batch1_shape):
    count, rows, _ = batch1_shape
    return scaled(grad.unsqueeze(0).expand((count, rows, grad._array.shape[1])).bmm(conj(batch2.transpose(1, 2))), conj_number(alpha))


@addbmm.vjp("batch2")
def _(grad, batch1, alpha, batch2_shape):
    count, _, columns = batch2_shape
    spread = grad.unsqueeze(0).expand((count, grad._array.shape[0], columns))
    return scaled(conj(batch1.transpose(1, 2)).bmm(spread), conj_number(alpha))


def _baddbmm_mismatch(c: dtype, a: dtype, b: dtype) -> str:
    return f"Input dtypes must be the same, got: input {_cpp(c)}, batch1: {_cpp(a)}, batch2: {_cpp(b)}"


@op(
    "baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    dtype="same", mismatch=_baddbmm_mismatch, variants="function method inplace out",
)  # fmt: skip
def baddbmm(self: Array, batch1: Array, batch2: Array, beta: Any, alpha: Any) -> Array:
    """`beta * self + alpha * bmm(batch1, batch2)`; `self` broadcasts to the products' shape.

    >>> torch.baddbmm(torch.ones(1), torch.ones(2, 1, 3), torch.ones(2, 3, 1)).flatten()
    tensor([4., 4.])
    """
    if batch1.ndim == 3 and batch2.ndim == 3:
        _check_expands(self, (batch1.shape[0], batch1.shape[1], batch2.shape[2]))
    _check_batches(batch1, batch2)
    _no_bools(batch1, "baddbmm")
    return _sum_with(self, beta, np.matmul(batch1, batch2), alpha)


@baddbmm.vjp("self")
def _(grad, beta):
    return scaled(grad, conj_number(beta))


@baddbmm.vjp("batch1")
def _(grad, batch2, alpha):
    return scaled(grad.bmm(conj(batch2.transpose(1, 2))), conj_number(alpha))


@baddbmm.vjp("batch2")
def _(grad, batch1, alpha):
    return scaled(conj(batch1.transpose(1, 2)).bmm(grad), conj_number(alpha))


# --- other products -----------------------------------------------------------------------------------------------------


@composite("outer(Tensor self, Tensor vec2) -> Tensor", variants="function method out")
def outer(self: Tensor, vec2: Tensor) -> Tensor:
    """The matrix of all products of an element of one vector and one of another; dtypes promote.

    >>> torch.outer(torch.tensor([1, 2]), torch.tensor([1, 10, 100]))
    tensor([[  1,  10, 100],
            [  2,  20, 200]])
    """
    _check_vector("outer", "self", self._array)
    _check_vector("outer", "vec2", vec2._array)
    return self.reshape((len(self), 1)) * vec2


@composite("ger(Tensor self, Tensor vec2) -> Tensor", variants="function method out")
def ger(self: Tensor, vec2: Tensor) -> Tensor:
    """`outer`, by its older name.

    >>> torch.ger(torch.tensor([1., 2.]), torch.tensor([3., 4.]))
    tensor([[3., 4.],
            [6., 8.]])
    """
    return outer(self, vec2)


@composite("inner(Tensor self, Tensor other) -> Tensor", variants="function method out")
def inner(self: Tensor, other: Tensor) -> Tensor:
    """The products of two tensors, summed over the last dimension of each.

    >>> torch.inner(torch.tensor([1, 2, 3]), torch.tensor([0, 2, 1]))
    tensor(7)
    """
    if self._dtype is not other._dtype:
        raise RuntimeError("both inputs should have same dtype")
    if self._array.ndim == 0 or other._array.ndim == 0:
        return self * other
    if self._array.shape[-1] != other._array.shape[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(self._array.shape)} and {list(other._array.shape)}"
        )
    return contracted(self, other, [-1], [-1])


@composite("tensordot(Tensor a, Tensor b, any dims=2) -> Tensor", variants="function out", wrap_dims=None)
def tensordot(a: Tensor, b: Tensor, dims: Any) -> Tensor:
    """The products of two tensors, summed over the last `dims` dimensions of `a` and the first of `b`, or over two lists of them.

    >>> torch.tensordot(torch.ones(2, 3, 4), torch.ones(4, 5), dims=1).shape
    torch.Size([2, 3, 5])
    """
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, (tuple, list)):
        if len(dims) == 2 and isinstance(dims[0], int):
            dims = ([dims[0]], [dims[1]])
        return contracted(a, b, [int(d) for d in dims[0]], [int(d) for d in dims[1]])
    if dims < 0:
        raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
    if dims > min(a._array.ndim, b._array.ndim):
        raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
    return contracted(a, b, list(range(-dims, 0)), list(range(dims)))


def contracted(a: Tensor, b: Tensor, dims_a: list[int], dims_b: list[int]) -> Tensor:
    """The contraction over pairs of dimensions, as one product of matrices. Source: aten/src/ATen/native/Linear.cpp."""
    if len(dims_a) != len(dims_b):
        raise RuntimeError(
            f"both dimension lists should have same length, got: {len(dims_a)} and {len(dims_b)}"
        )
    if a._dtype is not b._dtype:
        raise RuntimeError("both inputs should have same dtype")
    dims_a = [wrap_dim(d, a._array.ndim) for d in dims_a]
    dims_b = [wrap_dim(d, b._array.ndim) for d in dims_b]
    size = 1
    for first, second in zip(list(dims_a), list(dims_b), strict=True):
        m, n = a._array.shape[first], b._array.shape[second]
        if n == 1:
            a = a.sum(first, keepdim=True, dtype=a._dtype)
        elif m == 1:
            b = b.sum(second, keepdim=True, dtype=b._dtype)
        elif m != n:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {m} in dim {first - a._array.ndim} and second has "
                f"size {n} in dim {second}"
            )
        else:
            size *= m
    free_a = [d for d in range(a._array.ndim) if d not in dims_a]
    free_b = [d for d in range(b._array.ndim) if d not in dims_b]
    shape = (*[a._array.shape[d] for d in free_a], *[b._array.shape[d] for d in free_b])
    left = a.permute((*free_a, *dims_a))
    right = b.permute((*dims_b, *free_b))
    if len(dims_a) == a._array.ndim == b._array.ndim == 1:
        return dot(left, right).view(shape)
    rows = int(np.prod([a._array.shape[d] for d in free_a]))
    columns = int(np.prod([b._array.shape[d] for d in free_b]))
    return mm(left.reshape((rows, size)), right.reshape((size, columns))).reshape(shape)


@composite("kron(Tensor self, Tensor other) -> Tensor", variants="function method out")
def kron(self: Tensor, other: Tensor) -> Tensor:
    """The Kronecker product: each element of `self`, times all of `other`, in a block.

    >>> torch.kron(torch.tensor([1, 10]), torch.tensor([1, 2]))
    tensor([ 1,  2, 10, 20])
    """
    ndim = max(self._array.ndim, other._array.ndim)
    a = (1,) * (ndim - self._array.ndim) + self._array.shape
    b = (1,) * (ndim - other._array.ndim) + other._array.shape
    left = _copied_view(self, tuple(n for pair in zip(a, (1,) * ndim, strict=True) for n in pair))
    right = _copied_view(other, tuple(n for pair in zip((1,) * ndim, b, strict=True) for n in pair))
    return _copied_view(left * right, tuple(m * n for m, n in zip(a, b, strict=True)))


@op("cross(Tensor self, Tensor other, *, int dim=-1) -> Tensor", namespace="linalg", dtype="promote", variants="function out", numbers="", wrap_dims=None)
def linalg_cross(self: Array, other: Array, dim: int) -> Array:
    """The cross product of vectors of length 3 along `dim`; the other dimensions broadcast.

    >>> torch.linalg.cross(torch.tensor([1., 0., 0.]), torch.tensor([0., 1., 0.]))
    tensor([0., 0., 1.])
    """
    if self.ndim != other.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    dim = wrap_dim(dim, self.ndim)
    if self.shape[dim] != 3 or other.shape[dim] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim - self.ndim if dim == self.ndim - 1 else dim} must have length 3. Got "
            f"{self.shape[dim]} and {other.shape[dim]}"
        )
    a, b = np.broadcast_arrays(self, other)
    a1, a2, a3 = (a.take(i, dim) for i in range(3))
    b1, b2, b3 = (b.take(i, dim) for i in range(3))
    return np.stack([a2 * b3 - a3 * b2, a3 * b1 - a1 * b3, a1 * b2 - a2 * b1], dim)


@linalg_cross.vjp("self")
def _(grad, other, dim):
    return linalg_cross(conj(other), grad, dim=dim)


@linalg_cross.vjp("other")
def _(grad, self, dim):
    return linalg_cross(grad, conj(self), dim=dim)


@composite("cross(Tensor self, Tensor other, int? dim=None) -> Tensor", variants="function method out", wrap_dims=None)
def cross(self: Tensor, other: Tensor, dim: int | None) -> Tensor:
    """The cross product along `dim`, or along the first dimension of length 3 if none is given.

    >>> torch.cross(torch.tensor([[1., 0., 0.]]), torch.tensor([[0., 1., 0.]]), dim=1)
    tensor([[0., 0., 1.]])
    """
    if dim is None:
        mismatch = broadcast_mismatch(self._array.shape, other._array.shape)
        if mismatch:
            raise RuntimeError(mismatch)
        shape = np.broadcast_shapes(self._array.shape, other._array.shape)
        dim = next((d for d, n in enumerate(shape) if n == 3), None)
        if dim is None:
            raise RuntimeError("no dimension of size 3 in input")
    return linalg_cross(self, other, dim=dim)


@composite("vecdot(Tensor x, Tensor y, *, int dim=-1) -> Tensor", namespace="linalg", variants="function out", wrap_dims=None)
def vecdot(x: Tensor, y: Tensor, dim: int) -> Tensor:
    """The inner products of vectors along `dim`, the first conjugated; the other dimensions broadcast.

    >>> torch.linalg.vecdot(torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([1., 10.]))
    tensor([21., 43.])
    """
    if x._dtype.kind <= INTEGER:
        raise RuntimeError(f"linalg.vecdot: Expected a floating point or complex tensor as input. Got {x._dtype.title}")
    first = x.conj() if x._dtype.kind == COMPLEX else x
    return (first * y).sum(dim)


@composite("matmul(Tensor self, Tensor other) -> Tensor", namespace="linalg", variants="function out")
def linalg_matmul(self: Tensor, other: Tensor) -> Tensor:
    """`torch.matmul`.

    >>> torch.linalg.matmul(torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([1., 1.]))
    tensor([3., 7.])
    """
    return matmul(self, other)
