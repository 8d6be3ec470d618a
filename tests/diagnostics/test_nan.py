"""The first operator that makes a NaN or an infinity, in programs where IEEE arithmetic says which it is."""

from __future__ import annotations

from typing import Any

import pytest

from tensorsh import Session
from tensorsh.diagnostics.nan import Finder
from tensorsh.display.nan import NOTHING, origins_text
from tensorsh.ops.watching import watch


def finder_of(source: str) -> Finder:
    session = Session(seed=0)
    finder = Finder(session.names, session.place_of)
    with watch(finder, session.state):
        session.run(source)
    return finder


CASES = [
    # source, (operator, value, line, index, node of the backward pass, elements of the operands there) of each origin
    ("x = torch.tensor([1., 0.])\ny = x.log()", [("log", "-inf", 2, (1,), "", [0.0])]),
    ("x = torch.tensor([1., -1.])\ny = x.sqrt()", [("sqrt", "nan", 2, (1,), "", [-1.0])]),
    ("x = torch.tensor(0.)\ny = x / 0", [("div", "nan", 2, (), "", [0.0, 0.0])]),
    ("x = torch.tensor(1.)\ny = x / 0", [("div", "inf", 2, (), "", [1.0, 0.0])]),
    ("x = torch.tensor([4., 0.])\nx /= x", [("div_", "nan", 2, (1,), "", [0.0, 0.0])]),
    ("x = torch.full((2,), 100.)\ny = x.exp()\nz = y - y", [("exp", "inf", 2, (0,), "", [100.0]), ("sub", "nan", 3, (0,), "", [float("inf")] * 2)]),
    ("x = torch.full((2, 2), 1e30)\ny = x @ x", [("mm", "inf", 2, (0, 0), "", [None, None])]),
    ("x = torch.tensor(0., requires_grad=True)\ny = x.sqrt()\ny.backward()", [("div", "inf", 3, (), "SqrtBackward0", [1.0, 0.0])]),
    ("def f(a):\n    return a.log()\ny = f(torch.zeros(1))", [("log", "-inf", 2, (0,), "", [0.0])]),
]


@pytest.mark.parametrize(("source", "origins"), CASES)
def test_origin(source: str, origins: list[Any]) -> None:
    found = [
        (one.operator, one.value, one.place.line if one.place else None, one.index, one.node, [op.element for op in one.operands])
        for one in finder_of(source).origins
    ]
    assert found == origins


INNOCENT = [
    "x = torch.ones(2).log()",
    "x = torch.tensor([float('inf')]) + 1",
    "x = torch.zeros(2, 2).masked_fill(torch.eye(2) > 0, float('-inf')).softmax(1)",
    "x = torch.full((2,), float('nan')); y = x * 2; y[0] = 1",
    "x = torch.ones(2) * float('inf')",
    "x = torch.arange(3) * 5",
    "w = torch.zeros(2, requires_grad=True); w.norm().backward()",  # its formula divides 0 by 0, and masks that
]


@pytest.mark.parametrize("source", INNOCENT)
def test_what_is_passed_on_or_asked_for_is_nobodys_fault(source: str) -> None:
    finder = finder_of(source)
    assert finder.origins == [] and origins_text(finder.origins) == NOTHING


def test_operands_of_a_write_are_told_as_they_were() -> None:
    [origin] = finder_of("x = torch.tensor([4., 0.])\nx.log_()").origins
    assert origin.operands[0].numbers.values == [4.0, 0.0] and origin.operands[0].name == "x"


def test_a_backward_pass_tells_both_lines() -> None:
    [origin] = finder_of("x = torch.tensor(0., requires_grad=True)\ny = x.sqrt()\nz = y * 1\nz.backward()").origins
    assert origin.place and origin.node_place and (origin.node_place.line, origin.place.line) == (2, 4)


def test_an_error_leaves_the_finder_usable() -> None:
    session = Session()
    finder = Finder(session.names, session.place_of)
    with watch(finder, session.state):
        session.run("try:\n    torch.ones(2) + torch.ones(3)\nexcept RuntimeError: pass\ny = torch.zeros(1).log()")
    assert [one.operator for one in finder.origins] == ["log"]
