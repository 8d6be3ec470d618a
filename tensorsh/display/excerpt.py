"""A line of source with carets below a part of it, for warnings. Errors, which show values too, are drawn by `display.errors`."""

from __future__ import annotations

from tensorsh.display.errors import INDENT, WIDTH, Row, indentation, split_lines
from tensorsh.display.tables import folded
from tensorsh.errors import Advice, Span


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


def advice_text(place: str, advice: Advice, width: int = WIDTH) -> str:
    """A warning of ours after its `place`: its sentences folded at words, the source that they speak of below the first, and the
    code to write instead, which is never broken.

    >>> print(advice_text("<input>:1: LostWrite: ", Advice("a[mask] is a copy", "a[mask][0] = 1", Span(1, 1, 1, 8), "a[2] = 1")))
    <input>:1: LostWrite: a[mask] is a copy
        a[mask][0] = 1
        ^^^^^^^
        Write a[2] = 1
    """
    first, *others = (folded(line, width) for line in f"{place}{advice.text}".split("\n"))
    drawing = excerpt(advice.source, advice.span, width - len(INDENT)) if advice.span is not None else []
    return "\n".join([first, *drawing, *others, *advice.code])
