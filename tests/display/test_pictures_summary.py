"""Summaries: every number against its definition, and what an empty or broken tensor shows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tensorsh.display.pictures.summary import describe_summary, render_summary, summary_facts

NAN, INF = np.nan, np.inf


def picture(values, width=40, height=11):
    return render_summary(summary_facts(np.array(values)), width, height, "none").split("\n")


def test_numbers():
    facts = summary_facts(np.array([[2, 4, 4, 4], [5, 5, 7, 9]]))
    assert (facts.shape, facts.dtype, facts.size, facts.finite) == ((2, 4), "int64", 8, 8)
    assert (facts.low, facts.high, facts.mean, facts.median) == (2, 9, 5, 4.5)
    # The squared distances from 5 sum to 32; there are 8 values.
    assert facts.deviation == pytest.approx(math.sqrt(32 / 7))


def test_what_is_not_finite_is_counted_and_left_out():
    facts = summary_facts(np.array([0.0, -0.0, 3.0, NAN, INF, INF, -INF, 1.0]))
    assert (facts.finite, facts.nan, facts.positive_infinite, facts.negative_infinite) == (4, 1, 2, 1)
    assert (facts.low, facts.high, facts.mean) == (0, 3, 1)
    assert facts.share_of_zeros == 0.25


def test_picture():
    assert picture([[0.0, 1.0, 2.0, NAN]], height=10) == [
        "tensor     float64 [1, 4]",
        "values     4",
        "range      0 … 2",
        "mean       1",
        "median     1",
        "deviation  1",
        "zeros      1 (25 %)",
        "NaN        1 (25 %)",
        "inf        0",
        "spread     0 █           █          █ 2",
    ]


def test_a_taller_terminal_has_a_taller_sparkline():
    values = np.random.default_rng(0).normal(size=100)
    assert len(picture(values, height=30)) == len(picture(values, height=6)) + 2


def test_one_value_has_no_deviation():
    assert "deviation  undefined for one value" in picture(3.0)


@pytest.mark.parametrize("values", [[], np.zeros((3, 0)), [NAN], [INF, -INF]])
def test_without_a_finite_value_it_still_answers(values):
    assert "no finite value" in "\n".join(picture(values))


def test_numbers_near_the_end_of_the_range():
    facts = summary_facts(np.array([1.5e308, 1.5e308, 1.5e308]))
    assert facts.mean == pytest.approx(1.5e308)
    assert facts.deviation == 0
    facts = summary_facts(np.array([3e-320, 1e-320]))
    assert facts.mean == pytest.approx(2e-320, rel=1e-2)


def test_complex_numbers_by_magnitude():
    facts = summary_facts(np.array([3 + 4j, 0]))
    assert (facts.low, facts.high, facts.zeros, facts.magnitudes) == (0, 5, 1, True)
    assert "range      0 … 5 (of magnitudes)" in picture([3 + 4j, 0])


@pytest.mark.parametrize(
    ("zeros", "size", "text"),
    [
        (0, 3, "0"),
        (1, 3, "1 (33.3 %)"),
        (3, 3, "3 (100 %)"),
        (1, 100_000, "1 (<0.01 %)"),
        (99_999, 100_000, "99999 (>99.9 %)"),
    ],
)
def test_shares(zeros, size, text):
    values = np.ones(size)
    values[:zeros] = 0
    assert f"zeros: {text}" in describe_summary(summary_facts(values)).split("\n")


def test_what_is_worrying_is_red():
    assert "\x1b[38;2;225;85;70m1 (50 %)" in render_summary(summary_facts(np.array([1.0, NAN])), 40, 10, "truecolor")
    assert "38;2;225;85;70" not in render_summary(summary_facts(np.array([1.0, 0.0])), 40, 10, "truecolor")
