"""Which tensors and arrays stand on one piece of memory. Memory that no array owns counts as one piece where regions of it meet."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.diagnostics.reach import memory_behind
from tensorsh.runtime.storage import byte_bounds
from tensorsh.runtime.tensor import Tensor

Array = np.ndarray[Any, Any]


def array_of(value: Any) -> Array | None:
    """The window of a tensor, an array itself, None for anything else."""
    return value._array if isinstance(value, Tensor) else value if isinstance(value, np.ndarray) else None


def on_one_storage(one: Any, other: Any) -> bool:
    """Whether two tensors or arrays look at the same memory, be it at different elements of it."""
    if same_memory(one, other):
        return True
    first, second = memory_behind(one), memory_behind(other)
    assert first is not None and second is not None
    (low, high), (start, end) = byte_bounds(first), byte_bounds(second)
    return low < end and start < high


def by_memory(values: list[Any]) -> list[tuple[int, int, list[Any]]]:
    """The values grouped by the memory that they stand on, as (first byte, one past the last, values)."""
    regions: list[tuple[int, int, list[int]]] = []
    for order, value in enumerate(values):
        memory = memory_behind(value)
        assert memory is not None
        regions.append((*byte_bounds(memory), [order]))
    regions.sort(key=lambda region: region[:2])
    merged: list[tuple[int, int, list[int]]] = []
    for low, high, orders in regions:
        # Two arrays may look at memory that neither owns.
        if merged and low < merged[-1][1]:
            first, last, members = merged[-1]
            merged[-1] = first, max(last, high), members + orders
        elif merged and low == high and same_memory(values[merged[-1][2][0]], values[orders[0]]):
            merged[-1][2].extend(orders)
        else:
            merged.append((low, high, orders))
    groups = [(low, high, sorted(orders)) for low, high, orders in merged]
    return [
        (low, high, [values[order] for order in orders])
        for low, high, orders in sorted(groups, key=lambda one: one[2][0])
    ]


def same_memory(one: Any, other: Any) -> bool:
    return memory_behind(one) is memory_behind(other)
