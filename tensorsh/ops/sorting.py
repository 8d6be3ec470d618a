"""Sorting: `sort`, `argsort`, `topk`, `msort`, and `unique`, which sorts to find what is equal.

NaN is larger than every number, so it comes last, or first where the order is descending. Equal elements stand in their order if
`stable` is given or there are at most 16, else where PyTorch's algorithm leaves them: see `ties`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops import ties
from tensorsh.ops.extrema import scattered
from tensorsh.ops.refusals import unsupported
from tensorsh.ops.registry import composite, op
from tensorsh.ops.summing import c_contiguous


@op(
    "sort(Tensor self, int dim=-1, bool descending=False, *, bool? stable=None) -> (Tensor values, Tensor indices)",
    variants="function method out", node=("SortBackward0", "SortBackward1", "stable"), half=True,
)  # fmt: skip
def sort(self: Any, dim: int, descending: bool, stable: bool | None) -> Any:
    """The elements in order along `dim`, and the index where each one was.

    >>> torch.sort(torch.tensor([3., 1., 2.]))
    torch.return_types.sort(
    values=tensor([1., 2., 3.]),
    indices=tensor([1, 2, 0]))
    """
    if self.dtype.kind == "c":
        raise RuntimeError(" Sort does not support complex dtypes on CPU")
    if not self.ndim:
        return self.copy(), np.zeros((), np.int64)
    if stable or self.strides[dim] == 0:  # the same element over and over is not sorted at all
        order = ties.stable(self, dim, descending)
        values = ties.picked(self, order, dim)
    else:
        values, order = ties.placed(self, dim, descending, ties.sort, ties.SMALL)
    return c_contiguous(values), c_contiguous(order)


@sort.vjp("self")
def _(grad, indices, self_shape, dim):
    return scattered(grad, indices, self_shape, dim, True)


@composite(
    "argsort(Tensor self, int dim=-1, bool descending=False, *, bool? stable=None) -> Tensor",
    variants="function method out",
)  # fmt: skip
def argsort(self, dim, descending, stable):
    """The indices that put the elements in order along `dim`.

    >>> torch.argsort(torch.tensor([3., 1., 2.]))
    tensor([1, 2, 0])
    """
    return sort(self.detach(), dim, descending, stable=stable)[1]


@composite("msort(Tensor self) -> Tensor", variants="function method out")
def msort(self):
    """The elements in order along the first dimension.

    >>> torch.msort(torch.tensor([[3., 1.], [2., 4.]]))
    tensor([[2., 1.],
            [3., 4.]])
    """
    return sort(self, 0)[0]


@op(
    "topk(Tensor self, int k, int dim=-1, bool largest=True, bool sorted=True) -> (Tensor values, Tensor indices)",
    variants="function method out", half=True,
)  # fmt: skip
def topk(self: Any, k: int, dim: int, largest: bool, sorted: bool) -> Any:
    """The `k` largest (or smallest) elements along `dim`, in order, and their indices.

    Of equal elements any may be chosen, and stand first: do not rely on the indices then.

    >>> torch.topk(torch.tensor([3., 1., 2.]), 2)
    torch.return_types.topk(
    values=tensor([3., 2.]),
    indices=tensor([0, 2]))
    """
    if not 0 <= k <= (self.shape[dim] if self.ndim else 1):
        raise RuntimeError("selected index k out of range")
    if self.dtype.kind in "cb":
        raise RuntimeError(f"{'topk does not support bool' if self.dtype.kind == 'b' else ' topk does not support complex'} dtypes on CPU")
    if not self.ndim:
        return self.copy(), np.zeros((), np.int64)
    if not k:
        return ties.among(self, dim, 0, 0).copy(), np.zeros((*self.shape[:dim], 0, *self.shape[dim + 1 :]), np.int64)
    parts = ties.placed(self, dim, largest, ties.top(k, sorted), every=not sorted)
    return tuple([c_contiguous(ties.among(part, dim, 0, k)) for part in parts])


@topk.vjp("self")
def _(grad, indices, self_shape, dim):
    return scattered(grad, indices, self_shape, dim, True)


# --- unique -------------------------------------------------------------------------------------------------------------


def _no_derivative(name: str) -> Any:
    def formula(grad: Any) -> Any:
        raise NotImplementedError(f"the derivative for '{name}' is not implemented.")

    return formula


def _runs(starts: Any, order: Any) -> tuple[Any, Any]:
    """For elements in `order`, of which `starts` marks each new one: which distinct element each is, and how often each occurs."""
    inverse = np.empty(order.shape, np.int64)
    inverse[order] = np.cumsum(starts) - 1
    return inverse, np.diff(np.append(np.flatnonzero(starts), order.size))


def _new_from_neighbour(rows: Any) -> Any:
    """Which rows differ from the one before; the first does."""
    different = np.ones(len(rows), bool)
    if len(rows) > 1:
        unequal = rows[1:] != rows[:-1]
        different[1:] = unequal if rows.ndim == 1 else unequal.reshape(len(rows) - 1, -1).any(1)
    return different


def _unique_of_nothing(self: Any, dim: int) -> Any:
    """What `unique` gives along `dim` of an array without elements."""
    if self.shape[dim]:
        raise RuntimeError("There are 0 sized dimensions, and they aren't selected, so unique cannot be applied")
    if self.shape.count(0) > 1:
        raise RuntimeError("Number of zero sized dimensions is more than one, so unique cannot be applied ")
    return self.copy(), np.empty(0, np.int64), np.empty(0, np.int64)


@op(
    "_unique2(Tensor self, bool sorted=True, bool return_inverse=False, bool return_counts=False) -> (Tensor, "
    "Tensor, Tensor)",
    variants="function", half=True,
)  # fmt: skip
def _unique2(self: Any, sorted: bool, return_inverse: bool, return_counts: bool) -> Any:
    """The distinct elements, in order, where each element is among them, and how often each occurs."""
    if self.dtype.kind == "c":
        raise unsupported("unique", self)
    flat = self.reshape(-1)
    if not return_inverse and not return_counts:
        ranked = np.sort(flat, kind="stable")
        return ranked[_new_from_neighbour(ranked)], np.empty(0, np.int64), np.empty(0, np.int64)
    order = np.argsort(flat, kind="stable")
    ranked = flat[order]
    starts = _new_from_neighbour(ranked)
    inverse, counts = _runs(starts, order)
    return (
        ranked[starts],
        inverse.reshape(self.shape) if return_inverse else np.empty(0, np.int64),
        counts if return_counts else np.empty(0, np.int64),
    )


@op(
    "unique_dim(Tensor self, int dim, bool sorted=True, bool return_inverse=False, "
    "bool return_counts=False) -> (Tensor, Tensor, Tensor)",
    variants="", half=True,
)  # fmt: skip
def unique_dim(self: Any, dim: int, sorted: bool, return_inverse: bool, return_counts: bool) -> Any:
    """`_unique2` of the slices along `dim`."""
    if not self.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    if self.dtype.kind == "c":
        raise unsupported("unique_dim", self)
    if not self.size:
        return _unique_of_nothing(self, dim)
    rows = np.moveaxis(self, dim, 0)
    flat = rows.reshape(len(rows), -1)
    order = np.lexsort(flat.T[::-1])
    starts = _new_from_neighbour(flat[order])
    inverse, counts = _runs(starts, order)
    return c_contiguous(np.moveaxis(rows[order][starts], 0, dim)), inverse, counts


@op(
    "_unique_consecutive(Tensor self, bool return_inverse=False, bool return_counts=False, "
    "int? dim=None) -> (Tensor, Tensor, Tensor)",
    variants="function", half=True,
)  # fmt: skip
def _unique_consecutive(self: Any, return_inverse: bool, return_counts: bool, dim: int | None) -> Any:
    """The elements, or slices along `dim`, that differ from the one before."""
    if self.dtype.kind == "c":
        raise unsupported("unique" if dim is None else "unique_dim", self)
    if dim is not None and not self.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    if dim is not None and not self.size:
        return _unique_of_nothing(self, dim)
    rows = self.reshape(-1) if dim is None else np.moveaxis(self, dim, 0)
    starts = _new_from_neighbour(rows)
    inverse, counts = _runs(starts, np.arange(len(rows)))
    if dim is None:
        return rows[starts], inverse.reshape(self.shape), counts
    return c_contiguous(np.moveaxis(rows[starts], 0, dim)), inverse, counts


_unique2.vjp("self")(_no_derivative("_unique2"))
unique_dim.vjp("self")(_no_derivative("unique_dim"))
_unique_consecutive.vjp("self")(_no_derivative("unique_consecutive"))


def _wanted(parts: Any, return_inverse: bool, return_counts: bool) -> Any:
    found = [parts[0], *([parts[1]] if return_inverse else []), *([parts[2]] if return_counts else [])]
    return tuple(found) if len(found) > 1 else found[0]


@composite(
    "unique(Tensor self, bool sorted=True, bool return_inverse=False, bool return_counts=False, "
    "int? dim=None) -> Tensor",
)
def unique(self, sorted, return_inverse, return_counts, dim):
    """The distinct elements (or slices along `dim`), in order; on demand the place of each element among them, and the counts.

    >>> torch.unique(torch.tensor([1, 3, 2, 3]), return_counts=True)
    (tensor([1, 2, 3]), tensor([1, 1, 2]))
    """
    parts = _unique2(self, sorted, return_inverse, return_counts) if dim is None else unique_dim(self, dim)
    return _wanted(parts, return_inverse, return_counts)


@composite(
    "unique_consecutive(Tensor self, bool return_inverse=False, bool return_counts=False, int? dim=None) -> Tensor",
)
def unique_consecutive(self, return_inverse, return_counts, dim):
    """The first of each run of equal elements (or slices along `dim`).

    >>> torch.unique_consecutive(torch.tensor([1, 1, 2, 2, 1]))
    tensor([1, 2, 1])
    """
    return _wanted(_unique_consecutive(self, dim=dim), return_inverse, return_counts)
