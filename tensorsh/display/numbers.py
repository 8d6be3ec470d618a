"""The elements of a tensor in a few characters. The facts are `diagnostics.numbers`'."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tensorsh.diagnostics.numbers import Numbers

_LONGEST = 60  # characters of a tensor's numbers


def numbers_text(facts: Numbers, brief: bool = False) -> str:
    """The elements of a small tensor, the range of a large one. `brief` leaves the shape out where numbers say enough.

    >>> numbers_text(Numbers((), 0.25)), numbers_text(Numbers((2, 2), [[3.0, 3.0], [3.0, 3.0]]))
    ('0.25', '3 in all of [2, 2]')
    >>> numbers_text(Numbers((2,), [1.0, 2.5])), numbers_text(Numbers((100,), None, -1.0, 1.0))
    ('[1, 2.5]', '[100] from -1 to 1')
    >>> numbers_text(Numbers((100,), None, -1.0, 1.0), brief=True)
    '(from -1 to 1)'
    """
    if facts.values is None:
        return _range_text(facts, brief)
    flat = list(elements(facts.values))
    if len(flat) > 1 and all(value == flat[0] for value in flat):
        return number_text(flat[0]) if brief else f"{number_text(flat[0])} in all of {list(facts.shape)}"
    text = _nested(facts.values)
    if len(text) <= _LONGEST:
        return text
    real = [value for value in flat if not isinstance(value, complex)]
    return _range_text(Numbers(facts.shape, None, min(real, default=None), max(real, default=None)), brief)


def _range_text(facts: Numbers, brief: bool) -> str:
    shape = list(facts.shape)
    apart = [f"{count:,} {word}" for count, word in ((facts.nans, "nan"), (facts.infinities, "inf")) if count]
    if facts.lowest is None or facts.highest is None:
        return f"a tensor {shape}" + (f" of {' and '.join(apart)}" if apart else "")
    if facts.lowest == facts.highest and not apart:
        return number_text(facts.lowest) if brief else f"{number_text(facts.lowest)} in all of {shape}"
    ends = f"from {number_text(facts.lowest)} to {number_text(facts.highest)}"
    text = f"({ends})" if brief else f"{shape} {ends}"
    return f"{text} and {' and '.join(apart)}" if apart else text


def number_text(value: Any) -> str:
    """A number with four digits, as many as a reader compares.

    >>> number_text(1 / 3), number_text(2.0), number_text(True)
    ('0.3333', '2', 'True')
    """
    return f"{value:.4g}" if isinstance(value, (float, complex)) else str(value)


def elements(values: Any) -> Iterator[Any]:
    """The numbers in nested lists."""
    if isinstance(values, list):
        for part in values:
            yield from elements(part)
    else:
        yield values


def _nested(values: Any) -> str:
    return f"[{', '.join(map(_nested, values))}]" if isinstance(values, list) else number_text(values)
