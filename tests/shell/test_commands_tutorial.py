"""%tutorial: every step can be done as its solution says, is not done before, and the walk goes on by itself."""

from __future__ import annotations

from typing import Any

import pytest

from tensorsh.shell.commands.tutorial import passed
from tensorsh.shell.lessons import LESSONS, STEPS


def test_the_whole_walk(cells: Any) -> None:
    cells.run("%tutorial")
    for step in STEPS:
        # A cell that does something else does not pass the step.
        assert "Not yet." in cells.run("unrelated = [1]").out
        written = cells.run(step.solution)
        assert "Right." in written.out and written.err == ""
    assert "last step" in written.out
    assert cells.run("unrelated = 2").out == ""


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_lesson_stands_on_its_own(cells: Any, lesson: str) -> None:
    cells.run(f"%tutorial {lesson}")
    steps = [step for step in STEPS if step.lesson == lesson]
    for step in steps:
        assert not passed(cells.shell, step)
        assert "Right." in cells.run(step.solution).out


def test_text_fits_a_narrow_window(cells: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(cells.shell), "_size", lambda self: (40, 24))
    out = cells.run("%tutorial").out
    for _ in STEPS[1:]:
        out += cells.run("%tutorial hint", "%tutorial next").out
    assert max(map(len, out.splitlines())) <= 40


def test_hint_show_next_back_stop(cells: Any) -> None:
    assert "Tensors, 1 of" in cells.run("%tutorial").out
    assert "real numbers" in cells.run("%tutorial hint").out
    assert cells.run("%tutorial show").out == "    x = tensor([1., 2., 3.])\n"
    assert "Tensors, 2 of" in cells.run("%tutorial next").out
    assert "Tensors, 1 of" in cells.run("%tutorial back").out
    assert "Tensors, 1 of" in cells.run("%tutorial").out
    assert "has stopped" in cells.run("%tutorial stop").out
    assert cells.run("x = 1").out == ""


def test_questions_and_commands_are_no_attempts(cells: Any) -> None:
    cells.run("%tutorial")
    assert "Not yet" not in cells.run("%who", "?ones*", "tensor?").out


def test_looking_is_no_attempt(cells: Any) -> None:
    cells.run("%tutorial", "x = tensor([1., 2., 3.])")
    assert cells.run("x.shape").out == "Out[3]: torch.Size([3])\n"
    assert "Not yet. %tutorial hint helps." in cells.run("y = x").out
    assert "Not yet. %tutorial show shows" in cells.run("y = x * 3").out
    assert "Right." in cells.run("y = x * x").out


def test_an_error_is_no_reason_for_advice(cells: Any) -> None:
    cells.run("%tutorial")
    assert "Not yet" not in cells.run("x = tensr([1.])").out


def test_checks_leave_no_trace(cells: Any) -> None:
    cells.run("%tutorial", "x = tensor([1., 2., 3.])")
    assert set(cells.shell.session.names) - {"argv"} == {"x"}
    assert len(cells.shell.record.cells) == 1


@pytest.mark.parametrize(
    ("cell", "message"),
    [("%tutorial hint", "is not running; %tutorial starts it"), ("%tutorial autgrad", "did you mean autograd?")],
)
def test_wrong_use_is_answered_in_words(cells: Any, cell: str, message: str) -> None:
    assert message in cells.run(cell).err


def test_the_ends(cells: Any) -> None:
    cells.run("%tutorial")
    assert "this is the first step" in cells.run("%tutorial back").err
    cells.run(*["%tutorial next"] * (len(STEPS) - 1))
    assert "this is the last step" in cells.run("%tutorial next").err
