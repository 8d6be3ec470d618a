"""%who at the prompt. The facts themselves are tested in tests/diagnostics/test_variables.py."""

from __future__ import annotations

from typing import Any

import pytest


def test_who_is_a_table(cells: Any) -> None:
    cells.run(
        "w = ones(3, requires_grad=True); a = w * 2; m = ones(2, 3); v = m.t(); n = m.numpy(); names = ['a']; f = 2"
    )
    assert cells.run("%who").out.splitlines() == [
        "name   shape      dtype          bytes  view of  shares with  grad",
        "w      [3]        float32           12                        recorded",
        "a      [3]        float32           12                        MulBackward0",
        "m      [2, 3]     float32           24           v, n",
        "v      [3, 2]     float32           24  m        n",
        "n      [2, 3]     numpy.float32     24           m, v",
        "names  list of 1",
        "f      int",
    ]


def test_who_takes_names_and_leaves_out_what_is_no_tensor(cells: Any) -> None:
    cells.run("x = ones(2); y = ones(3); n = 3")
    assert [line.split()[0] for line in cells.run("%who y").out.splitlines()] == ["name", "y"]
    assert [line.split()[0] for line in cells.run("%who --tensors").out.splitlines()] == ["name", "x", "y"]


def test_who_in_words_for_a_screen_reader(cells: Any) -> None:
    cells.shell.plain = True
    cells.run("x = ones(2); n = 3; import math; names = ['a']")
    assert cells.run("%who").out.splitlines() == [
        "x: shape [2], dtype float32, bytes 8.",
        "n: an int.",
        "math: a module.",
        "names: a list of 1.",
    ]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("%who xs", "there is no variable xs"),
        ("%who --tensor", "there is no option --tensor; did you mean --tensors?"),
    ],
)
def test_wrong_use_is_answered_in_words(cells: Any, cell: str, message: str) -> None:
    cells.run("y = 1")
    assert message in cells.run(cell).err


def test_nothing_to_show(cells: Any) -> None:
    assert cells.run("%who").out == "There are no variables yet.\n"
