"""Which of equal elements comes first: PyTorch's CPU sorts with the C++ library's algorithms, most of which are not stable.

The values do not depend on it, the indices do, and with them the gradients. So the algorithms are followed here step by step, on
the ranks of a row (equal elements have equal ranks). Each function takes a row's ranks and returns indices into it. Sources: Musser,
"Introspective Sorting and Selection Algorithms" (1997), with the choices of libstdc++ (median of three, insertion sort below 17);
Sedgewick, "Implementing Quicksort Programs" (1978), for `kthvalue`.

A step costs Python's time, so longer inputs (`MOST`) get a stable order: as true an answer, which no program should build on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Ranks = list[int]

# Elements, all rows together, for which equal elements are put as PyTorch puts them: some 20 ms of work.
MOST = 1 << 14

SMALL = 16  # what `std::sort` leaves to insertion sort


def placed(
    array: Array, dim: int, descending: bool, place: Callable[[Ranks], list[int]], least: int = 1, every: bool = False
) -> tuple[Array, Array]:
    """The elements in order along `dim`, and their indices: in rows with equal elements (in `every` row) those that `place` gives.

    `place` goes by ranks; NaN ranks above every number. Rows of up to `least` elements are left in the stable order, which it is known to
    give for them.
    """
    order = stable(array, dim, descending)
    values = picked(array, order, dim)
    extent = array.shape[dim]
    if not least < extent <= array.size <= MOST:
        return values, order
    ranked = values.swapaxes(dim, -1)
    differs = ranked[..., 1:] != ranked[..., :-1]
    if array.dtype.kind not in "biu":
        missing = np.isnan(ranked)
        if np.count_nonzero(missing):
            differs &= ~(missing[..., 1:] & missing[..., :-1])
    if not every and np.count_nonzero(differs) == differs.size:
        return values, order
    apart = differs.all(-1)
    rows = order.swapaxes(dim, -1)
    for row in np.argwhere(~apart | every):
        where = tuple(row)
        ranks = np.zeros(extent, np.int64)
        ranks[rows[where][1:]] = np.cumsum(differs[where])
        found = place(ranks.tolist())
        rows[where][: len(found)] = found
    return picked(array, order, dim), order


def stable(array: Array, dim: int, descending: bool) -> Array:
    """The indices that sort along `dim`, equal elements in their order."""
    if not descending:
        return array.argsort(dim, kind="stable")
    back = (slice(None),) * dim + (slice(None, None, -1),)
    last = np.array(array.shape[dim] - 1)
    return (last - array[back].argsort(dim, kind="stable"))[back].copy()


def among(array: Array, dim: int, first: int, end: int) -> Array:
    """The elements from `first` to before `end` along `dim`."""
    return array[(slice(None),) * dim + (slice(first, end),)]


def picked(array: Array, indices: Array, dim: int) -> Array:
    """The elements at `indices` along `dim`: `np.take_along_axis`, whose preparations take longer than all else on a small matrix."""
    if array.ndim == 1:
        return array[indices]
    if array.ndim == 2:
        return array[np.arange(len(array))[:, None], indices] if dim else array[indices, np.arange(array.shape[1])]
    return np.take_along_axis(array, indices, dim)


def element(array: Array, indices: Array, dim: int) -> Array:
    """The one element along `dim` that `indices`, which lack this dimension, name."""
    if array.ndim == 1:
        return array[indices]
    if array.ndim == 2:
        others = np.arange(array.shape[1 - dim])
        return array[others, indices] if dim else array[indices, others]
    return np.take_along_axis(array, np.expand_dims(indices, dim), dim).squeeze(dim)


def put(array: Array, indices: Array, dim: int, values: Array) -> None:
    """Write `values` to the elements that `picked` gives: `np.put_along_axis`."""
    if array.ndim == 1:
        array[indices] = values
    elif array.ndim == 2:
        others = np.arange(array.shape[1 - dim])
        array[(others[:, None], indices) if dim else (indices, others)] = values
    else:
        np.put_along_axis(array, indices, values, dim)


# --- sorting ------------------------------------------------------------------------------------------------------------


def sort(ranks: Ranks) -> list[int]:
    """`std::sort`."""
    order = list(range(len(ranks)))
    _sort(order, ranks, 0, len(order))
    return order


def _sort(order: list[int], ranks: Ranks, first: int, last: int) -> None:
    _partition_all(order, ranks, first, last)
    # The insertion sort over everything that follows the partitions is a stable sort of what they left.
    order[first:last] = sorted(order[first:last], key=ranks.__getitem__)


def _partition_all(order: list[int], ranks: Ranks, first: int, last: int) -> None:
    pending = [(first, last, 2 * ((last - first).bit_length() - 1))]
    while pending:
        first, last, depth = pending.pop()
        while last - first > SMALL:
            if not depth:
                _partial_sort(order, ranks, first, last, last)
                break
            depth -= 1
            cut = _partition(order, ranks, first, last)
            pending.append((cut, last, depth))
            last = cut


def _partition(order: list[int], ranks: Ranks, first: int, last: int) -> int:
    """Bring the median of three to the front and part the rest around it; where the second part begins."""
    low, middle, high = first + 1, (first + last) // 2, last - 1
    a, b, c = ranks[order[low]], ranks[order[middle]], ranks[order[high]]
    if a < b:
        median = middle if b < c else high if a < c else low
    else:
        median = low if a < c else high if b < c else middle
    order[first], order[median] = order[median], order[first]
    pivot = ranks[order[first]]
    left, right = first + 1, last
    while True:
        while ranks[order[left]] < pivot:
            left += 1
        right -= 1
        while pivot < ranks[order[right]]:
            right -= 1
        if left >= right:
            return left
        order[left], order[right] = order[right], order[left]
        left += 1


# --- the first few ------------------------------------------------------------------------------------------------------


def top(k: int, in_order: bool) -> Callable[[Ranks], list[int]]:
    """What `topk` does: a heap if `k` is small beside the row, else selection, and (on demand) a sort of what was selected."""

    def place(ranks: Ranks) -> list[int]:
        order = list(range(len(ranks)))
        if k * 64 <= len(order):
            _partial_sort(order, ranks, 0, k, len(order))
        else:
            _select(order, ranks, k - 1)
            if in_order:
                _sort(order, ranks, 0, k - 1)
        return order[:k]

    return place


def _select(order: list[int], ranks: Ranks, nth: int) -> None:
    """`std::nth_element`."""
    first, last = 0, len(order)
    depth = 2 * (last.bit_length() - 1)
    while last - first > 3:
        if not depth:
            _heap_select(order, ranks, first, nth + 1, last)
            order[first], order[nth] = order[nth], order[first]
            return
        depth -= 1
        cut = _partition(order, ranks, first, last)
        if cut <= nth:
            first = cut
        else:
            last = cut
    order[first:last] = sorted(order[first:last], key=ranks.__getitem__)


def _partial_sort(order: list[int], ranks: Ranks, first: int, middle: int, last: int) -> None:
    """`std::partial_sort`: a heap of the first ones, into which smaller ones come, then sorted."""
    _heap_select(order, ranks, first, middle, last)
    for end in range(middle - 1, first, -1):
        moved, order[end] = order[end], order[first]
        _sift(order, ranks, first, 0, end - first, moved)


def _heap_select(order: list[int], ranks: Ranks, first: int, middle: int, last: int) -> None:
    size = middle - first
    for parent in range((size - 2) // 2, -1, -1):
        _sift(order, ranks, first, parent, size, order[first + parent])
    for at in range(middle, last):
        if ranks[order[at]] < ranks[order[first]]:
            moved, order[at] = order[at], order[first]
            _sift(order, ranks, first, 0, size, moved)


def _sift(order: list[int], ranks: Ranks, first: int, hole: int, size: int, moved: int) -> None:
    """Put `moved` into the heap at `hole`: the larger children rise to the bottom, and it climbs back from there."""
    top, child = hole, hole
    while child < (size - 1) // 2:
        child = 2 * (child + 1)
        if ranks[order[first + child]] < ranks[order[first + child - 1]]:
            child -= 1
        order[first + hole] = order[first + child]
        hole = child
    if size % 2 == 0 and child == (size - 2) // 2:
        child = 2 * child + 1
        order[first + hole] = order[first + child]
        hole = child
    while hole > top and ranks[order[first + (hole - 1) // 2]] < ranks[moved]:
        order[first + hole] = order[first + (hole - 1) // 2]
        hole = (hole - 1) // 2
    order[first + hole] = moved


# --- one of them --------------------------------------------------------------------------------------------------------


def kth(k: int) -> Callable[[Ranks], list[int]]:
    """What `kthvalue` does: the whole order it leaves, in which the index at `k` is the result's."""

    def place(ranks: Ranks) -> list[int]:
        order = list(range(len(ranks)))

        def swap(i: int, j: int) -> None:
            order[i], order[j] = order[j], order[i]

        def above(i: int, j: int) -> bool:
            return ranks[order[i]] > ranks[order[j]]

        low, high = 0, len(order) - 1
        while high > low:
            if high == low + 1:
                if above(low, high):
                    swap(low, high)
                break
            swap((low + high) // 2, low + 1)
            for i, j in ((low + 1, high), (low, high), (low + 1, low)):
                if above(i, j):
                    swap(i, j)
            left, right = low + 1, high
            while True:
                left += 1
                while above(low, left):
                    left += 1
                right -= 1
                while above(right, low):
                    right -= 1
                if right < left:
                    break
                swap(left, right)
            swap(low, right)
            if right <= k:
                low = left
            if right >= k:
                high = right - 1
        return order

    return place
