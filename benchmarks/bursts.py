"""Two programs timed in turns, in short bursts, and a table of what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

Work = Callable[[], Any]


def burst(work: Work, times: int) -> float:
    """Seconds that one run takes, averaged over `times` runs."""
    repeat = range(times)
    start = time.perf_counter()
    for _ in repeat:
        work()
    return (time.perf_counter() - start) / times


def in_turns(works: Sequence[Work], bursts: int, seconds: float) -> list[float]:
    """The median of each program's bursts, each of which lasts about `seconds`."""
    counts = [max(1, int(seconds / burst(work, 3))) for work in works]
    found: list[list[float]] = [[] for _ in works]
    for _ in range(bursts):
        for times, work, count in zip(found, works, counts, strict=True):
            times.append(burst(work, count))
    return [median(times) for times in found]


class Table:
    """Rows of our time, the peer's, their ratio, and whether it meets its goal."""

    def __init__(self, peer: str, width: int) -> None:
        self.width = width
        print(f"{'':{width}} {'tensorsh':>10} {peer:>10} {'ratio':>6}  goal")

    def row(self, name: str, mine: float, theirs: float, goal: float) -> None:
        ratio = mine / theirs
        verdict = "" if ratio <= goal else "  missed"
        print(f"{name:{self.width}} {duration(mine)} {duration(theirs)} {ratio:6.2f}  {goal}{verdict}")


def duration(seconds: float) -> str:
    unit, size = next((row for row in (("s ", 1.0), ("ms", 1e-3)) if seconds >= row[1]), ("µs", 1e-6))
    return f"{seconds / size:7.2f} {unit}"
