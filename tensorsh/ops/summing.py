"""How floats are added up: in PyTorch's order where that is known (`cascade`), else as fast as memory gives them.

A long sum is a product with ones, which BLAS takes in vector registers and on all cores, in pieces short enough that its error grows
as little as that of pairwise sums. NumPy's own reductions call a loop for each row of memory, however short.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorsh.ops import cascade
from tensorsh.ops.cascade import IN_TURN, MANY

Array = np.ndarray[Any, Any]
Dims = tuple[int, ...] | None

_SMALL = 256  # so few are added by NumPy
_ROW, _COLUMN = 4096, 256  # elements that one product with ones adds, along memory and across it
_BLOCK = 128  # the same where strides keep BLAS out
_TILE = 1024  # a stack of smaller matrices is not worth a call of BLAS for each
_add = np.add.reduce


def summed(a: Array, axes: tuple[int, ...], keepdim: bool = False) -> Any:
    """The sum over some axes, added in PyTorch's order where that is known; C-contiguous."""
    if 0 < a.size < MANY and a.itemsize >= 4 and a.dtype.kind == "f":
        if len(axes) == 1 and a.shape[axes[0]] <= IN_TURN:
            return c_contiguous(_add(a, axes, None, None, keepdim, 0))
        if len(axes) == a.ndim and a.flags.c_contiguous:
            found = cascade.whole(a.reshape(-1))
            return np.array(found).reshape((1,) * a.ndim) if keepdim else found
        found = _along_dimensions(a, axes, keepdim, cascade.along_memory, cascade.across_memory, _add)
        if found is not None:
            return c_contiguous(found)
    return sum_over(a, axes, keepdim)


def sum_over(a: Array, axes: tuple[int, ...], keepdim: bool = False) -> Any:
    """The sum over some axes in `a`'s dtype, in whatever order is fast and precise; C-contiguous."""
    if a.size < _SMALL or a.itemsize < 4 or a.dtype.kind not in "fc":
        return c_contiguous(_add(a, axes, None, None, keepdim))
    found = _along_dimensions(a, axes, keepdim, _along_memory, _across_memory, sum_over)
    if found is not None:
        return c_contiguous(found)
    for axis in sorted(axes, key=lambda i: abs(a.strides[i])):
        a = _sum_axis(a, axis)
    return c_contiguous(a) if keepdim else c_contiguous(a).reshape([n for i, n in enumerate(a.shape) if i not in axes])


def sum_vector(a: Array) -> Any:
    """The sum of all elements of a C-contiguous array of float32 or float64, as `summed` adds them."""
    return cascade.whole(a.reshape(-1)) if a.size < MANY else _along_memory(a.reshape(1, -1))[0]


def c_contiguous(array: Any) -> Any:
    """The array, or a C-contiguous copy. A 0-dim result stays 0-dim."""
    return array if not isinstance(array, np.ndarray) or array.flags.c_contiguous else array.copy("C")


def _along_dimensions(
    a: Array,
    axes: tuple[int, ...],
    keepdim: bool,
    along: Callable[[Array], Array],
    across: Callable[[Array], Array],
    around: Callable[[Array, tuple[int, ...]], Array],
) -> Array | None:
    """The sum over some axes, from the innermost in memory outwards; None if `a` does not fill its memory.

    `along` sums rows `(m, n)`, `across` the columns of matrices `(…, n, m)`, and `around` what further out is left.
    """
    if a.ndim == 2 and len(axes) == 1 and a.shape[1] > 1 and a.flags.c_contiguous:
        found = along(a) if axes[0] else across(a)
        return found if not keepdim else found.reshape((-1, 1) if axes[0] else (1, -1))
    order = list(range(a.ndim))
    laid = a
    if not a.flags.c_contiguous:
        order.sort(key=lambda axis: -abs(a.strides[axis]))
        laid = a.transpose(order)
        if not laid.flags.c_contiguous:
            return None
    # Neighbouring dimensions that share their fate are one.
    shape: list[int] = []
    gone: list[bool] = []
    for axis in order:
        if a.shape[axis] == 1:
            continue
        if gone and gone[-1] == (axis in axes):
            shape[-1] *= a.shape[axis]
        else:
            shape.append(a.shape[axis])
            gone.append(axis in axes)
    found = laid.reshape(shape)
    if True not in gone:
        found = found + 0  # a copy, in which no zero has a sign
    elif gone[-1]:
        found = along(found.reshape(-1, shape.pop())).reshape(shape)
        gone.pop()
    else:
        found = across(found)
        del gone[-2]
    if True in gone:
        found = around(found, tuple([axis for axis, is_gone in enumerate(gone) if is_gone]))
    if laid is not a:
        kept = [axis for axis in order if axis not in axes]
        found = found.reshape([a.shape[axis] for axis in kept]).transpose(np.argsort(kept))
    return found.reshape([1 if axis in axes else n for axis, n in enumerate(a.shape) if keepdim or axis not in axes])


def _along_memory(a: Array) -> Array:
    """The sums of rows `(m, n)` that lie next to each other."""
    rows, extent = a.shape
    if extent <= _ROW:
        return a @ np.ones(extent, a.dtype)
    end = extent // _ROW * _ROW
    found = _add(a[:, :end].reshape(rows, -1, _ROW) @ np.ones(_ROW, a.dtype), 1)
    return found if end == extent else found + a[:, end:] @ np.ones(extent - end, a.dtype)


def _across_memory(a: Array) -> Array:
    """The sums of columns `(…, n, m)` of matrices that lie row by row."""
    rows, columns = a.shape[-2:]
    if rows <= _COLUMN:
        if rows * columns < _TILE and a.ndim > 2:
            return np.einsum("...ij->...j", a)
        return np.ones(rows, a.dtype) @ a
    end = rows // _COLUMN * _COLUMN
    found = _across_memory(_across_memory(a[..., :end, :].reshape(*a.shape[:-2], -1, _COLUMN, columns)))
    return found if end == rows else found + _across_memory(a[..., end:, :])


def _sum_axis(a: Array, axis: int) -> Array:
    """One axis summed and kept, whatever the strides. NumPy adds pairwise along the innermost axis only; along another,
    blocks keep sums short."""
    n = a.shape[axis]
    while n > 2 * _BLOCK and a.strides[axis] != a.itemsize:
        whole = n // _BLOCK * _BLOCK
        head = (slice(None),) * axis
        blocks = a[(*head, slice(0, whole))].reshape(*a.shape[:axis], whole // _BLOCK, _BLOCK, *a.shape[axis + 1 :])
        parts = _add(blocks, axis + 1)
        a = parts if whole == n else np.concatenate([parts, _add(a[(*head, slice(whole, n))], axis, keepdims=True)], axis)
        n = a.shape[axis]
    return _add(a, axis, keepdims=True)
