"""Sums of floats in the order in which PyTorch's CPU adds them, so that their last digits are the same.

A sum is taken in chunks, the sums of chunks in chunks, and so on through four levels, by several accumulators side by side: those of
a vector register of 32 bytes, and four of these. Which elements meet in an accumulator depends on how the summed dimensions lie in
memory. Source: cascade_sum in aten/src/ATen/native/cpu/SumKernel.cpp.

NumPy adds the rows of a matrix one after the other, which is all that is needed here: each function takes `(…, rows, columns)` and
sums over the rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

# From this many elements on, PyTorch divides the work among threads, and the order depends on their number.
MANY = 32768

IN_TURN = 4  # so few elements are added one after the other, whoever adds them
REGISTER = 32  # bytes
FIRST_LEVEL = 16  # rows that are added before levels begin
_add = np.add.reduce


def _levels(a: Array) -> Array:
    """Each column's sum, through the levels."""
    count = a.shape[-2]
    if count < FIRST_LEVEL:
        return _add(a, -2)
    power = max(4, (count - 1).bit_length() // 4)
    step = 1 << power
    found: Any = None
    for level in range(4):
        groups = a.shape[-2] >> power if level < 3 else 0
        if not groups:
            rest = _add(a, -2)
            return rest if found is None else found + rest
        whole = groups << power
        rest = _add(a[..., whole:, :], -2)
        found = rest if found is None else found + rest
        a = _add(a[..., :whole, :].reshape(*a.shape[:-2], groups, step, a.shape[-1]), -2)
    raise AssertionError("the last level has no groups")


def _four_abreast(a: Array) -> Array:
    """Each column's sum, by four accumulators that take the rows in turn."""
    rows, columns = a.shape[-2:]
    turns = rows // 4
    if not turns:
        return _add(a, -2)
    sums = _levels(a[..., : turns * 4, :].reshape(*a.shape[:-2], turns, 4 * columns)).reshape(*a.shape[:-2], 4, columns)
    for row in range(turns * 4, rows):
        sums[..., 0, :] += a[..., row, :]
    return _add(sums, -2)


def along_memory(a: Array) -> Array:
    """The sums of rows `(m, n)` whose elements lie next to each other."""
    rows, extent = a.shape
    lanes = REGISTER // a.itemsize
    if extent < lanes:
        turned = a if extent <= 4 else np.concatenate((a[:, :1], a[:, 4:], a[:, 1:4]), 1)
        return _one_by_one(turned) + 0  # of zeros with a sign, 0
    turns, whole = extent // (4 * lanes), extent // lanes * lanes
    if turns:
        sums = _levels(a[:, : turns * 4 * lanes].reshape(rows, turns, 4 * lanes)).reshape(rows, 4, lanes)
        for start in range(turns * 4 * lanes, whole, lanes):
            sums[:, 0] += a[:, start : start + lanes]
        sums = _add(sums, 1)
    else:
        sums = _add(a[:, :whole].reshape(rows, -1, lanes), 1)
    return _one_by_one(sums if whole == extent else np.concatenate((a[:, whole:], sums), 1))


def whole(a: Array) -> Any:
    """The sum of a vector whose elements lie next to each other: `along_memory` of one row, in fewer steps where it is short."""
    lanes = REGISTER // a.itemsize
    extent = len(a)
    turns = extent // (4 * lanes)
    if extent < lanes or turns >= FIRST_LEVEL:
        return along_memory(a.reshape(1, -1))[0]
    end = extent // lanes * lanes
    if turns:
        sums = _add(a[: turns * 4 * lanes].reshape(turns, 4 * lanes), 0)
        for start in range(turns * 4 * lanes, end, lanes):
            sums[:lanes] += a[start : start + lanes]
        sums = _add(sums.reshape(4, lanes), 0)
    else:
        sums = _add(a[:end].reshape(-1, lanes), 0)
    return np.add.accumulate(sums if end == extent else np.concatenate((a[end:], sums)))[-1] + 0  # of zeros with a sign, 0


def _one_by_one(a: Array) -> Array:
    return np.add.accumulate(a, 1)[:, -1]


def _across_memory(a: Array) -> Array:
    """The sums of columns `(…, n, m)` of a matrix that lies row by row."""
    lanes = REGISTER // a.itemsize
    columns = a.shape[-1]
    wide = 4 * lanes if columns >= lanes else 4
    split = columns // wide * wide
    if split == columns:
        return _levels(a)
    rest = _four_abreast(a[..., split:])
    return np.concatenate([_levels(a[..., :split]), rest], -1) if split else rest


def cascade_sum(a: Array, axes: tuple[int, ...], keepdim: bool) -> Array | None:
    """The sum over some axes of an array of real floats; None where PyTorch's order is not known."""
    if a.size >= MANY or not a.size or a.itemsize < 4 or a.dtype.kind != "f":
        return None
    if len(axes) == 1 and a.shape[axes[0]] <= IN_TURN:
        return _add(a, axes, None, None, keepdim, 0)
    order = list(range(a.ndim))
    laid = a
    if not a.flags.c_contiguous:
        order.sort(key=lambda axis: -abs(a.strides[axis]))
        laid = a.transpose(order)
        if not laid.flags.c_contiguous:
            return None
    # Neighbouring dimensions that share their fate are one.
    shape: list[int] = []
    summed: list[bool] = []
    for axis in order:
        if a.shape[axis] == 1:
            continue
        if summed and summed[-1] == (axis in axes):
            shape[-1] *= a.shape[axis]
        else:
            shape.append(a.shape[axis])
            summed.append(axis in axes)
    found = laid.reshape(shape)
    if summed and summed[-1]:
        found = along_memory(found.reshape(-1, shape.pop())).reshape(shape)
        summed.pop()
    elif True in summed:
        found = _across_memory(found)
        del summed[-2]
    if True in summed:
        # What is left of the summed dimensions goes round on the outside: one result after the other is added.
        found = _add(found, tuple([at for at, gone in enumerate(summed) if gone]))
    found = found + 0  # of zeros with a sign, 0
    if laid is not a:
        kept = [axis for axis in order if axis not in axes]
        found = found.reshape([a.shape[axis] for axis in kept]).transpose(np.argsort(kept))
    return found.reshape([1 if axis in axes else n for axis, n in enumerate(a.shape) if keepdim or axis not in axes])
