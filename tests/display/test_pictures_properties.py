"""What holds of every picture: it stays in its width and height, it writes no escape sequence without colour, and
whatever it is given, it draws or raises a clear `ValueError`."""

from __future__ import annotations

import re
import warnings

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tensorsh.display.pictures.canvas import text_width
from tensorsh.display.pictures.heat import describe_heat, heat_facts, render_heat
from tensorsh.display.pictures.histogram import describe_histogram, histogram_facts, render_histogram
from tensorsh.display.pictures.image import describe_image, image_facts, render_image
from tensorsh.display.pictures.plot import describe_plot, plot_facts, render_plot
from tensorsh.display.pictures.summary import describe_summary, render_summary, summary_facts

SUPPORTS = ("none", "16", "256", "truecolor")
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")

PICTURES = {
    "line": (plot_facts, describe_plot, render_plot),
    "scatter": (lambda array: plot_facts(array, kind="scatter"), describe_plot, render_plot),
    "bar": (lambda array: plot_facts(array, kind="bar"), describe_plot, render_plot),
    "pair": (lambda array: plot_facts(array, np.flip(array), names=("x", "变量")), describe_plot, render_plot),
    "histogram": (histogram_facts, describe_histogram, render_histogram),
    "histogram of 1000": (lambda array: histogram_facts(array, bins=1000), describe_histogram, render_histogram),
    "standing": (
        histogram_facts,
        describe_histogram,
        lambda facts, width, height, colour: render_histogram(facts, width, height, colour, "vertical"),
    ),
    "heat": (heat_facts, describe_heat, render_heat),
    "image": (image_facts, describe_image, render_image),
    "summary": (summary_facts, describe_summary, render_summary),
}

DTYPES = tuple("bool uint8 int8 int16 int32 int64 uint64 float16 float32 float64 complex64 complex128".split())
SHAPES = st.one_of(
    st.tuples(st.integers(0, 300)),
    st.tuples(st.integers(0, 40), st.integers(0, 40)),
    st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 4)),
    st.just(()),
    st.just((2, 1, 3, 2)),
)


def check(text: str, width: int, height: int | None, colour: str) -> None:
    if colour == "none":
        assert "\x1b" not in text
    plain = ESCAPE.sub("", text)
    assert "\x1b" not in plain
    lines = plain.split("\n")
    assert max(map(text_width, lines)) <= width
    if height is not None:
        assert len(lines) <= height
    for line in text.split("\n"):
        assert ESCAPE.findall(line)[-1:] in ([], ["\x1b[0m"])


@pytest.mark.parametrize("picture", PICTURES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_draws_inside_its_bounds_or_refuses(picture, data):
    facts_of, describe, render = PICTURES[picture]
    array = data.draw(arrays.arrays(data.draw(st.sampled_from(DTYPES)), data.draw(SHAPES)))
    width, height = data.draw(st.integers(20, 120)), data.draw(st.integers(6, 40))
    colour = data.draw(st.sampled_from(SUPPORTS))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            facts = facts_of(array)
        except ValueError as error:
            assert re.match(r"(plot|hist|heat|image)\(\) ", str(error))
            return
        check(render(facts, width, height, colour), width, None if picture == "summary" else height, colour)
        assert describe(facts).endswith(".") or picture == "summary"


LARGEST = float(np.finfo(np.float64).max)
EXTREMES = [
    [LARGEST, -LARGEST],
    [LARGEST, LARGEST],
    [5e-324, 0.0],
    [1.0, 1.0 + 2**-52],
    [1e9, 1e9 + 1e-6, np.nan],
    [-1e-300, 1e-300],
    [np.inf, 0.0, -np.inf],
    [0.0, -0.0],
    [-3.0, -2.0],
    [2.0**63],
]


@pytest.mark.parametrize("colour", SUPPORTS)
@pytest.mark.parametrize("width", [20, 40, 80, 300])
@pytest.mark.parametrize("picture", [name for name in PICTURES if name not in ("heat", "image")])
def test_extreme_values(picture, width, colour):
    facts_of, _, render = PICTURES[picture]
    for values in EXTREMES:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            check(render(facts_of(np.array(values)), width, 12, colour), width, 13, colour)


@pytest.mark.parametrize("colour", SUPPORTS)
@pytest.mark.parametrize("width", [20, 40, 80, 300])
@pytest.mark.parametrize("picture", ["heat", "image"])
def test_extreme_matrices(picture, width, colour):
    facts_of, _, render = PICTURES[picture]
    for values in EXTREMES:
        for array in (np.array([values]), np.array([values]).T):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                check(render(facts_of(array), width, 12, colour), width, 12, colour)


@pytest.mark.parametrize("dtype", [ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2])
@pytest.mark.parametrize("picture", PICTURES)
def test_small_floats_are_numbers(picture, dtype):
    facts_of, _, render = PICTURES[picture]
    array = np.arange(6).astype(dtype)
    array = array.reshape(2, 3) if picture in ("heat", "image") else array
    check(render(facts_of(array), 40, 12, "none"), 40, 12, "none")


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([None]), np.array(["2020-01-01"], dtype="M8[D]")])
@pytest.mark.parametrize("facts_of", [plot_facts, histogram_facts, summary_facts])
def test_what_is_no_number_is_refused(facts_of, array):
    with pytest.raises(ValueError, match=r"\(\) expects numbers, got "):
        facts_of(array)


@pytest.mark.parametrize("picture", PICTURES)
def test_too_small_a_terminal_is_refused(picture):
    facts_of, _, render = PICTURES[picture]
    facts = facts_of(np.eye(2) if picture in ("heat", "image") else np.arange(4.0))
    for size in ((19, 30), (80, 5)):
        with pytest.raises(ValueError, match="a picture needs at least 20 columns and 6 lines, got"):
            render(facts, *size, "none")


@pytest.mark.parametrize("picture", PICTURES)
def test_facts_leave_the_array_alone(picture):
    array = np.array([[1.0, np.nan], [3.0, -2.0]] if picture in ("heat", "image") else [1.0, np.nan, 3.0, -2.0])
    array.flags.writeable = False
    PICTURES[picture][2](PICTURES[picture][0](array), 60, 12, "truecolor")
