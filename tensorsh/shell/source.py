"""Pieces of source text: what a node of the tree was written as."""

from __future__ import annotations

from tensorsh.errors import Span


class Text:
    """A source whose spans can be read and replaced by offset.

    >>> Text("x = a +\\n  b").between(Span(1, 5, 2, 4))
    'a +\\n  b'
    """

    def __init__(self, source: str) -> None:
        # Lines as the parser counts them.
        self.source = source.replace("\r\n", "\n").replace("\r", "\n")
        self._starts = [0]
        for line in self.source.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)

    def offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column - 1

    def range(self, span: Span) -> tuple[int, int]:
        return self.offset(span.line, span.column), self.offset(span.end_line, span.end_column)

    def between(self, span: Span) -> str:
        start, end = self.range(span)
        return self.source[start:end]
