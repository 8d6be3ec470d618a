"""A line of source with carets below a part of it, for warnings. Errors, which show values too, are drawn by `display.errors`."""

from __future__ import annotations

from tensorsh.display.errors import INDENT, WIDTH, Row, indentation, split_lines
from tensorsh.errors import Span


def excerpt(source: str, span: Span, width: int = WIDTH) -> list[str]:
    """The first line of `span` and carets below its part of it; nothing if the source has no such line.

    >>> print("\\n".join(excerpt("a[mask][0] = 1", Span(1, 1, 1, 8))))
        a[mask][0] = 1
        ^^^^^^^
    """
    lines = split_lines(source)
    if not 1 <= span.line <= len(lines):
        return []
    line = lines[span.line - 1]
    end = span.end_column if span.end_line == span.line else len(line) + 1
    row = Row(line, indentation(line), (span.column, end), width)
    low, high = row.stretch(span.column, end)
    return [INDENT + row.text, INDENT + " " * low + "^" * max(high - low, 1)]
