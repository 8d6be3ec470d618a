"""Where a statement stands: its file, its line and its text."""

from __future__ import annotations

import pytest

from tensorsh import Session
from tensorsh.diagnostics.places import Place
from tensorsh.language.sources import RECENT

CASES = [
    # source, the place of the node that made `y`
    ("y = x * 2", Place("<input>", 1, "y = x * 2")),
    ("z = 1; y = x * 2; z = 2", Place("<input>", 1, "y = x * 2")),
    ("y = (x *\n     2)", Place("<input>", 1, "y = (x * 2)")),
    ("if True:\n    y = x * 2  # why", Place("<input>", 2, "y = x * 2")),
    ("for i in range(2):\n    y = x * i", Place("<input>", 2, "y = x * i")),
    ("def f(a):\n    return a * 2\ny = f(x)", Place("<input>", 2, "return a * 2")),
    ("with torch.enable_grad(): y = x * 2", Place("<input>", 1, "y = x * 2")),
]


@pytest.mark.parametrize(("source", "place"), CASES)
def test_place(source: str, place: Place) -> None:
    session = Session()
    session.run("x = torch.ones(2, requires_grad=True)")
    session.run(source)
    assert session.place_of(session.names["y"].grad_fn.where) == place


def test_of_a_block_only_the_head_is_told() -> None:
    session = Session()
    session.run("for i in range(2):\n    pass")
    [source] = session.sources
    assert source.module is not None
    assert source.piece(source.module.body[0]) == "for i in range(2):"  # type: ignore[attr-defined]


def test_the_latest_sources_are_remembered_and_those_with_functions_for_ever() -> None:
    session = Session()
    session.run("x = torch.ones(2, requires_grad=True)\ndef f(a): return a * 2")
    session.run("old = x * 3")
    for _ in range(RECENT):
        session.run("new = f(x)")
    assert session.place_of(session.names["new"].grad_fn.where) == Place("<input>", 2, "return a * 2")
    assert session.place_of(session.names["old"].grad_fn.where) is None
    assert len(list(session.sources)) == RECENT + 1
    assert session.place_of(None) is None
