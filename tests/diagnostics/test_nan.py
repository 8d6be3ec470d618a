"""The first operator that makes a NaN or an infinity, in programs where IEEE arithmetic says which it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorsh import Session, TensorshError
from tensorsh.diagnostics.nan import Finder, Found
from tensorsh.diagnostics.nan_advice import BACKWARD, FORWARD
from tensorsh.display.nan import NOTHING, found_text
from tensorsh.display.screen import Screen
from tensorsh.ops.registry import overloads
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
    # 2-byte floats are computed with in float32, and what is kept is too large for them
    ("x = torch.tensor([300., 2.], dtype=torch.float16)\ny = x * x", [("mul", "inf", 2, (0,), "", [300.0, 300.0])]),
    ("x = torch.tensor([300., 2.], dtype=torch.float16)\nx *= x", [("mul_", "inf", 2, (0,), "", [300.0, 300.0])]),
    ("x = torch.tensor([3e38, 2.], dtype=torch.bfloat16)\ny = x * 2", [("mul", "inf", 2, (0,), "", [3.00406e38, 2.0])]),
    ("x = torch.ones(2)\nx *= torch.tensor(1e300, dtype=torch.float64)", [("mul_", "inf", 2, (0,), "", [1.0, 1e300])]),
    ("x = torch.tensor(70000.)\ny = x.half()", [("to", "inf", 2, (), "", [None])]),
    ("x = torch.tensor([inf, -inf])\ny = x - x", [("sub", "nan", 2, (0,), "", [float("inf")] * 2)]),
    ("x = torch.tensor([3e38])\nx.mul_(10)\nx.sub_(x)", [("mul_", "inf", 2, (0,), "", [3e38, 10.0]), ("sub_", "nan", 3, (0,), "", [float("inf")] * 2)]),
    ("x = torch.full((2, 2), float('-inf'))\ny = x.softmax(1)", [("softmax", "nan", 2, (0, 0), "", [None])]),
    ("x = torch.tensor([1.0000001])\ny = x.acos()", [("acos", "nan", 2, (0,), "", [1.0000001])]),
]


@pytest.mark.parametrize(("source", "origins"), CASES)
def test_origin(source: str, origins: list[Any]) -> None:
    found = [
        (one.operator, one.value, one.place.line if one.place else None, one.index, one.node, [op.element for op in one.operands])
        for one in finder_of(source).found.origins
    ]
    assert found == origins


INNOCENT = [
    "x = torch.ones(2).log()",
    "x = torch.tensor([float('inf')]) + 1",
    "x = torch.zeros(2, 2).masked_fill(torch.eye(2) > 0, float('-inf')).softmax(1)",
    "x = torch.ones(2) * float('inf')",
    "x = torch.arange(3) * 5",
    "w = torch.zeros(2, requires_grad=True); w.norm().backward()",  # its formula divides 0 by 0, and masks that
]


@pytest.mark.parametrize("source", INNOCENT)
def test_what_is_passed_on_or_asked_for_is_nobodys_fault(source: str) -> None:
    finder = finder_of(source)
    assert finder.found == Found((), None) and found_text(finder.found) == NOTHING


def test_operands_of_a_write_are_told_as_they_were() -> None:
    [origin] = finder_of("x = torch.tensor([4., 0.])\nx.log_()").found.origins
    assert origin.operands[0].numbers.values == [4.0, 0.0] and origin.operands[0].name == "x"


def test_a_backward_pass_tells_both_lines() -> None:
    [origin] = finder_of("x = torch.tensor(0., requires_grad=True)\ny = x.sqrt()\nz = y * 1\nz.backward()").found.origins
    assert origin.place and origin.node_place and (origin.node_place.line, origin.place.line) == (2, 4)


def test_an_error_leaves_the_finder_usable() -> None:
    session = Session()
    finder = Finder(session.names, session.place_of)
    with watch(finder, session.state):
        session.run("try:\n    torch.ones(2) + torch.ones(3)\nexcept RuntimeError: pass\ny = torch.zeros(1).log()")
    assert [one.operator for one in finder.found.origins] == ["log"]


def test_a_nan_that_was_there_before() -> None:
    found = finder_of("x = torch.tensor([1., float('nan')])\ny = (x * 2).log()").found
    given = found.given
    assert found.origins == () and given is not None and given.place is not None
    assert (given.operator, given.operand.name, given.index, given.count, given.place.line) == ("mul", "x", (1,), 1, 2)
    assert "x holds one at element [1] when it comes to mul at line 2: y = (x * 2).log()" in found_text(found).replace("\n  ", " ")
    assert finder_of("x = torch.zeros(2).log()\ny = (x * 0) + 1").found.given is None


# what a program runs into, words of the answer: why, and what helps
ADVICE = [
    ("p = torch.tensor([0.5, 0.]); y = (p * p.log()).sum()", "torch.special.xlogy(p, p) is 0 at 0"),
    ("x = torch.tensor([-1e-9]); y = x.sqrt()", "x.clamp(min=0)"),
    ("a = torch.zeros(2); y = a / a", "0/0 has no value. Keep the divisor away from 0"),
    ("x = torch.ones(3); y = (x - x.mean()) / x.std()", "0/0 has no value"),
    ("v = torch.zeros(3); y = v / v.norm()", "0/0 has no value"),
    ("a = torch.zeros(2); y = 1 / a", "1/0 is inf"),
    ("z = torch.tensor([1000., 1.]); e = z.exp(); y = e / e.sum()", "Subtract the maximum first, as torch.softmax"),
    ("z = torch.tensor([12.]).half(); y = z.exp()", "exp is larger than float16 holds from 11.09 on"),
    ("x = torch.tensor([5.]); y = x.std()", "n - 1, which is 0 for one element"),
    ("x = torch.tensor([-8.]); y = x ** (1 / 3)", "no real power"),
    ("y = torch.zeros(0).mean()", "no mean of no elements"),
    ("x = torch.full((2, 2), 1e30); y = x @ x", "larger than float32 holds (3.4e38)"),
    ("a = torch.tensor([1e38]); y = a * 100 - a * 100", "inf - inf has no value"),
    ("x = torch.zeros(3, requires_grad=True); (x * x).sum().sqrt().backward()", "as in (x + 1e-8).sqrt()"),
    ("x = torch.zeros(3, requires_grad=True); (x * x).sum().sqrt().backward()", "0 · inf has no value"),
    ("x = torch.tensor([0., 4.], requires_grad=True); torch.where(x > 0, x.sqrt(), 0.).sum().backward()", "hide a value, not its derivative"),
    ("x = torch.tensor([0., 4.], requires_grad=True); torch.where(x > 0, x.log(), 0.).sum().backward()", "torch.where(x > 0, x, 1).log()"),
    ("x = torch.zeros(2, requires_grad=True); (x ** 0.5).sum().backward()", "no finite slope at 0"),
]


@pytest.mark.filterwarnings("ignore:std")
@pytest.mark.parametrize(("source", "words"), ADVICE)
def test_advice(source: str, words: str) -> None:
    assert words in found_text(finder_of(source).found, Screen(1000))


# advice, and the program that follows it
HELPS = [
    ("p.clamp(min=1e-8).log()", "p = torch.tensor([0., 1.], requires_grad=True)", "(p * p.clamp(min=1e-8).log()).sum()"),
    ("torch.special.xlogy(p, p)", "p = torch.tensor([0., 1.])", "torch.special.xlogy(p, p).sum()"),
    ("(x + 1e-8).sqrt()", "x = torch.zeros(3, requires_grad=True)", "((x * x).sum() + 1e-8).sqrt()"),
    ("where", "x = torch.tensor([0., 4.], requires_grad=True)", "torch.where(x > 0, torch.where(x > 0, x, 1).log(), 0).sum()"),
    ("a / (b + 1e-8)", "a = torch.zeros(2, requires_grad=True)", "(a / (a + 1e-8)).sum()"),
    ("softmax", "z = torch.tensor([1000., 1.], requires_grad=True)", "torch.softmax(z, 0)[0]"),
    ("correction=0", "x = torch.tensor([5.], requires_grad=True)", "x.std(correction=0)"),
    ("clamp(-1, 1)", "x = torch.tensor([1.0000001])", "x.clamp(-1, 1).acos().sum()"),
    ("clamp inside", "x = torch.tensor([1.], requires_grad=True)", "x.clamp(-1 + 1e-6, 1 - 1e-6).acos().sum()"),
    ("(x + 1e-8) ** 0.5", "x = torch.zeros(2, requires_grad=True)", "((x + 1e-8) ** 0.5).sum()"),
    ("logit(eps)", "x = torch.tensor([0., 1.])", "x.logit(eps=1e-6).sum()"),
]


@pytest.mark.parametrize(("what", "given", "result"), HELPS, ids=[row[0] for row in HELPS])
def test_what_is_advised_helps(what: str, given: str, result: str) -> None:
    found = finder_of(f"{given}\ny = {result}\nif y.requires_grad: y.backward()").found
    assert found == Found((), None)


@pytest.mark.parametrize("name", sorted({name for row in FORWARD for name in row.operators.split()}))
def test_advice_speaks_of_operators_that_there_are(name: str) -> None:
    assert overloads(name) or overloads(f"linalg_{name}") or name in ("half", "float", "linear", "linalg_vector_norm")


@pytest.mark.parametrize("title", sorted({name for row in BACKWARD for name in row.operators.split()}))
def test_advice_speaks_of_nodes_that_there_are(title: str) -> None:
    assert overloads(title.removesuffix("Backward0").lower())


def test_what_was_found_comes_before_the_error_that_it_led_to() -> None:
    session = Session(seed=0)
    with pytest.raises(TensorshError, match="probability tensor contains") as caught:
        session.run("find_nan(lambda: torch.multinomial(torch.zeros(2) / 0, 1))")
    assert caught.value.output.startswith("div made the first nan at line 1")
    with pytest.raises(TensorshError) as caught:
        session.run("find_nan(lambda: 1 / 0)")
    assert caught.value.output == ""


OPERATORS = [
    "{a} * {b}", "{a} + {b}", "{a} - {b}", "{a} / {b}", "{a}.exp()", "{a}.log()", "{a}.sqrt()", "{a} ** 3", "{a}.reciprocal()", "{a} @ {b}",
    "{a}.sum() * {b}", "{a}.softmax(0)", "{a}.cumsum(0)", "{a}.mean() + {b}", "{a}.half().float()", "{a}.square()", "{a}.tanh()", "{a}.relu()",
]  # fmt: skip
VALUES = st.sampled_from([0.0, 1.0, -1.0, 3e38, -3e38, 1e-40, 100.0, float("inf"), float("nan"), 70000.0])


@settings(max_examples=150, deadline=None)
@given(st.lists(VALUES, min_size=4, max_size=4), st.lists(st.tuples(st.sampled_from(OPERATORS), st.integers(0, 99), st.integers(0, 99)), max_size=6))
def test_the_first_line_is_found(values: list[float], choices: list[tuple[str, int, int]]) -> None:
    """Line by line, by what stands in the variables before and after: which first has an infinity of finite numbers, or a NaN of none."""
    lines = [f"v0 = torch.tensor({values}).view(2, 2)".replace("nan", "float('nan')").replace("inf", "float('inf')"), "v1 = v0.t().clone()"]
    reads: list[list[int]] = [[], [0]]
    for operator, a, b in choices:
        at = len(lines)
        lines.append(f"v{at} = " + operator.format(a=f"v{a % at}", b=f"v{b % at}"))
        reads.append([a % at, *([b % at] if "{b}" in operator else [])])
    session = Session()
    finder = Finder(session.names, session.place_of)
    with watch(finder, session.state):
        session.run("\n".join(lines))
    arrays = [session.names[f"v{at}"]._array for at in range(len(lines))]
    infinite = [at for at, used in enumerate(reads) if at and np.isinf(arrays[at]).any() and not any(_bad(arrays[one]) for one in used)]
    undefined = [at for at, used in enumerate(reads) if at and np.isnan(arrays[at]).any() and not any(np.isnan(arrays[one]).any() for one in used)]
    made = {one.value == "nan": one.place.line - 1 if one.place else None for one in finder.found.origins}
    # A line may hold two operators, the second of which makes a NaN of the infinity that the first made.
    if made.get(True) is not None or undefined:
        assert made.get(True) == min(undefined), lines
    if infinite and not np.isnan(arrays[infinite[0]]).any():  # a result with both is told for its NaN
        assert made.get(False) is not None and made[False] <= infinite[0], lines
    if not undefined and np.isnan(arrays[0]).any() and any(0 in used for used in reads[2:]):
        assert finder.found.given is not None


def _bad(array: Any) -> bool:
    return not np.isfinite(array).all()
