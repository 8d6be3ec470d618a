"""`for i in progress(range(n))`: a bar on the terminal's standard error while a loop runs.

Into a pipe or a file nothing is written; for a screen reader, a line now and then. What draws the bar is imported when the
first bar is drawn. Nothing runs beside the program: a bar is drawn anew where the loop comes round, ten times a second at
most. Loops within a loop share its display, and what the program prints meanwhile stands above it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

_COLOURS = {"none": None, "16": "standard", "256": "256", "truecolor": "truecolor"}
_REDRAWN = 0.1  # seconds between two drawings
_SAID = 10.0  # seconds between two lines for a screen reader

_displays: WeakKeyDictionary[Any, _Display | None] = WeakKeyDictionary()  # of the sessions where a loop is under way


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
    return _in_words(session, iterator, label, total) if session.screen().words else _drawn(session, iterator, label, total)


def _drawn(session: Any, iterator: Iterator[Any], label: str, total: int | None) -> Iterator[Any]:
    display = _displays.get(session)
    outermost = display is None
    if display is None:
        display = _displays[session] = _Display(session)
    task = display.bars.add_task(label, total=total)
    try:
        for item in iterator:
            yield item
            display.bars.advance(task)
            display.redraw()
    finally:
        if outermost:
            del _displays[session]
            display.close()
        else:
            display.bars.remove_task(task)


class _Display:
    """The bars of the loops that are under way in a session."""

    def __init__(self, session: Any) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        self.bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=Console(stderr=True, color_system=_COLOURS[session.screen().colour]),  # type: ignore[arg-type]
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._environment = session.environment
        self._below: Callable[[str], Any] = session.environment.write
        self._begun = ""  # a line that the program has not ended yet
        self._above = self._write
        self._last = 0.0
        if sys.stdout is not None and sys.stdout.isatty():
            session.environment.write = self._above
        self.bars.start()

    def redraw(self) -> None:
        if monotonic() - self._last >= _REDRAWN:
            self.bars.refresh()
            self._last = monotonic()

    def close(self) -> None:
        """Leave the bars as they are last, and the rest to whoever wrote before."""
        self.bars.stop()
        if self._environment.write == self._above:
            self._environment.write = self._below
            self._below(self._begun)

    def _write(self, text: str) -> None:
        """Write what the program prints above the bars, line by line."""
        lines, end, self._begun = (self._begun + text).rpartition("\n")
        if end:
            self.bars.console.out(lines, highlight=False)


def _in_words(session: Any, iterator: Iterator[Any], label: str, total: int | None) -> Iterator[Any]:
    """The same for a screen reader: lines, and only about the outermost loop."""
    outermost = session not in _displays
    _displays.setdefault(session, None)
    of = "" if total is None else f" of {total}"
    begun = last = monotonic()
    done = 0

    def say() -> None:
        if outermost:
            sys.stderr.write(f"{label or 'progress'}: {done}{of}, {monotonic() - begun:.0f} s\n")
            sys.stderr.flush()

    try:
        for item in iterator:
            yield item
            done += 1
            if monotonic() - last >= _SAID:
                say()
                last = monotonic()
    finally:
        if outermost:
            del _displays[session]
            say()


__all__ = ["progress"]
