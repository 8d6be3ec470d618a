"""Upright bars: from values to blocks in eighths of a cell, above and below zero.

Owns where bars stand and how high they are; `plot` and `histogram` share it. Bars start at zero, always.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

import numpy as np

from tensorsh.display.pictures.canvas import Canvas

_LOWER_EIGHTHS = " ▁▂▃▄▅▆▇█"
_WIDEST_BAR = 12


@dataclass(frozen=True, slots=True)
class BarScale:
    """`above` rows for positive and `below` rows for negative values, each worth `unit`."""

    above: int
    below: int
    unit: float

    @property
    def edges(self) -> tuple[float, float]:
        """The lowest and the highest value that there is room for. (The largest floats may round up to infinity.)"""
        most = sys.float_info.max
        return max(-self.below * self.unit, -most), min(self.above * self.unit, most)

    def row(self, value: float) -> int:
        """The row whose upper edge lies nearest to `value`, counted from the top."""
        return self.above - round(value / self.unit)


def bar_scale(low: float, high: float, rows: int) -> BarScale:
    """Shares `rows` out so that zero falls between two of them. `low` is at most 0, `high` at least 0."""
    if low == 0:
        above = rows
    elif high == 0:
        above = 0
    else:
        above = min(max(round(rows * ((high / 2) / (high / 2 - low / 2))), 1), rows - 1)
    below = rows - above
    unit = max(high / above if above else 0.0, -low / below if below else 0.0)
    return BarScale(above, below, unit or 1.0)


def bar_slots(count: int, columns: int, gap: bool) -> list[tuple[int, int]]:
    """The first column and the width of each bar; `count` is at most `columns`. `gap` keeps a column free where there
    is room."""
    slot = min(columns // count, _WIDEST_BAR)
    return [(number * slot, slot - 1 if gap and slot > 1 else slot) for number in range(count)]


def draw_bars(
    canvas: Canvas, top: int, left: int, slots: list[tuple[int, int]], values: np.ndarray, scale: BarScale, style: str
) -> None:
    """Draws one bar a slot. NaN draws none, an infinity an arrow at the edge. What is not zero shows, however small."""
    bottom = top + scale.above + scale.below - 1
    for (column, width), value in zip(slots, values.tolist(), strict=True):
        start = left + column
        if math.isnan(value):
            continue
        if math.isinf(value):
            canvas.put(top if value > 0 else bottom, start, ("↑" if value > 0 else "↓") * width, style)
        elif value > 0:
            full, part = divmod(max(round(value / scale.unit * 8), 1), 8)
            for row in range(full):
                canvas.put(top + scale.above - 1 - row, start, "█" * width, style)
            if part:
                canvas.put(top + scale.above - 1 - full, start, _LOWER_EIGHTHS[part] * width, style)
        elif value < 0:
            # Unicode has no upper eighths but one, so bars that hang are drawn in halves.
            full, part = divmod(max(round(-value / scale.unit * 2), 1), 2)
            for row in range(full):
                canvas.put(top + scale.above + row, start, "█" * width, style)
            if part:
                canvas.put(top + scale.above + full, start, "▀" * width, style)
