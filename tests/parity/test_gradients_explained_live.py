"""Random programs, run here and in an installed PyTorch: what is said of their gradients and graphs is what PyTorch computes, the gradient
that a write through `.data` makes wrong and the right one included.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tensorsh import Session, TensorshError
from tensorsh.diagnostics.blame import WrongGradient, stale
from tensorsh.diagnostics.gradient import gradient
from tensorsh.diagnostics.graph import graph
from tests.diagnostics.programs import ELEMENTWISE, MIXING, X0, program

real = pytest.importorskip("torch")

FIRST = f"torch.set_default_dtype(torch.float64)\nx = torch.tensor({X0}, requires_grad=True)\n"
PROGRAMS = st.lists(st.sampled_from(ELEMENTWISE + MIXING), min_size=1, max_size=6)


@pytest.fixture(autouse=True)
def _default_dtype() -> Any:
    yield
    real.set_default_dtype(real.float32)


def theirs(source: str) -> dict[str, Any]:
    names: dict[str, Any] = {"torch": real}
    exec(source, names)
    return names


def kept(steps: list[str]) -> str:
    """A program that gives every value a name of its own and keeps its gradient."""
    lines = []
    for number, line in enumerate(program(steps).splitlines()[1:-1]):
        name, _, value = line.partition(" = ")
        lines += [f"{name} = {value}", f"v{number} = {name}", f"v{number}.retain_grad() if v{number}.requires_grad and not v{number}.is_leaf else None"]
    return "\n".join([program(steps).splitlines()[0], *lines, "loss = (a * b).sum()"])


@settings(max_examples=100, deadline=None)
@given(PROGRAMS)
def test_what_arrives_at_each_step_is_the_gradient_there(steps: list[str]) -> None:
    source = FIRST + kept(steps)
    other = theirs(source)
    other["loss"].backward()
    session = Session()
    session.run(source)
    names = session.names
    facts = gradient(names["x"], names, session.place_of, names["loss"])
    expected = other["x"].grad.numpy()
    assume(np.abs(expected).max() < 1e30)
    assert facts.gradient is not None
    np.testing.assert_allclose(facts.gradient.values, expected, rtol=1e-8, atol=1e-11)
    for turn in facts.steps:
        name = turn.name.split(", ")[0]
        if name not in other or len(turn.arrived) != 1 or turn.arrived[0] is None:
            continue
        grad = other[name].grad
        if name.startswith("v") and grad is not None and names[name]._grad_fn is names[name].grad_fn:
            np.testing.assert_allclose(turn.arrived[0].values, grad.numpy(), rtol=1e-8, atol=1e-11, err_msg=f"{name} in {source}")


NODES = [step for step in ELEMENTWISE + MIXING if "einsum" not in step and ".T.reshape" not in step]  # they have `ReshapeAliasBackward0` there


@pytest.mark.parametrize("step", NODES)
def test_the_graph_has_the_nodes_of_pytorch(step: str) -> None:
    source = FIRST + program([step, "a - b", step])
    node = theirs(source)["loss"].grad_fn
    session = Session()
    session.run(source)
    facts = graph(session.names["loss"])  # without names nothing but a long row of nodes is folded
    by_number = {one.number: one for one in facts.nodes}
    todo = [(by_number[1], node)]
    seen = set()
    while todo:
        mine, other = todo.pop()
        if mine.number in seen:
            continue
        seen.add(mine.number)
        assert mine.title == other.name().removeprefix("torch::autograd::"), source
        targets = [one for one, _ in other.next_functions]
        assert len(mine.inputs) >= sum(target is not None for target in targets)
        for one, target in zip(mine.inputs, targets, strict=False):
            passed = sum(count for _, count in one.folded)
            for _ in range(passed):
                target = next(found for found, _ in target.next_functions if found is not None)
            assert (one.node is None) == (target is None), source
            if one.node is not None:
                todo.append((by_number[one.node], target))
    assert not facts.cut and len(seen) == len(facts.nodes)


DATA_WRITES = ["x.data.mul_(2)", "x.data[1] = 3.5", "x.data.add_(torch.arange(4.))", "h.data.mul_(0.5)", "h.data.zero_()", "h.data[0, 1] += 1"]
AFTER = ["(h * h).sum()", "h.exp().sum()", "(h.tanh() * x.view(2, 2)).sum()", "(h @ h).sum()", "h.softmax(1)[0, 0]", "(h ** 3).sum()", "h.prod()", "(h * 2).sum()", "h.norm()"]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(ELEMENTWISE + MIXING), st.sampled_from(AFTER), st.lists(st.sampled_from(DATA_WRITES), min_size=1, max_size=3))
def test_data_written_while_saved(step: str, after: str, writes: list[str]) -> None:
    """Both gradients that the warning has are PyTorch's: with the writes, and without."""
    forward = f"{FIRST}a, b = x.view(2, 2) * 0.7 + 0.2, x.view(2, 2).flip(1) * 0.6 - 0.1\nh = ({step}) * 1\nz = {after}\n"
    with_writes, without = theirs(forward + "\n".join(writes)), theirs(forward)
    without["z"].backward()
    right = without["x"].grad.numpy()
    with_writes["z"].backward()
    wrong = with_writes["x"].grad.numpy()
    session = Session()
    found: list[Any] = []
    session.state.stale = lambda node, grad, arrived: bool(
        (facts := stale(node, grad, arrived, session.names, session.place_of)) is not None and not found.append(facts)
    )
    session.run(forward + "\n".join(writes) + "\nz.backward()")
    np.testing.assert_allclose(session.names["x"].grad._array, wrong, rtol=1e-8, atol=1e-11)
    differ = not np.allclose(right, wrong, rtol=1e-9, atol=1e-12)
    if differ:
        assert found, "PyTorch's gradient is wrong and nothing is said"
    if found:
        [leaf] = found[0].leaves
        np.testing.assert_allclose(leaf.added.values, wrong, rtol=1e-8, atol=1e-11)
        np.testing.assert_allclose(leaf.right.values, right, rtol=1e-8, atol=1e-11)


WRITES = ["h.add_(1)", "h[0] = 2", "h.t().mul_(2)", "h.detach().zero_()", "with torch.no_grad(): x.mul_(2)", "h = h + 1", "h.data.zero_()"]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(ELEMENTWISE + MIXING), st.sampled_from(AFTER), st.sampled_from(WRITES))
def test_a_version_error_comes_where_pytorch_has_one_and_is_explained(step: str, after: str, write: str) -> None:
    source = f"{FIRST}a, b = x.view(2, 2) * 0.7 + 0.2, x.view(2, 2).flip(1) * 0.6 - 0.1\nh = ({step}) * 1\nz = {after}\n{write}\nz.backward()"
    expected = ""
    try:
        theirs(source)
    except RuntimeError as error:
        expected = str(error)
    session = Session()
    said = ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WrongGradient)
        try:
            session.run(source)
        except TensorshError as error:
            said, failure = str(error), error.failure
            assert any("was written to after it was saved" in hint.text for hint in failure.hints), source
            assert any(write.removeprefix("with torch.no_grad(): ") in hint.text and "line 6" in hint.text for hint in failure.hints), source
    assert said == expected, source
