"""Copies of a tensor in more or another order of itself: `repeat`, `tile`, `flip`, `roll`, `rot90` …"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.registry import composite, op
from tensorsh.runtime import dtype as dt
from tensorsh.runtime.dtype import INTEGER
from tensorsh.runtime.layout import contiguous_format
from tensorsh.runtime.tensor import Tensor, wrap_dim

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


# --- more of itself -----------------------------------------------------------------------------------------------------


@op("repeat(Tensor self, int[] repeats) -> Tensor", variants="method")
def repeat(self: Array, repeats: Shape) -> Array:
    """A copy repeated along each dimension; more repeats than dimensions add dimensions in front.

    >>> torch.tensor([1, 2, 3]).repeat(2, 2)
    tensor([[1, 2, 3, 1, 2, 3],
            [1, 2, 3, 1, 2, 3]])
    """
    if len(repeats) < self.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    padded = (1,) * (len(repeats) - self.ndim) + self.shape
    size = tuple(n * times for n, times in zip(padded, repeats, strict=True))
    if size and min(size) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(size)}: {list(size)}")
    np.empty(size, self.dtype)  # NumPy repeats one dimension after another, and would find out late that memory does not do
    made = np.tile(self, repeats)
    return made if made.flags.owndata and made is not self else made.copy()


@repeat.vjp("self")
def _(grad, self_shape, repeats):
    if 0 in repeats:
        return grad.new_zeros(self_shape)
    for _ in range(len(repeats) - len(self_shape)):
        grad = grad.sum(0)
    apart, copies = [], []
    for times, n in zip(repeats[len(repeats) - len(self_shape) :], self_shape, strict=True):
        if times != 1:
            copies.append(len(apart))
            apart.append(times)
        apart.append(n)
    return grad.reshape(apart).sum(tuple(copies)) if copies else grad


@composite("tile(Tensor self, int[] dims) -> Tensor", wrap_dims=None)
def tile(self: Tensor, dims: Shape) -> Tensor:
    """A copy repeated along each dimension; missing repeats in front are one.

    >>> torch.tile(torch.tensor([1, 2]), (2,))
    tensor([1, 2, 1, 2])
    """
    return self.repeat((1,) * (self.dim() - len(dims)) + tuple(dims))


def _interleaving(repeats: Array, output_size: int | None) -> Array:
    """Each index as often as `repeats` says."""
    if repeats.ndim != 1:
        raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
    if dt.of_array(repeats) not in (dt.int32, dt.int64):
        raise RuntimeError("repeats has to be Long or Int tensor")
    if repeats.size and repeats.min() < 0:
        raise RuntimeError("repeats can not be negative")
    made = np.repeat(np.arange(repeats.size, dtype=repeats.dtype), repeats)
    if output_size is not None and output_size != made.size:
        raise RuntimeError("allocated size does not match required size")
    return made


@op("repeat_interleave.Tensor(Tensor repeats, *, int? output_size=None) -> Tensor", variants="function", differentiable=False)
def repeat_interleave(repeats: Array, output_size: int | None) -> Array:
    """Each element (or, given a `dim`, each slice) repeated, all as often or each as often as `repeats` says.

    >>> torch.repeat_interleave(torch.tensor([1, 2]), 2), torch.repeat_interleave(torch.tensor([1, 2]))
    (tensor([1, 1, 2, 2]), tensor([0, 1, 1]))
    """
    return _interleaving(repeats, output_size)


@composite("repeat_interleave.self_Tensor(Tensor self, Tensor repeats, int? dim=None, *, int? output_size=None) -> Tensor")
def _repeat_each(self: Tensor, repeats: Tensor, dim: int | None, output_size: int | None) -> Tensor:
    if dim is None:
        self, dim = self.flatten(), 0
    if self.dim() == 0:
        self = self.reshape(1)
    extent = self.shape[dim]
    if repeats.dim() > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    if repeats.numel() == 1:
        repeats = repeats.reshape(1).expand(extent)
    elif repeats.numel() != extent:
        raise RuntimeError(
            "repeats must have the same size as input along dim, but got repeats.size(0) = "
            f"{repeats.numel()} and input.size({dim}) = {extent}"
        )
    if repeats._dtype.kind != INTEGER:
        raise NotImplementedError(f"\"repeat_interleave_cpu\" not implemented for '{repeats._dtype.title}'")
    rows = _interleaving(np.ascontiguousarray(repeats._array), output_size)
    return self.index_select(dim, Tensor._fresh(rows.astype(np.int64, copy=False), dt.int64))


@composite("repeat_interleave.self_int(Tensor self, int repeats, int? dim=None, *, int? output_size=None) -> Tensor")
def _repeat_all(self: Tensor, repeats: int, dim: int | None, output_size: int | None) -> Tensor:
    if dim is None:
        self, dim = self.flatten(), 0
    if self.dim() == 0:
        self = self.reshape(1)
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    shape = list(self.shape)
    if output_size is not None and output_size != shape[dim] * repeats:
        raise RuntimeError(
            f"repeat_interleave: Invalid output_size, expected {shape[dim] * repeats} but got {output_size}"
        )
    spread = self.unsqueeze(dim + 1).expand(*shape[: dim + 1], repeats, *shape[dim + 1 :])
    return spread.clone(memory_format=contiguous_format).flatten(dim, dim + 1)


_repeat_each.doc = _repeat_all.doc = repeat_interleave.doc


# --- the same in another order ------------------------------------------------------------------------------------------


@op("flip(Tensor self, int[] dims) -> Tensor")
def flip(self: Array, dims: Shape) -> Array:
    """A copy with the order of elements reversed along `dims`.

    >>> torch.flip(torch.tensor([1, 2, 3]), (0,))
    tensor([3, 2, 1])
    """
    if not self.ndim:
        return self.copy()
    return self[tuple([slice(None, None, -1 if d in dims else None) for d in range(self.ndim)])].copy("K")


@flip.vjp("self")
def _(grad, dims):
    return grad.flip(dims)


@composite("fliplr(Tensor self) -> Tensor")
def fliplr(self: Tensor) -> Tensor:
    """A copy with the columns in reverse order.

    >>> torch.fliplr(torch.tensor([[1, 2], [3, 4]]))
    tensor([[2, 1],
            [4, 3]])
    """
    if self.dim() < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return self.flip((1,))


@composite("flipud(Tensor self) -> Tensor")
def flipud(self: Tensor) -> Tensor:
    """A copy with the rows in reverse order.

    >>> torch.flipud(torch.tensor([[1, 2], [3, 4]]))
    tensor([[3, 4],
            [1, 2]])
    """
    if self.dim() < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return self.flip((0,))


@op("roll(Tensor self, int[1] shifts, int[1] dims=[]) -> Tensor", wrap_dims=None)
def roll(self: Array, shifts: Shape, dims: Shape) -> Array:
    """A copy with the elements moved by `shifts` along `dims`; what falls off the end comes in at the start.

    Without `dims` it is moved as if flat.

    >>> torch.roll(torch.tensor([1, 2, 3, 4]), 1)
    tensor([4, 1, 2, 3])
    """
    if not shifts:
        raise RuntimeError("`shifts` required")
    if not dims and len(shifts) == 1:
        return _rolled(self.reshape(-1), shifts[0], 0).reshape(self.shape)
    if len(dims) != len(shifts):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    if not self.ndim:
        raise IndexError(f"Dimension specified as {dims[0]} but tensor has no dimensions")
    for shift, dim in zip(shifts, dims, strict=True):
        self = _rolled(self, shift, wrap_dim(dim, self.ndim))
    return self


def _rolled(array: Array, shift: int, dim: int) -> Array:
    made = np.empty(array.shape, array.dtype)
    extent = array.shape[dim]
    shift = shift % extent if extent else 0
    whole = (slice(None),) * dim
    made[(*whole, slice(shift, None))] = array[(*whole, slice(extent - shift))]
    made[(*whole, slice(shift))] = array[(*whole, slice(extent - shift, None))]
    return made


@roll.vjp("self")
def _(grad, shifts, dims):
    return grad.roll(tuple(-shift for shift in shifts), dims)


@op("rot90(Tensor self, int k=1, int[] dims=[0,1]) -> Tensor", wrap_dims=None, varargs=False)
def rot90(self: Array, k: int, dims: Shape) -> Array:
    """A copy turned `k` times by 90 degrees, from the first of `dims` towards the second.

    >>> torch.rot90(torch.tensor([[0, 1], [2, 3]]))
    tensor([[1, 3],
            [0, 2]])
    """
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if self.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {self.ndim}")
    if dims[0] == dims[1] or abs(dims[0] - dims[1]) == self.ndim:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    first, second = wrap_dim(dims[0], self.ndim), wrap_dim(dims[1], self.ndim)
    if k % 2:  # a flipped copy, seen transposed
        return np.flip(self, second if k % 4 == 1 else first).copy("C").swapaxes(first, second)
    return (np.flip(self, (first, second)) if k % 4 else self).copy("C")


@rot90.vjp("self")
def _(grad, k, dims):
    return grad.rot90(-k, dims)
