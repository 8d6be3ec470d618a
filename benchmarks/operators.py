"""What an operator costs: an installed PyTorch and tensorsh.torch in one process, in turns.

    .venv/bin/python benchmarks/operators.py [NAME ...]

A row runs the same function with either library as `torch`. Each library runs it in short bursts, in turns; a row shows
the median of the bursts and their ratio beside the goal. On small tensors both run in this process, PyTorch on one
thread. On large ones each has a process of its own and all the threads that it wants, with a pause before each burst:
threads of one library that wait for more work would keep the cores from the other's.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple

import torch as pytorch
from bursts import Table, Work, burst, in_turns

import tensorsh.torch as ours

BURSTS = 21
BURST_SECONDS = 0.01
LARGE_BURSTS = 15
LARGE_BURST_SECONDS = 0.1
PAUSE_SECONDS = 0.1  # threads that wait for more work by spinning have gone to sleep by then


class Row(NamedTuple):
    name: str
    goal: float  # at most this many times PyTorch's time
    prepare: Callable[[Any], Work]  # from a library to the work that is measured
    large: bool = False


def square(torch: Any, **options: Any) -> Any:
    return torch.tensor([[1.0, 2.0], [3.0, 4.0]], **options)


def add(torch: Any) -> Work:
    a, b = square(torch), square(torch)
    return lambda: a + b


def add_recorded(torch: Any) -> Work:
    a, b = square(torch, requires_grad=True), square(torch)
    return lambda: a + b


def index(torch: Any) -> Work:
    x = square(torch)
    return lambda: x[0]


def view(torch: Any) -> Work:
    x = square(torch)
    return lambda: x.view(4)


def total(torch: Any) -> Work:
    x = square(torch)
    return lambda: x.sum()


def matrix_product(torch: Any) -> Work:
    a, b = square(torch), square(torch)
    return lambda: a @ b


def add_in_place(torch: Any) -> Work:
    x = square(torch)
    return lambda: x.add_(1)


def exponential(torch: Any) -> Work:
    x, exp = square(torch), torch.exp
    return lambda: exp(x)


def small_graph(torch: Any) -> Work:
    def work() -> Any:
        x = torch.ones(2, 2, requires_grad=True)
        y = x + 2
        z = y * y * 3
        out = z.mean()
        out.backward()
        return x.grad

    return work


def chain(torch: Any) -> Work:
    def work() -> Any:
        x = torch.ones(2, 2, requires_grad=True)
        y = x
        for _ in range(1000):
            y = y * 1.001
        y.sum().backward()
        return x.grad

    return work


def text(rows: int, columns: int) -> Callable[[Any], Work]:
    def prepare(torch: Any) -> Work:
        torch.manual_seed(0)
        x = torch.rand(rows, columns)
        return lambda: repr(x)

    return prepare


def large(name: str) -> Callable[[Any], Work]:
    def prepare(torch: Any) -> Work:
        torch.manual_seed(0)
        x = torch.rand(10_000_000)
        if name == "add":
            return lambda: x + x
        function = getattr(torch, name)
        return lambda: function(x)

    return prepare


ROWS = [
    Row("a + b", 1.0, add),
    Row("a + b, recorded", 1.5, add_recorded),
    Row("x[0]", 1.0, index),
    Row("x.view(4)", 1.0, view),
    Row("x.sum()", 1.0, total),
    Row("a @ b", 1.0, matrix_product),
    Row("x.add_(1)", 1.0, add_in_place),
    Row("exp(x)", 1.0, exponential),
    Row("small graph, there and back", 1.5, small_graph),
    Row("chain of 1,000, there and back", 1.5, chain),
    Row("repr of 5×3", 0.5, text(5, 3)),
    Row("repr of 31×31", 0.5, text(31, 31)),
    Row("10M: x + x", 1.0, large("add"), large=True),
    Row("10M: exp(x)", 1.0, large("exp"), large=True),
    Row("10M: tanh(x)", 1.0, large("tanh"), large=True),
    Row("10M: sum(x)", 1.0, large("sum"), large=True),
]


class Worker:
    """A process that measures bursts of large rows in one library."""

    def __init__(self, library: str) -> None:
        command = [sys.executable, __file__, "--worker", library]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def burst(self, row: Row) -> float:
        assert self.process.stdin is not None and self.process.stdout is not None
        print(row.name, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def close(self) -> None:
        self.process.communicate()


def serve(library: str) -> None:
    """What a `Worker` runs: for each row named on stdin, the time of one burst."""
    torch = ours if library == "ours" else pytorch
    works = {row.name: row.prepare(torch) for row in ROWS if row.large}
    for line in sys.stdin:
        work = works[line.rstrip("\n")]
        count = max(1, int(LARGE_BURST_SECONDS / burst(work, 3)))
        print(burst(work, count), flush=True)


def measure_large(row: Row, workers: list[Worker]) -> tuple[float, float]:
    found: list[list[float]] = [[], []]
    for _ in range(LARGE_BURSTS):
        for times, worker in zip(found, workers, strict=True):
            time.sleep(PAUSE_SECONDS)
            times.append(worker.burst(row))
    return median(found[0]), median(found[1])


def main(names: list[str]) -> None:
    rows = [row for row in ROWS if not names or any(name in row.name for name in names)]
    workers: list[Worker] = []
    pytorch.set_num_threads(1)
    table = Table("PyTorch", 32)
    for row in rows:
        if row.large and not workers:  # not before: while they get ready, they take the cores
            workers = [Worker("ours"), Worker("PyTorch")]
        if row.large:
            mine, theirs = measure_large(row, workers)
        else:
            mine, theirs = in_turns([row.prepare(torch) for torch in (ours, pytorch)], BURSTS, BURST_SECONDS)
        table.row(row.name, mine, theirs, row.goal)
    for worker in workers:
        worker.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        serve(sys.argv[2])
    else:
        main(sys.argv[1:])
