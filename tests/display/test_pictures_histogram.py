"""Histograms: counts against NumPy's and against counting by hand, and small pictures that can be checked by eye."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorsh.display.pictures.histogram import describe_histogram, histogram_facts, render_histogram

NAN, INF = np.nan, np.inf


def picture(values, width=24, height=8, orientation="horizontal", **options):
    return render_histogram(histogram_facts(np.array(values), **options), width, height, "none", orientation).split(
        "\n"
    )


def test_whole_numbers_have_a_bar_each():
    assert picture([1, 2, 2, 5]) == [
        "1 ██████████ 1",
        "2 ████████████████████ 2",
        "3 0",
        "4 0",
        "5 ██████████ 1",
        "4 values",
    ]


def test_bins_have_round_edges_and_the_last_holds_its_end():
    assert picture([0, 0.1, 0.3, 0.7, 1.0, NAN], width=30) == [
        "[0.0, 0.2) █████████████████ 2",
        "[0.2, 0.4) ████████▌ 1",
        "[0.4, 0.6) 0",
        "[0.6, 0.8) ████████▌ 1",
        "[0.8, 1.0] ████████▌ 1",
        "5 values  1 NaN",
    ]


def test_standing_bars():
    assert picture([1, 2, 2, 4], height=7, orientation="vertical") == [
        "2┤     ████",
        " │     ████",
        " │████ ████      ████",
        " │████ ████      ████",
        "0┼─┬────┬────┬────┬─────",
        "   1    2    3    4",
        "4 values",
    ]


def test_bins_are_joined_where_there_is_no_room():
    assert picture(np.arange(8), height=6) == [
        "0…1 ██████████████████ 2",
        "2…3 ██████████████████ 2",
        "4…5 ██████████████████ 2",
        "6…7 ██████████████████ 2",
        "8 values",
    ]


def test_narrow_terminals_show_lower_edges_only():
    assert picture([0.0, 0.25], width=20, bins=2) == ["0.000 ████████████ 1", "0.125 ████████████ 1", "2 values"]


def test_equal_values_are_one_bar():
    assert picture([2.5, 2.5], height=6) == ["2.5 ██████████████████ 2", "2 values"]


@pytest.mark.parametrize("bins", [1, 3, 10, 100])
def test_counts_are_numpys(bins):
    values = np.random.default_rng(0).normal(size=500)
    counts, edges = np.histogram(values, bins)
    facts = histogram_facts(values, bins)
    assert facts.counts.tolist() == counts.tolist()
    np.testing.assert_allclose(facts.edges, edges)


@given(st.lists(st.floats(width=32), min_size=1).filter(lambda values: np.isfinite(values).any()))
def test_every_value_is_counted_once(values):
    facts = histogram_facts(np.array(values))
    assert facts.total + sum(facts.missing) == len(values)


def test_limits():
    facts = histogram_facts(np.array([-1.0, 0.0, 0.5, 1.0, 2.0, INF]), bins=2, limits=(0, 1))
    assert facts.counts.tolist() == [1, 2]
    assert facts.outside == 2
    assert facts.missing == (0, 1, 0)


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        ([], {}, r"hist\(\) has nothing to draw: the tensor is empty, with shape \[0\]"),
        ([NAN], {}, r"hist\(\) has nothing to draw: no value is finite \(1 NaN\)"),
        ([1.0], {"bins": 0}, r"hist\(\) expects 1 to 10000 bins, got 0"),
        ([1.0], {"limits": (1, 0)}, r"hist\(\) expects finite limits in rising order, got 1.0 and 0.0"),
        ([1.0], {"limits": (0, INF)}, r"hist\(\) expects finite limits"),
    ],
)
def test_refusals(values, options, message):
    with pytest.raises(ValueError, match=message):
        histogram_facts(np.array(values), **options)


def test_unknown_orientation_is_refused():
    with pytest.raises(ValueError, match="hist\\(\\) orientation must be horizontal or vertical, got 'askew'"):
        picture([1], orientation="askew")


def test_words():
    facts = histogram_facts(np.array([1, 2, 2, 5]))
    assert describe_histogram(facts) == "5 bins from 1 to 5, the fullest with 2 of 4 values at 2. 4 values."
