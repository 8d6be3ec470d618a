"""Why a tensor has no gradient: each way in which a gradient stops, and the line that it stops in."""

from __future__ import annotations

import pytest

from tensorsh import Session
from tensorsh.diagnostics.why_none import WhyNone, why_none
from tensorsh.display.why_none import why_none_text
from tensorsh.language.reading import reading

LEAVES = "x, w = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)\n"


def facts_of(source: str, name: str) -> WhyNone:
    session = Session()
    session.run(LEAVES + source)
    return why_none(session.names[name], session.names, session.place_of, session.state.cuts, reading(session.sources))


# source (from line 2), of which tensor, the reason
REASONS = [
    ("x.sum().backward()", "x", "has"),
    ("a = torch.arange(2)", "a", "integer"),
    ("a = x > 0", "a", "integer"),
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
]


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
        why_none(names[name], names, session.place_of, session.state.cuts, reading(session.sources))
    assert {name: (t._grad_fn, t._storage, t._view, t._meta) for name, t in names.items() if name in before} == before
