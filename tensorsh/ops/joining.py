"""Several tensors into one: `cat`, `stack`, `hstack`, `block_diag` …"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorsh.ops.gathering import check_apart
from tensorsh.ops.registry import composite, op
from tensorsh.ops.stretching import atleast_1d, atleast_2d, atleast_3d
from tensorsh.runtime.tensor import Tensor, wrap_dim

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


def _cat_dim(shapes: list[Shape], dim: int) -> int:
    """`dim` counted from the front of the first shape that counts; empty vectors join anything."""
    counted = [shape for shape in shapes if shape != (0,)] or shapes
    return wrap_dim(dim, len(counted[0]))


def _check_shapes(shapes: list[Shape], dim: int) -> None:
    first = next((shape for shape in shapes if shape != (0,)), (0,))
    for at, shape in enumerate(shapes):
        if shape == (0,):
            continue
        if len(shape) != len(first):
            raise RuntimeError(f"Tensors must have same number of dimensions: got {len(first)} and {len(shape)}")
        for axis, (wanted, extent) in enumerate(zip(first, shape, strict=True)):
            if axis != dim and wanted != extent:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {dim}. Expected size {wanted} but got size {extent} for "
                    f"tensor number {at} in the list."
                )


def _apart(out: Any, tensors: Sequence[Tensor]) -> None:
    if out is not None:
        check_apart(out, *tensors)


@op(
    "cat(Tensor[] tensors, int dim=0) -> Tensor", dtype="promote", half=False, variants="function out", wrap_dims=None,
    check=_apart,
)  # fmt: skip
def cat(tensors: list[Array], dim: int) -> Array:
    """Tensors one after another along `dim`.

    Their shapes must agree in all other dimensions; dtypes promote. ValueError for an empty list.

    >>> torch.cat((torch.ones(1, 2), torch.zeros(2, 2)))
    tensor([[1., 1.],
            [0., 0.],
            [0., 0.]])
    """
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    if 0 <= dim < tensors[0].ndim:
        try:
            return np.asarray(np.concatenate(tensors, dim), order="C")
        except ValueError:
            pass  # empty vectors, which join anything, or shapes that do not fit
    shapes = [array.shape for array in tensors]
    if () in shapes:
        raise RuntimeError(f"zero-dimensional tensor (at position {shapes.index(())}) cannot be concatenated")
    dim = _cat_dim(shapes, dim)
    _check_shapes(shapes, dim)
    some = [array for array in tensors if array.shape != (0,)] or tensors
    return np.asarray(np.concatenate(some, dim), order="C")


@cat.vjp("tensors")
def _(grad, tensors_shape, dim, needs):
    dim = _cat_dim(tensors_shape, dim)
    grads, start = [], 0
    for shape, needed in zip(tensors_shape, needs[0], strict=True):
        if shape == (0,) and grad.dim() > 1:
            grads.append(grad.new_zeros((0,)) if needed else None)
            continue
        grads.append(grad.narrow(dim, start, shape[dim]) if needed else None)
        start += shape[dim]
    return grads


for _name in ("concat", "concatenate"):
    _alias = composite(f"{_name}(Tensor[] tensors, int dim=0) -> Tensor", variants="function out", wrap_dims=None)(
        lambda tensors, dim: cat(tensors, dim)
    )
    _alias.family = __name__
    _alias.doc = f"""Another name of `cat`.

    >>> torch.{_name}((torch.tensor([1, 2]), torch.tensor([3])))
    tensor([1, 2, 3])
    """


@op("stack(Tensor[] tensors, int dim=0) -> Tensor", dtype="promote", half=False, variants="function out", wrap_dims=1, check=_apart)
def stack(tensors: list[Array], dim: int) -> Array:
    """Tensors of one shape along a new dimension.

    >>> torch.stack((torch.zeros(2), torch.ones(2)), dim=1)
    tensor([[0., 1.],
            [0., 1.]])
    """
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    shape = tensors[0].shape
    for at, array in enumerate(tensors):
        if array.shape != shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(shape)} at entry 0 and "
                f"{list(array.shape)} at entry {at}"
            )
    widened = (*(slice(None),) * dim, None)
    return np.asarray(np.concatenate([array[widened] for array in tensors], dim), order="C")


@stack.vjp("tensors")
def _(grad, dim, needs):
    return [grad.select(dim, i) if needed else None for i, needed in enumerate(needs[0])]


def check_some(name: str, tensors: Sequence[Tensor]) -> None:
    if not tensors:
        raise RuntimeError(f"{name} expects a non-empty TensorList")


@composite("hstack(Tensor[] tensors) -> Tensor", variants="function out")
def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors side by side: vectors end to end, others along the second dimension.

    >>> torch.hstack((torch.tensor([1, 2]), torch.tensor([3])))
    tensor([1, 2, 3])
    """
    check_some("hstack", tensors)
    parts = [atleast_1d.body(x) for x in tensors]
    return cat(parts, 0 if parts[0].dim() == 1 else 1)


@composite("vstack(Tensor[] tensors) -> Tensor", variants="function out")
def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors one below the other; vectors are rows.

    >>> torch.vstack((torch.tensor([1, 2]), torch.tensor([3, 4])))
    tensor([[1, 2],
            [3, 4]])
    """
    check_some("vstack", tensors)
    return cat([atleast_2d.body(x) for x in tensors], 0)


@composite("row_stack(Tensor[] tensors) -> Tensor", variants="function out")
def row_stack(tensors: Sequence[Tensor]) -> Tensor:
    """Another name of `vstack`.

    >>> torch.row_stack((torch.tensor([1, 2]), torch.tensor([3, 4])))
    tensor([[1, 2],
            [3, 4]])
    """
    return vstack(tensors)


@composite("dstack(Tensor[] tensors) -> Tensor", variants="function out")
def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors one behind the other, along the third dimension.

    >>> torch.dstack((torch.tensor([1, 2]), torch.tensor([3, 4]))).shape
    torch.Size([1, 2, 2])
    """
    check_some("dstack", tensors)
    return cat([atleast_3d.body(x) for x in tensors], 2)


@composite("column_stack(Tensor[] tensors) -> Tensor", variants="function out")
def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors side by side; vectors are columns.

    >>> torch.column_stack((torch.tensor([1, 2]), torch.tensor([3, 4])))
    tensor([[1, 3],
            [2, 4]])
    """
    check_some("column_stack", tensors)
    return hstack([x.reshape(x.numel(), 1) if x.dim() < 2 else x for x in tensors])
