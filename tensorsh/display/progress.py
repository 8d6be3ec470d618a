"""`for i in progress(range(n))`: a bar on the terminal's standard error while a loop runs.

Into a pipe or a file nothing is written. What draws the bar is imported when the first bar is drawn.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sized
from typing import Any


def progress(session: Any, iterable: Iterable[Any], label: str = "", total: int | None = None) -> Iterator[Any]:
    """The items of `iterable`, with a bar that says how many are done, at what rate, and how long the rest will take.

    `label` stands before the bar. `total` says how many items there are, for an iterator that has no length.

    Raises `TypeError` if `iterable` cannot be looped over.

        for i in progress(range(100), "training"): i
    """
    if not isinstance(label, str):
        raise TypeError(f"progress() label must be a text, not {type(label).__name__}")
    iterator = iter(iterable)
    if total is None and isinstance(iterable, Sized):
        total = len(iterable)
    if sys.stderr is None or not sys.stderr.isatty():
        return iterator
    return _with_bar(iterator, label, total)


def _with_bar(iterator: Iterator[Any], label: str, total: int | None) -> Iterator[Any]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = [TextColumn(label)] if label else []
    bar = Progress(
        *columns,
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=Console(stderr=True),
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with bar:
        task = bar.add_task(label, total=total)
        for item in iterator:
            yield item
            bar.advance(task)


__all__ = ["progress"]
