"""Sums of floats in the order in which PyTorch's CPU adds them, so that their last digits are the same.

A sum is taken in chunks, the sums of chunks in chunks, and so on through four levels, by several accumulators side by side: those of
a vector register of 32 bytes, and four of these. Which elements meet in an accumulator depends on how the summed dimensions lie in
memory. Source: cascade_sum in aten/src/ATen/native/cpu/SumKernel.cpp.

NumPy adds the rows of a matrix one after the other, which is all that is needed here: most functions take `(…, rows, columns)` and
sum over the rows. (A single column it would add pairwise, so none is ever summed that has more than a few rows.) Every sum starts at
0, so that of zeros with a sign there is none left.
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
_LONG = 2048  # from this many elements on, `einsum` adds rows faster than `add.reduce`
_add = np.add.reduce
_running = np.add.accumulate
_SHORT = {n: np.array([0, *range(4, n), 1, 2, 3]) for n in range(5, 8)}  # the order of so few that they fill no register


def in_turn(a: Array) -> Any:
    """The sum of a vector, one element after the other."""
    return _running(a)[-1] + 0


def _rows(a: Array) -> Array:
    """Each column's sum, one row after the other."""
    return _add(a, -2, None, None, False, 0) if a.size < _LONG else np.einsum("...ij->...j", a)


def _levels(a: Array) -> Array:
    """Each column's sum, through the levels."""
    count = a.shape[-2]
    if count <= FIRST_LEVEL:
        return _rows(a)
    power = max(4, (count - 1).bit_length() // 4)
    step = 1 << power
    found: Any = None
    for _ in range(3):
        groups = count >> power
        if not groups:
            break
        end = groups << power
        if end < count:
            rest = _rows(a[..., end:, :])
            found = rest if found is None else found + rest
            a = a[..., :end, :]
        if groups == 1:
            last = _rows(a)
            return last if found is None else found + last
        a = _rows(a.reshape(*a.shape[:-2], groups, step, a.shape[-1]))
        count = groups
    last = _rows(a)
    return last if found is None else found + last


def _four_abreast(a: Array) -> Array:
    """Each column's sum, by four accumulators that take the rows in turn."""
    rows, columns = a.shape[-2:]
    turns = rows // 4
    if not turns:
        return _rows(a)
    abreast = _levels(a[..., : turns * 4, :].reshape(*a.shape[:-2], turns, 4 * columns))
    sums = abreast[..., :columns]
    for row in range(turns * 4, rows):
        sums = sums + a[..., row, :]
    for start in range(columns, 4 * columns, columns):
        sums = sums + abreast[..., start : start + columns]
    return sums


def along_memory(a: Array) -> Array:
    """The sums of rows `(m, n)` whose elements lie next to each other."""
    rows, extent = a.shape
    if rows == 1:
        return np.array([whole(a[0])])
    lanes = REGISTER // a.itemsize
    if extent < lanes:
        return _rows(a.T.take(_SHORT[extent], 0)) if extent in _SHORT else _rows(np.ascontiguousarray(a.T))
    turns, end = extent // (4 * lanes), extent // lanes * lanes
    if turns:
        sums = _levels(a[:, : turns * 4 * lanes].reshape(rows, turns, 4 * lanes)).reshape(rows, 4, lanes)
        for start in range(turns * 4 * lanes, end, lanes):
            sums[:, 0] += a[:, start : start + lanes]
        sums = _rows(sums)
    else:
        sums = _rows(a[:, :end].reshape(rows, -1, lanes))
    tail = extent - end
    last = np.empty((tail + lanes, rows), a.dtype)
    last[:tail] = a[:, end:].T
    last[tail:] = sums.T
    return _rows(last)


def whole(a: Array) -> Any:
    """The sum of a vector whose elements lie next to each other: `along_memory` of one row."""
    extent = len(a)
    if extent <= IN_TURN:
        return in_turn(a)
    lanes = REGISTER // a.itemsize
    if extent < lanes:
        return in_turn(a.take(_SHORT[extent]))
    turns, end = extent // (4 * lanes), extent // lanes * lanes
    taken = turns * 4 * lanes
    # Few rows are added one by one: `reduce` takes as long to begin as four additions.
    if turns:
        abreast = _levels(a[:taken].reshape(turns, 4 * lanes)) if turns > 1 else a[:taken]
        sums = abreast[:lanes]
        for start in range(taken, end, lanes):
            sums = sums + a[start : start + lanes]
        for start in range(lanes, 4 * lanes, lanes):
            sums = sums + abreast[start : start + lanes]
    else:
        sums = a[:lanes]
        for start in range(lanes, end, lanes):
            sums = sums + a[start : start + lanes]
    tail = extent - end
    if not tail:
        return in_turn(sums)
    last = np.empty(tail + lanes, a.dtype)
    last[:tail] = a[end:]
    last[tail:] = sums
    return in_turn(last)


def across_memory(a: Array) -> Array:
    """The sums of columns `(…, n, m)` of a matrix that lies row by row."""
    lanes = REGISTER // a.itemsize
    columns = a.shape[-1]
    wide = 4 * lanes if columns >= lanes else 4
    split = columns // wide * wide
    if split == columns:
        return _levels(a)
    rest = _four_abreast(a[..., split:])
    return np.concatenate([_levels(a[..., :split]), rest], -1) if split else rest
