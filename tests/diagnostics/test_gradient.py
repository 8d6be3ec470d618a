"""Gradients explained, against derivatives worked out by hand, and against what `backward()` adds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorsh import Session
from tensorsh.diagnostics.gradient import Gradient, gradient
from tensorsh.display.gradient import gradient_text


def session_of(source: str) -> Session:
    session = Session(seed=0)
    session.run(source)
    return session


def facts_of(source: str, name: str = "x", root: str | None = None) -> Gradient:
    session = session_of(source)
    return gradient(session.names[name], session.names, session.place_of, None if root is None else session.names[root])


X = "x = torch.tensor(3., requires_grad=True)\n"

DERIVATIVES = [
    # source, of each step the local derivatives by input, the gradient
    ("y = x * 5", [("MulBackward0", [5.0])], 5.0),
    ("y = x * x", [("MulBackward0", [3.0, 3.0])], 6.0),
    ("y = x ** 3", [("PowBackward0", [27.0])], 27.0),
    ("y = 6 / x", [("MulBackward0", [6.0]), ("ReciprocalBackward0", [-1 / 9])], -6 / 9),
    ("y = (x * 2).exp()", [("ExpBackward0", [float(np.exp(np.float32(6)))]), ("MulBackward0", [2.0])], float(2 * np.exp(np.float32(6)))),
    ("y = x - 1\nz = y * y", [("MulBackward0", [2.0, 2.0]), ("SubBackward0", [1.0])], 4.0),
]


@pytest.mark.parametrize(("source", "steps", "total"), DERIVATIVES)
def test_local_derivatives(source: str, steps: list[Any], total: float) -> None:
    facts = facts_of(X + source)
    found = [(turn.title, [local.derivative.values for local in turn.inputs if local.derivative]) for turn in facts.steps]
    assert [title for title, _ in found] == [title for title, _ in steps]
    for (_, mine), (_, expected) in zip(found, steps, strict=True):
        assert mine == pytest.approx(expected)
    assert facts.gradient is not None and facts.gradient.values == pytest.approx(total)


def test_the_gradient_that_arrives_is_the_sum_of_what_was_sent() -> None:
    facts = facts_of("x = torch.ones(2, 2, requires_grad=True)\ny = x + 2\nz = y * y * 3\nout = z.mean()")
    assert [turn.arrived[0].values[0][0] if turn.arrived[0].shape else turn.arrived[0].values for turn in facts.steps if turn.arrived[0]] == [
        1.0, 0.25, 0.75, 4.5,
    ]  # fmt: skip


def test_an_operator_that_mixes_elements_has_no_derivative_by_element() -> None:
    facts = facts_of("x = torch.ones(2, 2, requires_grad=True)\ny = (x @ x).sum()")
    assert [[local.derivative is None for local in turn.inputs] for turn in facts.steps] == [[False], [True, True]]


CALLS = [
    # source, what each call added, passes, whether something else changed it
    ("(x * 5).backward()", [5.0], 1, False),
    ("(x * 5).backward(); (x * 5).backward()", [5.0, 5.0], 2, False),
    ("(x * 5).backward(); (x * 7).backward(); (x * 2).backward()", [5.0, 7.0, 2.0], 3, False),
    ("(x * 5).backward(); x.grad = None; (x * 7).backward()", [7.0], 1, False),
    ("(x * 5).backward(); (x * 7).backward(); x.grad += 1", [5.0, 7.0], 2, True),
    ("for i in range(20): (x * i).backward()", [float(i) for i in range(12, 20)], 20, False),
    ("x.grad = torch.tensor(9.)", [], 0, False),
    ("(x * 5).backward(create_graph=True); (x * 7).backward()", [5.0, 7.0], 2, False),
]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(("source", "added", "passes", "changed"), CALLS)
def test_what_each_call_added(source: str, added: list[float], passes: int, changed: bool) -> None:
    facts = facts_of(X + source)
    assert [call.added.values for call in facts.calls if call.added] == added
    assert (facts.passes, facts.changed) == (passes, changed)


def test_zeroing_shows_in_what_a_call_found() -> None:
    facts = facts_of(X + "(x * 5).backward(); x.grad.zero_(); (x * 7).backward()")
    assert [call.before.values for call in facts.calls if call.before] == [0.0]
    assert "one backward() call since it was set to zero" in gradient_text(facts)


LOST = [
    ("x = torch.ones(10, 10, requires_grad=True)\ny = (x * x).sum()\ny.backward()", "freed"),
    ("x = torch.ones(2, requires_grad=True)\ny = (x * x).sum()\nwith torch.no_grad(): x.mul_(2)", "written"),
    ("x = torch.ones(2, requires_grad=True)\ny = x\nfor i in range(100): y = y * 2", "long"),
    ("x = torch.ones(2, requires_grad=True)", "unused"),
]


@pytest.mark.parametrize(("source", "why"), LOST)
def test_where_there_is_no_honest_answer(source: str, why: str) -> None:
    facts = facts_of(source)
    assert (facts.lost, facts.steps, facts.paths, facts.gradient) == (why, (), (), None)
    assert gradient_text(facts)


def test_a_tensor_without_gradient_is_refused() -> None:
    with pytest.raises(ValueError, match="requires no gradient"):
        facts_of("x = torch.ones(2)")


def test_looking_changes_nothing() -> None:
    session = session_of(
        "log = []\nx = torch.tensor([1., 2.], requires_grad=True)\nh = x.exp()\nh.register_hook(lambda g: log.append(1))\n"
        "y = (h * x).sum()\ny.backward(retain_graph=True)\ny2 = (x ** 2).sum()\ny2.backward()"
    )
    names = session.names
    grad, versions = names["x"].grad._array.copy(), [t._version for t in names.values() if hasattr(t, "_array")]
    nodes = [names["y"].grad_fn, names["y2"].grad_fn.next_functions[0][0]]
    freed = [getattr(node, "released", None) for node in nodes]
    meta = names["x"]._meta
    calls = list(meta.calls)
    gradient_text(gradient(names["x"], names, session.place_of, names["y"]))
    gradient_text(gradient(names["x"], names, session.place_of, names["y2"]))
    assert np.array_equal(names["x"].grad._array, grad) and meta.calls == calls and names["log"] == [1]
    assert [t._version for t in names.values() if hasattr(t, "_array")] == versions
    assert [getattr(node, "released", None) for node in nodes] == freed
    with pytest.raises(RuntimeError, match="second time"):
        names["y2"].backward()


STEPS = ["a * b", "a + b", "a - b * 2", "(a * 0.5).tanh()", "a.exp() * 0.01", "torch.stack([a, b])[0]", "a.relu()", "b.view(1, 2)[0]", "a.flip(0)"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(STEPS), min_size=1, max_size=6))
def test_steps_and_paths_give_what_backward_adds(steps: list[str]) -> None:
    lines = ["x = torch.tensor([0.5, -1.5], dtype=torch.float64, requires_grad=True)", "a, b = x * 1.5, x - 1"]
    for number, step in enumerate(steps):
        lines.append("a = " + step if number % 2 else "b = " + step)
    session = session_of("\n".join([*lines, "loss = (a * b).sum()"]))
    names = session.names
    facts = gradient(names["x"], names, session.place_of, names["loss"])
    session.run("loss.backward()")
    expected = names["x"].grad._array
    assert facts.gradient is not None
    assert np.allclose(facts.gradient.values, expected)
    if facts.paths:
        assert len(facts.paths) == facts.ways
        assert np.allclose(sum(np.array(path.contribution.values) for path in facts.paths), expected)
    # The same again, from what the pass has left behind.
    again = gradient(names["x"], names, session.place_of, names["loss"])
    assert again.steps == facts.steps and again.gradient == facts.gradient
