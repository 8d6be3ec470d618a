"""The live memory and what keeps it alive: variables, elements of containers, `.grad`, what graphs have saved. For `%mem` and `mem()`.

Storages have the numbers that `%share` gives them; memory that no variable looks at directly is numbered after those. Looking has no
side effect: slots are read as they are (see `reach`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorsh.diagnostics.reach import memory_behind, walk
from tensorsh.diagnostics.regions import array_of, by_memory
from tensorsh.diagnostics.tensor_facts import named_values
from tensorsh.runtime.autograd import Node
from tensorsh.runtime.storage import byte_bounds

# A view is worth naming when it keeps this many times its own bytes alive, and this many at least.
_LARGE_FACTOR = 4
_LARGE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Holder:
    """What keeps memory alive: a variable, an element of one, a `.grad`, or what a graph has saved. `bytes`: how many of the
    memory's bytes its window spans."""

    path: str
    bytes: int
    array: bool = False  # NumPy's


@dataclass(frozen=True, slots=True)
class Memory:
    """One storage and its holders, the widest window first."""

    number: int
    bytes: int
    holders: tuple[Holder, ...]

    @property
    def title(self) -> str:
        return f"S{self.number}"

    @property
    def used(self) -> int:
        """The bytes that the widest window spans."""
        return self.holders[0].bytes

    @property
    def wasted(self) -> bool:
        """Whether only small windows keep large memory alive."""
        return self.bytes >= _LARGE_BYTES and self.bytes >= _LARGE_FACTOR * max(self.used, 1)


def live_memory(names: Mapping[str, Any], others: Mapping[str, Any] | None = None) -> list[Memory]:
    """All memory that the named values keep alive, the largest first; `others` are values that keep memory too, but that `%share` does
    not count (the shell's results).

    Finds tensors and arrays in containers, in `.grad`, in functions and among the tensors that graphs have saved.

    >>> big = np.zeros(1000)
    >>> [(memory.title, memory.bytes, memory.holders[0].path) for memory in live_memory({"view": big[:2]})]
    [('S1', 8000, 'view')]
    """
    numbers, sizes = _numbered(names)
    holders: dict[int, dict[str, Holder]] = {}
    in_graphs: set[int] = set()
    for name, value in {**names, **(others or {})}.items():
        seen: set[int] = set()
        for path, found in walk([(name, value)], seen):
            if isinstance(found, Node):
                # Graphs are shared by many variables; each node counts for the first that leads to it.
                if id(found) in in_graphs:
                    continue
                in_graphs.add(id(found))
            memory, window = memory_behind(found), array_of(found)
            if memory is None or window is None or path.endswith("._base"):
                continue
            number = numbers.get(id(memory))
            if number is None:
                number = numbers[id(memory)] = len(sizes) + 1
                sizes[number] = _bytes(memory)
            holders.setdefault(number, {})[path] = Holder(path, _bytes(window), isinstance(found, np.ndarray))
    facts = [
        Memory(
            number,
            sizes[number],
            tuple(sorted(paths.values(), key=lambda one: -one.bytes)),
        )
        for number, paths in holders.items()
    ]
    return sorted(facts, key=lambda one: (-one.bytes, one.number))


def _numbered(names: Mapping[str, Any]) -> tuple[dict[int, int], dict[int, int]]:
    """The number of each memory that `%share` draws, by the id of the array that owns it, and the bytes of each number."""
    values: dict[int, Any] = {}
    for _, value in named_values(names):
        if array_of(value) is not None:
            values.setdefault(id(value), value)
    numbers, sizes = {}, {}
    for number, (low, high, members) in enumerate(by_memory(list(values.values())), 1):
        sizes[number] = high - low
        for value in members:
            numbers[id(memory_behind(value))] = number
    return numbers, sizes


def _bytes(array: np.ndarray[Any, Any]) -> int:
    low, high = byte_bounds(array)
    return high - low
