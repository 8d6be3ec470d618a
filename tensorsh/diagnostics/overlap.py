"""Which elements of strided windows lie on the same bytes. The answers are exact, for strided and negative steps too.

Windows are NumPy arrays. "Do they share a byte" is a bounded Diophantine problem, which `np.shares_memory` solves. "Which elements"
is answered by laying the same strides over a row of marks, one for each byte; that is done where the marks are few enough.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from tensorsh.runtime.storage import address, byte_bounds
from tensorsh.runtime.tensor import strides_of

Array = np.ndarray[Any, Any]

MOST_BYTES = 1 << 26  # that two windows may span for their elements to be marked
MOST_WORK = 1_000_000  # candidate solutions; np.shares_memory gives up above it
LISTED = 6  # numbers that an index may list


def overlap(one: Array, other: Array) -> bool | None:
    """Whether two windows share a byte; None if that is too much work to find out (it never was with fewer than five dimensions).

    >>> a = np.arange(12)
    >>> overlap(a[::2], a[1::2]), overlap(a[::2], a[::3]), overlap(a[::2], a[1:6:3])
    (False, True, True)
    """
    if not np.may_share_memory(one, other):
        return False
    try:
        return np.shares_memory(one, other, max_work=MOST_WORK)  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return None


def touched(window: Array, written: Array) -> Array | None:
    """Which elements of `window` share a byte with `written`, as a mask of its shape; None if they span too much memory.

    >>> a = np.arange(6).reshape(2, 3)
    >>> touched(a, a[:, 1])
    array([[False,  True, False],
           [False,  True, False]])
    """
    if not np.may_share_memory(window, written):
        return np.zeros(window.shape, np.bool_)
    low, high = _span(window, written)
    if high - low > MOST_BYTES:
        return None
    marks = np.zeros(high - low, np.bool_)
    _bytes(written, marks, low)[...] = True
    return np.asarray(_bytes(window, marks, low).any(-1))


def coverage(window: Array, low: int, width: int, count: int) -> Array:
    """How many elements of `window` lie on each of `count` places of `width` bytes from the address `low` on.

    >>> a = np.arange(4)
    >>> coverage(np.lib.stride_tricks.sliding_window_view(a, 2), address(a), a.itemsize, 4)
    array([1, 2, 2, 1])
    """
    found = np.zeros(count, np.int64)
    if window.size:
        starts = positions(window) + (address(window) - low)
        # An element may begin within a place, or cover several, where dtypes differ.
        first, last = starts // width, (starts + window.itemsize - 1) // width
        for step in range(int((last - first).max()) + 1):
            np.add.at(found, np.minimum(first + step, last)[first + step <= last], 1)
    return found


def positions(window: Array) -> Array:
    """How many bytes after the first element each element of a window begins, in the window's order, as one row."""
    found = np.zeros(window.shape, np.int64)
    for dim, stride in enumerate(window.strides):
        steps = np.arange(window.shape[dim], dtype=np.int64) * stride
        found += steps.reshape([-1 if d == dim else 1 for d in range(window.ndim)])
    return found.ravel()


def self_overlap(window: Array) -> str | None:
    """Why several elements of a window are one in memory, as the condition that its strides break; None if none are.

    >>> self_overlap(np.broadcast_to(np.zeros(3), (4, 3)))
    'dimension 0 has stride 0, so its 4 elements are one in memory'
    >>> self_overlap(np.zeros((4, 3)).T) is None
    True
    """
    if window.size < 2:
        return None
    strides = strides_of(window)
    for dim, (extent, stride) in enumerate(zip(window.shape, strides, strict=True)):
        if stride == 0 and extent > 1:
            return f"dimension {dim} has stride 0, so its {extent} elements are one in memory"
    # In the order of their strides, each dimension must step over everything that the smaller ones reach.
    reach, inner = 1, None
    for stride, extent, dim in sorted(
        (abs(s), e, d) for d, (e, s) in enumerate(zip(window.shape, strides, strict=True)) if e > 1
    ):
        if stride < reach and _repeats(window):
            return f"stride[{dim}] = {stride} does not step over the {reach} elements that dimension {inner} reaches"
        reach, inner = reach + stride * (extent - 1), dim
    return None


def _repeats(window: Array) -> bool:
    if window.size > MOST_BYTES // 8:
        return True  # the strides allow it to, and nobody will count
    return np.unique(positions(window)).size < window.size


def as_index(mask: Array) -> str | None:
    """The elements that a mask selects as a subscript: `""` for all, `"[1, 0:2]"`; None if no simple subscript selects them.

    >>> as_index(np.array([[False, True, True], [False, True, True]]))
    '[:, 1:]'
    """
    if mask.all():
        return ""
    chosen = []
    for dim in range(mask.ndim):
        others = tuple(d for d in range(mask.ndim) if d != dim)
        chosen.append(np.flatnonzero(mask.any(axis=others)))
    expected = 1
    for numbers in chosen:
        expected *= numbers.size
    if not expected or int(mask.sum()) != expected:
        return None
    parts = [_part(numbers, extent) for numbers, extent in zip(chosen, mask.shape, strict=True)]
    if None in parts:
        return None
    while parts and parts[-1] == ":":
        parts.pop()
    return f"[{', '.join(part for part in parts if part is not None)}]"


def _part(numbers: Array, extent: int) -> str | None:
    """Indices of one dimension: `:`, `3`, `1:4`, `::2`, `[0, 3, 4]`."""
    if numbers.size == extent:
        return ":"
    if numbers.size == 1:
        return str(numbers[0])
    steps = np.diff(numbers)
    step = int(steps[0])
    if (steps == step).all():
        first, last = int(numbers[0]), int(numbers[-1])
        start = str(first) if first else ""
        stop = str(last + 1) if last + step < extent else ""
        return f"{start}:{stop}" + (f":{step}" if step != 1 else "")
    return str(numbers.tolist()) if numbers.size <= LISTED else None


def _span(one: Array, other: Array) -> tuple[int, int]:
    bounds = byte_bounds(one), byte_bounds(other)
    return min(low for low, _ in bounds), max(high for _, high in bounds)


def _bytes(window: Array, marks: Array, low: int) -> Array:
    """The marks of each element's bytes: the window's strides over `marks`, whose first one stands for the address `low`."""
    first = marks[address(window) - low :]
    return as_strided(first, (*window.shape, window.itemsize), (*window.strides, 1))
