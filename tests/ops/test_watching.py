"""Watching operators: what an observer hears, and that it leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tensorsh import Session, torch
from tensorsh.ops import indexing, registry
from tensorsh.ops.watching import Call, Observer, _watch_wrapper, watch
from tensorsh.runtime import autograd, creation, state
from tensorsh.runtime.storage import Storage
from tensorsh.runtime.tensor import Tensor


class Recorder(Observer):
    """Keeps what it hears as lines of text, with the depth as indentation."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.calls: list[tuple[Call, Any]] = []

    def begin(self, call: Call) -> None:
        self.lines.append("  " * call.depth + call.name)

    def end(self, call: Call, result: Any, seconds: float) -> None:
        assert seconds >= 0
        self.calls.append((call, result))

    def failed(self, call: Call, error: BaseException) -> None:
        self.lines.append("  " * call.depth + f"{call.name} failed: {type(error).__name__}")

    def wrote(self, storage: Storage, operator: str, where: Any) -> None:
        self.lines.append(f"wrote by {operator}, version {storage.version}")


def heard(program: Callable[[], Any]) -> Recorder:
    recorder = Recorder()
    with watch(recorder):
        program()
    return recorder


x = torch.arange(6.0).view(2, 3)
PROGRAMS: list[tuple[str, Callable[[], Any], list[str]]] = [
    ("an operator", lambda: torch.add(x, 1), ["add"]),
    ("Python's operator", lambda: x * 2, ["mul"]),
    ("a method", lambda: x.exp(), ["exp"]),
    ("a view", lambda: x.t(), ["t"]),
    ("a composite", lambda: x.flatten(), ["flatten", "  reshape", "    view"]),
    ("a factory", lambda: torch.zeros(2), ["zeros"]),
    ("in place", lambda: torch.ones(2).mul_(2), ["ones", "mul_", "wrote by mul, version 1"]),
    ("an index", lambda: x[0], ["select"]),
    ("a slice", lambda: x[:, 1:], ["[]"]),
    ("an error", lambda: pytest.raises(RuntimeError, lambda: x + torch.ones(2)), ["ones", "add", "add failed: ValueError"]),
]


@pytest.mark.parametrize(("program", "lines"), [p[1:] for p in PROGRAMS], ids=[p[0] for p in PROGRAMS])
def test_what_is_heard(program: Callable[[], Any], lines: list[str]) -> None:
    assert heard(program).lines == lines


def test_what_is_no_operator_is_heard_where_a_script_asks_for_it() -> None:
    session = Session()
    recorder = heard(lambda: session.run("x = torch.tensor([1., 2.])\ny = x.detach()\nz = x.data\na = x.numpy()"))
    assert recorder.lines == ["tensor", "detach", "data", "numpy"]
    w = torch.ones(2, requires_grad=True)
    assert heard(lambda: w.exp()).lines == ["exp"]  # which detaches its result for the graph


def test_backward_is_heard_node_by_node() -> None:
    w = torch.ones(2, requires_grad=True)
    loss = (w * 3).sum()
    lines = heard(loss.backward).lines
    assert [line for line in lines if not line.startswith(" ")][-3:] == ["SumBackward0", "MulBackward0", "AccumulateGrad"]
    assert "  mul" in lines[lines.index("MulBackward0") :]


def test_a_call_holds_the_tensors_themselves_and_the_arrays_that_were_computed_with() -> None:
    whole, real = torch.arange(2), torch.ones(2)
    ((call, result),) = heard(lambda: whole + real).calls
    assert call.arguments["self"] is whole and call.arguments["other"] is real
    assert [array.dtype for array in call.arrays[:2]] == [np.float32, np.float32]
    assert result.tolist() == [1, 2]
    assert call.tensors == [whole, real]
    assert not call.inplace


def test_wrappers_built_before_and_during_watching_are_heard_and_put_back() -> None:
    torch.sinh(x)
    assert heard(lambda: (torch.sinh(x), torch.asinh(x))).lines == ["sinh", "asinh"]
    for wrapper in registry.WRAPPERS:
        assert getattr(wrapper.__globals__["KERNEL"], "__module__", "") != "tensorsh.ops.watching"
    assert _watch_wrapper not in registry.BUILT
    assert autograd.apply_node is None
    for function in (indexing._basic, creation._copied, Storage.wrote, Tensor.detach, Tensor.numpy, Tensor.data.fget):
        assert function.__code__.co_filename.endswith(f"{function.__module__.rpartition('.')[2]}.py"), function


def test_everything_is_put_back_after_an_error() -> None:
    with pytest.raises(RuntimeError), watch(Recorder()):
        x + torch.ones(2)
    assert _watch_wrapper not in registry.BUILT


def test_what_an_observer_computes_is_not_heard() -> None:
    class Computes(Recorder):
        def end(self, call: Call, result: Any, seconds: float) -> None:
            torch.ones(2).sum()

    recorder = Computes()
    with watch(recorder):
        x + 1
    assert recorder.lines == ["add"]


def test_two_may_watch_and_leave_in_any_order() -> None:
    first, second = Recorder(), Recorder()
    one, other = watch(first), watch(second)
    one.__enter__()
    other.__enter__()
    x.exp()
    one.__exit__(None, None, None)
    x.log()
    other.__exit__(None, None, None)
    x.sin()
    assert (first.lines, second.lines) == (["exp"], ["exp", "log"])


def test_only_the_state_asked_for_is_watched() -> None:
    mine, recorder = state.State(), Recorder()
    with watch(recorder, mine):
        x.exp()
        with state.use(mine):
            x.log()
    assert recorder.lines == ["log"]


@pytest.mark.parametrize("name", ["exp", "add"])
def test_results_are_the_same_bits_when_watched(name: str) -> None:
    function = getattr(torch, name)
    arguments = (x,) if name == "exp" else (x, x)
    plain = function(*arguments)
    with watch(Observer()):
        watched = function(*arguments)
    assert torch.equal(plain, watched)
