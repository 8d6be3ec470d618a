"""Heat maps: a matrix, or a slice of a tensor with more dimensions, as shades on a scale.

Owns `heat_facts` (which slice, its values and their range), `next_slice` for stepping through a tensor, and
`render_heat`. Colour carries the shades on a terminal with 256 or more; otherwise a ramp of characters does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import EllipsisType

import numpy as np

from tensorsh.display.colour import ColourSupport
from tensorsh.display.pictures.axes import draw_frame, number_text, tidy_exponent
from tensorsh.display.pictures.canvas import Canvas, check_size, fit, text_width
from tensorsh.display.pictures.palette import (
    ASCII_RAMP,
    GREY,
    WARNING,
    background,
    foreground,
    readable_on,
    viridis,
)
from tensorsh.display.pictures.values import (
    count_missing,
    describe_missing,
    drawable_values,
    finite_range,
    fractions,
    refuse_rank,
)

Index = Sequence["int | slice | EllipsisType"]

_WIDEST_CELL = 8
_NUMBER_CELL = 6
_MARKS = (("?", np.isnan), ("▲", np.isposinf), ("▼", np.isneginf))


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """What a heat map shows: `values` (2-D, float64, with NaN and infinities), the range of the finite ones, and where
    they are from. `index` has an int or None (the whole dimension) for each dimension of `shape`."""

    name: str
    shape: tuple[int, ...]
    index: tuple[int | None, ...]
    values: np.ndarray
    low: float
    high: float
    missing: tuple[int, int, int]
    magnitudes: bool

    @property
    def title(self) -> str:
        """`x` for a matrix, `x[0, :, :]` for a slice."""
        if len(self.shape) == 2:
            return self.name
        return f"{self.name}[{', '.join(':' if at is None else str(at) for at in self.index)}]"


def heat_facts(array: np.ndarray, index: Index | None = None, name: str = "x") -> Heat:
    """The facts of a heat map of a matrix, or of one slice of a tensor with more dimensions.

    `index` chooses the slice: ints for all dimensions but two, `slice(None)` (or what `...` stands for) for those two.
    Dimensions at the end may be left out. Without `index`, the first slice of the last two dimensions is taken. Complex
    numbers are shown by magnitude.

    Raises `ValueError` for fewer than two dimensions, an index that does not leave two, an empty tensor, no finite
    value, or no numbers; `IndexError` for an index out of range.

    >>> import numpy as np
    >>> facts = heat_facts(np.arange(24).reshape(2, 3, 4), (1,))
    >>> facts.title, facts.low, facts.high
    ('x[1, :, :]', 12.0, 23.0)
    """
    array = np.asarray(array)
    if array.ndim < 2:
        raise refuse_rank("heat", "2-D or higher", array.shape)
    if array.size == 0:
        # Said of the whole tensor, before an index into nothing is out of range.
        drawable_values(array, "heat")
    chosen = _whole_index(array.shape, index)
    window = array[tuple(slice(None) if at is None else at for at in chosen)]
    values = drawable_values(window, "heat")
    low, high = finite_range(values)
    return Heat(name, array.shape, chosen, values, low, high, count_missing(values), array.dtype.kind == "c")


def _whole_index(shape: tuple[int, ...], index: Index | None) -> tuple[int | None, ...]:
    """An int or None for each dimension; negative ints counted from the end."""
    if index is None:
        return (0,) * (len(shape) - 2) + (None, None)
    given: list[int | slice | EllipsisType] = list(index)
    if given.count(...) > 1 or len(given) - given.count(...) > len(shape):
        raise ValueError(f"heat() index {_spell(given)} does not fit a tensor of shape {list(shape)}")
    place = given.index(...) if ... in given else len(given)
    given[place : place + 1] = [slice(None)] * (len(shape) - len(given) + given.count(...))
    chosen: list[int | None] = []
    for dim, at in enumerate(given):
        if isinstance(at, slice):
            if at != slice(None):
                raise ValueError("heat() index takes whole dimensions only: `:`, not a part of one")
            chosen.append(None)
        else:
            number = int(at)  # type: ignore[arg-type]
            if not -shape[dim] <= number < shape[dim]:
                raise IndexError(f"heat() index {number} is out of range for dimension {dim} with size {shape[dim]}")
            chosen.append(number % shape[dim])
    if chosen.count(None) != 2:
        raise ValueError(
            f"heat() index must leave two dimensions, {_spell(given)} leaves {chosen.count(None)} of shape {list(shape)}"
        )
    return tuple(chosen)


def _spell(index: Sequence[int | slice | EllipsisType]) -> str:
    return "[" + ", ".join("..." if at is ... else ":" if isinstance(at, slice) else str(at) for at in index) + "]"


def next_slice(facts: Heat, steps: int = 1) -> tuple[int | slice, ...]:
    """The index of the slice `steps` further on (or back), the last int moving fastest, round at the ends."""
    stepped = [dim for dim, at in enumerate(facts.index) if at is not None]
    sizes = [facts.shape[dim] for dim in stepped]
    position = 0
    for dim, size in zip(stepped, sizes, strict=True):
        position = position * size + (facts.index[dim] or 0)
    position = (position + steps) % math.prod(sizes)
    moved: list[int | slice] = [slice(None)] * len(facts.shape)
    for dim, size in zip(reversed(stepped), reversed(sizes), strict=True):
        position, moved[dim] = divmod(position, size)
    return tuple(moved)


def describe_heat(facts: Heat) -> str:
    """The heat map in words."""
    rows, columns = facts.values.shape
    finite = np.where(np.isfinite(facts.values), facts.values, np.nan)
    lowest, highest = np.nanargmin(finite), np.nanargmax(finite)
    places = [f"[{int(at) // columns}, {int(at) % columns}]" for at in (lowest, highest)]
    missing = describe_missing(*facts.missing)
    return (
        f"{facts.title}: {rows} rows and {columns} columns, least {number_text(facts.low)} at {places[0]}, "
        f"greatest {number_text(facts.high)} at {places[1]}." + (f" {missing}." if missing else "")
    )


def render_heat(facts: Heat, width: int, height: int, colour: ColourSupport) -> str:
    """Draws the heat map in at most `width` columns and `height` lines, with indices at its sides and a scale below.

    A small matrix has large cells, with the numbers in them where colour leaves the characters free. A large one is
    drawn by the means of blocks, and the title says how large they are. A block with a NaN or an infinity in it is
    marked. Raises `ValueError` below 20 columns or 6 lines.
    """
    check_size(width, height)
    canvas = Canvas(width, height)
    grey = foreground(GREY, colour)
    rows, columns = facts.values.shape
    left = len(str(rows - 1)) + 1
    # A title above; a frame, indices and the scale below.
    down, across = -(-rows // (height - 4)), -(-columns // (width - left))
    shades, marks = _blocks(facts, down, across)
    shown_rows, shown_columns = shades.shape
    cell_width = max(min(_WIDEST_CELL, (width - left) // shown_columns), 1)
    cell_height = max(min(max(cell_width // 2, 1), (height - 4) // shown_rows), 1)
    if cell_height == 1 and cell_width < _NUMBER_CELL:
        cell_width = min(cell_width, 2)
    numbers = colour in ("256", "truecolor") and cell_width >= _NUMBER_CELL and down == across == 1

    canvas.put(0, 0, fit(_title(facts, down, across), width))
    for row in range(shown_rows):
        for column in range(shown_columns):
            fill, style = _shade(float(shades[row, column]), marks[row, column], colour)
            if numbers:
                fill = " "
            for line in range(cell_height):
                canvas.put(1 + row * cell_height + line, left + column * cell_width, fill * cell_width, style)
            if numbers:
                text = _short_number(float(facts.values[row, column]), cell_width - 1).center(cell_width)
                canvas.put(1 + row * cell_height + (cell_height - 1) // 2, left + column * cell_width, text, style)
    drawn = shown_rows * cell_height
    middle = (cell_height - 1) // 2
    row_stride = 2 if cell_height == 1 and shown_rows > 6 else 1
    column_stride = _stride((len(str(columns - 1)) + 1) / cell_width)
    draw_frame(
        canvas,
        (1, left, drawn, shown_columns * cell_width),
        [(row * cell_height + middle, str(row * down)) for row in range(0, shown_rows, row_stride)],
        [
            (column * cell_width + (cell_width - 1) // 2, str(column * across))
            for column in range(0, shown_columns, column_stride)
        ],
        grey,
    )
    _put_scale(canvas, drawn + 3, facts, colour)
    return canvas.text().rstrip("\n")


def _short_number(number: float, room: int) -> str:
    """Three digits, two, one, or nothing: as many as there is room for."""
    for text in (*(number_text(number, digits) for digits in (3, 2, 1)), tidy_exponent(f"{number:.0e}")):
        if len(text) <= room:
            return text
    return ""


def _stride(least: float) -> int:
    return next(factor * 10**power for power in range(20) for factor in (1, 2, 5) if factor * 10**power >= least)


def _title(facts: Heat, down: int, across: int) -> str:
    rows, columns = facts.values.shape
    title = f"{facts.title}  {rows} × {columns}"
    if facts.magnitudes:
        title += ", magnitudes"
    if down > 1 or across > 1:
        title += f", means of {down} × {across}"
    if len(facts.shape) > 2:
        title += f", of shape {list(facts.shape)}"
    return title


def _blocks(facts: Heat, down: int, across: int) -> tuple[np.ndarray, np.ndarray]:
    """The shade (0 to 1, NaN where nothing is finite) and the mark (`?`, `▲`, `▼` or none) of each block."""
    values = facts.values
    row_starts, column_starts = np.arange(0, values.shape[0], down), np.arange(0, values.shape[1], across)

    def total(array: np.ndarray) -> np.ndarray:
        return np.add.reduceat(np.add.reduceat(array, row_starts, axis=0), column_starts, axis=1)

    finite = np.isfinite(values)
    count = total(finite.astype(np.float64))
    shades = total(np.where(finite, fractions(values, facts.low, facts.high), 0.0))
    shades = np.divide(shades, count, out=np.full_like(shades, np.nan), where=count > 0)
    marks = np.full(shades.shape, "", dtype="<U1")
    for mark, test in reversed(_MARKS):
        marks[total(test(values).astype(np.float64)) > 0] = mark
    return shades, marks


def _shade(shade: float, mark: str, colour: ColourSupport) -> tuple[str, str]:
    """The character and the style of a cell."""
    if math.isnan(shade) or (mark and colour in ("none", "16")):
        return str(mark), foreground(WARNING, colour)
    if colour in ("none", "16"):
        level = min(int(shade * len(ASCII_RAMP)), len(ASCII_RAMP) - 1)
        # Sixteen colours are too few for shades, so the ramp stays and the colour only helps it.
        return ASCII_RAMP[level], "" if colour == "none" else ("34", "36", "32", "33", "93")[level // 2]
    rgb = viridis(shade)
    return str(mark) or " ", readable_on(rgb, colour)


def _put_scale(canvas: Canvas, row: int, facts: Heat, colour: ColourSupport) -> None:
    """Writes the scale from the least to the greatest value, then what is missing and how it is marked."""
    low, high = number_text(facts.low), number_text(facts.high)
    if facts.low == facts.high:
        text = f"all {low}"
        canvas.put(row, 0, fit(text, canvas.width))
        end = len(text)
    else:
        length = len(ASCII_RAMP) if colour in ("none", "16") else min(max(canvas.width // 4, 10), 24)
        canvas.put(row, 0, low)
        start = len(low) + 2
        canvas.put(row, start - 1, "▕" if colour in ("256", "truecolor") else "[")
        for step in range(length):
            fill, style = _shade((step + 0.5) / length, "", colour)
            if colour in ("256", "truecolor"):
                fill, style = " ", background(viridis(step / (length - 1)), colour)
            canvas.put(row, start + step, fill, style)
        canvas.put(row, start + length, ("▏" if colour in ("256", "truecolor") else "] ") + high)
        end = start + length + (1 if colour in ("256", "truecolor") else 2) + len(high)
    for (mark, _), count, name in zip(_MARKS, facts.missing, ("NaN", "inf", "-inf"), strict=True):
        note = f"{mark} {count} {name}"
        if not count:
            continue
        if end + 2 + text_width(note) > canvas.width:
            break
        canvas.put(row, end + 2, note, foreground(WARNING, colour))
        end += 2 + text_width(note)
