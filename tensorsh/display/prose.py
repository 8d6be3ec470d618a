"""Documentation for a window of any width: paragraphs filled anew where their lines are too long, code left as it is."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

_NARROWEST = 20
_LEAST_COLUMN = 34  # narrower, the second column of a table goes below the first
_ROW = re.compile(r"(?P<left> *\S+(?: \S+)*)  +(?=\S)")


def filled(text: str, width: int, margin: str = "") -> str:
    """`text` with `margin` before each line, in lines of at most `width` columns where that is possible.

    A paragraph (what stands between empty lines) whose lines fit is left as it is. Examples (`>>>`) and lines further in
    than their paragraph's first are code or tables: they are never joined, and examples not even cut.

    >>> print(filled("One sentence, then\\nanother one.\\n\\n    x = 1", 15), end="")
    One sentence, then
    another one.
    <BLANKLINE>
        x = 1
    """
    room = max(width - len(margin), _NARROWEST)
    paragraphs = text.strip("\n").split("\n\n")
    lines = "\n\n".join(_filled(paragraph, room) for paragraph in paragraphs).split("\n")
    return "".join((margin + line).rstrip() + "\n" for line in lines)


def _filled(paragraph: str, room: int) -> str:
    lines = paragraph.split("\n")
    if max(map(len, lines)) <= room or paragraph.lstrip().startswith(">>>"):
        return paragraph
    if any(line[:1] == " " for line in lines):
        return "\n".join(folded for left, right in _rows(lines) for folded in _row(left, right, room))
    return "\n".join(textwrap.wrap(paragraph, room, break_long_words=False, break_on_hyphens=False))


def _rows(lines: list[str]) -> list[tuple[str, str]]:
    """The rows of a table: what stands in the first column, with all blanks around it, and in the second, which may go on in lines
    below it. What is no row of two columns has an empty second one.
    """
    rows: list[tuple[str, str]] = []
    for line in lines:
        found = _ROW.match(line)
        if found is None and rows and rows[-1][1] and line[: len(rows[-1][0])].isspace():
            left, right = rows[-1]
            rows[-1] = left, f"{right} {line.strip()}"
        elif found is None:
            rows.append((line, ""))
        else:
            rows.append((found[0], line[found.end() :]))
    return rows


def _row(left: str, right: str, room: int) -> Iterator[str]:
    """A row in lines that fit. Where there is too little room beside the first column, the second goes below it."""
    start = " " * (len(left) - len(left.lstrip()))
    if len(left + right) <= room:
        yield left + right
    elif not right:
        yield from _wrapped(left.strip(), room, start, start + "  ")
    elif room - len(left) >= _LEAST_COLUMN:
        yield from _wrapped(right, room, left, " " * len(left))
    else:
        yield from _wrapped(left.strip(), room, start, start + "  ")
        yield from _wrapped(right, room, start + "    ", start + "    ")


def _wrapped(text: str, room: int, first: str, later: str) -> list[str]:
    return textwrap.wrap(
        text, room, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )
