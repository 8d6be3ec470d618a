"""What the session has run: each cell's text, whether it succeeded, what it stands for in a saved program, and how to take it back.

The shell runs every cell within `Record.running`; so do the % commands that run code. `%save`, `%export`, `%history` and `%undo`
read what is kept here. Snapshots for `%undo` keep at most `undo_memory` bytes alive: above that the oldest are forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tensorsh.shell.snapshot import Snapshot

UNDO_MEMORY = 128_000_000


class Cell:
    """A piece of code that ran. `number` is that of its prompt. `snapshot` is None if it changed nothing, or if what it changed is
    `forgotten`, which says why."""

    __slots__ = ("forgotten", "number", "origin", "resets", "saved", "snapshot", "source", "succeeded")

    def __init__(self, number: int, source: str, origin: str, resets: bool, saved: bool) -> None:
        self.number = number
        self.source = source
        self.origin = origin  # the command that ran it (`%run x.tsh`), or ""
        self.resets = resets
        self.saved = saved  # whether a program has it
        self.succeeded = False
        self.snapshot: Snapshot | None = None
        self.forgotten = ""


class Record:
    """The cells in the order in which they ran, without those that were taken back."""

    def __init__(self, shell: Any, undo_memory: int = UNDO_MEMORY) -> None:
        self.cells: list[Cell] = []
        self.undo_memory = undo_memory
        self._shell = shell

    @contextmanager
    def running(self, source: str, origin: str = "", resets: bool = False, saved: bool = True) -> Iterator[Cell]:
        """Run a cell within this: notes that it ran, whether it succeeded, and what it changed."""
        session = self._shell.session
        cell = Cell(len(self._shell.inputs), source, origin, resets, saved)
        try:
            snapshot = Snapshot(session, source, self.undo_memory)
        except MemoryError:
            snapshot = None
            cell.forgotten = "there was no memory for a copy of the values from before it"
        try:
            yield cell
            cell.succeeded = True
        finally:
            if snapshot is not None and snapshot.settle(session):
                cell.snapshot = snapshot
            if cell.succeeded or cell.snapshot is not None or cell.forgotten:
                self.cells.append(cell)
                self._forget()

    def _forget(self) -> None:
        """Let go of the oldest snapshots until the rest are within the limit."""
        total = 0
        for cell in reversed(self.cells):
            if cell.snapshot is None:
                continue
            total += cell.snapshot.bytes
            if total > self.undo_memory:
                cell.forgotten = "the values from before it take too much memory"
                cell.snapshot = None

    def take_back(self) -> list[Cell]:
        """Remove the last cell that changed something, and those after it, which only looked; newest first."""
        taken: list[Cell] = []
        while self.cells:
            taken.append(self.cells.pop())
            if taken[-1].snapshot is not None:
                break
        return taken

    def last_change(self) -> Cell | None:
        """The last cell that changed something."""
        return next((cell for cell in reversed(self.cells) if cell.snapshot is not None or cell.forgotten), None)

    @property
    def undo_bytes(self) -> int:
        """How much memory the snapshots keep alive."""
        return sum(cell.snapshot.bytes for cell in self.cells if cell.snapshot is not None)

    def program(self) -> list[Cell]:
        """The cells that a saved program has: those that succeeded, since the last `%reset`."""
        kept: list[Cell] = []
        for cell in self.cells:
            if cell.resets:
                kept = []
            elif cell.succeeded and cell.saved:
                kept.append(cell)
        return kept
