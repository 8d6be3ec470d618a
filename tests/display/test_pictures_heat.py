"""Heat maps: which slice is shown, what is refused, and small pictures that can be checked by eye."""

from __future__ import annotations

import numpy as np
import pytest

from tensorsh.display.pictures.heat import describe_heat, heat_facts, next_slice, render_heat

NAN, INF = np.nan, np.inf
WHOLE = slice(None)


def picture(array, width=20, height=8, colour="none", **options):
    return render_heat(heat_facts(np.array(array), **options), width, height, colour).split("\n")


def test_shades_rise_from_blank_to_dense():
    # Ten shades for ten values.
    assert picture([range(10)], height=6, width=22) == [
        "x  1 × 10",
        "0┤  ..::--==++**##%%@@",
        " └┬─┬─┬─┬─┬─┬─┬─┬─┬─┬─",
        "  0 1 2 3 4 5 6 7 8 9",
        "0 [ .:-=+*#%@] 9",
    ]


def test_small_matrices_have_large_cells_and_nan_is_marked():
    assert picture([[0.0, 1.0], [NAN, 9.0]], width=30) == [
        "x  2 × 2",
        "0┤        ........",
        " │        ........",
        "1┤????????@@@@@@@@",
        " │????????@@@@@@@@",
        " └───┬───────┬────",
        "     0       1",
        "0 [ .:-=+*#%@] 9  ? 1 NaN",
    ]


def test_large_matrices_are_means_of_blocks():
    lines = picture(np.repeat(np.arange(4.0), 100)[None, :].repeat(8, axis=0), width=42, height=8)
    assert lines[0] == "x  8 × 400, means of 2 × 10"
    assert [line[2:] for line in lines[1:5]] == [" " * 10 + "-" * 10 + "*" * 10 + "@" * 10] * 4


def test_one_nan_shows_in_a_large_matrix():
    array = np.zeros((500, 500))
    array[123, 321] = NAN
    assert sum(line.count("?") for line in picture(array, width=60, height=20)[1:-1]) == 1


def test_infinities_are_marked_apart_from_the_scale():
    lines = picture([[0.0, INF], [-INF, 1.0]], width=40, height=6)
    assert lines[1].count("▲") == 8
    assert lines[2].count("▼") == 8
    assert lines[-1] == "0 [ .:-=+*#%@] 1  ▲ 1 inf  ▼ 1 -inf"


def test_equal_values():
    assert picture([[3, 3], [3, 3]])[-1] == "all 3"


def test_colour_has_the_numbers_in_the_cells():
    text = "\n".join(picture([[0.25, -1.5]], width=40, colour="truecolor"))
    assert "0.25" in text
    assert "-1.5" in text


@pytest.mark.parametrize(
    ("index", "title", "first"),
    [
        (None, "x[0, :, :]", [0, 0]),
        ((1,), "x[1, :, :]", [1, 0]),
        ((-1, WHOLE, WHOLE), "x[1, :, :]", [1, 0]),
        ((..., 3), "x[:, :, 3]", [0, 3]),
        ((WHOLE, 2), "x[:, 2, :]", [0, 8]),
        ((WHOLE, 2, ...), "x[:, 2, :]", [0, 8]),
    ],
)
def test_slices(index, title, first):
    array = np.arange(24).reshape(2, 3, 4)
    facts = heat_facts(array, index)
    assert facts.title == title
    start = first[1] if first[0] == 0 else 12
    assert facts.values[0, 0] == start


def test_title_says_which_slice_of_what():
    assert picture(np.zeros((2, 2, 2)), width=60, index=(1,), name="w")[0] == "w[1, :, :]  2 × 2, of shape [2, 2, 2]"


def test_stepping_goes_through_all_slices_and_round():
    facts = heat_facts(np.arange(24.0).reshape(2, 2, 2, 3))
    seen = []
    for _ in range(4):
        seen.append(facts.title)
        facts = heat_facts(np.arange(24.0).reshape(2, 2, 2, 3), next_slice(facts))
    assert seen == ["x[0, 0, :, :]", "x[0, 1, :, :]", "x[1, 0, :, :]", "x[1, 1, :, :]"]
    assert facts.title == "x[0, 0, :, :]"
    assert next_slice(facts, -1) == (1, 1, WHOLE, WHOLE)


def test_stepping_keeps_the_chosen_dimensions():
    facts = heat_facts(np.zeros((2, 3, 4)), (WHOLE, 2))
    assert next_slice(facts) == (WHOLE, 0, WHOLE)


def test_a_matrix_has_one_slice():
    assert next_slice(heat_facts(np.eye(2))) == (WHOLE, WHOLE)


@pytest.mark.parametrize(
    ("array", "index", "error", "message"),
    [
        (np.zeros(5), None, ValueError, r"heat\(\) expects a 2-D or higher tensor, got 1-D with shape \[5\]"),
        (np.zeros((0, 3)), None, ValueError, r"heat\(\) has nothing to draw: the tensor is empty, with shape \[0, 3\]"),
        (np.zeros((0, 2, 3)), None, ValueError, r"the tensor is empty, with shape \[0, 2, 3\]"),
        (np.full((2, 2), NAN), None, ValueError, r"heat\(\) has nothing to draw: no value is finite \(4 NaN\)"),
        (np.zeros((2, 3, 4)), (0, 0), ValueError, r"heat\(\) index must leave two dimensions, \[0, 0, :\] leaves 1"),
        (np.zeros((2, 3, 4)), (WHOLE,), ValueError, r"heat\(\) index must leave two dimensions, \[:, :, :\] leaves 3"),
        (
            np.zeros((2, 3)),
            (0, 0, 0),
            ValueError,
            r"heat\(\) index \[0, 0, 0\] does not fit a tensor of shape \[2, 3\]",
        ),
        (np.zeros((2, 3, 4)), (..., 0, ...), ValueError, r"does not fit a tensor of shape"),
        (np.zeros((2, 3, 4)), (slice(0, 1), 0), ValueError, r"heat\(\) index takes whole dimensions only"),
        (np.zeros((2, 3, 4)), (2,), IndexError, r"heat\(\) index 2 is out of range for dimension 0 with size 2"),
    ],
)
def test_refusals(array, index, error, message):
    with pytest.raises(error, match=message):
        heat_facts(array, index)


def test_words():
    facts = heat_facts(np.array([[1.0, 2.0], [NAN, 0.5]]))
    assert describe_heat(facts) == "x: 2 rows and 2 columns, least 0.5 at [1, 1], greatest 2 at [0, 1]. 1 NaN."
