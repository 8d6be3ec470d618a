"""Views of the same elements in another shape: `view`, `reshape`, `flatten` …

A view's kernel, here and in the other families of views (`stretching`, `transposing`, `slicing`, `splitting`), returns a NumPy view
of the array it gets. NumPy and PyTorch agree on strides except for dimensions of size one that are made out of nothing; `window`
gives them PyTorch's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided as numpy_as_strided

from tensorsh.ops.registry import composite, op, view
from tensorsh.runtime.dtype import dtype
from tensorsh.runtime.layout import contiguous_format
from tensorsh.runtime.tensor import Tensor, fresh_strides, strides_of, wrap_dim

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


def window(array: Array, shape: Shape, strides: Shape) -> Array:
    """A view that starts where `array` does, with the strides given in elements."""
    width = array.itemsize
    in_bytes = tuple([stride * width for stride in strides])
    if array.flags.forc and array.size and array.dtype.kind != "V":
        return np.ndarray(shape, array.dtype, array if array.flags.c_contiguous else array.T, 0, in_bytes)
    return numpy_as_strided(array, shape, in_bytes)


class _Exposed:
    """An array interface with what keeps its memory alive."""

    def __init__(self, interface: dict[str, Any], base: Array) -> None:
        self.__array_interface__ = interface
        self.base = base


def empty_window(array: Array, shape: Shape, strides: Shape, offset: int) -> Array:
    """A window without elements, so many bytes after `array`'s start. NumPy's own forget their place and strides."""
    interface = {**array.__array_interface__, "shape": shape, "strides": strides}
    interface["data"] = (interface["data"][0] + offset, False)
    made = np.asarray(_Exposed(interface, array))
    return made if made.dtype == array.dtype else made.view(array.dtype)


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
    if not array.size:
        return array if array.shape == size else window(array, size, fresh_strides(size))
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
    if self.flags.c_contiguous and self.size:
        try:
            found = self.reshape(size)
        except ValueError:
            inferred(size, self.size)  # says what is wrong
            raise
        if found.shape == size or -1 in size:  # NumPy infers an extent for any negative size
            return found
    windowed = window_of(self, inferred(size, self.size))
    if windowed is None:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        )
    return windowed


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
        strides = strides_of(array)
        if strides[-1] != 1:
            raise RuntimeError(
                f"self.stride(-1) must be 1 to view {self._dtype.title} as {dtype.title} (different element sizes), but got "
                f"{strides[-1]}"
            )
        if array.shape[-1] * old % new:
            raise RuntimeError(
                f"self.size(-1) must be divisible by {new // old} to view {self._dtype.title} as {dtype.title} (different "
                f"element sizes), but got {array.shape[-1]}"
            )
        for at, stride in enumerate(strides[:-1]):
            if new > old and stride % (new // old):
                raise RuntimeError(
                    f"self.stride({at}) must be divisible by {new // old} to view {self._dtype.title} as {dtype.title} (different "
                    f"element sizes), but got {stride}"
                )
    if array.size:
        made = Tensor._fresh(array.view(dtype.array_dtype), dtype)
    else:  # of which NumPy has no strides to go by
        made = Tensor._fresh(np.empty((*array.shape[:-1], array.shape[-1] * old // new), dtype.array_dtype), dtype)
    made._storage = self.storage()
    # PyTorch does not count it as a view: it shares memory and version, but no history.
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
    if self._array.flags.c_contiguous:
        return self.view(tuple(shape))
    size = inferred(shape, self._array.size)
    if window_of(self._array, size) is not None:
        return _reshape_alias(self, size)
    # Where a graph is to show it, the copy is a step of its own.
    return _unsafe_view(self.clone(memory_format=contiguous_format) if self._requires_grad else self, size)


@view("_reshape_alias(Tensor(a) self, int[] size) -> Tensor(a)", variants="")
def _reshape_alias(self: Array, size: Shape) -> Array:
    found = window_of(self, size)
    assert found is not None, "reshape has seen that it is one"
    return found


@_reshape_alias.vjp("self")
def _(grad, self_shape):
    return grad.reshape(self_shape)


@op("_unsafe_view(Tensor self, int[] size) -> Tensor", variants="")
def _unsafe_view(self: Array, size: Shape) -> Array:
    # The view of an operator's result that nobody else sees, or a copy in another shape.
    return self.reshape(size)


@_unsafe_view.vjp("self")
def _(grad, self_shape):
    return grad.reshape(self_shape)


@composite("view_as(Tensor(a) self, Tensor other) -> Tensor(a)", variants="method")
def view_as(self: Tensor, other: Tensor) -> Tensor:
    """`self.view(other.size())`.

    >>> torch.arange(4).view_as(torch.zeros(2, 2))
    tensor([[0, 1],
            [2, 3]])
    """
    return self.view(other._array.shape)


@composite("reshape_as(Tensor(a) self, Tensor other) -> Tensor(a)", variants="method")
def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """`self.reshape(other.size())`.

    >>> torch.arange(4).reshape_as(torch.zeros(2, 2))
    tensor([[0, 1],
            [2, 3]])
    """
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
    """All elements in one dimension; a view if `self` is contiguous.

    >>> torch.tensor([[1, 2], [3, 4]]).ravel()
    tensor([1, 2, 3, 4])
    """
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
    if not shape:
        raise RuntimeError("unflatten got an unexpected error:\nDimension specified as 0 but tensor has no dimensions")
    try:
        filled = inferred(sizes, shape[dim])
    except RuntimeError:
        label = f"Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} ({shape[dim]}) in the input tensor"
        raise RuntimeError(f"unflatten: {label}") from None
    return self.view((*shape[:dim], *filled, *shape[dim + 1 :]))


@view("alias(Tensor(a) self) -> Tensor(a)", variants="")
def alias(self: Array) -> Array:
    """All of it, as a view."""
    return self[...]


@alias.vjp("self")
def _(grad):
    return grad
