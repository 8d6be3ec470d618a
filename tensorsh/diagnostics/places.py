"""Where something happened: the statement of the user's that made a graph node or wrote to memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """A statement. `filename` is that of its source, or `In [5]` in the shell; `text` is the statement on one line, of a block only its
    head.
    """

    filename: str
    line: int
    text: str

    @property
    def words(self) -> str:
        """How a reader finds it: `line 3`, or `In [5], line 1`.

        >>> Place("train.tsh", 3, "y = x * 2").words, Place("In [5]", 1, "y").words
        ('line 3', 'In [5], line 1')
        """
        return f"{self.filename}, line {self.line}" if self.filename.startswith("In [") else f"line {self.line}"

    @property
    def label(self) -> str:
        """What a warning begins with: a file and its line as Python has them, or `In [5], line 1`.

        >>> Place("train.tsh", 3, "y = x * 2").label, Place("In [5]", 1, "y").label
        ('train.tsh:3', 'In [5], line 1')
        """
        return self.words if self.filename.startswith("In [") else f"{self.filename}:{self.line}"


PlaceOf = Callable[[Any], "Place | None"]  # from a statement node to its place, None for what is of no known source


def nowhere(statement: Any) -> Place | None:
    """A `PlaceOf` for values that were made without a session."""
    return None
