"""What `why` says, against what running the expression does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorsh import Session
from tensorsh.diagnostics.regions import array_of, on_one_storage
from tensorsh.diagnostics.view_or_copy import Condition, contiguous, reshaped
from tensorsh.errors import TensorshError
from tensorsh.explain.view_or_copy import decide
from tensorsh.runtime.tensor import strides_of

SETUP = """
import torch, numpy
import torch.nn.functional as F
x = torch.arange(6.).view(2, 3)
y = x.t()
idx = torch.tensor([0, 1]); i = 1; rows = [1, 0]
w = torch.ones(2, 3, requires_grad=True)
w.sum().backward()
big = torch.zeros(300, 400)
n = numpy.zeros(3)
z = torch.ones(2, 2, dtype=torch.complex64)
calls = []
def f(v):
    calls.append(1)
    return v
"""

EXPRESSIONS = [
    "y.reshape(6)",
    "x.view(6)",
    "x.reshape(3, -1)",
    "x[0]",
    "x[idx]",
    "x[x > 2]",
    "x[:, [0, 1]]",
    "x[i]",
    "x[idx[0]]",
    "x[rows]",
    "y.contiguous()",
    "x.contiguous()",
    "y.flatten()",
    "y.ravel()",
    "x.ravel()",
    "x.to(torch.float64)",
    "x.float()",
    "x.double()",
    "x.to(torch.float32)",
    "x.to(torch.float32, copy=True)",
    "x.t()",
    "x.T",
    "x.expand(4, 2, 3)",
    "x.repeat(2, 2)",
    "x.clone()",
    "x + 1",
    "x @ y",
    "big * big",
    "big.exp()",
    "big @ big.t()",
    "torch.cat([x, x])",
    "x.split(1)",
    "x.unbind()",
    "x.detach()",
    "x.data",
    "x.numpy()",
    "torch.from_numpy(n)",
    "torch.as_tensor(n)",
    "torch.as_tensor(x)",
    "torch.tensor(x)",
    "w.grad.view(6)",
    "w.t().reshape(-1)",
    "x |> reshape((6,))",
    "torch.reshape(y, (6,))",
    "reshape(y, (6,))",
    "x.squeeze()",
    "x.unsqueeze(0)",
    "x.narrow(1, 0, 2)",
    "x.movedim(0, 1)",
    "x.view(torch.int32)",
    "x.sum()",
    "F.relu(x)",
    "x.softmax(-1)",
    "y.reshape(3, 2)",
    "y.view(3, 2, 1)",
    "y.reshape(3, 1, 2).view(3, 2)",
    "big[::2].reshape(-1)",
    "big[:, ::2].reshape(-1)",
    "x == 1",
    "-x",
    "big.sort()",
    "x.flatten(0, 0)",
    "x.type(torch.int64)",
    "x.type_as(idx)",
    "x.real",
    "z.real",
    "z.H",
    "x.index_select(0, idx)",
    "x.chunk(2)[0]",
    "y.unflatten(0, (3, 1))",
    "x.reshape_as(y)",
    "y.reshape_as(x)",
    "x.diagonal()",
    "x.unfold(1, 2, 1)",
    "x[..., None]",
    "big > 0",
    "big.t().flatten()",
    "x[0:1].t().view(-1)",
    "x.swapaxes(0, 1)",
    "torch.stack([x, x])",
    "x.int().t()",
    "1 - x",
    "x.clone().t()",
    "x.max(0).values",
    "x.sort()[1]",
    "x.unbind()[0]",
    "torch.atleast_2d(x)",
    "torch.atleast_3d(x)",
    "torch.einsum('ij->ji', x)",
    "torch.einsum('ij,kj->ik', x, x)",
    "torch.meshgrid(idx, idx)[0]",
    "x.sum(0, keepdim=True).expand(2, 3)",
    "torch.where(x > 0, x, 0)",
    "w.grad",
]


def made_by(session: Session, expression: str) -> Any:
    return session.evaluate(expression)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_the_decision_is_what_happens(expression: str) -> None:
    session = Session(seed=0)
    session.run(SETUP)
    facts = decide(session, expression)
    made = made_by(session, expression)
    parts = list(made) if isinstance(made, (list, tuple)) else [made]
    olds = [value for value in session.names.values() if array_of(value) is not None]
    olds.append(session.names["w"]._meta.grad)
    shares = all(any(on_one_storage(part, old) for old in olds) for part in parts)
    if facts.kind == "same":
        assert any(made is old for old in olds)
    elif facts.kind == "view" and not facts.reason.count("On the way"):
        assert shares and not any(made is old for old in olds)
    elif facts.kind == "copy":
        assert not shares
        steps = "On the way" in facts.reason
        if facts.bytes is not None and not steps:
            assert facts.bytes == sum(array_of(part).nbytes for part in parts)
    if facts.shape is not None and facts.kind != "present":
        assert facts.shape == array_of(made).shape
        if facts.kind == "view" and facts.stride is not None:
            assert facts.stride == strides_of(array_of(made))


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("f(x).view(6)", "f(x) would have to run"),
        ("f(x)", "f would have to run"),
        ("torch.rand(3)[0]", "torch.rand(3) would have to run"),
        ("x.t().add_(1).view(6)", "x.t().add_(1) would have to run"),
        ("3", "no step on a tensor"),
    ],
)
def test_what_could_have_an_effect_is_not_run(expression: str, words: str) -> None:
    session = Session(seed=0)
    session.run(SETUP)
    facts = decide(session, expression)
    assert facts.kind == "unknown" and words in facts.reason
    assert session.names["calls"] == [] and session.names["x"]._version == 0


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("x.view(5)", "shape '[5]' is invalid"),
        ("nothing.view(3)", "name 'nothing' is not defined"),
        ("y.view(6)", "view never copies"),
        ("x.veiw(6)", "AttributeError: 'Tensor' object has no attribute 'veiw'"),
    ],
)
def test_failures_say_why(expression: str, words: str) -> None:
    session = Session(seed=0)
    session.run(SETUP)
    facts = decide(session, expression)
    assert facts.kind == "refused" and words in facts.reason
    with pytest.raises(TensorshError):
        session.run(expression)


@pytest.mark.parametrize(
    ("expression", "total", "steps"),
    [
        ("x.clone().t().reshape(6)", 48, ["x.clone() takes 24 B of new memory."]),
        ("(x + 1).t()[0].exp()", 32, ["x + 1 takes 24 B of new memory."]),
        ("x.clone().view(6)", 24, ["x.clone() takes 24 B of new memory."]),
        (
            "(x.double() + x.double()).sum()",
            152,
            ["x.double() takes 48 B of new memory, twice.", "x.double() + x.double() takes 48 B of new memory."],
        ),
        ("x.t()[0].reshape(2)", 0, []),
    ],
)
def test_memory_that_is_taken_on_the_way_counts_once(expression: str, total: int, steps: list[str]) -> None:
    session = Session(seed=0)
    session.run(SETUP)
    facts = decide(session, expression)
    assert facts.bytes == total
    assert [
        line.removeprefix("On the way ") for line in facts.reason.split("\n") if line.startswith("On the way")
    ] == steps


def test_deciding_changes_nothing() -> None:
    session = Session(seed=0)
    session.run(SETUP)
    before = session.run("print(x, y, x._version, w._version, w.grad, torch.get_rng_state().sum())")
    kept = {name: (id(value._storage), id(value._grad_fn), id(value._view)) for name, value in _tensors(session)}
    for expression in [*EXPRESSIONS, "x.add_(1)", "torch.rand(3)", "torch.dropout(x, 0.5, True)"]:
        decide(session, expression)
    assert {
        name: (id(value._storage), id(value._grad_fn), id(value._view)) for name, value in _tensors(session)
    } == kept
    assert session.run("print(x, y, x._version, w._version, w.grad, torch.get_rng_state().sum())") == before


def _tensors(session: Session) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in session.names.items() if hasattr(value, "_storage")]


@st.composite
def strided(draw: st.DrawFn) -> np.ndarray:
    """A window of up to four dimensions with steps, transposed."""
    shape = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    whole = np.zeros([extent * 2 for extent in shape])
    steps = tuple(
        slice(0, None if step == 1 else extent * step, step)
        for extent, step in zip(
            shape, draw(st.lists(st.sampled_from([1, 2]), min_size=len(shape), max_size=len(shape))), strict=True
        )
    )
    order = draw(st.permutations(range(len(shape))))
    return whole[steps].transpose(order)


@settings(max_examples=300, deadline=None)
@given(strided(), st.data())
def test_the_rule_for_shapes_is_numpys_too(window: np.ndarray, data: st.DataObject) -> None:
    left, new = window.size, []
    while left > 1:
        factor = data.draw(st.sampled_from([d for d in range(1, left + 1) if left % d == 0]))
        new.append(factor)
        left //= factor
        if len(new) > 5:
            new.append(left)
            break
    try:
        truth = strides_of(window.reshape(new, copy=False))
    except ValueError:
        truth = None
    found = reshaped(window.shape, strides_of(window), new)
    if truth is None:
        assert isinstance(found, Condition) and not found.holds
    else:
        # A dimension of one element may have any stride.
        assert not isinstance(found, Condition)
        assert [s for s, e in zip(found, new, strict=True) if e != 1] == [
            s for s, e in zip(truth, new, strict=True) if e != 1
        ]
    assert (contiguous(window.shape, strides_of(window)) is None) is bool(window.flags.c_contiguous)
