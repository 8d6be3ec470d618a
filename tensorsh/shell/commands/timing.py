"""`%time` and `%timeit`: how long an expression or statement takes. It is compiled once; what is timed is its run alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import perf_counter, process_time
from typing import Any

from tensorsh.shell.commands.command import Command, CommandError, complete_options, need, read_options

_OPTIONS = {"loops": int, "runs": int}
_RUNS = 7
_LEAST_RUN = 0.1  # seconds; a run this long is well above the clock's steps
_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def time_text(seconds: float) -> str:
    """A time with three digits.

    >>> time_text(0.0123), time_text(1.5e-7), time_text(75)
    ('12.3 ms', '150 ns', '1min 15s')
    """
    if seconds >= 60:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes}min {rest}s"
    scale, unit = next(((scale, unit) for scale, unit in _UNITS if seconds >= scale * 0.9995), _UNITS[-1])
    return f"{seconds / scale:.3g} {unit}"


def measure(run: Callable[[], object], loops: int) -> float:
    """The seconds that `loops` runs take."""
    steps = range(loops)
    start = perf_counter()
    for _ in steps:
        run()
    return perf_counter() - start


def loops_for(run: Callable[[], object]) -> int:
    """1, 2, 5, 10 … loops: the first number that takes long enough to be measured."""
    loops = 1
    while True:
        for factor in (1, 2, 5):
            if measure(run, loops * factor) >= _LEAST_RUN:
                return loops * factor
        loops *= 10


def timeit(shell: Any, argument: str) -> None:
    for letter, name in (("n", "loops"), ("r", "runs")):
        argument = re.sub(rf"(?<!\S)-{letter} ?(\d+)(?=\s+\S)", rf"--{name}=\1", argument, count=1)
    source, options = read_options("timeit", argument, _OPTIONS)
    source = need("timeit", source, "something to time", "%timeit x + 1")
    runs, loops = options.get("runs", _RUNS), options.get("loops")
    for name, value in options.items():
        if value < 1:
            raise CommandError("timeit", f"--{name} must be at least 1, not {value}")

    def timed(run: Callable[[], object]) -> tuple[int, list[float]]:
        count = loops or loops_for(run)
        return count, [measure(run, count) / count for _ in range(runs)]

    # Within the record, for what is timed may write in place; %undo takes all of the loops back.
    with shell.record.running(source, "%timeit", saved=False):
        count, times = shell.session.timed(shell.placed(source), timed, shell.cell_name)
    mean = sum(times) / runs
    deviation = (sum((one - mean) ** 2 for one in times) / runs) ** 0.5
    shell.say(
        f"{time_text(mean)} ± {time_text(deviation)} a loop, best {time_text(min(times))} "
        f"({runs} run{'s' if runs > 1 else ''} of {count:,} loop{'s' if count > 1 else ''})"
    )


def time(shell: Any, argument: str) -> None:
    source = need("time", argument, "something to time", "%time x @ x")

    def timed(run: Callable[[], object]) -> tuple[float, float]:
        start, processor = perf_counter(), process_time()
        run()
        return perf_counter() - start, process_time() - processor

    shown: list[Any] = []
    with shell.record.running(source, "%time"):
        wall, processor = shell.session.timed(shell.placed(source), timed, shell.cell_name, shell.write, shown.append)
    for value in shown:
        shell.show(value)
    shell.say(f"{time_text(wall)}, of which the processor took {time_text(processor)}")


COMMANDS = (
    Command(
        "timeit",
        "%timeit CODE [--loops=N] [--runs=N]",
        "how long CODE takes: many loops, mean, deviation and best",
        "Runs CODE in loops until a run takes a tenth of a second, seven runs in all, and tells the mean, its deviation and\n"
        "the best. CODE is compiled once; what it prints is thrown away. Its effects stay: %undo takes them back. -nN and -rN\n"
        "say the same as --loops=N and --runs=N.\n\n"
        "    %timeit x @ x\n    %timeit x.exp().sum() --runs=3\n",
        timeit,
        complete_options(_OPTIONS),
    ),
    Command(
        "time",
        "%time CODE",
        "how long CODE takes, run once",
        "Runs CODE once, as if it had been typed without %time, shows its value and tells how long it took.\n\n"
        "    %time x = randn(1000, 1000) @ randn(1000, 1000)\n",
        time,
    ),
)
