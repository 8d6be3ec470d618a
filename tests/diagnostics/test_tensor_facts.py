"""What a tensor says about itself. The expectations follow from what a view, an alias and a copy are."""

from __future__ import annotations

import pytest

from tensorsh import Session
from tensorsh.diagnostics.tensor_facts import TensorFacts, tensor_facts


def facts_of(source: str, expression: str) -> TensorFacts:
    session = Session()
    session.run(source)
    return tensor_facts(session.evaluate(expression), session.names)


CASES = [
    # source, expression, the facts that matter
    ("x = torch.ones(2, 3)", "x", {"names": ("x",), "shape": (2, 3), "dtype": "float32", "is_view": False}),
    ("x = torch.ones(2, 3); y = x", "y", {"names": ("x", "y"), "shared_with": ()}),
    ("x = torch.ones(2, 3)", "x.t()", {"names": (), "is_view": True, "view_of": ("x",), "stride": (1, 3)}),
    ("x = torch.ones(2, 3); y = x[0]", "y[1:]", {"view_of": ("x",), "shared_with": ("y",), "base_shape": (2, 3)}),
    ("x = torch.ones(2, 3); y = x[0]; z = x[1]", "x", {"is_view": False, "shared_with": ("y", "z")}),
    ("y = torch.ones(2, 3).t()", "y", {"is_view": True, "view_of": (), "base_shape": (2, 3)}),
    ("x = torch.ones(3); y = x.detach()", "y", {"is_view": False, "shared_with": ("x",)}),
    ("x = torch.ones(3); a = x.numpy()", "x", {"shared_with": ("a",)}),
    ("x = torch.ones(3); y = x.clone()", "x", {"shared_with": ()}),
    ("x = torch.ones(4); parts = [x[:2], x[2:]]", "x", {"shared_with": ("parts[0]", "parts[1]")}),
    ("x = torch.ones(4); d = {'w': x[:2]}", "x", {"shared_with": ("d['w']",)}),
    ("x = torch.ones(2, requires_grad=True)", "x", {"requires_grad": True, "grad_fn": None}),
    ("x = torch.ones(2, requires_grad=True)", "x * 2", {"requires_grad": True, "grad_fn": "MulBackward0"}),
    ("x = torch.ones(2); x += 1", "x", {"version": 1, "nbytes": 8}),
    ("x = torch.ones(0); y = torch.ones(0)", "x", {"shape": (0,), "shared_with": ()}),
]


@pytest.mark.parametrize(("source", "expression", "expected"), CASES)
def test_facts(source: str, expression: str, expected: dict[str, object]) -> None:
    facts = facts_of(source, expression)
    assert {name: getattr(facts, name) for name in expected} == expected


def test_looking_changes_nothing() -> None:
    session = Session()
    session.run("x = torch.ones(3)")
    x = session.names["x"]
    tensor_facts(x, session.names)
    assert x._storage is None and x._meta is None
