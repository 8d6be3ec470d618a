"""A mistake in the source, while it is still on its way to becoming a `TensorshError`.

The lexer, the reductions and the checks know what is wrong and where; `parser.py` alone knows the file's name and the
whole text, and turns the one into the other.
"""

from __future__ import annotations

from tensorsh.errors import Span

Position = tuple[int, int]  # line and column, both from 1


class Fault(Exception):
    """A syntax error at a place. `at_end`: more text could mend it, so a prompt should ask for another line."""

    def __init__(self, message: str, span: Span, type_name: str = "SyntaxError", *, at_end: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.type_name = type_name
        self.at_end = at_end


def at(start: Position, end: Position) -> Span:
    """The span between two positions."""
    return Span(*start, *end)
