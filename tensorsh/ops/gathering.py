"""Picking elements by index or mask: `gather`, `index_select`, `take`, `masked_select`, `nonzero`.

Their derivatives put gradients back with the operators of `scattering`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorsh.ops.engine import broadcast_mismatch
from tensorsh.ops.registry import composite, op
from tensorsh.runtime import dtype as dt
from tensorsh.runtime.dtype import INTEGER
from tensorsh.runtime.tensor import Tensor

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


# --- indices, checked ---------------------------------------------------------------------------------------------------


def outside(index: Array, low: int, high: int) -> bool:
    """Whether an index is below `low` or above `high`."""
    if index.size <= 16:  # where a list is quicker than two reductions
        return any(not low <= i <= high for i in index.ravel().tolist())
    return bool(index.min() < low or index.max() > high)


def check_bounds(index: Array, extent: int, dim: int) -> None:
    """RuntimeError for an index outside a dimension; negative ones are outside too."""
    if outside(index, 0, extent - 1):
        wrong = index[(index < 0) | (index >= extent)].flat[0]
        raise RuntimeError(f"index {wrong} is out of bounds for dimension {dim} with size {extent}")


def flat_indices(index: Array, count: int) -> Array:
    """Indices into a flattened tensor, negative ones counted from the end; IndexError outside."""
    if outside(index, -count, count - 1):
        wrong = index[(index < -count) | (index >= count)].flat[0]
        raise IndexError(f"out of range: tried to access index {wrong} on a tensor of {count} elements.")
    return index


def along(index: Array, dim: int) -> tuple[Array, ...]:
    """`index` for dimension `dim` and, for every other dimension, its own position: what `gather` and `scatter` address."""
    ndim = index.ndim
    if ndim == 1:
        return (index,)
    return tuple([
        index if d == dim else np.arange(n).reshape((1,) * d + (n,) + (1,) * (ndim - d - 1)) for d, n in enumerate(index.shape)
    ])


def at_least_vector(array: Array) -> Array:
    """A 0-dim array as a vector: PyTorch lets one stand for the other along a dimension."""
    return array if array.ndim else array.reshape(1)


def check_mask(mask: Array, text: str) -> None:
    if mask.dtype != np.bool_:
        raise RuntimeError(text)


def check_apart(out: Any, *tensors: Tensor) -> None:
    """RuntimeError for an `out=` in the memory of an input, as far as PyTorch looks: where both lie densely."""
    if isinstance(out, Tensor) and out._array.flags.forc:
        for x in tensors:
            if x._array.flags.forc and np.may_share_memory(out._array, x._array):
                raise RuntimeError(
                    "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
                    "location. Please clone() the tensor before performing the operation."
                )


def _apart_from_index(out: Any, self: Tensor, index: Tensor) -> None:
    if out is not None:
        check_apart(out, self, index)


# --- by index -----------------------------------------------------------------------------------------------------------


@op(
    "gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor", variants="function method out",
    check=_apart_from_index,
)  # fmt: skip
def gather(self: Array, dim: int, index: Array, sparse_grad: bool) -> Array:
    """For each place of `index`, the element of `self` at that place, with the position along `dim` taken from `index`.

    `index` has as many dimensions as `self` and is nowhere larger, except along `dim`.

    >>> torch.gather(torch.tensor([[1, 2], [3, 4]]), 1, torch.tensor([[0, 0], [1, 0]]))
    tensor([[1, 1],
            [4, 3]])
    """
    if index.dtype.kind != "i" or index.dtype.itemsize < 4:
        if index.size:
            raise RuntimeError("gather(): Expected dtype int32/int64 for index")
        return np.empty(index.shape, self.dtype)
    array, at = at_least_vector(self), at_least_vector(index)
    if not index.size:
        return np.empty(index.shape, self.dtype)
    if array.ndim != at.ndim:
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    for d, n in enumerate(at.shape):
        if d != dim and n > array.shape[d]:
            raise RuntimeError(
                f"Size does not match at dimension {d} expected index {list(index.shape)} to be no larger than self "
                f"{list(self.shape)} apart from dimension {dim}"
            )
    check_bounds(at, array.shape[dim], dim)
    return array[along(at, dim)] if index.ndim else array[at].reshape(())


@gather.vjp("self")
def _(grad, self_shape, dim, index):
    return grad.new_zeros(self_shape).scatter_add(dim, index, grad)


@op("index_select(Tensor self, int dim, Tensor index) -> Tensor", variants="function method out", check=_apart_from_index)
def index_select(self: Array, dim: int, index: Array) -> Array:
    """The slices of `self` along `dim` that the vector `index` names.

    >>> torch.index_select(torch.tensor([[1, 2], [3, 4]]), 1, torch.tensor([1]))
    tensor([[2],
            [4]])
    """
    if index.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if index.dtype.kind != "i" or index.dtype.itemsize < 4:
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    array, at = at_least_vector(self), at_least_vector(index)
    if self.ndim == 0 and at.size != 1:
        raise RuntimeError(
            f"index_select(): Index to scalar can have only 1 value, got {at.size} value(s)"
        )
    if outside(at, 0, array.shape[dim] - 1):
        if dim == 1:  # PyTorch has another loop, with other words, for the second dimension
            wrong = int(at[(at < 0) | (at >= array.shape[dim])][0])
            raise RuntimeError(f"INDICES element is out of DATA bounds, id={wrong} axis_dim={array.shape[dim]}")
        raise IndexError("index out of range in self")
    found = array.take(at, dim)
    return found if self.ndim else found.reshape(())


@index_select.vjp("self")
def _(grad, self_shape, dim, index):
    return grad.new_zeros(self_shape).index_add(dim, index, grad)


@op("take(Tensor self, Tensor index) -> Tensor", variants="function method out", check=_apart_from_index)
def take(self: Array, index: Array) -> Array:
    """The elements of `self`, as if flat, that `index` names, in the shape of `index`.

    >>> torch.take(torch.tensor([[4, 3], [2, 1]]), torch.tensor([0, 3]))
    tensor([4, 1])
    """
    if index.dtype != np.int64:
        raise RuntimeError(f"take(): Expected a long tensor for index, but got {dt.of_array(index).title}")
    if not self.size and index.size:
        raise IndexError("take(): tried to take from an empty tensor")
    return self.reshape(-1).take(flat_indices(index, self.size))


@take.vjp("self")
def _(grad, self_shape, index):
    return grad.new_zeros(self_shape).put(index, grad, True)


@composite("take_along_dim(Tensor self, Tensor indices, int? dim=None) -> Tensor", variants="function method out")
def take_along_dim(self: Tensor, indices: Tensor, dim: int | None) -> Tensor:
    """`gather` with the other dimensions broadcast; without `dim`, of the flattened tensor.

    >>> x = torch.tensor([[10, 30, 20]])
    >>> torch.take_along_dim(x, torch.argsort(x), dim=1)
    tensor([[10, 20, 30]])
    """
    if dim is None:
        return self.reshape(-1).gather(0, indices.reshape(-1))
    if self.dim() != indices.dim():
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{self.dim()} dimensions for input, and {indices.dim()} dimensions for indices"
        )
    if indices._dtype is not dt.int64:
        raise RuntimeError(
            f"torch.take_along_dim(): dtype of indices should be Long but got {indices._dtype.title}"
        )
    own, other = list(self.shape), list(indices.shape)
    if not own:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    other[dim] = own[dim]
    shape = _broadcast(tuple(own), tuple(other))
    own = list(shape)
    own[dim] = self.shape[dim]
    other = list(shape)
    other[dim] = indices.shape[dim]
    if outside(indices._array, 0, self._array.shape[dim] - 1):
        indices = indices.remainder(self.shape[dim])
    return self.expand(own).gather(dim, indices.expand(other))


def _broadcast(a: Shape, b: Shape) -> Shape:
    if a == b:
        return a
    mismatch = broadcast_mismatch(a, b)
    if mismatch:
        raise RuntimeError(mismatch)
    return np.broadcast_shapes(a, b)


# --- by mask ------------------------------------------------------------------------------------------------------------


@op(
    "masked_select(Tensor self, Tensor mask) -> Tensor", variants="function method out",
    check=lambda out, self, mask: check_apart(out, self, mask),
)  # fmt: skip
def masked_select(self: Array, mask: Array) -> Array:
    """The elements of `self` where `mask` is true, as a vector; the two broadcast.

    >>> x = torch.tensor([1, 5, 3])
    >>> torch.masked_select(x, x > 2)
    tensor([5, 3])
    """
    check_mask(mask, "masked_select: expected BoolTensor for mask")
    if self.shape != mask.shape:
        shape = _broadcast(mask.shape, self.shape)
        self, mask = np.broadcast_to(self, shape), np.broadcast_to(mask, shape)
    return self[mask]


@masked_select.vjp("self")
def _(grad, self_shape, mask):
    shape = np.broadcast_shapes(self_shape, mask.shape)
    return grad.new_zeros(shape).masked_scatter(mask, grad)


@composite("unravel_index(Tensor self, any shape) -> Tensor[]", variants="function", differentiable=False)
def unravel_index(self: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """The coordinates of flat indices in a tensor of a shape, a tensor for each dimension.

    >>> torch.unravel_index(torch.tensor([4, 1]), (3, 2))
    (tensor([2, 0]), tensor([0, 1]))
    """
    if self._dtype.kind != INTEGER:
        raise TypeError(f"expected 'indices' to be integer dtype, but got {self._dtype}")
    if not isinstance(shape, (int, Sequence)):
        raise TypeError(f"expected 'shape' to be int or sequence of ints, but got {type(shape)}")
    extents = (shape,) if isinstance(shape, int) else tuple(shape)
    for extent in extents:
        if not isinstance(extent, int):
            raise TypeError(f"expected 'shape' sequence to only contain ints, but got {type(extent)}")
        if extent < 0:
            raise ValueError(f"'shape' cannot have negative values, but got {extents}")
    if not extents:
        return ()
    steps = [math.prod(extents[at + 1 :]) for at in range(len(extents))]
    rows = [self._array // step % extent for step, extent in zip(steps, extents, strict=True)]
    table = Tensor._fresh(np.stack(rows, -1).astype(np.int64), dt.int64)
    return table.unbind(-1)


@composite("nonzero(Tensor self, *, bool as_tuple=False) -> Tensor", variants="function method out")
def nonzero(self: Tensor, as_tuple: bool) -> Any:
    """The indices of all elements that are not zero, a row each; with `as_tuple`, a vector for each dimension.

    >>> torch.nonzero(torch.tensor([1, 0, 2]))
    tensor([[0],
            [2]])
    """
    array = self._array
    if as_tuple:
        return tuple(Tensor._fresh(found, dt.int64) for found in at_least_vector(array).nonzero())
    if not array.ndim:
        return Tensor._fresh(np.zeros((int(bool(array)), 0), np.int64), dt.int64)
    return Tensor._fresh(np.stack(array.nonzero()).T, dt.int64)  # in PyTorch, too, each dimension's indices lie together


@composite("nonzero_static(Tensor self, *, int size, int fill_value=-1) -> Tensor", variants="function method out")
def nonzero_static(self: Tensor, size: int, fill_value: int) -> Tensor:
    """`nonzero` with exactly `size` rows: cut off, or filled up with `fill_value`.

    >>> torch.nonzero_static(torch.tensor([1, 0, 2]), size=3)
    tensor([[ 0],
            [ 2],
            [-1]])
    """
    if size < 0:
        raise RuntimeError("nonzero_static: 'size' must be an non-negative integer")
    found = nonzero.body(self, False)._array[:size]
    made = np.full((size, self.dim()), fill_value, np.int64)
    made[: len(found)] = found
    return Tensor._fresh(made, dt.int64)


@composite("argwhere(Tensor self) -> Tensor")
def argwhere(self: Tensor) -> Tensor:
    """The indices of all elements that are not zero, a row each.

    >>> torch.argwhere(torch.tensor([1, 0, 1]))
    tensor([[0],
            [2]])
    """
    return nonzero.body(self, False)
