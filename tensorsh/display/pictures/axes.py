"""Axes: round numbers for ticks, their labels, and the frame of a picture.

Owns the choice of ticks (steps of 1, 2 or 5 times a power of ten) and the spelling of numbers on axes, so that every
picture names the same value in the same way.
"""

from __future__ import annotations

import math

from tensorsh.display.pictures.canvas import Canvas


def round_ticks(low: float, high: float, most: int, whole: bool = False) -> list[float]:
    """At most `most` (two or more) evenly spaced round numbers in `low … high`; the two ends where fewer than two fit.

    `whole` allows no step below 1, for axes that count.
    """
    if low == high:
        return [low]
    # Thirds, not a difference: high - low may overflow.
    span = high / 3 - low / 3
    exponent = math.floor(math.log10(span)) - 1 if span > 0 else -324
    for power in range(max(exponent - 1, -323), exponent + 4):
        for factor in (1, 2, 5):
            try:
                step = float(f"{factor}e{power}")
            except OverflowError:
                continue
            if step == 0 or math.isinf(step) or (whole and step < 1):
                continue
            first, last = low / step, high / step
            # Past 2**53 neighbouring multiples of the step are the same float.
            if not max(abs(first), abs(last)) < 2**52:
                continue
            first, last = math.ceil(first - 1e-9), math.floor(last + 1e-9)
            if last - first + 1 <= most:
                # `k / 10` is the float nearest to k tenths, `k * 0.1` is not.
                ticks = [float(f"{k * factor}e{power}") for k in range(first, last + 1)]
                return ticks if len(ticks) >= 2 else [low, high]
    return [low, high]


def rounded_range(low: float, high: float, most: int) -> tuple[float, float]:
    """Moves an end of the range out to the next tick where that is nearer than a tenth of the range."""
    ticks = round_ticks(low, high, most)
    if len(ticks) < 3:
        return low, high
    step = ticks[1] - ticks[0]
    margin = (high / 10 - low / 10) if math.isfinite(step) else 0.0
    below, above = ticks[0] - step, ticks[-1] + step
    return (below if 0 < low - below < margin else low, above if 0 < above - high < margin else high)


def number_labels(numbers: list[float]) -> list[str]:
    """Spells numbers that stand on one axis: as few decimals as tell them apart, an exponent where that is shorter."""
    if not numbers:
        return []
    gaps = [abs(b - a) for a, b in zip(numbers, numbers[1:], strict=False) if a != b]
    slack = min(gaps) * 5e-3 if gaps else max(abs(number) for number in numbers) * 5e-5
    plain = _shortest(numbers, slack, "f")
    if max(map(len, plain)) <= 7:
        return plain
    exponents = [tidy_exponent(text) for text in _shortest(numbers, slack, "e")]
    return min(exponents, plain, key=lambda labels: max(map(len, labels)))


def _shortest(numbers: list[float], slack: float, code: str) -> list[str]:
    texts: list[str] = []
    for digits in range(18):
        texts = [f"{number:.{digits}{code}}" for number in numbers]
        if all(abs(float(text) - number) <= slack for text, number in zip(texts, numbers, strict=True)):
            break
    return [text[1:] if text.startswith("-") and float(text) == 0 else text for text in texts]


def tidy_exponent(text: str) -> str:
    """`1.5e+06` as `1.5e6`; a text without an exponent as it stands."""
    mantissa, mark, exponent = text.partition("e")
    if not mark:
        return text
    return "0" if float(mantissa) == 0 else f"{mantissa}e{int(exponent)}"


def number_text(number: float, digits: int = 4) -> str:
    """Spells one number in a sentence: so many significant digits, whole numbers in full up to six figures."""
    if math.isfinite(number) and number == int(number) and abs(number) < 1e6:
        return str(int(number))
    return tidy_exponent(f"{number:.{digits}g}")


def draw_frame(
    canvas: Canvas,
    area: tuple[int, int, int, int],
    y_marks: list[tuple[int, str]],
    x_marks: list[tuple[int, str]],
    style: str,
) -> None:
    """Draws a left and a lower axis around `area` (top, left, rows, columns), outside it.

    `y_marks` are rows of the area and labels (row `rows` is the lower axis itself), `x_marks` are columns and labels.
    The labels of the lower axis take the line below it; one that would touch its left neighbour is left out.
    """
    top, left, rows, columns = area
    for row in range(rows):
        canvas.put(top + row, left - 1, "│", style)
    canvas.put(top + rows, left - 1, "└" + "─" * columns, style)
    for row, label in y_marks:
        canvas.put(top + row, left - 1, "┤" if row < rows else "┼", style)
        canvas.put(top + row, left - 1 - len(label), label)
    free = 0
    for column, label in x_marks:
        start = left + column - (len(label) - 1) // 2
        # A label may not leave the sheet, but it may lean inwards.
        start = max(min(start, canvas.width - len(label)), 0)
        if start >= free:
            canvas.put(top + rows, left + column, "┬", style)
            canvas.put(top + rows + 1, start, label)
            free = start + len(label) + 1
