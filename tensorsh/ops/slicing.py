"""Views of a part: one index, a slice, windows, a diagonal. The gradient of each is zeros with the part put back in its place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided as numpy_as_strided

from tensorsh.ops.registry import composite, op, view
from tensorsh.ops.views import empty_window, window
from tensorsh.runtime.dtype import INTEGER
from tensorsh.runtime.tensor import Tensor, strides_of, wrap_dim

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


@view("select(Tensor(a) self, int dim, int index) -> Tensor(a)", wrap_dims=None)
def select(self: Array, dim: int, index: int) -> Array:
    """One index of a dimension, which goes away.

    >>> torch.arange(6).view(2, 3).select(1, 0)
    tensor([0, 3])
    """
    if self.ndim == 0:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    dim = wrap_dim(dim, self.ndim)
    extent = self.shape[dim]
    if not -extent <= index < extent:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(self.shape)} at dimension {dim}"
        )
    return self[(*(slice(None),) * dim, index, ...)]


@select.vjp("self")
def _(grad, self_shape, dim, index):
    return _embedded(grad, self_shape, (*(slice(None),) * (dim % len(self_shape)), index))


def _embedded_node(index: Any) -> str:
    return "SliceBackwardBackward0" if type(index[-1]) is slice else "SelectBackwardBackward0"


@op("_embedded(Tensor self, int[] size, any index) -> Tensor", variants="", node=_embedded_node)
def _embedded(self: Array, size: Shape, index: Any) -> Array:
    # Zeros of `size`, with `self` in the window that `index` names: the derivative of every basic index.
    made = np.zeros(size, self.dtype)
    made[index] = self
    return made


@_embedded.vjp("self")
def _(grad, index):
    return grad[index]


@view("slice(Tensor(a) self, int dim=0, int? start=None, int? end=None, int step=1) -> Tensor(a)", variants="")
def slice_(self: Array, dim: int, start: int | None, end: int | None, step: int) -> Array:
    if not self.ndim:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    first, last, _ = slice(start, end).indices(self.shape[dim])
    if first < last and self.size:
        return self[(*(slice(None),) * dim, slice(start, end, step))]
    extent = max(-((first - last) // step), 0)
    shape = (*self.shape[:dim], extent, *self.shape[dim + 1 :])
    strides = [stride * self.itemsize for stride in strides_of(self)]
    along = strides[dim]
    strides[dim] = along * step
    return empty_window(self, shape, tuple(strides), along * first)


@slice_.vjp("self")
def _(grad, self_shape, dim, start, end, step):
    return _embedded(grad, self_shape, (*(slice(None),) * dim, slice(start, end, step)))


@composite("narrow(Tensor(a) self, int dim, any start, int length) -> Tensor(a)")
def narrow(self: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """`length` indices of a dimension from `start` on.

    >>> torch.arange(5).narrow(0, 1, 3)
    tensor([1, 2, 3])
    """
    if self._array.ndim == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if isinstance(start, Tensor) and (start._array.ndim or start._dtype.kind != INTEGER):
        raise RuntimeError("start must be an 0-dim integral Tensor.")
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    start = _narrow_start(self._array.shape[dim], int(start), length)
    return slice_(self, dim, start, start + length)


def _narrow_start(extent: int, start: int, length: int) -> int:
    """`start` counted from the front, if there are `length` indices from there on."""
    if not -extent <= start <= extent:
        raise IndexError(f"start out of range (expected to be in range of [{-extent}, {extent}], but got {start})")
    if start < 0:
        start += extent
    if length < 0 or start + length > extent:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({extent}).")
    return start


@op("narrow_copy(Tensor self, int dim, int start, int length) -> Tensor", variants="function method out")
def narrow_copy(self: Array, dim: int, start: int, length: int) -> Array:
    """`narrow`, in memory of its own.

    >>> torch.arange(5).narrow_copy(0, 1, 3)
    tensor([1, 2, 3])
    """
    if self.ndim == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    start = _narrow_start(self.shape[dim], start, length)
    return self[(*(slice(None),) * dim, slice(start, start + length))].copy()


@narrow_copy.vjp("self")
def _(grad, self_shape, dim, start, length):
    start = _narrow_start(self_shape[dim], start, length)
    return _embedded(grad, self_shape, (*(slice(None),) * dim, slice(start, start + length)))


@view("unfold(Tensor(a) self, int dimension, int size, int step) -> Tensor(a)", variants="method")
def unfold(self: Array, dimension: int, size: int, step: int) -> Array:
    """All windows of `size` along a dimension, `step` apart, in a new last dimension.

    >>> torch.arange(5).unfold(0, 3, 1)
    tensor([[0, 1, 2],
            [1, 2, 3],
            [2, 3, 4]])
    """
    dim = wrap_dim(dimension, self.ndim)
    extent = self.shape[dim] if self.ndim else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > extent:
        raise RuntimeError(f"maximum size for tensor at dimension {dim} is {extent} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    strides = strides_of(self)
    if self.ndim == 0:
        return window(self, (size,), (1,))
    shape = [*self.shape, size]
    shape[dim] = (extent - size) // step + 1
    steps = [*strides, strides[dim]]
    steps[dim] = strides[dim] * step
    return window(self, tuple(shape), tuple(steps))


@unfold.vjp("self")
def _(grad, self_shape, dimension, size, step):
    return _folded(grad, self_shape, dimension, size, step)


@op(
    "_folded(Tensor self, int[] sizes, int dim, int size, int step) -> Tensor",
    variants="",
    wrap_dims=None,
    node="UnfoldBackwardBackward0",
)
def _folded(self: Array, sizes: Shape, dim: int, size: int, step: int) -> Array:
    made = np.zeros(sizes, self.dtype)
    if not sizes:
        return made + self.sum(dtype=self.dtype)
    dim %= len(sizes)
    last = np.moveaxis(made, dim, -1)
    windows = np.moveaxis(self, dim, -2)
    for offset in range(size):
        last[..., offset : offset + step * (windows.shape[-2] - 1) + 1 : step] += windows[..., offset]
    return made


@_folded.vjp("self")
def _(grad, dim, size, step):
    return grad.unfold(dim, size, step)


@view("diagonal(Tensor(a) self, int offset=0, int dim1=0, int dim2=1) -> Tensor(a)", wrap_dims=None)
def diagonal(self: Array, offset: int, dim1: int, dim2: int) -> Array:
    """The elements where the indices of two dimensions differ by `offset`, in a new last dimension.

    >>> torch.arange(9).view(3, 3).diagonal()
    tensor([0, 4, 8])
    """
    first, second = wrap_dim(dim1, self.ndim), wrap_dim(dim2, self.ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return diagonal_window(self, offset, first, second)


def diagonal_window(array: Array, offset: int, dim1: int, dim2: int) -> Array:
    """NumPy's `diagonal`, but writable."""
    rows, columns = array.shape[dim1], array.shape[dim2]
    length = max(min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns), 0)
    if length and array.size and array.flags.writeable:
        found = array.diagonal(offset, dim1, dim2)
        found.flags.writeable = True
        return found
    start: list[Any] = [slice(None)] * array.ndim
    if length:
        start[dim1] = slice(max(-offset, 0), None)
        start[dim2] = slice(max(offset, 0), None)
    origin = array[tuple(start)]
    rest = [dim for dim in range(array.ndim) if dim not in (dim1, dim2)]
    shape = (*[array.shape[dim] for dim in rest], length)
    step = array.strides[dim1] + array.strides[dim2]
    return numpy_as_strided(origin, shape, (*[array.strides[dim] for dim in rest], step))


@diagonal.vjp("self")
def _(grad, self_shape, offset, dim1, dim2):
    return _diagonal_embedded(grad, self_shape, offset, dim1, dim2)


@op(
    "_diagonal_embedded(Tensor self, int[] sizes, int offset, int dim1, int dim2) -> Tensor",
    variants="",
    wrap_dims=None,
    node="DiagonalBackwardBackward0",
)
def _diagonal_embedded(self: Array, sizes: Shape, offset: int, dim1: int, dim2: int) -> Array:
    made = np.zeros(sizes, self.dtype)
    diagonal_window(made, offset, dim1 % len(sizes), dim2 % len(sizes))[...] = self
    return made


@_diagonal_embedded.vjp("self")
def _(grad, offset, dim1, dim2):
    return grad.diagonal(offset, dim1, dim2)
