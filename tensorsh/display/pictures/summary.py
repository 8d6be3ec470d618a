"""The summary of a tensor: range, mean, deviation, NaN and infinities, zeros, and a sparkline of where its values lie.

Owns `summary_facts` and `render_summary`. A summary is what one asks for when something is wrong, so it refuses neither
an empty tensor nor one without a finite value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tensorsh.display.colour import ColourSupport
from tensorsh.display.pictures.axes import number_text
from tensorsh.display.pictures.bars import bar_scale, draw_bars
from tensorsh.display.pictures.canvas import Canvas, check_size, fit
from tensorsh.display.pictures.histogram import histogram_facts
from tensorsh.display.pictures.palette import GREY, WARNING, foreground, series_style
from tensorsh.display.pictures.values import count_missing, real_values

_BINS = 240
_WIDEST_SPARKLINE = 60


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """What a tensor holds. `low`, `high`, `mean`, `median` and `deviation` are of the finite values, NaN where there
    are too few; `deviation` divides by n - 1, as `torch.std` does. `counts` are those of a histogram from `low` to
    `high`, empty without a finite value. Of complex numbers all this describes the magnitudes."""

    shape: tuple[int, ...]
    dtype: str
    size: int
    finite: int
    nan: int
    positive_infinite: int
    negative_infinite: int
    zeros: int
    low: float
    high: float
    mean: float
    median: float
    deviation: float
    counts: tuple[int, ...]
    magnitudes: bool

    @property
    def share_of_zeros(self) -> float:
        """Between 0 and 1; 0 for an empty tensor."""
        return self.zeros / self.size if self.size else 0.0


def summary_facts(array: np.ndarray) -> Summary:
    """Summarises an array of any shape and any dtype of numbers. Raises `ValueError` if it holds no numbers.

    >>> import numpy as np
    >>> facts = summary_facts(np.array([0.0, 1.0, 2.0, np.nan]))
    >>> facts.mean, facts.deviation, facts.nan, facts.share_of_zeros
    (1.0, 1.0, 1, 0.25)
    """
    array = np.asarray(array)
    values = real_values(array, "summary").ravel()
    nan, positive, negative = count_missing(values)
    zeros = int(np.count_nonzero(values == 0))
    values = values[np.isfinite(values)]
    low = high = mean = median = deviation = math.nan
    counts: tuple[int, ...] = ()
    if len(values):
        low, high = float(values.min()), float(values.max())
        # Sums and squares of numbers near the ends of float64 leave it, their ratios do not.
        largest = max(abs(low), abs(high))
        scale = largest if largest > 1e100 or 0 < largest < 1e-100 else 1.0
        scaled = values / scale
        mean = float(scaled.mean()) * scale
        median = float(np.median(scaled)) * scale
        if len(values) > 1:
            deviation = float(scaled.std(ddof=1)) * scale
        counts = tuple(histogram_facts(values, bins=_BINS).counts.tolist())
    return Summary(
        tuple(array.shape),
        array.dtype.name,
        array.size,
        len(values),
        nan,
        positive,
        negative,
        zeros,
        low,
        high,
        mean,
        median,
        deviation,
        counts,
        array.dtype.kind == "c",
    )


def describe_summary(facts: Summary) -> str:
    """The summary in words: the rows of the picture without the sparkline."""
    return "\n".join(f"{label}: {text}" for label, text, _ in _rows(facts))


def render_summary(facts: Summary, width: int, height: int, colour: ColourSupport) -> str:
    """Draws the summary in at most `width` columns; it takes one line a fact and gives a tall terminal a taller
    sparkline.

    Raises `ValueError` below 20 columns or 6 lines.
    """
    check_size(width, height)
    rows = _rows(facts)
    spark = 0 if facts.low == facts.high or not facts.counts else min(max(height - len(rows), 1), 3)
    canvas = Canvas(width, len(rows) + spark)
    label_width = max(len(label) for label, _, _ in rows)
    grey, warning = foreground(GREY, colour), foreground(WARNING, colour)
    for row, (label, text, alarming) in enumerate(rows):
        canvas.put(row, 0, label, grey)
        canvas.put(row, label_width + 2, fit(text, width - label_width - 2), warning if alarming else "")
    if spark:
        ends = number_text(facts.low), number_text(facts.high)
        left = label_width + 2
        room = min(width - left - sum(map(len, ends)) - 2, _WIDEST_SPARKLINE)
        # Where the ends of the range leave no room, they stand in the rows above in any case.
        if room < 8:
            ends, room = ("", ""), min(width - left - 2, _WIDEST_SPARKLINE)
        # As many columns as leave each the same number of bins.
        room = next(columns for columns in range(room, 0, -1) if len(facts.counts) % columns == 0)
        counts = np.array(facts.counts, dtype=np.float64).reshape(room, -1).sum(axis=1)
        top = len(rows)
        canvas.put(top + spark - 1, 0, "spread", grey)
        canvas.put(top + spark - 1, left, ends[0], grey)
        start = left + len(ends[0]) + 1
        slots = [(column, 1) for column in range(room)]
        draw_bars(
            canvas, top, start, slots, counts, bar_scale(0.0, float(counts.max()), spark), series_style(0, colour)
        )
        canvas.put(top + spark - 1, start + room + 1, ends[1], grey)
    return canvas.text()


def _rows(facts: Summary) -> list[tuple[str, str, bool]]:
    """Label, text, and whether the text is a reason to worry."""
    rows = [("tensor", f"{facts.dtype} {list(facts.shape)}", False), ("values", str(facts.size), False)]
    if facts.finite:
        of = " (of magnitudes)" if facts.magnitudes else ""
        rows += [
            ("range", f"{number_text(facts.low)} … {number_text(facts.high)}{of}", False),
            ("mean", number_text(facts.mean), False),
            ("median", number_text(facts.median), False),
            ("deviation", "undefined for one value" if facts.finite == 1 else number_text(facts.deviation), False),
        ]
    else:
        rows.append(("range", "no finite value", facts.size > 0))
    rows.append(("zeros", _share(facts.zeros, facts.size), False))
    rows.append(("NaN", _share(facts.nan, facts.size), facts.nan > 0))
    rows.append(("inf", _share(facts.positive_infinite, facts.size), facts.positive_infinite > 0))
    if facts.negative_infinite:
        rows.append(("-inf", _share(facts.negative_infinite, facts.size), True))
    return rows


def _share(count: int, size: int) -> str:
    if not count:
        return "0"
    percent = 100 * count / size
    # Neither "0 %" of something nor "100 %" of nearly everything.
    if percent < 0.01:
        text = "<0.01"
    elif percent > 99.9 and count < size:
        text = ">99.9"
    else:
        text = f"{percent:.3g}"
    return f"{count} ({text} %)"
