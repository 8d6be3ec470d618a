"""Histograms: how often values fall into bins of one width.

Owns `histogram_facts` (the bins and their counts) and `render_histogram`, with bars that lie or stand. Whole numbers in
a small range have a bin each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tensorsh.display.colour import ColourSupport
from tensorsh.display.pictures.axes import draw_frame, number_labels, number_text, round_ticks
from tensorsh.display.pictures.bars import bar_scale, bar_slots, draw_bars
from tensorsh.display.pictures.canvas import Canvas, arrange, check_size, fit
from tensorsh.display.pictures.palette import GREY, foreground, series_style
from tensorsh.display.pictures.values import count_missing, describe_missing, drawable_values

Orientation = Literal["horizontal", "vertical"]

MOST_BINS = 10_000
# Between these, the number of bins follows the data.
_FEWEST, _MOST_CHOSEN = 5, 40
_LARGEST = float(np.finfo(np.float64).max)
_GROUPS = [factor * 10**power for power in range(5) for factor in (1, 2, 5)]
_LEFT_EIGHTHS = " ▏▎▍▌▋▊▉█"


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """`counts[i]` values lie in `edges[i] <= x < edges[i + 1]`; the last bin holds its upper edge too.

    With `whole`, bin i holds the whole number `edges[i]`. `outside` counts finite values beyond the asked range,
    `missing` NaN, inf and -inf.
    """

    edges: np.ndarray
    counts: np.ndarray
    whole: bool
    outside: int
    missing: tuple[int, int, int]
    magnitudes: bool

    @property
    def total(self) -> int:
        """How many values are in the bins."""
        return int(self.counts.sum())


def histogram_facts(array: np.ndarray, bins: int | None = None, limits: tuple[float, float] | None = None) -> Histogram:
    """Counts the values of an array of any shape into `bins` bins of one width between `limits`.

    Without `bins`, the Freedman-Diaconis rule chooses 5 to 40, or whole numbers have a bin each where they span at most
    40. Without `limits`, the bins span the finite values. Complex numbers are counted by magnitude.

    Raises `ValueError` for an empty tensor, one without a finite value, no numbers, or bins or limits that make no
    sense.

    >>> import numpy as np
    >>> histogram_facts(np.array([1, 2, 2, 5])).counts.tolist()
    [1, 2, 0, 0, 1]
    """
    array = np.asarray(array)
    values = drawable_values(array, "hist").ravel()
    missing = count_missing(values)
    values = values[np.isfinite(values)]
    if bins is not None and not 1 <= bins <= MOST_BINS:
        raise ValueError(f"hist() expects 1 to {MOST_BINS} bins, got {bins}")
    low, high = (float(values.min()), float(values.max())) if limits is None else (float(limits[0]), float(limits[1]))
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise ValueError(f"hist() expects finite limits in rising order, got {low} and {high}")
    inside = values[(values >= low) & (values <= high)]
    outside = len(values) - len(inside)
    magnitudes = array.dtype.kind == "c"
    if bins is None and array.dtype.kind in "biu" and high - low <= _MOST_CHOSEN:
        edges = np.arange(math.ceil(low), math.floor(high) + 2, dtype=np.float64)
        counts = np.bincount((inside - edges[0]).astype(np.int64), minlength=len(edges) - 1)
        return Histogram(edges, counts, True, outside, missing, magnitudes)
    if low == high:
        return Histogram(np.array([low, high]), np.array([len(inside)]), False, outside, missing, magnitudes)
    # Differences of such numbers, and the rounded edges around them, would overflow.
    shrink = 0.25 if max(abs(low), abs(high)) > _LARGEST / 4 else 1.0
    inside, low, high = inside * shrink, low * shrink, high * shrink
    wanted = _bin_count(inside, low, high) if bins is None else bins
    edges = np.linspace(low, high, _fitting(wanted, low, high) + 1)
    if bins is None and limits is None:
        edges = _rounded(edges)
    counts, edges = np.histogram(inside, edges)
    return Histogram(
        np.clip(edges, -_LARGEST * shrink, _LARGEST * shrink) / shrink, counts, False, outside, missing, magnitudes
    )


def _rounded(edges: np.ndarray) -> np.ndarray:
    """Edges at round numbers around the given ones, about as many."""
    low, high = float(edges[0]), float(edges[-1])
    ticks = round_ticks(low, high, len(edges))
    if len(ticks) < 3:
        return edges
    step = ticks[1] - ticks[0]
    before = [ticks[0] - step] if ticks[0] > low else []
    after = [ticks[-1] + step] if ticks[-1] < high else []
    # Ticks may miss an end by a rounding error; every value must lie in a bin.
    rounded = np.array([*before, *ticks, *after])
    rounded[0], rounded[-1] = min(rounded[0], low), max(rounded[-1], high)
    return rounded


def _bin_count(values: np.ndarray, low: float, high: float) -> int:
    """The Freedman-Diaconis rule: bins as wide as twice the interquartile range over the cube root of the count."""
    quartiles = np.percentile(values, [25, 75]) if len(values) else np.zeros(2)
    bin_width = 2 * float(quartiles[1] - quartiles[0]) / max(len(values), 1) ** (1 / 3)
    wanted = (high - low) / bin_width if bin_width > 0 else math.inf
    if math.isinf(wanted):
        # Half of the values and more are equal: Sturges' rule looks at the count alone.
        wanted = math.log2(max(len(values), 1)) + 1
    return min(max(math.ceil(min(wanted, _MOST_CHOSEN)), _FEWEST), _MOST_CHOSEN)


def _fitting(bins: int, low: float, high: float) -> int:
    """As many bins as there are floats to tell their edges apart."""
    while bins > 1 and not (np.diff(np.linspace(low, high, bins + 1)) > 0).all():
        bins //= 2
    return bins


def describe_histogram(facts: Histogram) -> str:
    """The histogram in words."""
    if not facts.total:
        return f"No value in the bins. {_notes(facts)}."
    peak = int(facts.counts.argmax())
    place = number_text(float(facts.edges[peak]))
    if not facts.whole and len(facts.counts) > 1:
        place += f" to {number_text(float(facts.edges[peak + 1]))}"
    span = f"{number_text(float(facts.edges[0]))} to {number_text(float(facts.edges[-2 if facts.whole else -1]))}"
    fullest = f"the fullest with {int(facts.counts[peak])} of {facts.total} values at {place}"
    return f"{len(facts.counts)} bins from {span}, {fullest}. {_notes(facts)}."


def render_histogram(
    facts: Histogram, width: int, height: int, colour: ColourSupport, orientation: Orientation = "horizontal"
) -> str:
    """Draws the histogram in at most `width` columns and `height` lines, each bar with its count or above an axis.

    Neighbouring bins are joined where there are more of them than there is room. Raises `ValueError` below 20 columns
    or 6 lines.
    """
    check_size(width, height)
    if orientation not in ("horizontal", "vertical"):
        raise ValueError(f"hist() orientation must be horizontal or vertical, got {orientation!r}")
    canvas = Canvas(width, height)
    note = _notes(facts)
    rows = height - max(1, min(len(arrange(note.split(", "), width)), height // 4))
    used = (_lying if orientation == "horizontal" else _standing)(canvas, facts, rows, colour)
    for line, column, word in arrange(note.split(", "), width):
        canvas.put(used + line, column, word, foreground(GREY, colour))
    return canvas.text().rstrip("\n")


def _lying(canvas: Canvas, facts: Histogram, rows: int, colour: ColourSupport) -> int:
    edges, counts = _joined(facts, rows)
    starts = number_labels(edges.tolist())
    if facts.whole and len(counts) == len(facts.counts):
        labels = starts[:-1]
    elif len(facts.counts) == 1:
        labels = starts[:1]
    elif facts.whole:
        pairs = [(int(a), int(b) - 1) for a, b in zip(edges, edges[1:], strict=False)]
        labels = [f"{a}…{b}" if a < b else str(a) for a, b in pairs]
    else:
        first, second = max(map(len, starts[:-1])), max(map(len, starts[1:]))
        closing = [")"] * (len(counts) - 1) + ["]"]
        labels = [f"[{a:>{first}}, {b:>{second}}{end}" for a, b, end in zip(starts, starts[1:], closing, strict=False)]
        if 2 * len(labels[0]) > canvas.width:
            labels = starts[:-1]
    label_width = min(max(map(len, labels)), canvas.width // 2)
    count_width = max(len(str(count)) for count in counts.tolist())
    room = max(canvas.width - label_width - count_width - 2, 1)
    greatest = max(int(counts.max()), 1)
    for row, (label, count) in enumerate(zip(labels, counts.tolist(), strict=True)):
        canvas.put(row, 0, fit(label, label_width).rjust(label_width))
        full, part = divmod(max(round(count / greatest * room * 8), 1) if count else 0, 8)
        canvas.put(row, label_width + 1, "█" * full + _LEFT_EIGHTHS[part].strip(), series_style(0, colour))
        canvas.put(row, label_width + 1 + full + (part > 0) + (count > 0), str(count))
    return len(labels)


def _standing(canvas: Canvas, facts: Histogram, rows: int, colour: ColourSupport) -> int:
    rows -= 2
    left = len(str(int(facts.counts.max()) * 2)) + 1
    edges, counts = _joined(facts, canvas.width - left - 1)
    # Joined bins can count more than any of their parts.
    left = max(left, len(str(int(counts.max()))) + 1)
    scale = bar_scale(0.0, float(counts.max()), rows)
    ticks = round_ticks(0.0, rows * scale.unit, max(2, rows // 3 + 1), whole=True)
    labels = number_labels(ticks)
    left = min(max(map(len, labels)) + 1, canvas.width // 2)
    slots = bar_slots(len(counts), canvas.width - left - 1, gap=facts.whole)
    slot = slots[1][0] if len(slots) > 1 else slots[0][1]
    centre = (slots[0][1] - 1) // 2 if facts.whole or len(facts.counts) == 1 else 0
    shown = edges[:-1] if facts.whole or len(facts.counts) == 1 else edges
    names = number_labels(shown.tolist())
    stride = max(1, math.ceil((max(map(len, names)) + 2) / slot))
    draw_frame(
        canvas,
        (0, left, rows, canvas.width - left),
        [(scale.row(tick), fit(label, left - 1)) for tick, label in zip(ticks, labels, strict=True)],
        [(index * slot + centre, fit(names[index], canvas.width // 2)) for index in range(0, len(shown), stride)],
        foreground(GREY, colour),
    )
    draw_bars(canvas, 0, left, slots, counts.astype(np.float64), scale, series_style(0, colour))
    return rows + 2


def _joined(facts: Histogram, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Edges and counts with neighbouring bins joined, so that at most `most` are left: 2, 5, 10 … each, as round edges
    stay round that way."""
    group = next(size for size in _GROUPS if len(facts.counts) <= size * most)
    starts = np.arange(0, len(facts.counts), group)
    return np.append(facts.edges[starts], facts.edges[-1]), np.add.reduceat(facts.counts, starts)


def _notes(facts: Histogram) -> str:
    missing = describe_missing(*facts.missing)
    notes = [f"{facts.total} values" + (" (magnitudes)" if facts.magnitudes else "")]
    if facts.outside:
        notes.append(f"{facts.outside} outside")
    return ", ".join([*notes, *([missing] if missing else [])])
