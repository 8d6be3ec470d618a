"""Views: windows on the same memory, with PyTorch's strides and refusals.

A kernel here returns a NumPy view of the array it gets. NumPy and PyTorch agree on strides except for dimensions of size one that
are made out of nothing; `window` gives them PyTorch's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided as numpy_as_strided

from tensorsh.ops.registry import composite, op, view
from tensorsh.runtime import tensor as tensor_module
from tensorsh.runtime.autograd import Node
from tensorsh.runtime.dtype import COMPLEX, dtype
from tensorsh.runtime.storage import flat_window
from tensorsh.runtime.tensor import Tensor, strides_of, wrap_dim

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


def window(array: Array, shape: Shape, strides: Shape) -> Array:
    """A view that starts where `array` does, with the strides given in elements."""
    width = array.itemsize
    in_bytes = tuple([stride * width for stride in strides])
    if array.flags.c_contiguous and array.size and array.dtype.kind != "V":
        return np.ndarray(shape, array.dtype, array, 0, in_bytes)
    return numpy_as_strided(array, shape, in_bytes)


def count(shape: Shape) -> int:
    total = 1
    for extent in shape:
        total *= extent
    return total


def inferred(size: Shape, elements: int) -> Shape:
    """`size` with its -1 filled in; RuntimeError if it does not hold `elements`."""
    if -1 not in size:
        for extent in size:
            if extent < 0:
                raise RuntimeError(
                    f"invalid shape dimension {extent} at index {size.index(extent)} of shape {list(size)}"
                )
        if count(size) != elements:
            raise RuntimeError(f"shape '{list(size)}' is invalid for input of size {elements}")
        return size
    at = size.index(-1)
    if -1 in size[at + 1 :]:
        raise RuntimeError("only one dimension can be inferred")
    known = count(size[:at] + size[at + 1 :])
    if any(extent < -1 for extent in size):
        bad = next(extent for extent in size if extent < -1)
        raise RuntimeError(f"invalid shape dimension {bad} at index {size.index(bad)} of shape {list(size)}")
    if known == 0:
        if elements == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {list(size)} because the unspecified dimension size -1 can be "
                "any value and is ambiguous"
            )
        raise RuntimeError(f"shape '{list(size)}' is invalid for input of size {elements}")
    if elements % known:
        raise RuntimeError(f"shape '{list(size)}' is invalid for input of size {elements}")
    return (*size[:at], elements // known, *size[at + 1 :])


def window_of(array: Array, size: Shape) -> Array | None:
    """`array` in another shape over the same memory, or None where its strides do not allow that."""
    if array.flags.c_contiguous:
        return array.reshape(size)
    try:
        return array.reshape(size, copy=False)
    except ValueError:
        return None


@view("view(Tensor(a) self, int[] size) -> Tensor(a)", variants="method", varargs=True)
def view_(self: Array, size: Shape) -> Array:
    """The same elements in another shape, over the same memory.

    One size may be -1. RuntimeError if the elements do not fit, or if no strides give that shape without a copy.

    >>> x = torch.arange(6)
    >>> x.view(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    if self.flags.c_contiguous and (not size or (size[0] if len(size) == 1 else min(size)) >= -1):
        try:
            return self.reshape(size)
        except ValueError:
            inferred(size, self.size)  # says what is wrong
            raise
    found = window_of(self, inferred(size, self.size))
    if found is None:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        )
    return found


@view_.vjp("self")
def _(grad, self_shape):
    return grad.reshape(self_shape)


@view("view.dtype(Tensor(a) self, ScalarType dtype) -> Tensor(a)", variants="method", differentiable=False)
def view_dtype(self: Array, dtype: dtype) -> Array:
    raise AssertionError("view(dtype) is made by `view_as_dtype`, since its result has another dtype than its input")


def view_as_dtype(self: Tensor, dtype: dtype) -> Tensor:
    """The same bytes, read as another dtype."""
    array = self._array
    old, new = self._dtype.itemsize, dtype.itemsize
    if new != old:
        if array.ndim == 0:
            raise RuntimeError(
                f"self.dim() cannot be 0 to view {self._dtype.title} as {dtype.title} (different element sizes)"
            )
        if array.strides[-1] != old:
            raise RuntimeError(
                f"self.stride(-1) must be 1 to view {self._dtype.title} as {dtype.title} (different element sizes), but got "
                f"{array.strides[-1] // old}"
            )
        if array.shape[-1] * old % new:
            raise RuntimeError(
                f"self.size(-1) must be divisible by {new // old} to view {self._dtype.title} as {dtype.title} (different "
                f"element sizes), but got {array.shape[-1]}"
            )
    made = Tensor._fresh(array.view(dtype.array_dtype), dtype)
    made._storage = self.storage()
    made._view = (self if self._view is None else self._view[0], made._storage.version, 0, (None, "view", (dtype,)))
    return made


view_dtype._made["method"] = view_as_dtype


@composite("reshape(Tensor(a) self, int[] shape) -> Tensor(a)", varargs=True)
def reshape(self: Tensor, shape: Shape) -> Tensor:
    """The same elements in another shape: a view where the strides allow it, else a copy.

    >>> torch.arange(6).reshape(3, 2)
    tensor([[0, 1],
            [2, 3],
            [4, 5]])
    """
    size = inferred(shape, self._array.size)
    if window_of(self._array, size) is not None:
        return self.view(size)
    return _copied_view(self, size)


@op("_copied_view(Tensor self, int[] size) -> Tensor", variants="", node="UnsafeViewBackward0")
def _copied_view(self: Array, size: Shape) -> Array:
    # A strided array that cannot be viewed in this shape: NumPy's reshape makes the copy.
    return self.reshape(size)


@_copied_view.vjp("self")
def _(grad, self_shape):
    return grad.reshape(self_shape)


@composite("view_as(Tensor(a) self, Tensor other) -> Tensor(a)", variants="method")
def view_as(self: Tensor, other: Tensor) -> Tensor:
    """`self.view(other.size())`."""
    return self.view(other._array.shape)


@composite("reshape_as(Tensor(a) self, Tensor other) -> Tensor(a)", variants="method")
def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """`self.reshape(other.size())`."""
    return self.reshape(other._array.shape)


@composite("flatten(Tensor(a) self, int start_dim=0, int end_dim=-1) -> Tensor(a)")
def flatten(self: Tensor, start_dim: int, end_dim: int) -> Tensor:
    """The dimensions from `start_dim` to `end_dim` joined into one.

    >>> torch.zeros(2, 3, 4).flatten(1).shape
    torch.Size([2, 12])
    """
    shape = self._array.shape
    start, end = wrap_dim(start_dim, len(shape)), wrap_dim(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not shape:
        return self.reshape((1,))
    if start == end:
        return self
    return self.reshape((*shape[:start], count(shape[start : end + 1]), *shape[end + 1 :]))


@composite("ravel(Tensor(a) self) -> Tensor(a)")
def ravel(self: Tensor) -> Tensor:
    """All elements in one dimension; a view if `self` is contiguous."""
    return self.contiguous().view(-1)


@composite("unflatten(Tensor(a) self, int dim, int[] sizes) -> Tensor(a)", varargs=False)
def unflatten(self: Tensor, dim: int, sizes: Shape) -> Tensor:
    """One dimension split into several.

    >>> torch.zeros(2, 12).unflatten(1, (3, -1)).shape
    torch.Size([2, 3, 4])
    """
    shape = self._array.shape
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    try:
        filled = inferred(sizes, shape[dim])
    except RuntimeError:
        label = f"Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} ({shape[dim]}) in the input tensor"
        raise RuntimeError(f"unflatten: {label}") from None
    return self.view((*shape[:dim], *filled, *shape[dim + 1 :]))


@view("transpose(Tensor(a) self, int dim0, int dim1) -> Tensor(a)")
def transpose(self: Array, dim0: int, dim1: int) -> Array:
    """Two dimensions swapped.

    >>> torch.zeros(2, 3, 4).transpose(0, 2).shape
    torch.Size([4, 3, 2])
    """
    return self.swapaxes(dim0, dim1) if self.ndim else self[...]


@transpose.vjp("self")
def _(grad, dim0, dim1):
    return grad.transpose(dim0, dim1)


@composite("swapaxes(Tensor(a) self, int axis0, int axis1) -> Tensor(a)")
def swapaxes(self: Tensor, axis0: int, axis1: int) -> Tensor:
    """NumPy's name for `transpose`."""
    return self.transpose(axis0, axis1)


@composite("swapdims(Tensor(a) self, int dim0, int dim1) -> Tensor(a)")
def swapdims(self: Tensor, dim0: int, dim1: int) -> Tensor:
    """Another name for `transpose`."""
    return self.transpose(dim0, dim1)


@view("t(Tensor(a) self) -> Tensor(a)")
def t(self: Array) -> Array:
    """A matrix transposed; a vector or scalar as it is.

    >>> torch.tensor([[1, 2, 3]]).t()
    tensor([[1],
            [2],
            [3]])
    """
    if self.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {self.ndim}D")
    return self.T


@t.vjp("self")
def _(grad):
    return grad.t()


@view("permute(Tensor(a) self, int[] dims) -> Tensor(a)", wrap_dims=None)
def permute(self: Array, dims: Shape) -> Array:
    """The dimensions in another order.

    >>> torch.zeros(2, 3, 4).permute(2, 0, 1).shape
    torch.Size([4, 2, 3])
    """
    if len(dims) != self.ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of "
            f"dimensions i.e. input.dim() = {self.ndim} is not equal to len(dims) = {len(dims)}"
        )
    order = [wrap_dim(dim, self.ndim) for dim in dims]
    if len(set(order)) != len(order):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return self.transpose(order)


@permute.vjp("self")
def _(grad, dims):
    order = [dim % len(dims) for dim in dims]
    return grad.permute([order.index(dim) for dim in range(len(order))])


@composite("movedim(Tensor(a) self, int[1] source, int[1] destination) -> Tensor(a)", varargs=False)
def movedim(self: Tensor, source: Shape, destination: Shape) -> Tensor:
    """Some dimensions moved to other places, the others in their order.

    >>> torch.zeros(2, 3, 4).movedim(0, -1).shape
    torch.Size([3, 4, 2])
    """
    ndim = self._array.ndim
    if len(source) != len(destination):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(source)} dims) should contain the same number of dims "
            f"as destination ({list(destination)} dims)"
        )
    origin = [wrap_dim(dim, ndim) for dim in source]
    target = [wrap_dim(dim, ndim) for dim in destination]
    for label, given, dims in (("source", source, origin), ("destination", destination, target)):
        if len(set(dims)) != len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{label}` ({list(given)})")
    if ndim == 0:
        return self.alias()
    order: list[int | None] = [None] * ndim
    for at, dim in zip(target, origin, strict=True):
        order[at] = dim
    rest = iter(dim for dim in range(ndim) if dim not in origin)
    return self.permute([next(rest) if dim is None else dim for dim in order])


@composite("moveaxis(Tensor(a) self, int[1] source, int[1] destination) -> Tensor(a)", varargs=False)
def moveaxis(self: Tensor, source: Shape, destination: Shape) -> Tensor:
    """NumPy's name for `movedim`."""
    return self.movedim(source, destination)


@view("expand(Tensor(a) self, int[] size, *, bool implicit=False) -> Tensor(a)", variants="method", varargs=True)
def expand(self: Array, size: Shape, implicit: bool) -> Array:
    """Dimensions of size one stretched, with stride zero and no new memory; -1 leaves a size as it is.

    >>> torch.tensor([[1], [2]]).expand(2, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    own = self.shape
    extra = len(size) - len(own)
    if extra < 0:
        raise RuntimeError(
            f"expand({_legacy_type(self)}{{{list(own)}}}, size={list(size)}): the number of sizes provided ({len(size)}) must be "
            f"greater or equal to the number of dimensions in the tensor ({len(own)})"
        )
    steps = strides_of(self)
    shape, strides = [], []
    for dim, extent in enumerate(size):
        if dim < extra:
            if extent < 0:
                raise RuntimeError(
                    f"The expanded size of the tensor ({extent}) isn't allowed in a leading, non-existing dimension {dim}"
                )
            shape.append(extent)
            strides.append(0)
            continue
        have = own[dim - extra]
        if extent in (-1, have):
            shape.append(have)
            strides.append(steps[dim - extra])
        elif have == 1:
            shape.append(extent)
            strides.append(0)
        else:
            raise RuntimeError(
                f"The expanded size of the tensor ({extent}) must match the existing size ({have}) at non-singleton dimension "
                f"{dim}.  Target sizes: {list(size)}.  Tensor sizes: {list(own)}"
            )
    return window(self, tuple(shape), tuple(strides))


def _legacy_type(array: Array) -> str:
    from tensorsh.runtime.dtype import of_array

    return f"torch.{of_array(array).title}Tensor"


@expand.vjp("self")
def _(grad):
    return grad  # the engine sums it down to the shape that was stretched


@composite("expand_as(Tensor(a) self, Tensor other) -> Tensor(a)", variants="method")
def expand_as(self: Tensor, other: Tensor) -> Tensor:
    """`self.expand(other.size())`."""
    return self.expand(other._array.shape)


@composite("broadcast_to(Tensor(a) self, int[] size) -> Tensor(a)", varargs=True)
def broadcast_to(self: Tensor, size: Shape) -> Tensor:
    """`self.expand(size)`."""
    return self.expand(size)


@view("squeeze(Tensor(a) self) -> Tensor(a)")
def squeeze(self: Array) -> Array:
    """Without its dimensions of size one (all of them, or those given).

    >>> torch.zeros(2, 1, 3, 1).squeeze().shape
    torch.Size([2, 3])
    """
    return self.squeeze()


@squeeze.vjp("self")
def _(grad, self_shape):
    return grad.reshape(self_shape)


@view("squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)", node="SqueezeBackward1")
def squeeze_dim(self: Array, dim: int) -> Array:
    return self.squeeze(dim) if self.ndim and self.shape[dim] == 1 else self[...]


@squeeze_dim.vjp("self")
def _(grad, self_shape):
    return grad.reshape(self_shape)


@view("squeeze.dims(Tensor(a) self, int[] dim) -> Tensor(a)", node="SqueezeBackward2", varargs=False)
def squeeze_dims(self: Array, dim: Shape) -> Array:
    return self.squeeze(tuple(d for d in dim if self.shape[d] == 1)) if self.ndim else self[...]


@squeeze_dims.vjp("self")
def _(grad, self_shape):
    return grad.reshape(self_shape)


@view("unsqueeze(Tensor(a) self, int dim) -> Tensor(a)", wrap_dims=1)
def unsqueeze(self: Array, dim: int) -> Array:
    """With a new dimension of size one at `dim`.

    >>> torch.tensor([1, 2]).unsqueeze(1).shape
    torch.Size([2, 1])
    """
    shape = (*self.shape[:dim], 1, *self.shape[dim:])
    if self.flags.c_contiguous and 1 not in self.shape:  # such a dimension may have any stride, which stays
        return self.reshape(shape)
    strides = strides_of(self)
    step = self.shape[dim] * strides[dim] if dim < self.ndim else 1
    return window(self, shape, (*strides[:dim], step, *strides[dim:]))


@unsqueeze.vjp("self")
def _(grad, dim):
    return grad.squeeze(dim)


@view("alias(Tensor(a) self) -> Tensor(a)", variants="method")
def alias(self: Array) -> Array:
    """All of it, as a view."""
    return self[...]


@alias.vjp("self")
def _(grad):
    return grad


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
    return grad.select_backward(self_shape, dim, index)


@composite(
    "select_backward(Tensor self, int[] input_sizes, int dim, int index) -> Tensor",
    variants="method",
    wrap_dims=None,
    varargs=False,
)
def select_backward(self: Tensor, input_sizes: Shape, dim: int, index: int) -> Tensor:
    """The gradient of `select`: zeros, with `self` at the index."""
    return _embedded(self, input_sizes, (*(slice(None),) * (dim % len(input_sizes)), index))


@op("_embedded(Tensor self, int[] size, any index) -> Tensor", variants="", node="SelectBackwardBackward0")
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
    return self[(*(slice(None),) * dim, slice(start, end, step))]


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
    extent = self._array.shape[dim]
    start = int(start)
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not -extent <= start <= extent:
        raise IndexError(f"start out of range (expected to be in range of [{-extent}, {extent}], but got {start})")
    if start < 0:
        start += extent
    if start + length > extent:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({extent}).")
    return slice_(self, dim, start, start + length)


@composite("narrow_copy(Tensor self, int dim, int start, int length) -> Tensor", variants="function method out")
def narrow_copy(self: Tensor, dim: int, start: int, length: int) -> Tensor:
    """`narrow`, in memory of its own.

    >>> torch.arange(5).narrow_copy(0, 1, 3)
    tensor([1, 2, 3])
    """
    return narrow(self, dim, start, length).clone()


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


# --- windows on the whole storage ---------------------------------------------------------------------------------------


def strided_window(self: Tensor, size: Shape, stride: Shape, offset: int | None) -> Array:
    """Any strided window on the storage of `self`; RuntimeError if it would leave it."""
    storage = self.storage()
    start = self.storage_offset() if offset is None else offset
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(step < 0 for step in stride):
        raise RuntimeError(f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}")
    if any(extent < 0 for extent in size):
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(size)} and strides={list(stride)}")
    if start < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {start}")
    flat = flat_window(storage, self._array.dtype)
    needed = (
        start + sum((extent - 1) * step for extent, step in zip(size, stride, strict=True)) + 1 if 0 not in size else 0
    )
    if needed > flat.size:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {start}, and itemsize {flat.itemsize} "
            f"requiring a storage size of {needed * flat.itemsize} are out of bounds for storage of size "
            f"{flat.size * flat.itemsize}"
        )
    width = flat.itemsize
    return numpy_as_strided(flat[start:], size, tuple(step * width for step in stride))


@composite("as_strided(Tensor(a) self, int[] size, int[] stride, int? storage_offset=None) -> Tensor(a)", varargs=False)
def as_strided(self: Tensor, size: Shape, stride: Shape, storage_offset: int | None) -> Tensor:
    """A window on the storage of `self` with any size, stride and offset (in elements) that stay inside it.

    >>> torch.arange(9).as_strided((2, 2), (1, 2), 1)
    tensor([[1, 3],
            [2, 4]])
    """
    return _as_strided(self, size, stride, storage_offset)


class AsStridedBackward0(Node):
    """The gradient of a window on a storage: added up, element by element of memory, and read back through the input's window.

    Source: as_strided_backward in torch/csrc/autograd/FunctionsManual.cpp.
    """

    __slots__ = ("inner", "outer")
    title = "AsStridedBackward0"

    def __init__(self, source: Tensor, made: Tensor, where: Any) -> None:
        from tensorsh.runtime.autograd import edge_of, next_sequence

        self.edges = (edge_of(source),)
        self.sequence = next_sequence()
        self.hooks = None
        self.where = where
        self.shape = made._array.shape
        self.dtype = made._dtype
        self.outer = (source._array.shape, source.stride(), source.storage_offset())
        self.inner = (made._array.shape, made.stride(), made.storage_offset())

    def apply(self, grad: Tensor) -> tuple[Tensor, ...]:
        return (_scattered(grad, self.inner, self.outer),)


def _span(geometry: tuple[Shape, Shape, int]) -> int:
    size, stride, offset = geometry
    return (
        offset + sum((extent - 1) * step for extent, step in zip(size, stride, strict=True)) + 1
        if 0 not in size
        else offset
    )


def _elements(geometry: tuple[Shape, Shape, int]) -> Array:
    """The storage position of every element of a window."""
    size, stride, offset = geometry
    positions = np.full(size, offset, np.int64)
    for dim, step in enumerate(stride):
        positions += (np.arange(size[dim]) * step).reshape([-1 if d == dim else 1 for d in range(len(size))])
    return positions


@op("_scattered(Tensor self, any inner, any outer) -> Tensor", variants="", node="AsStridedBackwardBackward0")
def _scattered(self: Array, inner: Any, outer: Any) -> Array:
    memory = np.zeros(max(_span(inner), _span(outer)), self.dtype)
    np.add.at(memory, _elements(inner), self)
    positions = _elements(outer)
    # Where several elements of the input are one in memory, they share its gradient.
    times = np.bincount(positions.ravel(), minlength=memory.size) if positions.size else None
    found = memory[positions]
    return found if times is None or times.max() <= 1 else (found / times[positions]).astype(self.dtype)


@_scattered.vjp("self")
def _(grad, inner, outer):
    return _gathered(grad, inner, outer)


@op("_gathered(Tensor self, any inner, any outer) -> Tensor", variants="", node="AsStridedBackwardBackwardBackward0")
def _gathered(self: Array, inner: Any, outer: Any) -> Array:
    """The adjoint of `_scattered`: from the shape of `outer` to that of `inner`."""
    memory = np.zeros(max(_span(inner), _span(outer)), self.dtype)
    positions = _elements(outer)
    if positions.size:
        np.add.at(memory, positions, self / np.bincount(positions.ravel())[positions])
    return memory[_elements(inner)]


@_gathered.vjp("self")
def _(grad, inner, outer):
    return _scattered(grad, inner, outer)


def _as_strided(self: Tensor, size: Shape, stride: Shape, storage_offset: int | None) -> Tensor:
    from tensorsh.runtime.state import current

    made = Tensor._fresh(strided_window(self, size, stride, storage_offset), self._dtype)
    storage = self.storage()
    made._storage = storage
    parent = self._view
    state = current()
    creation = tensor_module.NO_GRAD if self._requires_grad and not state.grad_enabled else tensor_module.DEFAULT
    how = (None if parent is None else parent[3], "as_strided", (size, stride, storage_offset))
    base = self if parent is None else parent[0]
    made._view = (base, storage.version, creation if parent is None else creation or parent[2], how)
    if self._requires_grad and state.grad_enabled:
        made._grad_fn = AsStridedBackward0(self, made, state.where)
        made._output_nr = 0
        made._requires_grad = True
    return made


def _view_edge(window_: Tensor) -> Node:
    """The `grad_fn` of a view whose base was written to: a strided window on the base as it is now."""
    from tensorsh.runtime.state import current

    assert window_._view is not None
    return AsStridedBackward0(window_._view[0], window_, current().where)


tensor_module.view_edge = _view_edge


# --- several views at once ----------------------------------------------------------------------------------------------


@view("unbind(Tensor(a -> *) self, int dim=0) -> Tensor(a)[]")
def unbind(self: Array, dim: int) -> list[Array]:
    """A tuple with every index of a dimension.

    >>> torch.tensor([[1, 2], [3, 4]]).unbind()
    (tensor([1, 2]), tensor([3, 4]))
    """
    if self.ndim == 0:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    lead = (slice(None),) * dim
    return [self[(*lead, index, ...)] for index in range(self.shape[dim])]


@unbind.vjp("self")
def _(grads, dim):
    from tensorsh.ops.registry import function

    return function("stack")(grads, dim)


@view(
    "split_with_sizes(Tensor(a -> *) self, int[] split_sizes, int dim=0) -> Tensor(a)[]",
    variants="method function",
    varargs=False,
)
def split_with_sizes(self: Array, split_sizes: Shape, dim: int) -> list[Array]:
    """Pieces of the given sizes along a dimension."""
    extent = self.shape[dim]
    if any(size < 0 for size in split_sizes):
        raise RuntimeError(
            f"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={list(split_sizes)}"
        )
    if sum(split_sizes) != extent:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {extent} (input tensor's size at dimension {dim}), but got "
            f"split_sizes={list(split_sizes)}"
        )
    lead = (slice(None),) * dim
    starts = [sum(split_sizes[:at]) for at in range(len(split_sizes))]
    return [self[(*lead, slice(start, start + size))] for start, size in zip(starts, split_sizes, strict=True)]


@split_with_sizes.vjp("self")
def _(grads, dim):
    from tensorsh.ops.registry import function

    return function("cat")(grads, dim)


@view("_split(Tensor(a -> *) self, int split_size, int dim=0) -> Tensor(a)[]", variants="", node="SplitBackward0")
def _split(self: Array, split_size: int, dim: int) -> list[Array]:
    lead = (slice(None),) * dim
    extent = self.shape[dim]
    step = max(split_size, 1)
    starts = range(0, extent, step) if extent else [0]
    return [self[(*lead, slice(start, start + step))] for start in starts]


@_split.vjp("self")
def _(grads, dim):
    from tensorsh.ops.registry import function

    return function("cat")(grads, dim)


@composite("split(Tensor(a -> *) self, any split_size_or_sections, int dim=0) -> Tensor(a)[]", wrap_dims=None)
def split(self: Tensor, split_size_or_sections: Any, dim: int) -> tuple[Tensor, ...]:
    """Pieces of one size (the last may be smaller), or of the sizes in a list, along a dimension.

    >>> torch.arange(5).split(2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    if self._array.ndim == 0:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    if not isinstance(split_size_or_sections, int):
        return self.split_with_sizes(split_size_or_sections, dim)
    size = split_size_or_sections
    dim = wrap_dim(dim, self._array.ndim)
    if size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
    extent = self._array.shape[dim]
    if size == 0 and extent:
        raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {extent}")
    return _split(self, size, dim)


@composite("chunk(Tensor(a -> *) self, int chunks, int dim=0) -> Tensor(a)[]")
def chunk(self: Tensor, chunks: int, dim: int) -> tuple[Tensor, ...]:
    """At most `chunks` pieces of one size (the last may be smaller).

    >>> torch.arange(5).chunk(2)
    (tensor([0, 1, 2]), tensor([3, 4]))
    """
    if self._array.ndim == 0:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    extent = self._array.shape[dim]
    size = -(-extent // chunks)
    if size == 0:
        return self.split_with_sizes((0,) * chunks, dim)
    return _split(self, size, dim)


@composite("tensor_split(Tensor(a -> *) self, any indices_or_sections, int dim=0) -> Tensor(a)[]")
def tensor_split(self: Tensor, indices_or_sections: Any, dim: int) -> tuple[Tensor, ...]:
    """Pieces of nearly one size (a number), or cut at indices (a list), as NumPy's `array_split`.

    >>> torch.arange(5).tensor_split(2)
    (tensor([0, 1, 2]), tensor([3, 4]))
    """
    if self._array.ndim == 0:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    extent = self._array.shape[dim]
    given = indices_or_sections
    if isinstance(given, Tensor):
        given = given.tolist()
    if isinstance(given, int):
        if given <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {given}")
        small, larger = divmod(extent, given)
        cuts = [at * small + min(at, larger) for at in range(1, given)]
    else:
        cuts = list(given)
    edges = [0, *cuts, extent]
    return tuple(slice_(self, dim, start, end) for start, end in zip(edges, edges[1:], strict=False))


def _axis_split(name: str, least: int) -> Any:
    def body(self: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
        ndim = self._array.ndim
        if ndim < least:
            raise RuntimeError(
                f"torch.{name} requires a tensor with at least {least} dimension{'s' if least > 1 else ''}, but got a tensor with "
                f"{ndim} dimensions!"
            )
        dim = {"hsplit": 0 if ndim == 1 else 1, "vsplit": 0, "dsplit": 2}[name]
        if isinstance(indices_or_sections, int):
            extent = self._array.shape[dim]
            if indices_or_sections <= 0 or extent % indices_or_sections:
                raise RuntimeError(
                    f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension {extent} is not "
                    f"divisible by the split_size {indices_or_sections}!"
                )
        return self.tensor_split(indices_or_sections, dim)

    body.__doc__ = (
        f"Pieces along {'rows' if name == 'vsplit' else 'columns' if name == 'hsplit' else 'the third dimension'}."
    )
    return body


for _name, _least in (("hsplit", 1), ("vsplit", 2), ("dsplit", 3)):
    composite(f"{_name}(Tensor(a -> *) self, any indices_or_sections) -> Tensor(a)[]")(_axis_split(_name, _least))


# --- attributes ---------------------------------------------------------------------------------------------------------


def _reversed(self: Tensor) -> Tensor:
    """The dimensions in reverse order."""
    if self._array.ndim == 0:
        _warn("Tensor.T is deprecated on 0-D tensors. This function is the identity in these cases.")
    elif self._array.ndim != 2:
        _warn(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will throw an "
            "error in a future release. Consider `x.mT` to transpose batches of matrices or "
            "`x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor."
        )
    return self.permute(tuple(range(self._array.ndim - 1, -1, -1)))


def _warn(text: str) -> None:
    import warnings

    warnings.warn(text, UserWarning, stacklevel=3)


def _matrix_transposed(self: Tensor) -> Tensor:
    """The last two dimensions swapped."""
    if self._array.ndim == 0:
        _warn("Tensor.mT is deprecated on 0-D tensors. This function is the identity in these cases.")
        return self
    if self._array.ndim < 2:
        raise RuntimeError(
            f"tensor.mT is only supported on matrices or batches of matrices. Got {self._array.ndim}-D tensor."
        )
    return self.transpose(-2, -1)


def _adjoint(self: Tensor) -> Tensor:
    if self._array.ndim not in (0, 2):
        batches = " For batches of matrices, consider using tensor.mH" if self._array.ndim > 2 else ""
        raise RuntimeError(
            f"tensor.H is only supported on matrices (2-D tensors). Got {self._array.ndim}-D tensor.{batches}"
        )
    if self._array.ndim == 0:
        _warn("Tensor.H is deprecated on 0-D tensors. Consider using x.conj().")
    swapped = self.transpose(0, 1) if self._array.ndim else self
    return swapped.conj() if self._dtype.kind == COMPLEX else swapped


def _matrix_adjoint(self: Tensor) -> Tensor:
    if self._array.ndim == 0:
        _warn("Tensor.mH is deprecated on 0-D tensors. Consider using x.conj().")
    elif self._array.ndim == 1:
        raise RuntimeError("tensor.mH is only supported on matrices or batches of matrices. Got 1-D tensor.")
    swapped = _matrix_transposed(self) if self._array.ndim else self
    return swapped.conj() if self._dtype.kind == COMPLEX else swapped


for _attribute, _reader in (("T", _reversed), ("mT", _matrix_transposed), ("H", _adjoint), ("mH", _matrix_adjoint)):
    setattr(Tensor, _attribute, property(_reader))


@composite("adjoint(Tensor(a) self) -> Tensor(a)")
def adjoint(self: Tensor) -> Tensor:
    """The last two dimensions swapped, and conjugated."""
    return _matrix_adjoint(self)
