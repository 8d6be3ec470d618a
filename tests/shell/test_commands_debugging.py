"""%debug: the values of every part of what failed."""

from __future__ import annotations

from typing import Any

import pytest

CASES = [
    # cells, lines that %debug shows
    (
        ["a = ones(2, 3); b = 2", "a @ (a * b)"],
        ["failed at In [2], line 1: a @ (a * b)", "a      float32 [2, 3]", "a * b  float32 [2, 3]"],
    ),
    (["x = [1, 2]", "x[5]"], ["failed at In [2], line 1: x[5]", "x     list  [1, 2]", "5     int   5"]),
    (["n = 3", "(n + 1) / (n - 3)"], ["failed at In [2], line 1: (n + 1) / (n - 3)", "n + 1  int   4", "n - 3  int   0"]),
    (["x = ones(4)", "x.view(3, k)"], ["failed at In [2], line 1: k"]),
    (["x = ones(4)", "x.view(3, 2 + 1)"], ["failed at In [2], line 1: x.view(3, 2 + 1)", "2 + 1  int          3"]),
    (
        ["def f(a):\n    return a + ones(2)\n", "t = ones(3)\nf(t) * 4"],
        ["failed at In [1], line 2: a + ones(2)", "ones(2)  float32 [2]  tensor([1., 1.])", "within In [2], line 2: f(t)"],
    ),
    (["x = ones(3)", "x |> reshape((2, 2))"], ["failed at In [2], line 1: x |> reshape((2, 2))", "(2, 2)  tuple"]),
    (
        ["def f(a):\n    return a.view(5)\n", "f(ones(6))"],
        ["failed at In [1], line 2: a.view(5)\npart  kind         value\na     float32 [6]  tensor([1., 1., 1., 1., 1., 1.])\n5     int"],
    ),
    (["x = ones(3)", "(x + 1).view(5)"], ["x + 1  float32 [3]  tensor([2., 2., 2.])"]),
    (["[1].index(2)"], ["[1]   list  [1]\n2     int   2"]),
    (["np.ones(2).reshape(3)"], ["np.ones(2)  ndarray  array([1., 1.])"]),
    (["mm(zeros(2), zeros(2) + 1)", "mm(rand(2), rand(2))"], ["rand(2)  float32 [2]  tensor([0.4963, 0.7682])\nrand(2)  float32 [2]"]),
    (["math.sqrt(-1)"], ["-1    int   -1"]),
    (["x = ones(3)", "x.view(*[2, 2])"], ["args[0]  int          2"]),
    (["x = ones(3)", "x < 'a'"], ["'a'   str"]),
    (["x = ones(3)", "x[5] = 2 * 3"], ["what is assigned  int          6"]),
    (["x = ones(3)", "x.sum(dim=7)"], ["failed at In [2], line 1: x.sum(dim=7)", "7     int"]),
]


@pytest.mark.parametrize(("before", "lines"), CASES)
def test_the_parts_and_their_values(cells: Any, before: list[str], lines: list[str]) -> None:
    cells.run(*before)
    out = cells.run("%debug").out
    for line in lines:
        assert line in out


def test_the_failure_stays_until_the_next_one(cells: Any) -> None:
    cells.run("1 / 0", "x = 2", "%who", "%nonsense")
    assert cells.run("%debug").out.startswith("ZeroDivisionError: division by zero\n\nfailed at In [1], line 1: 1 / 0\n")


def test_nothing_is_computed_again(cells: Any) -> None:
    cells.run("n = []\ndef f():\n    n.append(1)\n    return 1\n", "f() / 0", "%debug", "%debug")
    assert cells.run("print(len(n))").out == "1\n"


@pytest.mark.parametrize(
    ("before", "message"),
    [("x = 1", "nothing has failed yet"), ("1 +", "came before anything had run; it has no values")],
)
def test_without_values_it_says_why(cells: Any, before: str, message: str) -> None:
    cells.run(before)
    assert message in cells.run("%debug").err
