"""Cuts lines as they arrive into whole top-level statements, so that a pipe can be evaluated while it is still being
written.

It knows only what decides where a statement ends: brackets, strings, comments, continuation lines and indentation. What
it hands out is source for the parser, which alone decides whether it is right; text that can never become whole (an
open bracket at the end of the input) is handed out at the end for the parser to complain about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# What can follow at the left margin and still belong to the statement before it.
CONTINUES = re.compile(r"(?:else|elif|except|finally)\b")
# First words of a statement that may go on below: its end shows only when the next statement starts.
COMPOUND = re.compile(r"(?:if|while|for|def|with|try|class)\b|@")
DECORATOR = re.compile(r"@")

_PIECE = re.compile(
    r"""(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<comment>\#.*)|(?P<quote>\"\"\"|'''|"|')|(?P<continued>\\\r?\n?$)|\\.|[^()\[\]{}#"'\\]+""",
)


class _Scanner:
    """Reads one physical line after another and remembers what is still open."""

    __slots__ = ("brackets", "continued", "quote")

    def __init__(self) -> None:
        self.brackets = 0
        self.continued = False
        self.quote = ""  # the quotes that end the string that is open, or ""

    @property
    def open(self) -> bool:
        return bool(self.brackets or self.continued or self.quote)

    def feed(self, line: str) -> None:
        self.continued = False
        position, end = 0, len(line)
        while position < end:
            if self.quote:
                position = self._string(line, position)
                continue
            piece = _PIECE.match(line, position)
            if piece is None:
                break
            position = piece.end()
            match piece.lastgroup:
                case "open":
                    self.brackets += 1
                case "close":
                    self.brackets = max(self.brackets - 1, 0)
                case "comment":
                    break
                case "quote":
                    self.quote = piece.group()
                case "continued":
                    self.continued = True

    def _string(self, line: str, position: int) -> int:
        """Moves past the rest of an open string; a string with single quotes ends at the line's end unless `\\`
        continues it."""
        quote = self.quote
        while position < len(line):
            if line[position] == "\\":
                position += 2
            elif line.startswith(quote, position):
                self.quote = ""
                return position + len(quote)
            else:
                position += 1
        if len(quote) == 1 and not line.rstrip("\r\n").endswith("\\"):
            self.quote = ""
        return position


def whole_statements(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Pairs of (number of the first line, source), in order and without a gap; `lines` keep their line ends.

    A simple statement is handed out as soon as its last line is there, a compound one when the next statement starts.

    >>> list(whole_statements(["x = [1,\\n", "2]\\n", "for i in x:\\n", "  print(i)\\n", "\\n", "x"]))
    [(1, 'x = [1,\\n2]\\n'), (3, 'for i in x:\\n  print(i)\\n\\n'), (6, 'x')]
    """
    scanner = _Scanner()
    held: list[str] = []
    first = 1
    begun = compound = decorated = False
    for number, line in enumerate(lines, 1):
        at_start = not scanner.open
        blank = at_start and line.lstrip()[:1] in ("", "#")
        if at_start and not blank:
            starts_here = line[0] not in " \t\f" and not CONTINUES.match(line)
            if starts_here:
                if begun and not decorated:
                    yield first, "".join(held)
                    held, first = [], number
                begun = True
                compound = bool(COMPOUND.match(line))
                decorated = bool(DECORATOR.match(line))
        scanner.feed(line)
        held.append(line)
        if not scanner.open and not blank and not compound:
            yield first, "".join(held)
            held, first, begun = [], number + 1, False
    if held:
        yield first, "".join(held)
