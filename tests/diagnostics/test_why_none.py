"""Why a tensor has no gradient: each way in which a gradient stops, and the line that it stops in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorsh import Session, TensorshError, torch
from tensorsh.diagnostics.why_none import WhyNone, why_none
from tensorsh.display.screen import Screen
from tensorsh.display.why_none import why_none_text
from tensorsh.language.reading import SourceReading

LEAVES = "x, w = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)\n"


def facts_of(source: str, name: str) -> WhyNone:
    session = Session()
    session.run(LEAVES + source)
    return why_none(session.names[name], session.names, session.place_of, session.state.cuts, SourceReading(session.sources))


# source (from line 2), of which tensor, the reason
REASONS = [
    ("x.sum().backward()", "x", "has"),
    ("(-x).relu().sum().backward()", "x", "zero"),
    ("x.round().sum().backward()", "x", "zero"),
    ("a = torch.arange(2)", "a", "integer"),
    ("a = x > 0", "a", "stopped"),
    ("a = torch.zeros(2)", "a", "plain"),
    ("a = torch.zeros(2) + 1", "a", "plain"),
    ("y = x * 2\ny.sum().backward()", "y", "not a leaf"),
    ("y = x[0]", "y", "not a leaf"),
    ("y = x.sum()", "x", "no backward"),
    ("y = (x * x).sum()\ny.backward()\nx.grad = None", "x", "used up"),
    ("y = (x * x).sum()\ng = torch.autograd.grad(y, x)", "x", "used up"),
    ("y = w.sum()\ny.backward()", "x", "unused"),
    ("x.sum()", "x", "unused"),
    ("y = x.detach()", "x", "cut off"),
    ("y = x.detach()", "y", "stopped"),
]


REASONS += [
    ("a = w + 1\nloss = (a * 2).sum()\nloss.backward()", "x", "unused"),
    ("x.requires_grad_(False)", "x", "switched off"),
    ("x.requires_grad = False", "x", "switched off"),
    ("a = torch.ones(2)\nb = (a * 2).sum()\na.requires_grad_()", "a", "late"),
    ("a = torch.ones(2)\nb = (a * 2).sum()\na.requires_grad = True", "a", "late"),
    ("a = torch.ones(2)\na.requires_grad_()\nb = a.shape", "a", "unused"),
    ("with torch.no_grad(): h = x * 2\ny = (x * 3).sum()", "x", "no backward"),  # h has nothing to do with y
    ("z = x.sum()\nprint(z.item())\ntotal = 0\ntotal += z.item()\nif z > 1: z2 = z", "x", "no backward"),
    ("y = (x * (x > 0)).sum()\nw.sum().backward()", "x", "no backward"),
    # What operators do within themselves
    ("h = x * 2\nh.relu_()\ny = torch.nn.functional.dropout(h).sum()\nw.sum().backward()", "x", "no backward"),
    ("c = torch.ones(2)\nd = torch.nn.functional.dropout(c)", "d", "plain"),
]


@pytest.mark.parametrize(("source", "name", "reason"), REASONS)
def test_reason(source: str, name: str, reason: str) -> None:
    assert facts_of(source, name).reason == reason


# source (from line 2), of which tensor, (kind, name of what was made, line) of each stop
STOPS = [
    ("y = x * 2\nz = y.detach() * 3\nloss = (z * w).sum()\nloss.backward()", "x", [("detach", "", 3)]),
    ("loss = ((x * 2).detach() * w).sum()\nloss.backward()", "x", [("detach", "", 2)]),
    ("with torch.no_grad():\n    h = x * 2\nloss = (h * w).sum()", "x", [("no_grad", "h", 3)]),
    ("with torch.no_grad():\n    h = x * 2", "h", [("no_grad", "h", 3)]),
    ("with torch.no_grad():\n    (x * 2).sum()\n    y = w", "x", [("no_grad", "", 3)]),
    ("@torch.no_grad()\ndef f(a):\n    return a * 2\nh = f(x)", "h", [("no_grad", "h", 4)]),
    ("i = x.long()\nf = i.float()\nloss = (f * w).sum()", "x", [("integer", "i", 2)]),
    ("i = x.long()\nf = i.float()\nloss = (f * w).sum()", "f", [("integer", "i", 2)]),
    ("d = x.data\nloss = (d * w).sum()", "x", [("data", "d", 2)]),
    ("t = x.detach().clone() + 1", "t", [("detach", "t", 2)]),
    ("def f(a):\n    return a.detach()\nq = f(x)\nloss = (q * w).sum()", "x", [("detach", "q", 3)]),
    ("p = x.detach(); q = w.detach()", "x", [("detach", "p", 2)]),
    ("with torch.no_grad():\n    loss = (x * 2).sum()", "loss", [("no_grad", "loss", 3)]),
    ("torch.set_grad_enabled(False)\nloss = (x * 2).sum()", "loss", [("no_grad", "loss", 3)]),
    ("with torch.inference_mode():\n    h = x * 2", "x", [("inference", "h", 3)]),
    ("with torch.no_grad():\n    b = torch.zeros(2)\n    b.add_(x)", "b", [("no_grad", "b", 4)]),
    ("y = x * 2\nz = torch.tensor(y, requires_grad=True)\nz.sum().backward()", "x", [("copy", "", 3)]),
    ("z = torch.tensor([x[0], x[1]], requires_grad=True)", "x", [("item", "", 2)]),
    ("z = torch.zeros(2)\nz[0] = x[0].item()", "x", [("item", "", 3)]),
    ("a = float(x.sum())\nloss = w.sum() * a\nloss.backward()", "x", [("item", "", 2)]),
    ("v = torch.tensor(x.tolist(), requires_grad=True)", "x", [("item", "", 2)]),
    ("p = x.argmax()\nloss = (p * 1.0).sum()", "loss", [("integer", "p", 2)]),
    ("acc = (x > 0).float().mean()", "acc", [("integer", "acc", 2)]),
    ("p = x.argsort()", "x", [("integer", "", 2)]),
    ("def net(a):\n    h = a * 2\n    return h.detach().sum()\nloss = net(x)", "loss", [("detach", "", 4)]),
    ("def inner(a): return a.data\ndef net(a): return inner(a) * 2\nloss = net(x).sum()", "loss", [("data", "", 2)]),
]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(("source", "name", "stops"), STOPS)
def test_the_line_where_it_stops(source: str, name: str, stops: list[tuple[str, str, int]]) -> None:
    facts = facts_of(source, name)
    assert [(stop.kind, stop.result, stop.place.line if stop.place else None) for stop in facts.stops] == stops
    assert f"line {stops[0][2]}" in why_none_text(facts)


def test_the_chain_of_what_was_made_from_it() -> None:
    assert facts_of("a = x.data\nb = a * 2\nc = b + 1", "c").chain == ("c", "b", "a")


def test_an_update_of_a_leaf_is_not_what_stopped_its_gradient() -> None:
    facts = facts_of("y = (x * x).sum()\ny.backward()\nwith torch.no_grad(): x -= 0.1 * x.grad\nx.grad = None", "x")
    assert facts.reason == "used up" and facts.stops == ()


def test_looking_changes_nothing() -> None:
    session = Session()
    session.run(LEAVES + "y = x.detach()\nz = x * 2\nv = z[0]\nz.add_(1)")
    names = session.names
    before = {name: (t._grad_fn, t._storage, t._view, t._meta) for name, t in names.items() if hasattr(t, "_array")}
    for name in before:
        why_none(names[name], names, session.place_of, session.state.cuts, SourceReading(session.sources))
    assert {name: (t._grad_fn, t._storage, t._view, t._meta) for name, t in names.items() if name in before} == before


# source (from line 2), of which tensor, what the answer says
TEXTS = [
    ("loss = x.sum()\nloss.backward()\nx = x - 0.1 * x.grad", "x", "Update the parameter in place, under torch.no_grad(): x -= 0.1 * x.grad"),
    ("x.sum().backward()\nwith torch.no_grad():\n    x = x - 0.1 * x.grad", "x", "gave its name to a new tensor, and torch.no_grad()"),
    ("x = x.double()", "x", "the leaf that it was made from, which has no name any more."),
    ("a = torch.ones(2, requires_grad=True) * 0.01", "a", "which has no name.\nTo make a a leaf, write a = a.detach().requires_grad_() after"),
    ("h = x + w\nloss = w.sum()\nloss.backward()", "x", "no backward pass has gone through it: loss (line 3), where one began, was not computed from x."),
    ("h = x + w\nloss = w.sum()\nloss.backward()", "x", "Compute loss from h, or call"),
    ("loss = w.sum()\nloss.backward()", "x", "but loss (line 2), where a backward pass began, was not computed from it"),
    ("y = x * 2\nz = x * 3", "x", "z (line 3) and y (line 2) depend on x, but no backward pass has gone through them."),
    ("y = x * 2\nz = x.sum()", "x", "Call z.backward()."),
    ("y = x * 2", "x", "as y.sum().backward()."),
    ("y = [x * i for i in range(9)]", "x", "y[8] (line 2), y[7] (line 2), y[6] (line 2) and 6 others depend"),
    ("x.sum().backward()\nx.grad = None\ny = (x * x).sum()\ny.backward()\nx.grad = None", "x", "It was set to None at line 6, `x.grad = None`."),
    ("a = torch.ones(2); b = torch.ones(2)\nc = a * b", "c", "it was computed from a and b at line 3, `c = a * b`, none of which requires one."),
    ("x.requires_grad_(False)", "x", "requires_grad was set to False at line 2"),
    ("a = torch.ones(2)\nb = (a * 2).sum()\na.requires_grad_()", "a", "b (line 3) was computed from a before it required a gradient, which it does since line 4"),
]


@pytest.mark.parametrize(("source", "name", "words"), TEXTS)
def test_text(source: str, name: str, words: str) -> None:
    assert words in why_none_text(facts_of(source, name), Screen(1000))


def test_what_it_says_to_write_gives_a_gradient() -> None:
    session = Session()
    session.run(LEAVES + "a = x * 0.5\na = a.detach().requires_grad_()\n(a * 2).sum().backward()")
    assert session.run("a.grad") == "tensor([2., 2.])\n"
    session.run("with torch.no_grad():\n    a -= 0.1 * a.grad\na.grad = None\n(a * 2).sum().backward()")
    assert session.run("a.is_leaf, a.grad") == "(True, tensor([2., 2.]))\n"


def test_many_names_and_a_large_graph_take_no_long_time() -> None:
    facts = facts_of("y = x\nlosses = []\nfor i in range(20000):\n    y = y * 1.0\n    losses.append(y.sum())", "x")
    assert facts.reason == "no backward" and len(facts.results) == 1001  # y, and as many items of lists as are looked at


LINES = [
    "{new} = {a} * 2", "{new} = {a} * {b}", "{new} = {a}.detach()", "{new} = {a}.data", "{new} = ({a} > 0).float()", "{new} = {a}.sum() * {b}",
    "{new} = torch.tensor({a}.tolist(), requires_grad=True)", "with torch.no_grad(): {new} = {a} + {b}", "{new} = {a}.exp()[0] + {b}",
    "{new} = {a}.detach() * {b}", "{new} = f({a}) + {b}", "{a}.sum().backward(retain_graph=True)", "x.grad = None", "{new} = {a}.view(2)", "{new} = {a}.sum().item() * {b}",
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(LINES), st.integers(0, 99), st.integers(0, 99)), max_size=8))
def test_what_is_said_holds(choices: list[tuple[str, int, int]]) -> None:
    session = Session()
    session.run(LEAVES + "def f(a):\n    return a.detach() * 3")
    names = ["x", "w"]
    for line, a, b in choices:
        new = f"v{len(names)}"
        try:
            session.run(line.format(new=new, a=names[a % len(names)], b=names[b % len(names)]))
        except TensorshError:
            continue
        if "{new}" in line:
            names.append(new)
    tensors = {name: session.names[name] for name in names}
    for tensor in tensors.values():
        facts = why_none(tensor, session.names, session.place_of, session.state.cuts, SourceReading(session.sources))
        assert why_none_text(facts)
        assert (facts.reason in ("has", "zero")) == (tensor._meta is not None and tensor._meta.grad is not None)
        assert (facts.reason in ("stopped", "plain", "integer")) == (not tensor.requires_grad and facts.reason != "has")
        assert (facts.reason == "not a leaf") == (tensor.requires_grad and not tensor.is_leaf and facts.reason not in ("has", "zero"))
        assert facts.reason != "plain"  # everything here comes from what requires a gradient
        if facts.reason == "stopped":
            assert facts.stops[0].place is not None
        if facts.reason not in ("no backward", "cut off", "unused", "late"):
            continue
        reached = [
            other for other, one in tensors.items()
            if one is not tensor and one.requires_grad and torch.autograd.grad(one.sum(), tensor, retain_graph=True, allow_unused=True)[0] is not None
        ]  # fmt: skip
        # The results that are told are those that depend on it and on which nothing else depends; there are some if any does.
        assert {one.name for one in facts.results} <= set(reached) and bool(facts.results) == bool(reached)
