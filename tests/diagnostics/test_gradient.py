"""Gradients explained, against derivatives worked out by hand, and against what `backward()` adds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tensorsh import Session
from tensorsh.diagnostics.gradient import MOST_STEPS, Gradient, gradient
from tensorsh.diagnostics.graph import graph
from tensorsh.diagnostics.why_none import why_none
from tensorsh.display.gradient import gradient_text
from tensorsh.display.screen import Screen
from tensorsh.language.reading import SourceReading
from tensorsh.runtime.tensor import Tensor
from tests.diagnostics.programs import ELEMENTWISE, MIXING, X0, program


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
    ("x = torch.ones(2, requires_grad=True)\ny = x ** torch.tensor([True, False])", "failed"),
    ("x = torch.ones(2, requires_grad=True)\ny = x\nfor i in range(3000): y = y * 2", "long"),
    ("x = torch.ones(2, requires_grad=True)", "unused"),
]


@pytest.mark.parametrize(("source", "why"), LOST)
def test_where_there_is_no_honest_answer(source: str, why: str) -> None:
    facts = facts_of(source)
    assert (facts.lost, facts.steps, facts.paths, facts.gradient) == (why, (), (), None)
    assert bool(facts.way) == (why in ("freed", "written", "failed"))
    assert gradient_text(facts)


def test_a_result_that_does_not_depend_on_it() -> None:
    facts = facts_of(X + "w = torch.ones(1, requires_grad=True)\ny = x * 5\nz = w * 2", root="z")
    assert (facts.lost, facts.root) == ("apart", "z") and gradient_text(facts).endswith("\n\nz does not depend on x.")


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


# source, what has a hook
HOOKED = [
    ("y = x * 5\ny.register_hook(lambda g: g * 2)\nz = y * 3", ("y",)),
    ("x.register_hook(lambda g: g * 2)\nz = x * 3", ("x",)),
    ("x.register_post_accumulate_grad_hook(lambda p: None)\nz = x * 3", ("x",)),
    ("y = x * 5\ny.grad_fn.register_prehook(lambda g: None)\ny.register_hook(lambda g: None)\nz = y * 3", ("y",)),
    ("y = x * 5\ny.retain_grad()\nz = y * 3", ()),  # it only looks
    ("y = x * 5\nother = x * 7\nother.register_hook(lambda g: g * 2)\nz = y * 3", ()),  # not on the way
]


@pytest.mark.parametrize(("source", "hooked"), HOOKED)
def test_hooks_are_told_and_not_called(source: str, hooked: tuple[str, ...]) -> None:
    facts = facts_of(X + source, root="z")
    assert facts.hooked == hooked and ("leave out" in gradient_text(facts)) == bool(hooked)


def test_what_was_written_to_behind_its_version_is_told() -> None:
    facts = facts_of(X + "y = x * x\nx.data.mul_(10)")
    assert facts.rewritten == ("x",) and facts.gradient is not None and facts.gradient.values == 60
    assert "x was written to through .data after it was saved" in gradient_text(facts)
    assert facts_of(X + "x.data.mul_(10)\ny = x * x").rewritten == ()


def test_more_steps_than_are_read() -> None:
    facts = facts_of(X + "y = x\nfor i in range(100): y = y * 1.0\ny = y * x")
    assert len(facts.steps) == MOST_STEPS and facts.skipped == 101 - MOST_STEPS and facts.gradient is not None
    assert facts.gradient.values == 6.0 and [path.through for path in facts.paths] == [("y (other)",), ("MulBackward0 #100",)]
    assert f"  … {101 - MOST_STEPS} steps\n" in gradient_text(facts)


def test_more_paths_than_are_read_are_told_by_the_uses_of_the_tensor() -> None:
    facts = facts_of(X + "y = x\nfor i in range(5): y = y * 0.5 + y * x")
    assert facts.ways == 63 and facts.gradient is not None and len(facts.paths) == 7
    assert sum(path.contribution.values for path in facts.paths) == pytest.approx(facts.gradient.values)
    assert "63 paths lead from y to x; by where they end, they add up to:" in gradient_text(facts)


def test_steps_with_one_title_are_told_apart() -> None:
    facts = facts_of(X + "y = ((x * 2) * 3) * 5")
    assert [(turn.label, [local.to for local in turn.inputs]) for turn in facts.steps] == [
        ("y", ["MulBackward0 #1"]), ("MulBackward0 #1", ["MulBackward0 #2"]), ("MulBackward0 #2", ["x"]),
    ]  # fmt: skip


def test_what_is_freed_still_has_a_way() -> None:
    facts = facts_of("x = torch.ones(10, 10, requires_grad=True)\ny = x.exp()\nz = (y * y).sum()\nz.backward()")
    assert [(part.place.line if part.place else None, part.titles) for part in facts.way] == [
        (3, ("SumBackward0", "MulBackward0")), (2, ("ExpBackward0",)),
    ]  # fmt: skip


def test_a_large_gradient_is_told_by_its_range() -> None:
    facts = facts_of("x = torch.linspace(-1, 1, 100).requires_grad_()\ny = (x * x).sum()")
    assert facts.gradient is not None and (facts.gradient.lowest, facts.gradient.highest) == (-2.0, 2.0)
    assert "1 × (from -1 to 1) → [100] from -1 to 1 for x (self)" in gradient_text(facts)


def test_an_explanation_of_a_long_way_among_many_results_takes_no_long_time() -> None:
    facts = facts_of("x = torch.ones(2, requires_grad=True)\ny = x\nkept = []\nfor i in range(20000):\n    y = y * 1.0\n    kept.append(y.sum())")
    assert facts.lost == "long" and facts.ways == 1


@pytest.mark.parametrize("width", [40, 80, 120])
def test_it_fits_the_screen(width: int) -> None:
    facts = facts_of("x = torch.ones(3, requires_grad=True)\nhidden = torch.stack([x, x * 2])\nlonger = hidden.exp() * hidden.sin()\nloss = (longer @ x).sum()")
    assert max(map(len, gradient_text(facts, Screen(width)).splitlines())) <= width


# --- programs over many operators ---------------------------------------------------------------------------------------

def loss_at(source: str, x: list[float]) -> float:
    session = session_of(f"x = torch.tensor({x}, dtype=torch.float64)\n{source}")
    return float(session.names["loss"].item())


def slopes(source: str, width: float = 1e-5) -> list[float]:
    """The derivative by finite differences."""
    found = []
    for at in range(len(X0)):
        ends = [loss_at(source, [value + side * width * (at == number) for number, value in enumerate(X0)]) for side in (-1, 1)]
        found.append((ends[1] - ends[0]) / (2 * width))
    return found


def explained(source: str) -> tuple[Gradient, Session]:
    session = session_of(f"torch.set_default_dtype(torch.float64)\nx = torch.tensor({X0}, requires_grad=True)\n{source}")
    return gradient(session.names["x"], session.names, session.place_of, session.names["loss"]), session


def everything(session: Session) -> Any:
    """What a look at a program could change: of each tensor and node what it holds, its elements, versions; the state."""
    found: list[Any] = [session.state.where, dict(session.state.cuts), session.state.grad_enabled, session.state.generator.get_state().tolist()]
    nodes: dict[Any, None] = {}
    for name, one in session.names.items():
        if isinstance(one, Tensor):
            found += [name, id(one._grad_fn), id(one._storage), one._view and one._view[1], id(one._meta), one._array.tobytes(), one._requires_grad]
            if one._meta is not None:
                grad = one._meta.grad
                found += [one._meta.backward_calls, len(one._meta.calls or ()), None if grad is None else grad._array.tobytes()]
            if one._storage is not None:
                found.append((one._storage.version, len(one._storage.writes or ())))
            todo = [one._grad_fn] if one._grad_fn is not None else []
            while todo:
                node = todo.pop()
                if node not in nodes:
                    nodes[node] = None
                    todo += [edge[0] for edge in node.edges if edge is not None]
    for node in nodes:
        keeper = getattr(node, "function", node)
        found.append((id(node), getattr(keeper, "released", None), [(id(getattr(keeper, slot, None)), getattr(keeper, f"{slot}_version", None)) for slot in keeper.saved]))
    return found


def check(facts: Gradient, expected: Any) -> None:
    """What must hold of any explanation whose numbers are at hand."""
    assert facts.gradient is not None and not facts.lost
    assert np.allclose(facts.gradient.values, expected, rtol=1e-9, atol=1e-12)
    if facts.ways > 1:
        assert np.allclose(sum(np.array(path.contribution.values) for path in facts.paths), expected, rtol=1e-9, atol=1e-12)
    for turn in facts.steps:
        for local in turn.inputs:
            if local.derivative is not None and local.derivative.values is not None:
                product = np.array(turn.arrived[0].values) * np.array(local.derivative.values) if turn.arrived[0] else None
                assert np.allclose(product, local.sent.values, rtol=1e-9, atol=1e-12)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(ELEMENTWISE + MIXING), min_size=1, max_size=7))
def test_steps_and_paths_give_what_backward_adds(steps: list[str]) -> None:
    facts, session = explained(program(steps))
    names = session.names
    before = everything(session)
    why_none(names["x"], names, session.place_of, session.state.cuts, SourceReading(session.sources))
    graph(names["loss"], names, session.place_of)
    gradient(names["x"], names, session.place_of, names["loss"])
    assert everything(session) == before
    session.run("loss.backward()")
    assume(np.abs(names["x"].grad._array).max() < 1e30)  # where no step of it has overflowed
    check(facts, names["x"].grad._array)
    # The same again, from what the pass has left behind.
    before = everything(session)
    again = gradient(names["x"], names, session.place_of, names["loss"])
    assert everything(session) == before
    assert again.steps == facts.steps and again.gradient == facts.gradient and again.paths == facts.paths


@pytest.mark.parametrize("step", ELEMENTWISE + MIXING)
def test_what_is_explained_is_the_slope(step: str) -> None:
    source = program([step])
    facts, _ = explained(source)
    assert facts.gradient is not None
    expected = slopes(source)
    check(facts, facts.gradient.values)
    assert np.allclose(facts.gradient.values, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("step", ELEMENTWISE)
def test_a_local_derivative_is_the_slope_of_each_element(step: str) -> None:
    """Of the step that made `y`, by `a`: moved by itself, each element of `a` moves its element of `y` by that much."""
    start = "torch.set_default_dtype(torch.float64)\nb = torch.tensor([0.6, -0.4])\n"
    whole = session_of(f"{start}a = torch.tensor([0.45, 1.2], requires_grad=True)\ny = {step}")
    facts = gradient(whole.names["a"], whole.names, whole.place_of, whole.names["y"])
    factor = sum(_along(path) for path in _products(facts))
    ends = [session_of(f"{start}a = torch.tensor([0.45, 1.2]) + {side * 1e-6}\ny = {step}").names["y"]._array for side in (-1, 1)]
    assert np.allclose(factor, (ends[1] - ends[0]) / 2e-6, rtol=1e-5, atol=1e-8)


def _products(facts: Gradient) -> list[list[Any]]:
    """The local derivatives along each path, when every step has one: the chain rule, done from what is told alone."""
    by_label = {turn.label: turn for turn in facts.steps}
    found: list[list[Any]] = []
    todo: list[tuple[Any, list[Any]]] = [(facts.steps[0], [])]
    while todo:
        turn, factors = todo.pop()
        for local in turn.inputs:
            assert local.derivative is not None, f"{turn.title} has no derivative by element"
            along = [*factors, np.array(local.derivative.values)]
            if local.to == facts.name:
                found.append(along)
            else:
                todo.append((by_label[local.to], along))
    return found


def _along(factors: list[Any]) -> Any:
    return np.prod(np.stack(factors), axis=0)
