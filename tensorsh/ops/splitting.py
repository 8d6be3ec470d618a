"""Several views at once: `split`, `chunk`, `unbind` … Their node has an output for each, so none may be written to in place while
recording.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.registry import composite, view
from tensorsh.ops.slicing import slice_
from tensorsh.runtime.tensor import MOST_ROWS, Tensor, wrap_dim

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


def _check_count(operator: str, count: int) -> None:
    """Refuse to make more tensors than fit in memory: a window may be of any length (`expand`)."""
    if count > MOST_ROWS:
        raise RuntimeError(f"{operator} would make {count:,} tensors; tensorsh stops at {MOST_ROWS:,}")


@view("unbind(Tensor(a -> *) self, int dim=0) -> Tensor(a)[]")
def unbind(self: Array, dim: int) -> list[Array]:
    """A tuple with every index of a dimension.

    >>> torch.tensor([[1, 2], [3, 4]]).unbind()
    (tensor([1, 2]), tensor([3, 4]))
    """
    if self.ndim == 0:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    _check_count("unbind", self.shape[dim])
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
    """Pieces of the given sizes along a dimension.

    >>> torch.arange(5).split_with_sizes((1, 4))
    (tensor([0]), tensor([1, 2, 3, 4]))
    """
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
    _check_count("split", -(-extent // step))
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
        _check_count("chunk", chunks)
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
        _check_count("tensor_split", given)
        small, larger = divmod(extent, given)
        cuts = [at * small + min(at, larger) for at in range(1, given)]
    else:
        cuts = list(given)
    edges = [0, *cuts, extent]
    return tuple(slice_(self, dim, start, end) for start, end in zip(edges, edges[1:], strict=False))


def _axis_split(name: str, least: int, shown: str) -> Any:
    def body(self: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
        ndim = self._array.ndim
        if ndim < least:
            raise RuntimeError(
                f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with "
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

    body.__doc__ = f"""Pieces along {'rows' if name == 'vsplit' else 'columns' if name == 'hsplit' else 'the third dimension'}.

    >>> [part.shape for part in torch.zeros(2, 4, 6).{name}(2)]
    {shown}
    """
    return body


for _name, _least, _shown in (
    ("hsplit", 1, "[torch.Size([2, 2, 6]), torch.Size([2, 2, 6])]"),
    ("vsplit", 2, "[torch.Size([1, 4, 6]), torch.Size([1, 4, 6])]"),
    ("dsplit", 3, "[torch.Size([2, 4, 3]), torch.Size([2, 4, 3])]"),
):
    composite(f"{_name}(Tensor(a -> *) self, any indices_or_sections) -> Tensor(a)[]")(_axis_split(_name, _least, _shown))
