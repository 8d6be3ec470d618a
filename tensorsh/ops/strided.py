"""Any window on a storage: `as_strided`, and its gradient, which is added up element by element of memory.

The same node is the history of a view whose base was written to: a strided window on the base as it now is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided as numpy_as_strided

from tensorsh.ops.registry import composite, op
from tensorsh.runtime.autograd import Node, edge_of, next_sequence
from tensorsh.runtime.state import current
from tensorsh.runtime.storage import flat_window
from tensorsh.runtime.tensor import DEFAULT, NO_GRAD, Tensor

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]
Geometry = tuple[Shape, Shape, int]  # size, stride and offset, in elements


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
    needed = span_of((size, stride, start)) if 0 not in size else 0
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
    made = Tensor._fresh(strided_window(self, size, stride, storage_offset), self._dtype)
    storage = self.storage()
    made._storage = storage
    parent = self._view
    state = current()
    creation = NO_GRAD if self._requires_grad and not state.grad_enabled else DEFAULT
    how = (None if parent is None else parent[3], "as_strided", (size, stride, storage_offset))
    base = self if parent is None else parent[0]
    made._view = (base, storage.version, creation if parent is None else creation or parent[2], how)
    if self._requires_grad and state.grad_enabled:
        made._grad_fn = AsStridedBackward0(self, made, state.where)
        made._output_nr = 0
        made._requires_grad = True
    return made


class AsStridedBackward0(Node):
    """The gradient of a window on a storage: added up, element by element of memory, and read back through the input's window.

    Source: as_strided_backward in torch/csrc/autograd/FunctionsManual.cpp.
    """

    __slots__ = ("inner", "outer")
    title = "AsStridedBackward0"

    def __init__(self, source: Tensor, made: Tensor, where: Any) -> None:
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


def span_of(geometry: Geometry) -> int:
    """How much of the storage a window needs, from its start on."""
    size, stride, offset = geometry
    return offset if 0 in size else offset + 1 + sum((n - 1) * step for n, step in zip(size, stride, strict=True))


def _elements(geometry: Geometry) -> Array:
    """The storage position of every element of a window."""
    size, stride, offset = geometry
    positions = np.full(size, offset, np.int64)
    for dim, step in enumerate(stride):
        positions += (np.arange(size[dim]) * step).reshape([-1 if d == dim else 1 for d in range(len(size))])
    return positions


@op("_scattered(Tensor self, any inner, any outer) -> Tensor", variants="", node="AsStridedBackwardBackward0")
def _scattered(self: Array, inner: Any, outer: Any) -> Array:
    memory = np.zeros(max(span_of(inner), span_of(outer)), self.dtype)
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
    memory = np.zeros(max(span_of(inner), span_of(outer)), self.dtype)
    positions = _elements(outer)
    if positions.size:
        np.add.at(memory, positions, self / np.bincount(positions.ravel())[positions])
    return memory[_elements(inner)]


@_gathered.vjp("self")
def _(grad, inner, outer):
    return _scattered(grad, inner, outer)


def view_edge(window: Tensor) -> Node:
    """The `grad_fn` of a view whose base was written to: a strided window on the base as it is now."""
    assert window._view is not None
    return AsStridedBackward0(window._view[0], window, current().where)
