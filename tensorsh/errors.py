"""What a script's failure looks like from outside: a message, a place and the name of the error's type.

Inside, errors are Python's own exceptions with PyTorch's or Python's texts; the session turns whatever leaves a script
into a `TensorshError`, so that embedders, the command line and the shell meet one type and no host traceback.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tensorsh.diagnostics.failure import Failure


class Span(NamedTuple):
    """A piece of source text. Lines and columns count from 1; `end_column` is one past the last character."""

    line: int
    column: int
    end_line: int
    end_column: int

    def cover(self, other: Span) -> Span:
        """The smallest span from the start of this one to the end of `other`."""
        return Span(self.line, self.column, other.end_line, other.end_column)


class Advice(UserWarning):
    """A warning that PyTorch does not give: sentences, the part of `source` that they speak of (`span`), and the lines of `code` to
    write instead. `str` has all but the source; `display.excerpt.advice_text` draws the whole.
    """

    def __init__(self, text: str, source: str = "", span: Span | None = None, code: str = "") -> None:
        self.text = text
        self.source = source
        self.span = span
        start = "    Write "
        self.code = [(" " * len(start) if at else start) + line for at, line in enumerate(code.splitlines())]
        super().__init__("\n".join([text, *self.code]))


class TensorshError(Exception):
    """A script failed.

    `message` is the text that PyTorch or Python gives, `type_name` the name of its exception type (`"RuntimeError"`),
    `span` the part of the source that failed (None if there is none), `source` the text that the span refers to,
    `filename` its name; `started` is the text that was run, if another one than `source`, whose function it called.
    `output` is what the script had printed by then, if the session was collecting it. `str(error)` is the message alone.
    `failure` says what is known about the failed expression.
    """

    def __init__(
        self,
        message: str,
        span: Span | None = None,
        type_name: str = "RuntimeError",
        *,
        source: str | None = None,
        filename: str = "<input>",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.type_name = type_name
        self.source = source
        self.filename = filename
        self.started = source
        self.output = ""
        self.examine: Callable[[], Failure] | None = None  # set by the session that ran the script
        self._failure: Failure | None = None

    @property
    def failure(self) -> Failure | None:
        """The facts: the values of the parts, the calls, what was meant. None for what failed before it ran.

        They are worked out when they are first asked for, from what the error noted on its way.
        """
        if self._failure is None and self.examine is not None:
            self._failure, self.examine = self.examine(), None
        return self._failure
