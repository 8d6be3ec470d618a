"""Products of vectors, matrices and batches of them: `matmul` and what it is made of.

`mm`, `mv`, `dot` and `bmm` are the products that have derivatives; `matmul` chooses among them by the operands' dimensions, so that a
recorded product has PyTorch's nodes. Their operands must have one dtype already: nothing promotes here. 2-byte floats are multiplied
in float32 and rounded once.

`a @ b` on small matrices is where PyTorch is fast and NumPy's `matmul` is slow: products of one or two dimensions go through `dot`.
Derivatives are PyTorch's (tools/autograd/derivatives.yaml).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorsh.ops.arithmetic import conj
from tensorsh.ops.engine import broadcast_mismatch
from tensorsh.ops.registry import composite, op
from tensorsh.ops.views import _unsafe_view, reshape
from tensorsh.runtime.dtype import BOOL, dtype
from tensorsh.runtime.tensor import Tensor

Array = Any
Shape = tuple[int, ...]

BOOL_ARRAY = np.dtype(bool)

# The names that C++ gives to types, which some messages show.
_CPP_NAMES = {
    "int64": "long int", "int16": "short int", "int8": "signed char", "uint8": "unsigned char", "float16": "c10::Half",
    "bfloat16": "c10::BFloat16",
}  # fmt: skip


def cpp_name(kind: dtype) -> str:
    return _CPP_NAMES.get(kind.name, kind.c_name)


def no_bools(array: Array, kernel: str) -> None:
    if array.dtype is BOOL_ARRAY:
        raise NotImplementedError(f"\"{kernel}\" not implemented for 'Bool'")


def sizes_of(array: Array) -> str:
    return "x".join(str(n) for n in array.shape)


# --- the four products --------------------------------------------------------------------------------------------------


def _mm_mismatch(a: dtype, b: dtype) -> str:
    return f"expected m1 and m2 to have the same dtype, but got: {cpp_name(a)} != {cpp_name(b)}"


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
    try:
        found = self.dot(mat2)
    except ValueError:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({sizes_of(self)} and {sizes_of(mat2)})") from None
    if found.dtype is BOOL_ARRAY and self.size and mat2.size:
        no_bools(self, "addmm_impl_cpu_")
    return found


def left_slope(grad: Tensor, right: Tensor, strides: tuple[int, ...]) -> Tensor:
    """The gradient of the first of two factors, from that of their product: by columns if the factor lies so, as `x.t()` does."""
    size, rows = grad._array.itemsize, grad._array.shape[0]
    return conj(right).mm(grad.t()).t() if strides == (size, size * rows) else grad.mm(conj(right.t()))


def right_slope(grad: Tensor, left: Tensor, strides: tuple[int, ...]) -> Tensor:
    """That of the second one."""
    size, rows = grad._array.itemsize, left._array.shape[1]
    return grad.t().mm(conj(left)).t() if strides == (size, size * rows) else conj(left.t()).mm(grad)


@mm.vjp("self")
def _(grad, mat2, self_strides):
    return left_slope(grad, mat2, self_strides)


@mm.vjp("mat2")
def _(grad, self, mat2_strides):
    return right_slope(grad, self, mat2_strides)


def _mv_mismatch(a: dtype, b: dtype) -> str:
    return f"addmv input tensors must have the same dtype, but got {b.title}, {a.title}, and {b.title}"


@op("mv(Tensor self, Tensor vec) -> Tensor", dtype="same", mismatch=_mv_mismatch, variants="function method out")
def mv(self: Array, vec: Array) -> Array:
    """The product of a matrix `(n, m)` and a vector `(m,)`.

    >>> torch.mv(torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([1., 10.]))
    tensor([21., 43.])
    """
    if not self.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    if self.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {self.ndim}, {vec.ndim}")
    try:
        found = self.dot(vec)
    except ValueError:
        raise RuntimeError(f"size mismatch, got input ({len(self)}), mat ({sizes_of(self)}), vec ({len(vec)})") from None
    if found.dtype is BOOL_ARRAY and self.size:
        no_bools(self, "addmv_impl_cpu")
    return found


@mv.vjp("self")
def _(grad, vec):
    return grad.outer(conj(vec))


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
    no_bools(self, "dot")


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
    if a.kind == BOOL:
        raise NotImplementedError("\"bmm\" not implemented for 'Bool'")
    return f"expected scalar type {a.title} but found {b.title}"


def check_batches(first: Shape, second: Shape) -> None:
    if len(first) != 3:
        raise RuntimeError("batch1 must be a 3D tensor")
    if len(second) != 3:
        raise RuntimeError("batch2 must be a 3D tensor")
    if second[:2] != (first[0], first[2]):
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{first[0]}, {first[2]}] but got: "
            f"[{second[0]}, {second[1]}]."
        )


@op("bmm(Tensor self, Tensor mat2) -> Tensor", dtype="same", mismatch=_bmm_mismatch, variants="function method out")
def bmm(self: Array, mat2: Array) -> Array:
    """The products of two batches of matrices, `(b, n, k)` and `(b, k, m)`; nothing broadcasts.

    >>> torch.bmm(torch.ones(10, 3, 4), torch.ones(10, 4, 5)).size()
    torch.Size([10, 3, 5])
    """
    check_batches(self.shape, mat2.shape)
    if self.size and mat2.size:
        no_bools(self, "bmm")
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
    if left == 3 and right == 3:
        # A batch of one whose gradient is wanted counts as a single matrix: else that gradient would first be made for each of the batch.
        if other._requires_grad and len(other._array) == 1 != len(self._array):
            return _folded(self, other.squeeze(0))
        if self._requires_grad and len(self._array) == 1 != len(other._array):
            return _folded(self.squeeze(0), other)
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
    rows = reshape.body(batch, (math.prod(leading), inner_))
    if single._array.ndim == 1:
        return _unsafe_view(mv(rows, single), tuple(leading))
    product = _unsafe_view(mm(rows, single), (*leading, single._array.shape[1]))
    return product.transpose(-1, -2).contiguous() if transposed else product


def _batched(self: Tensor, other: Tensor) -> Tensor:
    if not (self._requires_grad or other._requires_grad):
        return _at_once(self, other)
    a, b = self._array.shape, other._array.shape
    batch, left, right = _as_batches(a, b)
    count = math.prod(batch)
    first = reshape.body(self.expand((*batch, *left)), (count, *left))
    column = other.unsqueeze(1) if len(b) == 1 else other
    second = reshape.body(column.expand((*batch, *right)), (count, *right))
    rows = left[:1] if len(a) > 1 else ()
    columns = right[1:] if len(b) > 1 else ()
    return _unsafe_view(bmm(first, second), (*batch, *rows, *columns))


def _as_batches(a: Shape, b: Shape) -> tuple[Shape, Shape, Shape]:
    """The batch that two shapes broadcast to, and the shape of a matrix of each."""
    left = (1, *a) if len(a) == 1 else a
    right = (*b, 1) if len(b) == 1 else b
    if left[:-2] == right[:-2]:
        return left[:-2], left[-2:], right[-2:]
    mismatch = broadcast_mismatch(left[:-2], right[:-2])
    if mismatch:
        raise RuntimeError(mismatch)
    return np.broadcast_shapes(left[:-2], right[:-2]), left[-2:], right[-2:]


@op("_at_once(Tensor self, Tensor other) -> Tensor", dtype="same", mismatch=_bmm_mismatch, variants="", differentiable=False)
def _at_once(self: Array, other: Array) -> Array:
    # What `_batched` comes to, where no graph is to show the steps.
    try:
        found = np.matmul(self, other, order="C")
    except ValueError:
        batch, left, right = _as_batches(self.shape, other.shape)
        check_batches((math.prod(batch), *left), (math.prod(batch), *right))
        raise
    if self.size and other.size:
        no_bools(self, "bmm")
    return found


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


@composite("matmul(Tensor self, Tensor other) -> Tensor", namespace="linalg", variants="function out")
def linalg_matmul(self: Tensor, other: Tensor) -> Tensor:
    """`torch.matmul`.

    >>> torch.linalg.matmul(torch.tensor([[1, 2]]), torch.tensor([1, 10]))
    tensor([21])
    """
    return matmul(self, other)
