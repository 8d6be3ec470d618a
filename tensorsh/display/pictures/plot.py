"""Plots: lines, points and bars, of one series or several, against an index or against x.

Owns `plot_facts` (which series there are and what they span) and `render_plot`. Lines and points are drawn in braille
dots, two by four a cell; where several series share a picture without colour, each has a character of its own instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tensorsh.display.colour import ColourSupport
from tensorsh.display.pictures.axes import draw_frame, number_labels, number_text, round_ticks, rounded_range
from tensorsh.display.pictures.bars import bar_scale, bar_slots, draw_bars
from tensorsh.display.pictures.canvas import Canvas, arrange, check_size, fit
from tensorsh.display.pictures.palette import GREY, foreground, series_style
from tensorsh.display.pictures.values import (
    count_missing,
    describe_missing,
    drawable_values,
    finite_range,
    fractions,
    real_values,
    refuse_rank,
)

PlotKind = Literal["line", "scatter", "bar"]

KINDS: tuple[PlotKind, ...] = ("line", "scatter", "bar")
MOST_SERIES = 8
_MARKERS = "●×+○◆#▲="
# Up to this many points a bullet each is easier to see than a dot.
_BULLETS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One line: `x` and `y` are float64, 1-D and of one length, and may hold NaN and infinities."""

    name: str
    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """What a plot shows. The ranges cover the points whose x and y are finite; `missing` counts NaN, inf and -inf."""

    kind: PlotKind
    series: tuple[Series, ...]
    x_name: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    counts_x: bool
    missing: tuple[int, int, int]
    magnitudes: bool


def plot_facts(*arrays: np.ndarray, kind: PlotKind = "line", names: Sequence[str] = ()) -> Plot:
    """The facts of a plot.

    One array is drawn against its index; of two or more, the first is x (1-D) and the rest are drawn against it. A 2-D
    array is a series for each column, at most `MOST_SERIES`. Complex numbers are drawn as magnitudes. `names` has a
    name for each array.

    Raises `ValueError` for other ranks, lengths that differ, empty tensors, no finite point, no numbers, an unknown
    kind, and for bars of more than one series.

    >>> import numpy as np
    >>> facts = plot_facts(np.array([1.0, 4.0, 9.0]))
    >>> facts.x_range, facts.y_range
    ((0.0, 2.0), (1.0, 9.0))
    """
    if kind not in KINDS:
        raise ValueError(f"plot() kind must be one of {', '.join(KINDS)}, got {kind!r}")
    if not arrays:
        raise ValueError("plot() expects a tensor")
    if names and len(names) != len(arrays):
        raise ValueError(f"plot() expects a name for each tensor, got {len(names)} for {len(arrays)}")
    arrays = tuple(np.asarray(array) for array in arrays)
    x_name = names[0] if names and len(arrays) > 1 else ""
    x = None
    if len(arrays) > 1:
        if arrays[0].ndim != 1:
            raise refuse_rank("plot", "1-D", arrays[0].shape, " for x")
        x = real_values(arrays[0], "plot")
    series: list[Series] = []
    for number, array in enumerate(arrays[1:] if x is not None else arrays):
        if array.ndim not in (1, 2):
            raise refuse_rank("plot", "1-D or 2-D", array.shape)
        values = drawable_values(array, "plot")
        if x is not None and len(x) != len(values):
            raise ValueError(f"plot() expects x and y of one length, got {len(x)} and {len(values)}")
        along = np.arange(len(values), dtype=np.float64) if x is None else x
        name = names[number + (x is not None)] if names else ("y" if len(arrays) < 3 else f"y{number + 1}")
        if array.ndim == 1:
            series.append(Series(name, along, values))
            continue
        if array.shape[1] > MOST_SERIES:
            raise ValueError(
                f"plot() draws at most {MOST_SERIES} series, got {array.shape[1]}, the columns of shape {list(array.shape)}; "
                "select some, transpose it, or use heat()"
            )
        series.extend(Series(f"{name}[:, {column}]", along, values[:, column]) for column in range(array.shape[1]))
    if len(series) > MOST_SERIES:
        raise ValueError(f"plot() draws at most {MOST_SERIES} series, got {len(series)}")
    if kind == "bar" and len(series) > 1:
        raise ValueError(f"plot() draws bars of one series, got {len(series)}")
    drawn = [np.isfinite(one.x) & np.isfinite(one.y) for one in series]
    if not any(mask.any() for mask in drawn):
        raise ValueError("plot() has nothing to draw: no point has a finite x and a finite y")
    ys = np.concatenate([one.y for one in series])
    counted = ys if x is None else np.concatenate([ys, x])
    return Plot(
        kind,
        tuple(series),
        x_name,
        finite_range(np.concatenate([one.x[mask] for one, mask in zip(series, drawn, strict=True)])),
        finite_range(np.concatenate([one.y[mask] for one, mask in zip(series, drawn, strict=True)])),
        x is None,
        count_missing(counted),
        any(array.dtype.kind == "c" for array in arrays),
    )


def describe_plot(facts: Plot) -> str:
    """The plot in words, a sentence for each series."""
    sentences = []
    against = f" against {facts.x_name}" if facts.x_name else ""
    for one in facts.series:
        mask = np.isfinite(one.x) & np.isfinite(one.y)
        x, y = one.x[mask], one.y[mask]
        if not len(y):
            sentences.append(f"{one.name}{against}: no finite point.")
            continue
        low, high = int(y.argmin()), int(y.argmax())
        span = f"x from {number_text(float(x.min()))} to {number_text(float(x.max()))}"
        sentences.append(
            f"{one.name}{against}: {len(y)} points, {span}, "
            f"least {number_text(float(y[low]))} at x = {number_text(float(x[low]))}, "
            f"greatest {number_text(float(y[high]))} at x = {number_text(float(x[high]))}."
        )
    sentences.extend(f"{note}." for note in _notes(facts))
    return "\n".join(sentences)


def render_plot(facts: Plot, width: int, height: int, colour: ColourSupport) -> str:
    """Draws the plot in at most `width` columns and `height` lines. Raises `ValueError` below 20 columns or 6 lines."""
    check_size(width, height)
    if facts.kind == "bar":
        return _render_bars(facts, width, height, colour)
    canvas = Canvas(width, height)
    grey = foreground(GREY, colour)
    top = _put_heading(canvas, facts, colour)
    notes = _notes(facts)
    rows = height - top - 2 - _put_notes(canvas, notes, grey)

    most = max(2, rows // 3 + 1)
    low, high = _widened(*rounded_range(*facts.y_range, most))
    # A constant has one label, its value.
    constant = facts.y_range[0] == facts.y_range[1]
    y_ticks = round_ticks(*facts.y_range, most) if constant else round_ticks(low, high, most)
    y_labels = [fit(label, width // 2) for label in number_labels(y_ticks)]
    left = max(map(len, y_labels)) + 1
    columns = width - left
    x_low, x_high = _widened(*facts.x_range)
    x_ticks = round_ticks(*facts.x_range, max(2, columns // 10), whole=facts.counts_x)

    draw_frame(
        canvas,
        (top, left, rows, columns),
        [(_nearest(tick, high, low, 4 * rows) // 4, label) for tick, label in zip(y_ticks, y_labels, strict=True)],
        [
            (_nearest(tick, x_low, x_high, 2 * columns) // 2, fit(label, width // 2))
            for tick, label in zip(x_ticks, number_labels(x_ticks), strict=True)
        ],
        grey,
    )
    plain_markers = colour == "none" and len(facts.series) > 1
    for number, one in enumerate(facts.series):
        x, y, known_x = one.x, one.y, np.isfinite(one.x)
        across = np.rint(fractions(x, x_low, x_high) * (2 * columns - 1))
        down = np.rint((1 - fractions(y, low, high)) * (4 * rows - 1))
        down[~np.isfinite(y) | ~known_x] = np.nan
        dots = np.zeros((4 * rows, 2 * columns), dtype=bool)
        marker = _MARKERS[number] if plain_markers else ""
        if facts.kind == "scatter":
            drawn = ~np.isnan(down)
            dots[down[drawn].astype(int), across[drawn].astype(int)] = True
            if int(drawn.sum()) <= _BULLETS:
                marker = marker or "•"
        else:
            _mark_line(dots, across, down)
        style = series_style(number, colour)
        canvas.fill_with_dots(top, left, dots, style, marker)
        if facts.kind == "line":
            for row, column in _lone_points(across, down):
                canvas.put(top + row // 4, left + column // 2, marker or "•", style)
        for infinite, row, arrow in ((np.isposinf(y), top, "↑"), (np.isneginf(y), top + rows - 1, "↓")):
            for column in np.unique(across[infinite & known_x]).tolist():
                canvas.put(row, left + int(column) // 2, arrow, style)
    return canvas.text()


def _render_bars(facts: Plot, width: int, height: int, colour: ColourSupport) -> str:
    one = facts.series[0]
    canvas = Canvas(width, height)
    grey = foreground(GREY, colour)
    top = _put_heading(canvas, facts, colour)

    # Grouped bars have other heights, other labels, and so another room: as many values to a bar as it takes.
    group = -(-len(one.y) // max(width - 4, 1))
    while True:
        heights, notes = one.y, _notes(facts)
        if group > 1:
            heights = _group_means(one.y, group)
            notes = [f"each bar is the mean of {group} values", *notes]
        taken = _place_notes(canvas, notes)
        rows = height - top - 2 - (taken[-1][0] + 1 if taken else 0)
        low, high = finite_range(heights)
        scale = bar_scale(min(low, 0.0), max(high, 0.0), rows)
        ticks = round_ticks(*scale.edges, max(2, rows // 3 + 1))
        if scale.above and scale.below and 0.0 not in ticks:
            # Bars stand on zero, so it has its mark whatever else has.
            ticks = sorted([*(tick for tick in ticks if scale.row(tick) != scale.row(0.0)), 0.0])
        labels = [fit(label, width // 2) for label in number_labels(ticks)]
        left = max(map(len, labels)) + 1
        if len(heights) <= width - left:
            break
        group += 1
    _put_notes(canvas, notes, grey)
    slots = bar_slots(len(heights), width - left, gap=True)
    shown = list(range(0, len(heights), _label_stride(one.x[::group].tolist(), slots)))
    positions = number_labels([float(one.x[index * group]) for index in shown])
    draw_frame(
        canvas,
        (top, left, rows, width - left),
        [(scale.row(tick), label) for tick, label in zip(ticks, labels, strict=True)],
        [
            (slots[index][0] + (slots[index][1] - 1) // 2, fit(label, width // 2))
            for index, label in zip(shown, positions, strict=True)
        ],
        grey,
    )
    draw_bars(canvas, top, left, slots, heights, scale, series_style(0, colour))
    return canvas.text()


def _group_means(values: np.ndarray, group: int) -> np.ndarray:
    """The means of so many values each, of those that are finite; NaN where none is."""
    starts = np.arange(0, len(values), group)
    finite = np.isfinite(values)
    # Dividing first keeps sums of huge numbers finite.
    counts = np.add.reduceat(finite.astype(np.float64), starts)
    shares = np.where(finite, values, 0.0) / np.repeat(np.maximum(counts, 1), group)[: len(values)]
    return np.where(counts > 0, np.add.reduceat(shares, starts), np.nan)


def _label_stride(positions: list[float], slots: list[tuple[int, int]]) -> int:
    """Labels stand under every first, second, fifth, tenth … bar, as they fit."""
    slot = slots[1][0] if len(slots) > 1 else 1
    wanted = (max(map(len, number_labels(positions))) + 1) / slot
    stride = 1
    while stride < wanted:
        stride *= 2.5 if str(stride).startswith("2") else 2  # type: ignore[assignment]
        stride = int(stride)
    return stride


def _mark_line(dots: np.ndarray, across: np.ndarray, down: np.ndarray) -> None:
    """Sets the dots along a line through the given dots; NaN in `down` breaks it."""
    if len(across) > 4 * dots.shape[1] and np.isfinite(across).all() and bool((np.diff(across) >= 0).all()):
        across, down = _first_least_greatest_last(across, down)
    known = ~np.isnan(down)
    dots[down[known].astype(int), across[known].astype(int)] = True
    starts = np.flatnonzero(known[:-1] & known[1:])
    # In portions, as a long line through far points has many dots.
    for portion in np.array_split(starts, len(starts) // 65536 + 1):
        dx, dy = across[portion + 1] - across[portion], down[portion + 1] - down[portion]
        steps = np.maximum(np.abs(dx), np.abs(dy)).astype(int)
        which = np.repeat(np.arange(len(portion)), steps)
        step = np.arange(len(which)) - np.repeat(np.cumsum(steps) - steps, steps)
        along = step / steps[which]
        columns = np.rint(across[portion][which] + dx[which] * along).astype(int)
        rows = np.rint(down[portion][which] + dy[which] * along).astype(int)
        dots[rows, columns] = True


def _lone_points(across: np.ndarray, down: np.ndarray) -> list[list[int]]:
    """The dots of points without a neighbour on either side, which a single dot would hide."""
    known = np.concatenate([[False], ~np.isnan(down), [False]])
    lone = known[1:-1] & ~known[:-2] & ~known[2:]
    return np.unique(np.stack([down[lone], across[lone]], axis=1), axis=0).astype(int).tolist()


def _first_least_greatest_last(across: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keeps four points a column of dots, which draw the same line: M4 aggregation (Jugel et al., VLDB 2014)."""
    starts = np.concatenate([[0], np.flatnonzero(np.diff(across)) + 1])
    ends = np.concatenate([starts[1:], [len(across)]]) - 1
    kept = np.stack([down[starts], np.fmin.reduceat(down, starts), np.fmax.reduceat(down, starts), down[ends]], axis=1)
    return np.repeat(across[starts], 4), kept.ravel()


def _put_heading(canvas: Canvas, facts: Plot, colour: ColourSupport) -> int:
    """Writes the legend of several series, or the name of one; returns the number of lines taken."""
    against = f" against {facts.x_name}" if facts.x_name else ""
    if len(facts.series) == 1:
        if facts.series[0].name == "y" and not against:
            return 0
        canvas.put(0, 0, fit(facts.series[0].name + against, canvas.width))
        return 1
    markers = _MARKERS if colour == "none" else "━" * MOST_SERIES
    entries = [f"{markers[number]} {one.name}" for number, one in enumerate(facts.series)]
    most = max(1, canvas.height // 4)
    taken = 0
    for number, (line, column, word) in enumerate(arrange(entries, canvas.width)):
        if line >= most:
            break
        canvas.put(line, column, word)
        canvas.put(line, column, word[0], series_style(number, colour))
        taken = line + 1
    return taken


def _place_notes(canvas: Canvas, notes: list[str]) -> list[tuple[int, int, str]]:
    """The line, column and text of each note that has room on the last lines."""
    return [entry for entry in arrange(notes, canvas.width) if entry[0] < max(1, canvas.height // 4)]


def _put_notes(canvas: Canvas, notes: list[str], style: str) -> int:
    """Writes the notes on the last lines; returns the number of lines taken."""
    placed = _place_notes(canvas, notes)
    taken = placed[-1][0] + 1 if placed else 0
    for line, column, word in placed:
        canvas.put(canvas.height - taken + line, column, word, style)
    return taken


def _notes(facts: Plot) -> list[str]:
    missing = describe_missing(*facts.missing)
    return [*(["magnitudes of complex numbers"] if facts.magnitudes else []), *([missing] if missing else [])]


def _nearest(value: float, low: float, high: float, count: int) -> int:
    """The dot of `count` nearest to `value`, where the first is at `low` and the last at `high`."""
    if low > high:
        return int(np.rint((1 - fractions(np.array(value), high, low)) * (count - 1)))
    return int(np.rint(fractions(np.array(value), low, high) * (count - 1)))


def _widened(low: float, high: float) -> tuple[float, float]:
    """A range with room in it: equal ends move apart, so that a constant series runs through the middle."""
    if low < high:
        return low, high
    margin = abs(low) * 0.05 or 1.0
    limit = float(np.finfo(np.float64).max)
    # A margin that vanishes next to the number is one float either way.
    return (
        max(min(low - margin, float(np.nextafter(low, -limit))), -limit),
        min(max(high + margin, float(np.nextafter(high, limit))), limit),
    )
