"""Who wrote to what a derivative needs: the lines and names of a version error, and the gradients that come out wrong in silence."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from tensorsh import Session, TensorshError
from tensorsh.diagnostics.blame import Blame, WrongGradient, log_of, version_error
from tensorsh.display.blame import blame_text, log_text
from tensorsh.language.blaming import source_of_writes
from tensorsh.runtime.storage import FEW_ELEMENTS

X = "x = torch.tensor([1., 2.], requires_grad=True)\n"


def blame_of(source: str) -> tuple[Blame, Session]:
    session = Session()
    with pytest.raises(TensorshError) as caught:
        session.run(X + source)
    error = caught.value.__cause__
    assert error is not None
    facts = version_error(error, session.names, session.place_of, source_of_writes(session.sources))
    assert facts is not None
    return facts, session


CASES = [
    # source (from line 2), saved, saved in line, version then and now, (operator, line, through, relation) of each write
    ("y = x * 2\nz = y * y\ny.add_(1)\nz.sum().backward()", "y", 3, 0, 1, [("add_", 4, "y", "")]),
    ("y = x * 2\nz = y * y\ny += 1\nz.sum().backward()", "y", 3, 0, 1, [("add_", 4, "y", "")]),
    ("y = x * 2\nz = y * y\ny[0] = 1\nz.sum().backward()", "y", 3, 0, 1, [("fill_", 4, "y", "")]),
    ("y = x.exp()\ny -= 1\ny.sum().backward()", "y", 2, 0, 1, [("sub_", 3, "y", "")]),
    ("y = x * 2\nv = y[:1]\nz = y * y\nv.zero_()\nz.sum().backward()", "y", 4, 0, 1, [("zero_", 5, "v", "view")]),
    ("y = x * 2\nv = y[:1]\nz = v * v\ny.zero_()\nz.sum().backward()", "v", 4, 0, 1, [("zero_", 5, "y", "base")]),
    ("y = x * 2\nd = y.detach()\nz = y * y\nd.zero_()\nz.sum().backward()", "y", 4, 0, 1, [("zero_", 5, "d", "detach")]),
    ("z = x * x\nwith torch.no_grad(): x.mul_(2)\nz.sum().backward()", "x", 2, 0, 1, [("mul_", 3, "x", "")]),
    ("y = x * 2\ny.add_(1)\nz = y * y\ny.add_(1); y.mul_(2)\nz.sum().backward()", "y", 4, 1, 3, [("add_", 5, "y", ""), ("mul_", 5, "y", "")]),
    ("def f(a):\n    b = a * 2\n    c = b * b\n    b.zero_()\n    return c\nf(x).sum().backward()", "", 4, 0, 1, [("zero_", 5, "", "")]),
    ("y = x * 2\nz = y.detach() * x\nd = y.detach()\ntorch.add(d, 1, out=d)\nz.sum().backward()", "y", 3, 0, 1, [("add_", 5, "d", "detach")]),
]


@pytest.mark.parametrize(("source", "saved", "line", "version", "now", "writes"), CASES)
def test_version_error(source: str, saved: str, line: int, version: int, now: int, writes: list[Any]) -> None:
    facts, _ = blame_of(source)
    assert facts.place and (facts.saved, facts.place.line, facts.version, facts.now) == (saved, line, version, now)
    found = [(one.operator, one.place.line if one.place else None, one.through, one.relation) for one in facts.writes]
    assert found == writes
    assert f"line {line}" in blame_text(facts)


def test_writes_that_are_forgotten_are_counted() -> None:
    facts, _ = blame_of("y = x * 2\nz = y * y\nfor i in range(20): y.add_(1)\nz.sum().backward()")
    assert facts.forgotten == 4 and len(facts.writes) == 16
    assert "4 older writes not remembered" in blame_text(facts) and "versions 5 to 20" in blame_text(facts)


INSTEAD = [
    # before the write, the write, what to write instead
    ("y = x * 2\nz = (y * y).sum()", "y.add_(1)", "y = y.add(1)"),
    ("y = x * 2\nz = (y * y).sum()", "y *= x - 5", "y = y * (x - 5)"),
    ("y = x * 2\nz = (y * y).sum()", "y.zero_()", "y = torch.zeros_like(y)"),
    ("y = x * 2\nz = (y * y).sum()", "y.fill_(7)", "y = torch.full_like(y, 7)"),
    ("y = x * 2\nz = (y * y).sum()", "y.clamp_(min=3)", "y = y.clamp(min=3)"),
    ("y = x.exp()\nz = y.sum()", "y -= 1", "y = y - 1"),
    ("y = x * 2\nz = (y * y).sum()", "y[0] = 5", ""),
    ("y = x * 2\nv = y[0]\nz = (y * y).sum()", "v.add_(1)", ""),  # what is read as y afterwards would be another
    ("z = (x * x).sum()", "with torch.no_grad(): x += 1", ""),  # x would no longer be the leaf
    ("y = x * 2\nz = (y * y).sum()\ndef scale(t):\n    t.mul_(3)", "scale(y)", ""),  # y would stay as it is
]


@pytest.mark.parametrize(("before", "write", "instead"), INSTEAD)
def test_what_it_says_to_write_works(before: str, write: str, instead: str) -> None:
    facts, _ = blame_of(f"{before}\n{write}\nz.backward()")
    assert facts.instead == instead
    if instead:
        results = []
        for program in (f"{before}\nz.backward()\nwith torch.no_grad(): {write}", f"{before}\n{instead}\nz.backward()"):
            session = Session()
            session.run(X + program)
            results.append((session.names["y"]._array, session.names["x"].grad._array))
        assert np.array_equal(results[0][0], results[1][0]) and np.array_equal(results[0][1], results[1][1])


def test_other_errors_have_no_blame() -> None:
    assert version_error(RuntimeError("one of the variables")) is None


def test_the_drawn_error_says_it() -> None:
    from tensorsh.display.errors import draw_error

    with pytest.raises(TensorshError) as caught:
        Session().run(X + "y = x * 2\nz = y * y\ny.add_(1)\nz.sum().backward()")
    assert "written  line 4: y.add_(1)   by add_, version 1" in draw_error(caught.value)


def test_the_log_has_each_memory_once() -> None:
    session = Session()
    session.run("a = torch.zeros(4); b = a.view(2, 2); c = torch.zeros(1)\nb[0] = 1\na += 1\nc.add_(2)\n")
    log = log_of(session.names, session.place_of, source_of_writes(session.sources))
    assert [(line.names, line.write.version, line.write.through) for line in log] == [
        (("a", "b"), 1, "b"),
        (("a", "b"), 2, "a"),
        (("c",), 1, "c"),
    ]


def test_the_log_has_writes_through_data() -> None:
    session = Session()
    session.run("a = torch.zeros(2)\na += 1\na.data.mul_(2)\nd = a.data\nd[0] = 5\na += 2\n")
    log = log_of(session.names, session.place_of, source_of_writes(session.sources))
    assert [(line.names, line.write.version, line.write.through, line.write.relation, line.write.place.line) for line in log if line.write.place] == [
        (("a", "d"), 1, "a", "", 2),
        (("a", "d"), 0, "a", "data", 3),
        (("a", "d"), 0, "d", "data", 5),
        (("a", "d"), 2, "a", "", 6),
    ]
    assert [line.split()[2:5] for line in log_text(log).splitlines()[1:]] == [
        ["1", "add_", "a"], ["mul_", "a.data", "line"], ["fill_", "d", "line"], ["2", "add_", "a"],
    ]  # fmt: skip


# --- through .data ------------------------------------------------------------------------------------------------------

# forward, the write, whether the gradient comes out wrong
SILENT = [
    ("z = (x ** 2).sum()", "x.data.mul_(10)", True),
    ("z = (x * x.exp()).sum()", "x.data[0] = 7", True),
    ("y = x.sigmoid(); z = y.sum()", "y.data.fill_(0.5)", True),
    ("d = x.data; z = (x ** 3).sum()", "d += 1", True),
    ("d = x.data; d += 1; z = (x ** 3).sum()", "d += 1", True),
    ("a, b = x[0], x[1]; z = a * b", "x.data.zero_()", True),
    ("z = (x * 2).sum()", "x.data.mul_(10)", False),  # no derivative needs x
    ("z = (x ** 2).sum(); x.data", "pass", False),
    ("x.data.mul_(10); z = (x ** 2).sum()", "pass", False),
    ("z = (x ** 2).sum(); other = torch.ones(2)", "other.data.mul_(10)", False),
    ("z = (x ** 2).sum()", "x.data.mul_(1)", False),  # the numbers stay
]


@pytest.mark.parametrize(("forward", "write", "wrong"), SILENT)
def test_data_written_while_saved(forward: str, write: str, wrong: bool) -> None:
    truth = Session()
    truth.run(f"{X}{forward}\nz.backward()")
    right = truth.names["x"].grad._array
    session = Session()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        session.run(f"{X}{forward}\n{write}\nz.backward()")
    told = [one for one in told if issubclass(one.category, WrongGradient)]
    added = session.names["x"].grad._array
    assert bool(told) == wrong == (not np.array_equal(added, right))
    if wrong:
        text = str(told[0].message)
        assert f"x.grad gets {_text(added)}; without the write it would get {_text(right)}" in text
        assert f"written  line 3: {write}" in text


def _text(array: Any) -> str:
    from tensorsh.diagnostics.numbers import numbers
    from tensorsh.display.numbers import numbers_text

    return numbers_text(numbers(array))


# the tensor, what the warning says
LARGE = [
    ("torch.ones(1000)", "x.grad gets 20 in all of [1000]; without the write it would get 2 in all of [1000]\n    they differ everywhere, most at [0]: 20, not 2"),
    ("torch.arange(1000.)", "x.grad gets [1000] from 0 to 1.998e+04; without the write it would get [1000] from 0 to 1998\n"
     "    they differ at 999 of 1,000 elements, most at [999]: 1.998e+04, not 1998"),
    (f"torch.ones({FEW_ELEMENTS + 1})", "through x.data\nWrite before the forward pass"),
]  # fmt: skip


@pytest.mark.parametrize(("tensor", "words"), LARGE)
def test_large_gradients_side_by_side(tensor: str, words: str) -> None:
    with pytest.warns(WrongGradient) as told:
        Session().run(f"x = {tensor}.requires_grad_()\nz = (x ** 2).sum()\nx.data.mul_(10)\nz.backward()")
    assert words in str(told[0].message)


DTYPES = ["float16", "bfloat16", "float32", "float64", "complex64", "complex128"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_data_written_while_saved_in_every_dtype(dtype: str) -> None:
    with pytest.warns(WrongGradient) as told:
        Session().run(
            f"x = torch.tensor([[1., 2.], [3., 4.]], dtype=torch.{dtype}, requires_grad=True)\nz = (x.t()[1] ** 2).abs().sum()\n"
            "x.data.mul_(10)\nz.backward()"
        )
    numbers = "[[0, 40], [0, 80]]; without the write it would get [[0, 4], [0, 8]]"
    assert numbers in str(told[0].message).replace("+0j", "").replace("-0j", "")


def test_a_training_loop_by_data_is_not_warned_of() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Session().run(X + "for i in range(3):\n    loss = (x ** 2).sum()\n    x.grad = None\n    loss.backward()\n    x.data -= 0.1 * x.grad")


def test_hooks_are_called_once() -> None:
    session = Session()
    with pytest.warns(WrongGradient):
        session.run(X + "log = []\ny = x * 1\ny.register_hook(lambda g: log.append(1))\nz = (y ** 2).sum()\ny.data.mul_(2)\nz.backward()")
    assert session.names["log"] == [1]


def test_advice_can_be_switched_off() -> None:
    session = Session()
    session.state.advice = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        session.run(X + "z = (x ** 2).sum()\nx.data.mul_(10)\nz.backward()")
