"""%plot, %hist, %heat, %image, %summary and their functions in scripts. What the pictures look like is tested in tests/display."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tensorsh import Session
from tensorsh.display.pictures.heat import heat_facts, render_heat
from tensorsh.display.pictures.histogram import histogram_facts, render_histogram
from tensorsh.display.pictures.image import image_facts, render_image
from tensorsh.display.pictures.plot import plot_facts, render_plot
from tensorsh.display.pictures.summary import render_summary, summary_facts
from tensorsh.display.screen import Screen
from tensorsh.shell.completion import candidates

SIZE = 80, 20, "none"
X = np.array([1.0, 4.0, 9.0, 16.0], np.float32)
Y = np.array([4.0, 3.0, 2.0, 1.0], np.float32)
M = np.arange(6, dtype=np.float32).reshape(2, 3)
T = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
BEFORE = "x = tensor([1., 4, 9, 16]); y = tensor([4., 3, 2, 1]); m = arange(6.).reshape(2, 3); t = arange(24.).reshape(2, 3, 4)"

# The command, the picture that it must draw, and the call that draws the same in a script.
PICTURES = [
    ("%plot x", lambda: render_plot(plot_facts(X, names=["x"]), *SIZE), "plot(x, names=['x'])"),
    ("%plot x * 2", lambda: render_plot(plot_facts(X * 2, names=["x * 2"]), *SIZE), "plot(x * 2, names=['x * 2'])"),
    ("%plot x, y", lambda: render_plot(plot_facts(X, Y, names=["x", "y"]), *SIZE), "plot(x, y, names=['x', 'y'])"),
    (
        "%plot x --kind=bar",
        lambda: render_plot(plot_facts(X, kind="bar", names=["x"]), *SIZE),
        "plot(x, kind='bar', names=['x'])",
    ),
    (
        "%plot --kind=scatter x, y * 2",
        lambda: render_plot(plot_facts(X, Y * 2, kind="scatter", names=["x", "y * 2"]), *SIZE),
        "plot(x, y * 2, kind='scatter', names=['x', 'y * 2'])",
    ),
    ("%hist x", lambda: render_histogram(histogram_facts(X), *SIZE), "hist(x)"),
    ("%hist x --bins=3", lambda: render_histogram(histogram_facts(X, 3), *SIZE), "hist(x, 3)"),
    (
        "%hist x --bins=2 --low=0 --high=10",
        lambda: render_histogram(histogram_facts(X, 2, (0, 10)), *SIZE),
        "hist(x, bins=2, range=(0, 10))",
    ),
    (
        "%hist x --kind=vertical",
        lambda: render_histogram(histogram_facts(X), *SIZE, orientation="vertical"),
        "hist(x, kind='vertical')",
    ),
    ("%heat m", lambda: render_heat(heat_facts(M, None, "m"), *SIZE), "heat(m, name='m')"),
    ("%heat t[1]", lambda: render_heat(heat_facts(T[1], None, "t[1]"), *SIZE), "heat(t[1], name='t[1]')"),
    ("%image m", lambda: render_image(image_facts(M), *SIZE), "image(m)"),
    (
        "%image t[:, :, :3] --layout=HWC",
        lambda: render_image(image_facts(T[:, :, :3], "HWC"), *SIZE),
        "image(t[:, :, :3], layout='HWC')",
    ),
    ("%summary x", lambda: render_summary(summary_facts(X), *SIZE), "summary(x)"),
    (
        "%summary x.bfloat16()",
        lambda: render_summary(summary_facts(X), *SIZE).replace("float32", "bfloat16"),
        "summary(x.bfloat16())",
    ),
    (
        "%plot [1, 4, 9, 16]",
        lambda: render_plot(plot_facts(X, names=["[1, 4, 9, 16]"]), *SIZE),
        "plot([1, 4, 9, 16], names=['[1, 4, 9, 16]'])",
    ),
    (
        "%plot x.numpy()",
        lambda: render_plot(plot_facts(X, names=["x.numpy()"]), *SIZE),
        "plot(x.numpy(), names=['x.numpy()'])",
    ),
]


@pytest.fixture
def drawing(cells: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(type(cells.shell), "_size", lambda self: (80, 22))
    cells.run(BEFORE)
    return cells


@pytest.mark.parametrize(("command", "picture", "call"), PICTURES)
def test_a_command_and_a_script_draw_the_same(drawing: Any, command: str, picture: Any, call: str) -> None:
    written = drawing.run(command)
    assert written.err == ""
    assert written.out.rstrip("\n") == picture().rstrip("\n")
    assert drawing.run(call).out == written.out


def test_scripts_without_a_terminal_draw_80_columns_and_no_colour() -> None:
    out = Session(0).run("heat(arange(100.).reshape(1, 100)); plot(arange(9))")
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 80


def test_a_tensor_that_is_recorded_is_drawn(drawing: Any) -> None:
    assert drawing.run("%plot x.requires_grad_() * 2").err == ""


@pytest.mark.parametrize("command", ["plot x", "hist x", "heat m", "image m", "summary x"])
def test_pictures_in_words(drawing: Any, command: str) -> None:
    drawing.shell.plain = True
    out = drawing.run(f"%{command}").out
    assert out and not set(out) & set("│┤└─█▀⡠")


@pytest.mark.parametrize("width", [40, 300])
def test_pictures_are_as_wide_as_the_window_at_most(drawing: Any, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setattr(type(drawing.shell), "_size", lambda self: (width, 24))
    for command in ("%plot x", "%hist x", "%heat t", "%image m", "%summary x"):
        lines = drawing.run(command).out.splitlines()
        assert max(map(len, lines[:-1])) <= width


def test_a_slice_of_more_dimensions_says_how_to_see_others(drawing: Any) -> None:
    assert drawing.run("%heat t").out.splitlines()[-1] == (
        "One slice of t; %heat t --step walks through them, --index=1 shows another."
    )
    assert drawing.run("%heat t --index=1").out.startswith("t[1, :, :]")
    assert drawing.run("%heat t --index=:,2,:").out.startswith("t[:, 2, :]")


@pytest.mark.parametrize(
    ("keys", "title"),
    [
        ("q", "t[0, :, :]"),
        ("nq", "t[1, :, :]"),
        ("\x1b[C\r", "t[1, :, :]"),
        ("pq", "t[2, :, :]"),
        ("nnn q", "t[1, :, :]"),
        ("\x03", "t[0, :, :]"),
    ],
)
def test_the_stepper_walks_through_slices(type_keys: Any, keys: str, title: str) -> None:
    session = Session(0)
    session.run("t = arange(36.).reshape(3, 3, 4)")
    typed = type_keys(f"%heat t --step\r{keys}", session)
    assert typed.out.rpartition("t[")[1] + typed.out.rpartition("t[")[2].partition("]")[0] + "]" == title
    assert typed.err == ""


@pytest.mark.parametrize(("shape", "slices", "last"), [("(2, 3, 4)", 2, "t[1, :, :]:"), ("(9, 9, 2, 2)", 20, "There are more")])
def test_the_stepper_tells_a_screen_reader_all_slices(cells: Any, shape: str, slices: int, last: str) -> None:
    cells.shell.plain = True
    lines = cells.run(f"t = rand{shape}", "%heat t --step").out.splitlines()
    assert sum(line.startswith("t[") for line in lines) == slices and lines[-1].startswith(last)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("%plot", "%plot: needs a tensor, as in %plot x"),
        ("%plot x --kind=scater", "--kind needs one of line, scatter, bar, not 'scater'; did you mean scatter?"),
        ("%plot x --knd=bar", "there is no option --knd; did you mean --kind?"),
        ("%plot t", "%plot: expects a 1-D or 2-D tensor, got 3-D with shape [2, 3, 4]"),
        ("%plot 'a'", "expects a tensor, an array or a list of numbers, not str"),
        ("%plot z", "NameError: name 'z' is not defined"),
        ("%plot x +", "SyntaxError"),
        ("%plot q = 3", "needs an expression, not a statement"),
        ("%hist x --bins=few", "--bins needs a whole number, not 'few'"),
        ("%heat m --index", "--index needs a value, as in --index=0"),
        ("%hist x --low=1", "takes --low and --high together"),
        ("%hist x, y", "draws one tensor, not 2"),
        ("%hist x --bins=0", "expects 1 to 10000 bins, got 0"),
        ("%heat x", "expects a 2-D or higher tensor, got 1-D"),
        ("%heat t --index=9", "index 9 is out of range"),
        ("%heat t --index=a", "--index needs whole numbers and :"),
        ("%image x", "expects a 2-D or 3-D tensor"),
        ("%summary", "needs a tensor"),
    ],
)
def test_wrong_use_is_answered_in_words(drawing: Any, cell: str, message: str) -> None:
    written = drawing.run(cell)
    assert message in written.err and written.out == ""


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("plot()", "plot() expects a tensor"),
        ("plot('a')", "plot() expects a tensor, an array or a list of numbers, not str"),
        ("hist(ones(3), range=3)", "hist() range must be two numbers"),
        ("plot([ones(2), ones(3)])", "plot() got a list whose elements differ in shape: [2], [3]"),
        ("heat(ones(2, 2), 5)", "heat() index"),
    ],
)
def test_wrong_calls_in_scripts(source: str, message: str) -> None:
    from tensorsh import TensorshError

    with pytest.raises(TensorshError, match="^" + message.replace("(", r"\(").replace(")", r"\)").replace("[", r"\[")):
        Session(0).run(source)


def test_a_variable_of_that_name_comes_first() -> None:
    assert Session(0).run("heat = 3; heat + 1") == "4\n"


def test_options_and_names_are_completed(drawing: Any) -> None:
    assert [found.text for found in candidates("%plot x --", drawing.shell)][:1] == ["--kind=line"]
    assert "x" in [found.text for found in candidates("%plot x", drawing.shell)]
    assert "--bins=" in [found.text for found in candidates("%hist x --b", drawing.shell)]


def test_the_screen_is_measured_anew_for_each_picture() -> None:
    session = Session(0)
    widths = iter([40, 60])
    session.screen = lambda: Screen(next(widths), 24)
    narrow, wide = (max(map(len, session.run("plot(arange(50))").splitlines())) for _ in range(2))
    assert (narrow, wide) == (40, 60)
