"""Facts about variables: what %who shows, found without changing what is looked at."""

from __future__ import annotations

import pytest

from tensorsh import Session
from tensorsh.diagnostics.variables import variables
from tensorsh.runtime.tensor import Tensor

WHO = [
    # source, variable, field, value
    ("x = ones(2, 3)", "x", "shape", (2, 3)),
    ("x = ones(2, 3)", "x", "dtype", "float32"),
    ("x = ones(2, 3)", "x", "bytes", 24),
    ("x = ones(2, 3, dtype=bfloat16)", "x", "bytes", 12),
    ("x = ones(4).expand(3, 4)", "x", "bytes", 48),
    ("x = ones(2, 3)", "x", "view_of", None),
    ("x = ones(2, 3); y = x.t()", "y", "view_of", "x"),
    ("x = ones(2, 3); y = x.t()[0]", "y", "view_of", "x"),
    ("y = ones(2, 3).t()", "y", "view_of", ""),
    ("x = ones(2, 3); y = x.detach()", "y", "view_of", None),
    ("x = ones(2, 3); y = x.detach()", "y", "shares_with", ("x",)),
    ("x = ones(2); n = x.numpy()", "n", "shares_with", ("x",)),
    ("n = np.zeros(4); m = n[1:]", "m", "view_of", "n"),
    ("n = np.zeros(4); x = from_numpy(n)", "x", "shares_with", ("n",)),
    ("x = ones(2); y = x; ", "y", "shares_with", ("x",)),
    ("x = ones(2); y = x.clone()", "y", "shares_with", ()),
    ("x = ones(2)", "x", "grad", "none"),
    ("x = ones(2, requires_grad=True)", "x", "grad", "leaf"),
    ("x = ones(2, requires_grad=True); y = x * 2", "y", "grad", "MulBackward0"),
    ("x = ones(2, requires_grad=True); x.sum().backward()", "x", "grad", "has grad"),
    ("a = [1, 2]", "a", "kind", "list of 2"),
    ("a = [1, 2]", "a", "bytes", None),
    ("def f(): return 1", "f", "kind", "function"),
]


@pytest.mark.parametrize(("source", "name", "field", "value"), WHO)
def test_a_fact_of_a_variable(source: str, name: str, field: str, value: object) -> None:
    session = Session(0)
    session.run(source)
    facts = {one.name: one for one in variables(session.names)}
    assert getattr(facts[name], field) == value


def test_looking_changes_nothing() -> None:
    session = Session(0)
    session.run("w = ones(3, requires_grad=True); a = w * 2; v = a[1:]; a.mul_(3); fresh = ones(2)")
    before = {name: slots(value) for name, value in session.names.items()}
    variables(session.names)
    assert {name: slots(value) for name, value in session.names.items()} == before


def slots(tensor: Tensor) -> tuple[object, ...]:
    """What a tensor holds, without the properties that could refresh it."""
    storage = tensor._storage
    return (
        id(tensor._grad_fn),
        id(storage),
        storage and storage.version,
        tensor._view and tensor._view[1],
        id(tensor._meta),
    )
