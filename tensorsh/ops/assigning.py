"""Values written over those of a tensor: `copy_`, `fill_`, `zero_`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.copies import cast
from tensorsh.ops.engine import broadcast_mismatch, output_mismatch
from tensorsh.ops.numbers import number_as
from tensorsh.ops.registry import write
from tensorsh.runtime import dtype as dt
from tensorsh.runtime.creation import convert
from tensorsh.runtime.dtype import FLOAT

Array = np.ndarray[Any, Any]


@write(
    "copy_(Tensor(a!) self, Tensor other, bool non_blocking=False) -> Tensor(a!)", variants="method", node="CopyBackwards",
    wraps="other",
)
def copy_(self: Array, other: Array, non_blocking: bool) -> None:
    """Write the values of `other` (a tensor, or a number), cast and broadcast, over `self`.

    >>> torch.zeros(2, 2).copy_(torch.tensor([1, 2]))
    tensor([[1., 2.],
            [1., 2.]])
    """
    _assign(self, other)


def _assign(target: Array, source: Array) -> None:
    if source.shape != target.shape:
        mismatch = broadcast_mismatch(target.shape, source.shape)
        if mismatch:
            raise RuntimeError(mismatch)
        broadcast = np.broadcast_shapes(target.shape, source.shape)
        if broadcast != target.shape:
            raise output_mismatch(target.shape, broadcast)
    same = source.dtype == target.dtype
    target[...] = source if same else convert(source, dt.of_array(target), copy=False)


@copy_.vjp("self")
def _(grad):
    return grad.new_zeros(grad.shape)


@copy_.vjp("other")
def _(grad, other_dtype):
    return cast(grad, other_dtype) if other_dtype.kind >= FLOAT else None


@write(
    "fill_(Tensor(a!) self, Tensor value) -> Tensor(a!)",
    variants="method",
    dtype="promote",
    numbers="value",
    node="FillBackward2",
)
def fill_(self: Array, value: Any) -> None:
    """Write one value everywhere.

    >>> torch.zeros(3).fill_(7)
    tensor([7., 7., 7.])
    """
    if isinstance(value, np.ndarray):
        if value.ndim:
            raise RuntimeError(
                f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions."
            )
        _assign(self, value)
    else:
        self[...] = number_as(value, dt.of_array(self))


@fill_.vjp("self")
def _(grad):
    return grad.new_zeros(grad.shape)


@fill_.vjp("value")
def _(grad):
    return grad.sum()


@write("zero_(Tensor(a!) self) -> Tensor(a!)", variants="method function", node="ZeroBackward0")
def zero_(self: Array) -> None:
    """Write zero everywhere.

    >>> torch.ones(2).zero_()
    tensor([0., 0.])
    """
    self[...] = 0


@zero_.vjp("self")
def _(grad):
    return grad.new_zeros(grad.shape)
