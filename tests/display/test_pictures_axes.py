"""Ticks are few, round, evenly spaced and inside the range; labels tell them apart."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorsh.display.pictures.axes import number_labels, number_text, round_ticks, rounded_range


@pytest.mark.parametrize(
    ("low", "high", "most", "ticks"),
    [
        (0, 10, 6, [0, 2, 4, 6, 8, 10]),
        (0, 10, 5, [0, 5, 10]),
        (0, 1, 3, [0, 0.5, 1]),
        (-1, 1, 5, [-1, -0.5, 0, 0.5, 1]),
        (0.1, 0.7, 10, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]),
        (-1e308, 1e308, 3, [-1e308, 0, 1e308]),
        (0, 99, 3, [0, 50]),
        (3, 3, 5, [3]),
        # No two round numbers are inside.
        (0.9, 1.1, 2, [0.9, 1.1]),
    ],
)
def test_ticks(low, high, most, ticks):
    assert round_ticks(low, high, most) == ticks


def test_ticks_that_count_are_whole():
    assert round_ticks(0, 3, 20, whole=True) == [0, 1, 2, 3]


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(FINITE, FINITE, st.integers(2, 40))
def test_ticks_of_any_range(low, high, most):
    low, high = min(low, high), max(low, high)
    ticks = round_ticks(low, high, most)
    assert 1 <= len(ticks) <= most
    slack = (high / 2 - low / 2) * 1e-6
    assert all(low - slack <= tick <= high + slack for tick in ticks)
    assert ticks == sorted(ticks)
    wider = rounded_range(low, high, most)
    assert wider[0] <= low and high <= wider[1] and all(map(math.isfinite, wider))
    labels = number_labels(ticks)
    assert low == high or len(set(labels)) == len(ticks)


@pytest.mark.parametrize(
    ("numbers", "labels"),
    [
        ([0, 1, 2], ["0", "1", "2"]),
        ([0, 0.5, 1], ["0.0", "0.5", "1.0"]),
        ([-0.0, 1], ["0", "1"]),
        ([0, 1e-7, 2e-7], ["0", "1e-7", "2e-7"]),
        ([0, 2.5e9, 5e9], ["0", "2.5e9", "5.0e9"]),
        ([99999, 100000], ["99999", "100000"]),
        ([3.14159], ["3.1416"]),
        ([], []),
    ],
)
def test_labels(numbers, labels):
    assert number_labels(numbers) == labels


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (3.0, "3"),
        (123456.0, "123456"),
        (1234567.0, "1.235e6"),
        (0.123456, "0.1235"),
        (1e-9, "1e-9"),
        (-2.5, "-2.5"),
    ],
)
def test_number_text(number, text):
    assert number_text(number) == text
