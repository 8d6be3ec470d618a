"""Tensors brought to go together: `meshgrid`, `cartesian_prod`, `broadcast_tensors`, `broadcast_shapes`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorsh.ops.engine import broadcast_mismatch
from tensorsh.ops.joining import check_some, stack
from tensorsh.ops.registry import composite
from tensorsh.runtime.layout import Size
from tensorsh.runtime.tensor import Tensor

Shape = tuple[int, ...]


@composite("meshgrid(Tensor[] tensors, *, str? indexing=None) -> Tensor[]", variants="function", varargs=True)
def meshgrid(tensors: Sequence[Tensor], indexing: str | None) -> tuple[Tensor, ...]:
    """The coordinates of a grid over vectors, a tensor for each, as views.

    `indexing` is "ij" (the first vector runs along the rows; the default, with a warning) or "xy" (the second one).

    >>> torch.meshgrid(torch.tensor([1, 2]), torch.tensor([3, 4]), indexing="ij")
    (tensor([[1, 1],
            [2, 2]]), tensor([[3, 4],
            [3, 4]]))
    """
    if indexing is None:
        import warnings

        warnings.warn(
            "torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.",
            UserWarning,
            stacklevel=4,
        )
    elif indexing not in ("xy", "ij"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    check_some("meshgrid", tensors)
    if any(x._dtype is not tensors[0]._dtype for x in tensors):
        raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    for x in tensors:
        if x.dim() > 1:
            extents = ",".join(map(str, x._array.shape))
            raise RuntimeError(
                f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: [ torch.{x._dtype.title}Tensor{{{extents}}} ]"
            )
    swapped = indexing == "xy" and len(tensors) > 1
    if swapped:
        tensors = [tensors[1], tensors[0], *tensors[2:]]
    count = len(tensors)
    shape = [x.numel() for x in tensors]
    grids = [x.view(*[-1 if i == at else 1 for i in range(count)]).expand(shape) for at, x in enumerate(tensors)]
    if swapped:
        grids[0], grids[1] = grids[1], grids[0]
    return tuple(grids)


@composite("cartesian_prod(Tensor[] tensors) -> Tensor", variants="function", varargs=True)
def cartesian_prod(tensors: Sequence[Tensor]) -> Tensor:
    """All combinations of one element from each vector, a row each.

    >>> torch.cartesian_prod(torch.tensor([1, 2]), torch.tensor([4, 5]))
    tensor([[1, 4],
            [1, 5],
            [2, 4],
            [2, 5]])
    """
    for x in tensors:
        if x.dim() != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(x.shape)}")
    if len(tensors) == 1:
        return tensors[0]
    return stack([grid.flatten() for grid in meshgrid.body(tensors, "ij")], 1)


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that shapes (tuples, or numbers for vectors) broadcast to; RuntimeError if they do not.

    >>> broadcast_shapes((2, 1), (3,))
    torch.Size([2, 3])
    """
    listed = [(shape,) if isinstance(shape, int) else tuple(shape) for shape in shapes]
    result: list[int] = [1] * max((len(shape) for shape in listed), default=0)
    for at, shape in enumerate(listed):
        for dim in range(-1, -len(shape) - 1, -1):
            if shape[dim] < 0:
                raise ValueError("Attempting to broadcast a dimension with negative length!")
            if shape[dim] in (1, result[dim]):
                continue
            if result[dim] != 1:
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {shape[dim]} at {dim}! Mismatching argument at index {at} "
                    f"had {shape}; but expected shape should be broadcastable to {result}"
                )
            result[dim] = shape[dim]
    return Size(result)


@composite("broadcast_tensors(Tensor[] tensors) -> Tensor[]", variants="function", varargs=True)
def broadcast_tensors(tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Views of tensors, expanded to the shape that they broadcast to.

    >>> [x.shape for x in torch.broadcast_tensors(torch.ones(2, 1), torch.ones(3))]
    [torch.Size([2, 3]), torch.Size([2, 3])]
    """
    shape: Shape = ()
    for x in tensors:
        mismatch = broadcast_mismatch(shape, x._array.shape)
        if mismatch:
            raise RuntimeError(mismatch)
        shape = np.broadcast_shapes(shape, x._array.shape)
    return tuple(x if x._array.shape == shape else x.expand(shape) for x in tensors)
