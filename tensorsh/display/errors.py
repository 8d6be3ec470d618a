"""A failure as text: where it is, the line with the failed part underlined, the values of its parts beneath them, the error
as Python names it, and what would have worked.

The line `TypeName: message` (the type's name alone if the message is empty) is the first after the drawing that is not
indented, and the last of all where there is nothing to advise; an error's own notes follow it, then our words, indented.
Nothing here looks at values: `TensorshError.failure` holds what there is to show.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from tensorsh.display.colour import ColourSupport
from tensorsh.errors import Span, TensorshError

if TYPE_CHECKING:
    from tensorsh.diagnostics.failure import Failure, Hint, Part

INDENT = "    "
TAB = "    "
WIDTH = 100  # where there is no terminal to measure
NARROWEST = 20
ROWS_SHOWN = 6  # of an expression that stands on many lines
CALLS_SHOWN = 4

# What is painted → SGR parameters, of the terminal's own sixteen colours.
STYLES = {"place": "2", "caret": "31;1", "part": "36", "error": "31;1", "code": "32"}


def draw_error(error: TensorshError, width: int = WIDTH, colour: ColourSupport = "none", words: bool = False) -> str:
    """The text for `error`, with a final newline, for a screen of `width` columns.

    With `words`, the values of the parts are listed instead of being drawn at their places, as a screen reader wants it.

    >>> error = TensorshError("division by zero", Span(1, 5, 1, 10), "ZeroDivisionError", source="x = 1 / 0")
    >>> print(draw_error(error), end="")
    File "<input>", line 1
        x = 1 / 0
            ^^^^^
    ZeroDivisionError: division by zero
    """
    brush = Brush(colour != "none")
    failure = error.failure
    width = max(width, NARROWEST)
    lines: list[str] = []
    if error.span is not None:
        inside = f", in {failure.function}" if failure is not None and failure.function else ""
        lines.append(brush(f'File "{error.filename}", line {error.span.line}{inside}', "place"))
        lines += _drawing(error, failure, width, brush, words)
    if failure is not None:
        lines += _calls(failure, error.filename, width, brush)
    lines.append(brush(error.type_name, "error") + (f": {error.message}" if error.message else ""))
    lines += error.__dict__.get("__notes__", ())
    if failure is not None:
        for hint in failure.hints:
            lines += _hint(hint, width, brush)
    return "\n".join(lines) + "\n"


class Brush:
    """Paints text, or leaves it as it is."""

    def __init__(self, colour: bool) -> None:
        self.colour = colour

    def __call__(self, text: str, style: str) -> str:
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if self.colour and text else text


# --- the source, and what is drawn below it -----------------------------------------------------------------------------


class Row:
    """One line of source as it is shown: without `lead` characters of its indentation, tabs and control characters made
    visible, cut to fit.

    `place(column)` is where a column of the source (from 1) is shown, from 0; None if it was cut away.
    """

    def __init__(self, source: str, lead: int, focus: tuple[int, int], width: int) -> None:
        lead = min(lead, focus[0] - 1)
        cells = [visible(character) for character in source[lead:].rstrip()]
        self.first = lead + 1  # the column of the source that the first cell shows
        edges = [0]
        for cell in cells:
            edges.append(edges[-1] + text_width(cell))
        self.edges = edges
        low, high = 0, len(cells)
        if edges[-1] > width:
            low, high = self._window(focus, width)
        before, after = "…" if low > 0 else "", "…" if high < len(cells) else ""
        self.text = before + "".join(cells[low:high]) + after
        self.low, self.high = low, high
        self.shift = len(before) - edges[low]

    def _window(self, focus: tuple[int, int], width: int) -> tuple[int, int]:
        """Which cells to keep: those of the focus, and around them as many as there is room for."""
        edges, count = self.edges, len(self.edges) - 1
        room = width - 2  # for the marks of what is cut
        start = min(max(focus[0] - self.first, 0), count)
        end = min(max(focus[1] - self.first, start), count)
        low = high = start
        while high < end and edges[high + 1] - edges[low] <= room:
            high += 1
        while True:
            used = edges[high] - edges[low]
            grown = False
            if low > 0 and used + edges[low] - edges[low - 1] <= room:
                low, grown = low - 1, True
                used = edges[high] - edges[low]
            if high < count and used + edges[high + 1] - edges[high] <= room:
                high, grown = high + 1, True
            if not grown:
                return low, high

    def place(self, column: int) -> int | None:
        at = column - self.first
        if at < self.low or at > self.high or (at == self.high and self.high < len(self.edges) - 1):
            return None
        return self.edges[at] + self.shift if at < len(self.edges) else self.edges[-1] + self.shift

    def stretch(self, start: int, end: int) -> tuple[int, int]:
        """Where the columns from `start` to `end` are shown, as far as they are."""
        low = min(max(start - self.first, self.low), self.high)
        high = min(max(end - self.first, low), self.high)
        return self.edges[low] + self.shift, self.edges[high] + self.shift


def _drawing(
    error: TensorshError, failure: Failure | None, width: int, brush: Brush, words: bool
) -> Iterator[str]:
    """The lines of the source that matter, each with carets and values below it."""
    source = split_lines(error.source or "")
    assert error.span is not None
    span = failure.span if failure is not None and failure.span is not None else error.span
    if not 1 <= span.line <= len(source):
        return
    parts = failure.parts if failure is not None else ()
    numbers = sorted({span.line, *(part.span.line for part in parts)})
    lead = min(indentation(source[number - 1]) for number in numbers[:ROWS_SHOWN])
    previous = numbers[0]
    left_out: list[Part] = []
    for number in numbers[:ROWS_SHOWN]:
        if number > previous + 1:
            yield INDENT + "⋮"
        previous = number
        own = [part for part in parts if part.span.line == number]
        listed = yield from _row(source[number - 1], lead, number, span, own, width, brush, words)
        left_out += listed
    for part in left_out + [part for part in parts if part.span.line > previous]:
        yield from _listed(part, width, brush)


def _row(
    source: str, lead: int, number: int, span: Span, parts: list[Part], width: int, brush: Brush, words: bool
) -> Generator[str, None, list[Part]]:
    """One line of source and what is below it; returns the parts that had no room."""
    length = len(source.rstrip())
    start = span.column if number == span.line else indentation(source) + 1
    end = min(span.end_column, len(source) + 1) if number == span.end_line else length + 1
    if not span.line <= number <= span.end_line:
        start = end = parts[0].span.column
    start = min(start, len(source) + 1)
    row = Row(source, lead, (start, max(end, start)), width - len(INDENT))
    yield INDENT + row.text
    left, right = row.stretch(start, end)
    marks: dict[int, str] = {}
    shown = [] if words else [part for part in parts if row.place(part.span.column) is not None]
    for part in shown:
        stop = part.span.end_column if part.span.end_line == number else length + 1
        low, high = row.stretch(part.span.column, stop)
        marks.update(dict.fromkeys(range(low, max(high, low + 1)), "-"))
    if span.line <= number <= span.end_line:
        marks.update(dict.fromkeys(range(left, max(right, left + 1)), "^"))
    yield INDENT + _marked(marks, brush)
    places: dict[int, Part] = {}
    for part in shown:
        place = row.place(part.span.column)
        if place is not None:
            places.setdefault(place, part)
    if any(len(INDENT) + place + 3 + text_width(part.value.words) > width for place, part in places.items()):
        return parts
    columns = sorted(places)
    for at in reversed(range(len(columns))):
        line = ""
        for column in columns[:at]:
            line = line.ljust(column) + "│"
        line = line.ljust(columns[at])
        yield INDENT + brush(line + "└─ " + places[columns[at]].value.words, "part")
    return [part for part in parts if part not in shown]


def _marked(marks: dict[int, str], brush: Brush) -> str:
    text = "".join(marks.get(at, " ") for at in range(max(marks, default=-1) + 1))
    if not brush.colour:
        return text
    painted, run = "", ""
    for character in [*text, ""]:
        if run and character != run[0]:
            painted += run if run[0] == " " else brush(run, "caret" if run[0] == "^" else "part")
            run = ""
        run += character
    return painted


def _listed(part: Part, width: int, brush: Brush) -> Iterator[str]:
    room = max(width - len(INDENT) - 2, 8)
    text = fit_middle(part.text, max(room - text_width(part.value.words) - 2, room // 3))
    yield from (INDENT + brush(line, "part") for line in wrap(f"{text}: {part.value.words}", room, "  "))


def _calls(failure: Failure, filename: str, width: int, brush: Brush) -> Iterator[str]:
    """The calls that led to the failed line, the innermost first."""
    for call in failure.calls[:CALLS_SHOWN]:
        place = f"line {call.line}" if call.filename == filename else f'"{call.filename}", line {call.line}'
        start = f"{INDENT}called at {place}:"
        if text_width(f"{start} {call.text}") <= width:
            yield brush(f"{start} {call.text}", "place")
        else:
            yield brush(start, "place")
            yield brush(f"{INDENT}  " + fit_middle(call.text, width - len(INDENT) - 2), "place")
    more = failure.depth - CALLS_SHOWN
    if more > 0:
        yield brush(f"{INDENT}and so on, {more} more call{'' if more == 1 else 's'}", "place")


def _hint(hint: Hint, width: int, brush: Brush) -> Iterator[str]:
    for line in wrap(hint.text, width - len(INDENT)):
        yield INDENT + line
    longest = max((text_width(code) for code, _ in hint.code), default=0)
    heading = "Would work: "
    rows = [(code, " " * (longest - text_width(code)) + f"  → {gives}" if gives else "") for code, gives in hint.code]
    if any(len(INDENT + heading) + text_width(code + after) > width for code, after in rows):
        yield INDENT + heading.rstrip()
        for code, gives in hint.code:
            yield from _below(code, gives, width, brush)
        return
    for code, after in rows:
        yield INDENT + heading + brush(code, "code") + after
        heading = " " * len(heading)


def _below(code: str, gives: str, width: int, brush: Brush) -> Iterator[str]:
    """Code on a line of its own, and on the next what it gives where there is no room beside it. Code is never broken."""
    line, after = f"{INDENT}  ", f"→ {gives}"
    beside = text_width(f"{line}{code}  {after}") <= width
    yield line + brush(code, "code") + (f"  {after}" if gives and beside else "")
    if gives and not beside:
        yield from (f"{line}  {part}" for part in wrap(after, width - len(line) - 2, "  "))


# --- text ---------------------------------------------------------------------------------------------------------------


def indentation(source: str) -> int:
    """How many characters of a line are blanks in front."""
    return len(source) - len(source.lstrip(" \t\f"))


def visible(character: str) -> str:
    """A character as it can stand in a drawing: tabs as blanks, control characters as their pictures."""
    if character == "\t":
        return TAB
    if character < " ":
        return chr(0x2400 + ord(character))
    return character


def split_lines(source: str) -> list[str]:
    """Lines as the parser counts them: ended by `\\n`, `\\r\\n` or `\\r` only."""
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def text_width(text: str) -> int:
    """How many columns of a terminal `text` takes: two for East Asian wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1 for character in text)


def fit_middle(text: str, width: int) -> str:
    """`text`, its middle left out if it is wider than `width`."""
    if text_width(text) <= width:
        return text
    head, tail, side = "", "", 0
    left = right = 0
    while True:
        piece = text[left] if side == 0 else text[len(text) - 1 - right]
        if text_width(head) + text_width(tail) + text_width(piece) + 1 > width:
            return f"{head}…{tail}"
        if side == 0:
            head, left = head + piece, left + 1
        else:
            tail, right = piece + tail, right + 1
        side = 1 - side


def wrap(text: str, width: int, later: str = "") -> list[str]:
    """`text` in lines of at most `width` columns where its words allow it; `later` stands before all but the first."""
    lines: list[str] = []
    line = ""
    for word in _words(text):
        if line and text_width(line) + 1 + text_width(word) > width:
            lines.append(line)
            line = later + word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


def _words(text: str) -> Iterator[str]:
    """The words of a sentence; a shape, `[2, 3]`, is one."""
    word = ""
    for piece in text.split(" "):
        word = f"{word} {piece}" if word else piece
        if word.count("[") <= word.count("]"):
            yield word
            word = ""
    if word:
        yield word
