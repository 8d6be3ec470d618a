"""Plots: which series there are, what is refused, and small pictures that can be checked by eye."""

from __future__ import annotations

import numpy as np
import pytest

from tensorsh.display.pictures.plot import describe_plot, plot_facts, render_plot

NAN, INF = np.nan, np.inf


def picture(*arrays, width=24, height=8, kind="line", names=()):
    return render_plot(plot_facts(*map(np.array, arrays), kind=kind, names=names), width, height, "none").split("\n")


def test_line_through_equal_steps_is_straight():
    assert picture([0, 1, 2, 3, 4]) == [
        "4┤                  ⢀⡠⠔⠊",
        " │               ⣀⠔⠊⠁",
        " │           ⢀⡠⠔⠉",
        "2┤       ⢀⡠⠔⠊⠁",
        " │   ⢀⡠⠔⠊⠁",
        "0┤⡠⠔⠊⠁",
        " └┬────────────────────┬",
        "  0                    4",
    ]


def test_nan_leaves_a_gap_and_is_counted():
    assert picture([1.0, 1.0, NAN, 1.0, 1.0], height=6) == [
        " │",
        "1┤⠤⠤⠤⠤⠤⠤          ⠤⠤⠤⠤⠤⠤",
        " │",
        " └┬────────────────────┬",
        "  0                    4",
        "1 NaN",
    ]


def test_constant_series_runs_through_the_middle_with_one_label():
    lines = picture([3.0, 3.0, 3.0], height=7)
    assert [line[0] for line in lines[:5]] == [" ", " ", "3", " ", " "]
    assert set(lines[2][2:]) <= set("⠉⠒⠤⣀") and len(lines[2]) == 24


def test_one_value_is_a_bullet():
    assert picture([7.0], height=7)[2].replace(" ", "") == "7┤•"


def test_series_without_colour_have_characters_of_their_own():
    assert picture([0, 1, 2], [0, 1, 2], [2, 1, 0], names=("t", "up", "down"), height=9) == [
        "● up  × down",
        "2┤××××              ●●●●",
        " │   ××××        ●●●●",
        " │       ××××●●●●",
        "1┤        ●●●××××",
        " │    ●●●●      ×××××",
        "0┤●●●●              ××××",
        " └┬────────────────────┬",
        "  0                    2",
    ]


def test_scatter_puts_a_bullet_on_each_point():
    assert picture([0, 1, 4], [0, 1, 2], kind="scatter", names=("x", "y")) == [
        "y against x",
        "2┤                     •",
        " │",
        " │     •",
        " │",
        "0┤•",
        " └┬────────────────────┬",
        "  0                    4",
    ]


def test_bars_stand_on_zero():
    assert picture([1, 3, 2], kind="bar", height=8) == [
        " │       ██████",
        " │       ██████",
        "2┤       ██████ ██████",
        " │       ██████ ██████",
        " │██████ ██████ ██████",
        " │██████ ██████ ██████",
        "0┼──┬──────┬──────┬─────",
        "    0      1      2",
    ]


def test_negative_bars_hang_from_zero():
    assert picture([2, -2, 1], kind="bar", height=6) == [
        " 2┤██████",
        "  │██████        ██████",
        " 0┤       ██████",
        "  │       ██████",
        "-2┼──┬──────┬──────┬────",
        "     0      1      2",
    ]


def test_many_bars_are_means():
    lines = picture(np.arange(100.0), kind="bar", width=40, height=10)
    assert lines[-1] == "each bar is the mean of 3 values"


@pytest.mark.parametrize("width", range(20, 40))
@pytest.mark.parametrize("count", [100, 172, 300])
def test_bars_whose_means_have_longer_labels_than_the_values_fit_too(count: int, width: int) -> None:
    heights = np.zeros(count)
    heights[count // 2] = 1.0
    text = render_plot(plot_facts(heights, kind="bar"), width, 20, "none")
    assert max(map(len, text.split("\n"))) <= width
    assert set("▁▂▃▄▅▆▇█") & set(text)


def test_infinity_is_an_arrow_at_the_edge_and_is_counted():
    assert picture([0, INF, 0, -INF, 1], height=7) == [
        "1┤     ↑               •",
        " │",
        " │",
        "0┤•          •    ↓",
        " └┬────────────────────┬",
        "  0                    4",
        "1 inf, 1 -inf",
    ]


def test_long_series_keep_their_extremes():
    values = np.zeros(100_000)
    values[54_321] = 1.0
    lines = picture(values, width=60, height=10)
    assert any("⠀" < character for character in lines[0][3:])


def test_columns_are_series():
    facts = plot_facts(np.array([[1, 10], [2, 20], [3, 30]]), names=("w",))
    assert [(one.name, one.y.tolist()) for one in facts.series] == [("w[:, 0]", [1, 2, 3]), ("w[:, 1]", [10, 20, 30])]
    assert facts.x_range == (0, 2)
    assert facts.y_range == (1, 30)


def test_points_count_only_where_x_and_y_are_finite():
    facts = plot_facts(np.array([0.0, 1.0, NAN, 3.0]), np.array([5.0, INF, 7.0, 6.0]))
    assert facts.x_range == (0, 3)
    assert facts.y_range == (5, 6)
    assert facts.missing == (1, 1, 0)


def test_complex_numbers_are_magnitudes():
    facts = plot_facts(np.array([3 + 4j, 1j]))
    assert facts.series[0].y.tolist() == [5, 1]
    assert facts.magnitudes


@pytest.mark.parametrize(
    ("arrays", "kind", "message"),
    [
        ((np.zeros((2, 3, 4)),), "line", r"plot\(\) expects a 1-D or 2-D tensor, got 3-D with shape \[2, 3, 4\]"),
        ((np.array(1.0),), "line", r"plot\(\) expects a 1-D or 2-D tensor, got 0-D with shape \[\]"),
        ((np.zeros((2, 2)), np.zeros(2)), "line", r"plot\(\) expects a 1-D tensor, got 2-D with shape \[2, 2\] for x"),
        ((np.zeros(2), np.zeros(3)), "line", r"plot\(\) expects x and y of one length, got 2 and 3"),
        ((np.zeros(0),), "line", r"plot\(\) has nothing to draw: the tensor is empty, with shape \[0\]"),
        ((np.array([NAN, INF]),), "line", r"plot\(\) has nothing to draw: no value is finite \(1 NaN, 1 inf\)"),
        ((np.array([1, NAN]), np.array([NAN, 1])), "line", r"no point has a finite x and a finite y"),
        ((np.zeros((3, 9)),), "line", r"plot\(\) draws at most 8 series, got 9, the columns of shape \[3, 9\]"),
        ((np.zeros((3, 2)),), "bar", r"plot\(\) draws bars of one series, got 2"),
        ((np.zeros(3),), "pie", r"plot\(\) kind must be one of line, scatter, bar, got 'pie'"),
        ((), "line", r"plot\(\) expects a tensor"),
    ],
)
def test_refusals(arrays, kind, message):
    with pytest.raises(ValueError, match=message):
        plot_facts(*arrays, kind=kind)


def test_words():
    facts = plot_facts(np.array([1.0, 4.0, NAN, 2.0]), names=("loss",))
    assert describe_plot(facts) == "loss: 3 points, x from 0 to 3, least 1 at x = 0, greatest 4 at x = 1.\n1 NaN."


@pytest.mark.parametrize(("colour", "code"), [("16", "94"), ("256", "38;5;68"), ("truecolor", "38;2;66;150;230")])
def test_colour_is_what_the_terminal_can(colour, code):
    assert f"\x1b[{code}m" in render_plot(plot_facts(np.arange(5)), 40, 8, colour)


def test_names_cannot_move_the_cursor():
    assert "\x1b" not in render_plot(plot_facts(np.arange(3), names=("a\x1b[2Jb\n",)), 40, 8, "none")
