"""A sheet of character cells to draw on, with a style for each cell, and braille dots at 2×4 a cell.

Owns the last step from cells to text. What is put beyond an edge is dropped, so no line is ever wider than the sheet. A
style is a string of SGR parameters; where no cell has one, the text holds no escape sequence.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import numpy as np

MIN_WIDTH, MIN_HEIGHT = 20, 6

# Unicode numbers the dots of a braille cell down the left column, then the right, with the fourth row added later.
_BRAILLE_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])


class Canvas:
    """`height` rows of `width` cells, all blank."""

    __slots__ = ("height", "width", "_characters", "_styles")

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._characters = [[" "] * width for _ in range(height)]
        self._styles = [[""] * width for _ in range(height)]

    def put(self, row: int, column: int, text: str, style: str = "") -> None:
        """Writes `text` from a cell rightwards."""
        if not 0 <= row < self.height:
            return
        for character in text:
            wide = cell_width(character)
            if 0 <= column and column + wide <= self.width:
                self._characters[row][column] = character
                self._styles[row][column] = style
                if wide == 2:
                    self._characters[row][column + 1] = ""
                    self._styles[row][column + 1] = style
            column += wide

    def fill_with_dots(self, top: int, left: int, dots: np.ndarray, style: str = "", marker: str = "") -> None:
        """Draws a boolean array of 4 dots a row and 2 a column as braille characters, or as `marker` where any dot is
        set.

        Cells without a dot keep what they show; braille cells that are drawn twice show the dots of both.
        """
        rows, columns = dots.shape[0] // 4, dots.shape[1] // 2
        blocks = dots.reshape(rows, 4, columns, 2)
        codes = (blocks * _BRAILLE_BITS[None, :, None, :]).sum(axis=(1, 3))
        for row, column in zip(*(axis.tolist() for axis in np.nonzero(codes)), strict=True):
            character = marker
            if not marker:
                shown = ord(self._characters[top + row][left + column])
                character = chr(0x2800 | int(codes[row, column]) | (shown & 0xFF if shown >> 8 == 0x28 else 0))
            self.put(top + row, left + column, character, style)

    def text(self) -> str:
        """The sheet as lines, without blanks at their ends, joined by newlines."""
        return "\n".join(map(_line, self._characters, self._styles))


def _line(characters: list[str], styles: list[str]) -> str:
    end = len(characters)
    while end and characters[end - 1] == " " and not styles[end - 1]:
        end -= 1
    parts: list[str] = []
    style = ""
    for character, wanted in zip(characters[:end], styles[:end], strict=True):
        if wanted != style:
            parts.append(f"\x1b[0;{wanted}m" if style and wanted else f"\x1b[{wanted or 0}m")
            style = wanted
        parts.append(character)
    if style:
        parts.append("\x1b[0m")
    return "".join(parts)


def check_size(width: int, height: int) -> None:
    """Raises `ValueError` if a picture cannot be read at this size."""
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        raise ValueError(
            f"a picture needs at least {MIN_WIDTH} columns and {MIN_HEIGHT} lines, got {width} and {height}"
        )


def cell_width(character: str) -> int:
    """Two for East Asian wide and full-width characters, else one."""
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def text_width(text: str) -> int:
    """How many cells `text` takes."""
    return sum(map(cell_width, text))


def fit(text: str, width: int) -> str:
    """`text` cut to `width` cells, with an ellipsis where it was cut. What cannot be printed, or has no width of its
    own (control characters, combining marks), is shown as `?`, so that a name cannot move the cursor."""
    text = "".join(c if c.isprintable() and not unicodedata.combining(c) else "?" for c in text)
    if text_width(text) <= width:
        return text
    kept: list[str] = []
    room = width - 1
    for character in text:
        room -= cell_width(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept) + "…"


def arrange(words: Iterable[str], width: int, gap: int = 2) -> list[tuple[int, int, str]]:
    """Lays words out from left to right in lines of `width` cells: the line, the column and the word, cut where it is
    wider."""
    placed: list[tuple[int, int, str]] = []
    line = end = 0
    for word in words:
        word = fit(word, width)
        column = end + gap if placed else 0
        if column + text_width(word) > width:
            line, column = line + 1, 0
        placed.append((line, column, word))
        end = column + text_width(word)
    return placed
