"""Writing over parts of a copy: by mask (`masked_fill`), by flat index (`put`), through a view (`select_scatter` …); `fill`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tensorsh.ops.engine import broadcast_mismatch
from tensorsh.ops.gathering import check_mask, flat_indices
from tensorsh.ops.numbers import number_as
from tensorsh.ops.registry import composite, function, op
from tensorsh.ops.scattering import IN_PLACE, WITH_OUT, slices, title
from tensorsh.ops.strided import span_of
from tensorsh.runtime import dtype as dt
from tensorsh.runtime.tensor import Tensor

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


# --- by mask ------------------------------------------------------------------------------------------------------------


def _masked_filled(self: Array, mask: Array, value: Any) -> Array:
    if mask.dtype != np.bool_:
        raise RuntimeError(
            f"masked_fill_ only supports boolean masks, but got mask with dtype {dt.of_array(mask).cpp_name}"
        )
    if mask.shape == self.shape:
        made = self.copy()
        np.putmask(made, mask, value)
        return made
    mismatch = broadcast_mismatch(mask.shape, self.shape)
    if mismatch:
        raise RuntimeError(mismatch)
    return np.asarray(np.where(mask, value, self), order="C")


@op("masked_fill.Tensor(Tensor self, Tensor mask, Tensor value) -> Tensor", variants=IN_PLACE, node="MaskedFillBackward1")
def _masked_fill_tensor(self: Array, mask: Array, value: Array) -> Array:
    if value.ndim:
        raise RuntimeError(
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    return _masked_filled(self, mask, number_as(value.item(), dt.of_array(self)))


@op("masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -> Tensor", variants=IN_PLACE)
def masked_fill(self: Array, mask: Array, value: Any) -> Array:
    """A copy of `self` with one value where `mask` is true; the two broadcast.

    >>> torch.masked_fill(torch.tensor([1., 2.]), torch.tensor([True, False]), -1)
    tensor([-1.,  2.])
    """
    return _masked_filled(self, mask, number_as(value, dt.of_array(self)))


for _fill in (masked_fill, _masked_fill_tensor):

    @_fill.vjp("self")
    def _(grad, mask):
        return grad.masked_fill(mask, 0)


@_masked_fill_tensor.vjp("value")
def _(grad, mask):
    return grad.where(mask, 0).sum()


_masked_fill_tensor.doc = masked_fill.doc


@op("masked_scatter(Tensor self, Tensor mask, Tensor source) -> Tensor", variants=WITH_OUT)
def masked_scatter(self: Array, mask: Array, source: Array) -> Array:
    """A copy of `self` in which the places where `mask` is true hold the elements of `source`, one after another.

    >>> torch.zeros(4).masked_scatter(torch.tensor([True, False, True, False]), torch.tensor([1., 2., 3.]))
    tensor([1., 0., 2., 0.])
    """
    if self.dtype != source.dtype:
        raise RuntimeError(
            f"masked_scatter: expected self and source to have same dtypes but got{title(self)} and {title(source)}"
        )
    check_mask(mask, f"masked_scatter_ only supports boolean masks, but got mask with dtype {title(mask)}")
    shape = np.broadcast_shapes(self.shape, mask.shape)
    made = np.broadcast_to(self, shape).copy()
    mask = np.broadcast_to(mask, shape)
    count = int(np.count_nonzero(mask))
    if count > source.size:
        raise RuntimeError("Number of elements of source < number of ones in mask")
    made[mask] = source.reshape(-1)[:count]
    return made


@masked_scatter.vjp("self")
def _(grad, mask):
    return grad.masked_fill(mask, 0)


@masked_scatter.vjp("source")
def _(grad, mask, source_shape):
    used = grad.masked_select(mask)
    missing = math.prod(source_shape) - used.numel()
    return function("constant_pad_nd")(used, (0, missing)).reshape(source_shape)


@op("put(Tensor self, Tensor index, Tensor source, bool accumulate=False) -> Tensor", variants=IN_PLACE)
def put(self: Array, index: Array, source: Array, accumulate: bool) -> Array:
    """A copy of `self` with the elements of `source` written (or added, with `accumulate`) where `index` says, as if flat.

    >>> torch.put(torch.zeros(2, 2), torch.tensor([1, 3]), torch.tensor([9., 8.]))
    tensor([[0., 9.],
            [0., 8.]])
    """
    if index.dtype != np.int64:
        raise RuntimeError(f"put_(): Expected a long tensor for index, but got {title(index)}")
    if self.dtype != source.dtype:
        raise RuntimeError(
            f"put_(): self and source expected to have the same dtype, but got self.dtype = {title(self)} and source.dtype = "
            f"{title(source)}"
        )
    if index.size != source.size:
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source.size}, index.numel() = {index.size}"
        )
    if index.size and not self.size:
        raise IndexError("put_(): Tried to put elements into an empty tensor")
    made = self.copy("C")
    flat = made.reshape(-1)
    places = flat_indices(index.reshape(-1), self.size)
    if accumulate:
        np.add.at(flat, places, source.reshape(-1))
    else:
        flat[places] = source.reshape(-1)
    return made


@put.vjp("self")
def _(grad, index, accumulate, source_dtype):
    return grad if accumulate else grad.put(index, grad.new_zeros(index.shape), False)


@put.vjp("source")
def _(grad, index, source_shape):
    return grad.take(index).reshape(source_shape)


# --- into a view's place ------------------------------------------------------------------------------------------------


def _embedded(self: Array, src: Array, window: Callable[[Array], Array]) -> Array:
    made = self.copy()
    _write_window(window(made), src)
    return made


def _write_window(target: Array, src: Array) -> None:
    if target.shape != src.shape:
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, slice size = "
            f"{list(target.shape)}"
        )
    target[...] = src


@op("select_scatter(Tensor self, Tensor src, int dim, int index) -> Tensor", wrap_dims=None)
def select_scatter(self: Array, src: Array, dim: int, index: int) -> Array:
    """A copy of `self` with `src` where `self.select(dim, index)` is.

    >>> torch.select_scatter(torch.zeros(2, 2), torch.ones(2), 0, 0)
    tensor([[1., 1.],
            [0., 0.]])
    """
    from tensorsh.ops.slicing import select

    return _embedded(self, src, lambda made: select.body(made, dim, index))


@select_scatter.vjp("self")
def _(grad, src_shape, dim, index):
    return grad.select_scatter(grad.new_zeros(src_shape), dim, index)


@select_scatter.vjp("src")
def _(grad, dim, index):
    return grad.select(dim, index)


def _bounds(extent: int, start: int | None, end: int | None, step: int) -> slice:
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    return slice(*slice(start, end, step).indices(extent))


@op("slice_scatter(Tensor self, Tensor src, int dim=0, int? start=None, int? end=None, int step=1) -> Tensor")
def slice_scatter(self: Array, src: Array, dim: int, start: int | None, end: int | None, step: int) -> Array:
    """A copy of `self` with `src` where the slice `start:end:step` along `dim` is.

    >>> torch.slice_scatter(torch.zeros(4), torch.ones(2), start=1, end=3)
    tensor([0., 1., 1., 0.])
    """
    if not self.ndim:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    return _embedded(self, src, lambda made: made[slices(dim, _bounds(made.shape[dim], start, end, step))])


@slice_scatter.vjp("self")
def _(grad, src_shape, dim, start, end, step):
    return grad.slice_scatter(grad.new_zeros(src_shape), dim, start, end, step)


@slice_scatter.vjp("src")
def _(grad, dim, start, end, step):
    return grad[(*(slice(None),) * dim, _bounds(grad.shape[dim], start, end, step))]


@op("diagonal_scatter(Tensor self, Tensor src, int offset=0, int dim1=0, int dim2=1) -> Tensor", wrap_dims=None)
def diagonal_scatter(self: Array, src: Array, offset: int, dim1: int, dim2: int) -> Array:
    """A copy of `self` with `src` where `self.diagonal(offset, dim1, dim2)` is.

    >>> torch.diagonal_scatter(torch.zeros(2, 2), torch.ones(2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    from tensorsh.ops.slicing import diagonal

    return _embedded(self, src, lambda made: diagonal.body(made, offset, dim1, dim2))


@diagonal_scatter.vjp("self")
def _(grad, src_shape, offset, dim1, dim2):
    return grad.diagonal_scatter(grad.new_zeros(src_shape), offset, dim1, dim2)


@diagonal_scatter.vjp("src")
def _(grad, offset, dim1, dim2):
    return grad.diagonal(offset, dim1, dim2)


@op("_as_strided_scatter(Tensor self, Tensor src, int[] size, int[] stride, int offset) -> Tensor", variants="function",
    varargs=False, node="AsStridedScatterBackward0")  # fmt: skip
def _as_strided_scatter(self: Array, src: Array, size: Shape, stride: Shape, offset: int) -> Array:
    # The window is one on memory, so the copy has the strides of `self`; `offset` counts from its first element.
    width = self.itemsize
    start = max(-offset, 0)
    span = max(span_of((self.shape, tuple(step // width for step in self.strides), 0)), offset + span_of((size, stride, 0)))
    memory = np.zeros(start + span, self.dtype)
    made = np.lib.stride_tricks.as_strided(memory[start:], self.shape, self.strides)
    made[...] = self
    window = np.lib.stride_tricks.as_strided(memory[start + offset :], size, tuple(step * width for step in stride))
    _write_window(window, src)
    return made


@composite("as_strided_scatter(Tensor self, Tensor src, int[] size, int[] stride, int? storage_offset=None) -> Tensor",
           varargs=False)  # fmt: skip
def as_strided_scatter(self: Tensor, src: Tensor, size: Shape, stride: Shape, storage_offset: int | None) -> Tensor:
    """A copy of `self`, with its strides, with `src` where `self.as_strided(size, stride, storage_offset)` is.

    >>> torch.as_strided_scatter(torch.zeros(2, 2), torch.ones(2), (2,), (3,))
    tensor([[1., 0.],
            [0., 1.]])
    """
    own = self.storage_offset()
    self.detach().as_strided(size, stride, storage_offset)  # refuses what lies outside the memory
    return _as_strided_scatter(self, src, size, stride, 0 if storage_offset is None else storage_offset - own)


@_as_strided_scatter.vjp("self")
def _(grad, src_shape, size, stride, offset):
    return _as_strided_scatter(grad.contiguous(), grad.new_zeros(src_shape), size, stride, offset)


@_as_strided_scatter.vjp("src")
def _(grad, size, stride, offset):
    return grad.contiguous().as_strided(size, stride, offset)


# --- a few more ---------------------------------------------------------------------------------------------------------


@op("fill.Scalar(Tensor self, Scalar value) -> Tensor", variants="function")
def fill(self: Array, value: Any) -> Array:
    """A tensor of the shape and dtype of `self` with one value everywhere.

    >>> torch.fill(torch.zeros(2), 3)
    tensor([3., 3.])
    """
    made = np.empty_like(self)
    made[...] = number_as(value, dt.of_array(self))
    return made


@op("fill.Tensor(Tensor self, Tensor value) -> Tensor", variants="function", node="FillBackward1")
def _fill_tensor(self: Array, value: Array) -> Array:
    if value.ndim:
        raise RuntimeError(
            f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions."
        )
    return fill.body(self, value.item())


_fill_tensor.doc = fill.doc

for _fill in (fill, _fill_tensor):

    @_fill.vjp("self")
    def _(grad):
        return grad.new_zeros(grad.shape)


@_fill_tensor.vjp("value")
def _(grad):
    return grad.sum()


@composite("fill_diagonal_(Tensor(a!) self, Scalar fill_value, bool wrap=False) -> Tensor(a!)", variants="method")
def fill_diagonal_(self: Tensor, fill_value: Any, wrap: bool) -> Tensor:
    """Write one value on the diagonal, in place; with `wrap`, also on the diagonals of a tall matrix's further blocks.

    >>> torch.zeros(2, 2).fill_diagonal_(5)
    tensor([[5., 0.],
            [0., 5.]])
    """
    if self.dim() < 2:
        raise RuntimeError("dimensions must larger than 1")
    if self.dim() > 2 and len(set(self.shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    self.as_strided((min(self.shape),), (sum(self.stride()),), self.storage_offset()).fill_(fill_value)
    height, width = self.shape[:2]
    if wrap and self.dim() == 2:
        for row in range(width + 1, height, width + 1):
            self.narrow(0, row, height - row).diagonal().fill_(fill_value)
    return self
