"""Tensors from nothing: `zeros`, `ones`, `full`, `eye`, `empty` …, and their `_like` and `new_` forms.

Memory always starts as zeros, that of `empty` too: a tensor never shows what another program or tensor left behind.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorsh.ops.engine import out_of_memory
from tensorsh.ops.numbers import number_as
from tensorsh.ops.registry import factory
from tensorsh.runtime.dtype import dtype as DType
from tensorsh.runtime.dtype import of_number
from tensorsh.runtime.layout import channels_last, contiguous_format
from tensorsh.runtime.state import current

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


def kind_of(dtype: DType | None) -> Any:
    """The array dtype of `dtype`, or of the default dtype if that is None."""
    return (dtype or current().default_dtype).array_dtype


def check_size(size: Shape, text: str = "Trying to create tensor with negative dimension {}: {}") -> None:
    """RuntimeError for a size that no tensor can have."""
    if size and min(size) < 0:
        raise RuntimeError(text.format(next(n for n in size if n < 0), list(size)))
    if math.prod(size) >= 1 << 60:
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(size)}")


def zeros_array(size: Shape, array_dtype: Any) -> Array:
    """Zeros of a checked size; RuntimeError if there is not enough memory."""
    try:
        return np.zeros(size, array_dtype)
    except MemoryError:
        count = math.prod(size) * np.dtype(array_dtype).itemsize
        raise out_of_memory(count) from None


def filled(size: Shape, value: Any, array_dtype: Any) -> Array:
    array = zeros_array(size, array_dtype)
    array[...] = value
    return array


def like(array: Array, array_dtype: Any, memory_format: Any = None) -> Array:
    """Zeros of an array's shape, with its order of dimensions in memory unless `memory_format` says another."""
    if memory_format is channels_last:
        if array.ndim != 4:
            raise RuntimeError("required rank 4 tensor to use channels_last format")
        n, c, h, w = array.shape
        return np.zeros((n, h, w, c), array_dtype).transpose(0, 3, 1, 2)
    if array.flags.c_contiguous or memory_format is contiguous_format or 0 in array.strides:
        return np.zeros(array.shape, array_dtype)
    return np.zeros_like(array, array_dtype)


# --- of a size ----------------------------------------------------------------------------------------------------------



@factory("zeros(int[] size) -> Tensor", variants="function out")
def zeros(size: Shape, dtype: DType | None) -> Array:
    """A tensor filled with zero.

    >>> torch.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    check_size(size, "zeros: Dimension size must be non-negative.")
    return zeros_array(size, kind_of(dtype))


@factory("ones(int[] size) -> Tensor", variants="function out")
def ones(size: Shape, dtype: DType | None) -> Array:
    """A tensor filled with one.

    >>> torch.ones(2, 3)
    tensor([[1., 1., 1.],
            [1., 1., 1.]])
    """
    check_size(size)
    return filled(size, 1, kind_of(dtype))


@factory("empty(int[] size, *, MemoryFormat? memory_format=None) -> Tensor", variants="function out")
def empty(size: Shape, memory_format: Any, dtype: DType | None) -> Array:
    """A tensor of a size, for values to come: zeros.

    >>> torch.empty(2, 3).shape
    torch.Size([2, 3])
    """
    check_size(size)
    made = zeros_array(size, kind_of(dtype))
    return made if memory_format is None else like(made, made.dtype, memory_format)


@factory("full(int[] size, Scalar fill_value) -> Tensor", variants="function out")
def full(size: Shape, fill_value: Any, dtype: DType | None) -> Array:
    """A tensor filled with one value, of the value's dtype unless another is asked for.

    >>> torch.full((2, 3), 3.141592)
    tensor([[3.1416, 3.1416, 3.1416],
            [3.1416, 3.1416, 3.1416]])
    """
    check_size(size)
    kind = dtype or of_number(fill_value, current().default_dtype)
    return filled(size, number_as(fill_value, kind), kind.array_dtype)


@factory("scalar_tensor(Scalar s) -> Tensor")
def scalar_tensor(s: Any, dtype: DType | None) -> Array:
    """A 0-dim tensor with the value `s`, of the default dtype unless another is asked for.

    >>> torch.scalar_tensor(3)
    tensor(3.)
    """
    kind = dtype or current().default_dtype
    return np.asarray(number_as(s, kind))


@factory("eye(int n, int? m=None) -> Tensor", variants="function out")
def eye(n: int, m: int | None, dtype: DType | None) -> Array:
    """Ones on the diagonal of an n × m matrix (m is n if not given), zeros elsewhere.

    >>> torch.eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    m = n if m is None else m
    for name, extent in (("n", n), ("m", m)):
        if extent < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {extent}")
    made = zeros_array((n, m), kind_of(dtype))
    made.reshape(-1)[: m * min(n, m) : m + 1] = 1
    return made


@factory("empty_strided(int[] size, int[] stride) -> Tensor", varargs=False)
def empty_strided(size: Shape, stride: Shape, dtype: DType | None) -> Array:
    """A tensor of a size with given strides, for values to come: zeros.

    >>> torch.empty_strided((2, 3), (1, 2)).stride()
    (1, 2)
    """
    return _strided(size, stride, kind_of(dtype))


def _strided(size: Shape, stride: Shape, array_dtype: Any) -> Array:
    if len(size) != len(stride):
        raise RuntimeError(
            f"dimensionality of sizes ({len(size)}) must match dimensionality of strides ({len(stride)})"
        )
    check_size(size)
    if stride and min(stride) < 0:
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(size)} and strides={list(stride)}")
    span = 0 if 0 in size else 1 + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    check_size((span,))
    flat = zeros_array((span,), array_dtype)
    return np.lib.stride_tricks.as_strided(flat, size, tuple(step * flat.itemsize for step in stride))


@factory("empty_permuted(int[] size, int[] physical_layout) -> Tensor", varargs=False)
def empty_permuted(size: Shape, physical_layout: Shape, dtype: DType | None) -> Array:
    """A tensor of a size whose dimensions lie in memory in the order `physical_layout`, outermost first: zeros.

    >>> torch.empty_permuted((2, 3), (1, 0)).stride()
    (1, 2)
    """
    check_size(size)
    if len(size) != len(physical_layout):
        raise RuntimeError(
            "Number of dimensions in size does not match the length of the physical_layout; i.e. "
            f"len(size) = {len(size)} is not equal to len(physical_layout) = {len(physical_layout)}"
        )
    for at, dim in enumerate(physical_layout):
        if not 0 <= dim < len(size):
            raise RuntimeError(
                f"Dimension out of range (expected to be between 0 and {len(size) - 1}, but got {dim} at index {at}).  "
                "NB: negative dims not currently supported; file an issue if you want it."
            )
        if dim in physical_layout[:at]:
            raise RuntimeError("Duplicate dim not allowed")
    inverse = sorted(range(len(size)), key=physical_layout.__getitem__)
    return zeros_array(tuple(size[dim] for dim in physical_layout), kind_of(dtype)).transpose(inverse)


# --- like another tensor ------------------------------------------------------------------------------------------------


@factory("zeros_like(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor")
def zeros_like(self: Array, memory_format: Any, dtype: DType) -> Array:
    """Zeros of the shape and dtype of `self`, in its order of dimensions in memory.

    >>> torch.zeros_like(torch.ones(2))
    tensor([0., 0.])
    """
    return like(self, dtype.array_dtype, memory_format)


@factory("empty_like(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor")
def empty_like(self: Array, memory_format: Any, dtype: DType) -> Array:
    """A tensor of the shape and dtype of `self`, for values to come: zeros.

    >>> torch.empty_like(torch.ones(2, 3)).shape
    torch.Size([2, 3])
    """
    return like(self, dtype.array_dtype, memory_format)


@factory("ones_like(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor")
def ones_like(self: Array, memory_format: Any, dtype: DType) -> Array:
    """Ones of the shape and dtype of `self`.

    >>> torch.ones_like(torch.zeros(2))
    tensor([1., 1.])
    """
    made = like(self, dtype.array_dtype, memory_format)
    made[...] = 1
    return made


@factory("full_like(Tensor self, Scalar fill_value, *, MemoryFormat? memory_format=None) -> Tensor")
def full_like(self: Array, fill_value: Any, memory_format: Any, dtype: DType) -> Array:
    """A tensor of the shape and dtype of `self`, filled with one value.

    >>> torch.full_like(torch.zeros(2), 7)
    tensor([7., 7.])
    """
    made = like(self, dtype.array_dtype, memory_format)
    made[...] = number_as(fill_value, dtype)
    return made


@factory("new_zeros(Tensor self, int[] size) -> Tensor", variants="method")
def new_zeros(self: Array, size: Shape, dtype: DType) -> Array:
    """Zeros of a size, of the dtype of `self`.

    >>> torch.ones(2, dtype=torch.int64).new_zeros(3)
    tensor([0, 0, 0])
    """
    check_size(size)
    return zeros_array(size, dtype.array_dtype)


@factory("new_empty(Tensor self, int[] size) -> Tensor", variants="method")
def new_empty(self: Array, size: Shape, dtype: DType) -> Array:
    """A tensor of a size, of the dtype of `self`, for values to come: zeros.

    >>> torch.ones(2).new_empty(2, 3).shape
    torch.Size([2, 3])
    """
    check_size(size)
    return zeros_array(size, dtype.array_dtype)


@factory("new_ones(Tensor self, int[] size) -> Tensor", variants="method")
def new_ones(self: Array, size: Shape, dtype: DType) -> Array:
    """Ones of a size, of the dtype of `self`.

    >>> torch.zeros(2, dtype=torch.int64).new_ones(3)
    tensor([1, 1, 1])
    """
    check_size(size)
    return filled(size, 1, dtype.array_dtype)


@factory("new_full(Tensor self, int[] size, Scalar fill_value) -> Tensor", variants="method")
def new_full(self: Array, size: Shape, fill_value: Any, dtype: DType) -> Array:
    """A tensor of a size, of the dtype of `self`, filled with one value.

    >>> torch.zeros(2).new_full((3,), 7)
    tensor([7., 7., 7.])
    """
    check_size(size)
    return filled(size, number_as(fill_value, dtype), dtype.array_dtype)


@factory("new_empty_strided(Tensor self, int[] size, int[] stride) -> Tensor", variants="method", varargs=False)
def new_empty_strided(self: Array, size: Shape, stride: Shape, dtype: DType) -> Array:
    """A tensor of a size with given strides, of the dtype of `self`, for values to come: zeros.

    >>> torch.ones(2).new_empty_strided((2, 3), (1, 2)).stride()
    (1, 2)
    """
    return _strided(size, stride, dtype.array_dtype)


@factory("new_tensor(Tensor self, any data) -> Tensor", variants="method")
def new_tensor(self: Array, data: Any, dtype: DType) -> Array:
    """A tensor with a copy of `data`, of the dtype of `self`.

    >>> torch.ones(2).new_tensor([[0, 1], [2, 3]])
    tensor([[0., 1.],
            [2., 3.]])
    """
    from tensorsh.runtime.creation import tensor

    return tensor(data, dtype=dtype)._array


__all__ = ["check_size", "filled", "kind_of", "like", "zeros_array"]
