"""Tables of text: columns as wide as they need, cut where the screen is narrower, or a sentence a row where it is too narrow for
that, and for a screen reader.

Owns the layout only. What stands in a cell is the caller's.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from tensorsh.display.errors import wrap
from tensorsh.display.pictures.canvas import fit, text_width
from tensorsh.display.screen import Screen

_GAP = 2
_NARROWEST = 6
_NARROWEST_LAST = 15  # narrower, a column of text has a word or two in each line
_MOST_LINES = 3
_BOLD = "\x1b[1m{}\x1b[0m"


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], screen: Screen, right: Sequence[str] = ()) -> str:
    """The rows below their headers; no line is wider than the screen. `right` names the columns of numbers.

    A column that is empty in every row is left out. Where there is too little room, the widest columns are cut; what is cut of
    the last column goes on in lines below. Where that would cut a header, or leave the last column a word a line, each row is a
    sentence.

    >>> print(table(["name", "bytes"], [["x", "24"], ["weight", "4,096"]], Screen(), right=["bytes"]))
    name    bytes
    x          24
    weight  4,096
    """
    if screen.words:
        return in_words(headers, rows)
    kept = [at for at in range(len(headers)) if at == 0 or any(row[at] for row in rows)]
    cells = [[headers[at] for at in kept], *([row[at] for at in kept] for row in rows)]
    widths = [max(text_width(row[at]) for row in cells) for at in range(len(kept))]
    wanted = widths[-1]
    while sum(widths) + _GAP * (len(widths) - 1) > screen.width and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    too_narrow = sum(widths) + _GAP * (len(widths) - 1) > screen.width or widths[-1] < min(wanted, _NARROWEST_LAST)
    if too_narrow or any(width < text_width(headers[at]) for at, width in zip(kept, widths, strict=True)):
        width = max(screen.width, 20)
        return "\n".join(fit(line, width) for line in folded(in_words(headers, rows), width).split("\n"))
    lines = []
    for row in cells:
        parts = []
        *_, last = row
        wrapped = _wrapped(last, widths[-1])
        for at, cell, width in zip(kept, [*row[:-1], wrapped[0]], widths, strict=True):
            text = fit(cell, width)
            padding = " " * (width - text_width(text))
            parts.append(padding + text if headers[at] in right else text + padding)
        lines.append((" " * _GAP).join(parts).rstrip())
        below = " " * (sum(widths[:-1]) + _GAP * (len(widths) - 1))
        lines += [below + fit(line, widths[-1]) for line in wrapped[1:]]
    if screen.colour != "none":
        lines[0] = _BOLD.format(lines[0])
    return "\n".join(lines)


def _wrapped(text: str, width: int) -> list[str]:
    """A text in at most three lines; what has no blanks to part it at is left as it is."""
    if text_width(text) <= width:
        return [text]
    lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False, max_lines=_MOST_LINES, placeholder=" …")
    return lines or [text]


class Kind(str):
    """A cell that says what sort of thing its row is. It stands in a column that has something else to say of the other rows: in a
    sentence, not that column's header but an article comes before it.
    """

    @property
    def words(self) -> str:
        return f"{'an' if self[:1].lower() in 'aeio' else 'a'} {self}"


def in_words(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A sentence a row: the first cell, then each other cell after its header ("what it is" is said as "it is").

    >>> print(in_words(["name", "shape", "view of"], [["x", "[2, 3]", ""]]))
    x: shape [2, 3].
    """
    sentences = []
    for row in rows:
        said = [
            cell.words if isinstance(cell, Kind) else f"{header.removeprefix('what ')} {cell}"
            for header, cell in zip(headers[1:], row[1:], strict=True)
            if cell
        ]
        sentences.append(f"{row[0]}: {', '.join(said)}.")
    return "\n".join(sentences)


def byte_text(count: int) -> str:
    """A number of bytes as people read it.

    >>> byte_text(24), byte_text(1_500), byte_text(3 << 20)
    ('24 B', '1.5 KB', '3.1 MB')
    """
    size = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 999.5:
            return f"{count} B" if unit == "B" else f"{size:.1f} {unit}" if size < 99.95 else f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} TB" if size < 99.95 else f"{size:.0f} TB"


def folded(text: str, width: int) -> str:
    """`text` with its lines broken between words where they are wider than `width`; what is carried over is set in by two. Shapes and
    numbers in brackets stay together where they can.

    >>> print(folded("x shares all its 6 elements with y: y is x.t()", 30))
    x shares all its 6 elements
      with y: y is x.t()
    >>> print(folded("z shares its elements with y [2, 3]", 32))
    z shares its elements with y
      [2, 3]
    """
    width = max(width, 20)
    lines: list[str] = []
    for line in text.split("\n"):
        rest = line.lstrip(" ")
        start = " " * (len(line) - len(rest))
        for part in wrap(rest, width - len(start), "  ") if rest else [""]:
            lines += (line.rstrip() for line in _broken(start + part, width, start + "  "))
    return "\n".join(lines)


def _broken(line: str, width: int, start: str) -> Iterator[str]:
    """A line that is too wide for the brackets in it, which `wrap` keeps together, in parts."""
    while text_width(line) > width:
        at = line.rfind(" ", len(start) + 1, width + 1)
        if at < 0:
            break
        yield line[:at]
        line = start + line[at + 1 :]
    yield line
