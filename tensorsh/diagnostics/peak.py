"""How much memory running takes: the results of operators that are alive at once, counted by weak references as they run.

What a kernel takes for itself while it runs is not seen, nor what NumPy's own functions take.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from weakref import ref

import numpy as np

from tensorsh.diagnostics.reach import root_of
from tensorsh.ops.watching import Call, Observer


@dataclass(frozen=True, slots=True)
class Peak:
    """What a run took: bytes at most at once, in all, and how many of them are still alive."""

    peak: int
    bytes: int
    kept: int
    calls: int


class LiveBytes:
    """Live memory: what is new, less what nobody looks at any more.

    >>> live = LiveBytes()
    >>> live.add(np.zeros(4)), live.now, live.peak
    (None, 0, 32)
    """

    def __init__(self) -> None:
        self.now = self.peak = 0
        self._alive: dict[int, tuple[Any, int]] = {}

    def add(self, array: Any) -> None:
        """Count what a kernel made; a single number has no array yet and does not count."""
        if not isinstance(array, np.ndarray):
            return
        owner = root_of(array)
        key = id(owner)
        if key in self._alive:
            return

        def gone(_: Any) -> None:
            found = self._alive.pop(key, None)
            if found is not None:
                self.now -= found[1]

        self._alive[key] = ref(owner, gone), owner.nbytes
        self.now += owner.nbytes
        self.peak = max(self.peak, self.now)


class PeakMeter(Observer):
    """Counts what the operators of a run make.

    >>> from tensorsh import torch
    >>> from tensorsh.ops.watching import watch
    >>> meter = PeakMeter()
    >>> with watch(meter):
    ...     y = (torch.ones(100) + 1).sum()
    >>> meter.facts.peak, meter.facts.bytes
    (800, 804)
    """

    def __init__(self) -> None:
        self._live = LiveBytes()
        self._bytes = self._calls = 0

    @property
    def facts(self) -> Peak:
        return Peak(self._live.peak, self._bytes, self._live.now, self._calls)

    def end(self, call: Call, result: Any, seconds: float) -> None:
        if call.kind in ("composite", "node"):
            return
        self._calls += 1
        for array in new_arrays(call, result):
            self._bytes += array.nbytes
            self._live.add(array)


def new_arrays(call: Call, result: Any) -> list[Any]:
    """The arrays that a kernel made: none if it wrote in place or looks at what it was given."""
    if call.inplace or call.kind == "view":
        return []
    made = list(arrays_in(result))
    given = [array for array in arrays_in(call.arrays) if isinstance(array, np.ndarray)]
    return [] if any(share(array, other) for array in made for other in given) else made


def arrays_in(value: Any) -> Iterator[Any]:
    """The arrays and NumPy numbers in a value, those in lists too."""
    if isinstance(value, (np.ndarray, np.generic)):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from arrays_in(item)


def share(one: Any, other: Any) -> bool:
    """Whether two are arrays that may stand on one memory."""
    return isinstance(one, np.ndarray) and isinstance(other, np.ndarray) and np.may_share_memory(one, other)
