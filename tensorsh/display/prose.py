"""Documentation for a window of any width: paragraphs filled anew where their lines are too long, code left as it is."""

from __future__ import annotations

import textwrap

_NARROWEST = 20


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
        return "\n".join(_folded(line, room) for line in lines)
    return "\n".join(textwrap.wrap(paragraph, room, break_long_words=False, break_on_hyphens=False))


def _folded(line: str, room: int) -> str:
    """A line of a table in several, the others a little further in than the first."""
    start = " " * (len(line) - len(line.lstrip()))
    options = {"break_long_words": False, "break_on_hyphens": False}
    return "\n".join(textwrap.wrap(line, room, subsequent_indent=start + "  ", **options)) or line  # type: ignore[arg-type]
