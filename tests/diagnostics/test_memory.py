"""The live memory: what keeps it alive, how it is numbered, and how much a run takes."""

from __future__ import annotations

import json

import pytest

from tensorsh import Session
from tensorsh.diagnostics.memory import live_memory
from tensorsh.diagnostics.peak import Peak
from tensorsh.diagnostics.plain import json_text
from tensorsh.diagnostics.sharing import storages
from tensorsh.explain.memory import measured
from tensorsh.runtime.tensor import Tensor

MEMORY = [
    # source, the paths that hold the largest memory, its bytes, whether it is wasted on them
    ("x = ones(1000, 1000)", ["x"], 4_000_000, False),
    ("x = ones(1000, 1000)[0]", ["x"], 4_000_000, True),
    ("x = ones(1000, 1000); y = x[0]; ", ["x", "y"], 4_000_000, False),
    ("a = {'w': [ones(1000)]}", ["a['w'][0]"], 4000, False),
    ("w = ones(1000, requires_grad=True); (w * 2).sum().backward(); w = [w.grad]", ["w[0]"], 4000, False),
    ("def f(x=ones(1000)): return x", ["f.defaults[0]"], 4000, False),
    ("n = np.zeros(1000)[:10]", ["n"], 8000, False),
    ("s = ones(1000, requires_grad=True).exp().sum()", ["s's graph"], 4000, False),
]


@pytest.mark.parametrize(("source", "paths", "size", "wasted"), MEMORY)
def test_what_keeps_the_largest_memory_alive(source: str, paths: list[str], size: int, wasted: bool) -> None:
    session = Session(0)
    session.run(source)
    largest = live_memory(session.names)[0]
    assert [holder.path for holder in largest.holders] == paths
    assert (largest.bytes, largest.wasted) == (size, wasted)


def test_each_memory_counts_once() -> None:
    session = Session(0)
    session.run("x = ones(10); y = x.view(2, 5); z = x.detach(); n = x.numpy()")
    assert [memory.bytes for memory in live_memory(session.names)] == [40]


def test_long_graphs_and_deep_lists_need_no_recursion() -> None:
    session = Session(0)
    session.run(
        "x = ones(1, requires_grad=True)\nfor i in range(20000):\n    x = x * 1\nd = []\nfor i in range(20000):\n    d = [d]"
    )
    assert live_memory(session.names)


def test_storages_have_the_numbers_that_share_gives_them() -> None:
    session = Session(0)
    session.run(
        "a = ones(3); b = ones(500); l = [a[1:], zeros(7)]; n = b.numpy(); w = ones(9, requires_grad=True).exp().sum()"
    )
    numbers = {name: facts.number for facts in storages(session.names) for one in facts.windows for name in one.names}
    found = {holder.path: memory.number for memory in live_memory(session.names) for holder in memory.holders}
    assert {name: found[name] for name in numbers} == numbers
    every = sorted(memory.number for memory in live_memory(session.names))
    assert every == list(range(1, len(every) + 1))


def test_looking_changes_nothing() -> None:
    session = Session(0)
    session.run("w = ones(3, requires_grad=True); a = w * 2; v = a[1:]; a.mul_(3); fresh = ones(2)")

    def slots(tensor: Tensor) -> tuple[object, ...]:
        storage = tensor._storage
        return (id(tensor._grad_fn), id(storage), storage and storage.version, id(tensor._view), id(tensor._meta))

    before = {name: slots(value) for name, value in session.names.items()}
    facts = live_memory(session.names)
    assert json.loads(json_text(facts))[0]["holders"]
    assert {name: slots(value) for name, value in session.names.items()} == before


RUNS = [
    # code, the most bytes at once, bytes in all, those still alive
    ("y = x + 1", 400, 400, 400),
    ("y = (x + 1) * 2", 800, 800, 400),
    ("(x + 1).relu().exp()", 800, 1200, 0),
    ("x.add_(1)", 0, 0, 0),
    ("y = x.view(10, 10).t()", 0, 0, 0),
    ("y = x.view(10, 10).t().reshape(100)", 400, 400, 400),
    ("for i in range(10): y = x + i", 800, 4000, 400),
    ("y = x.float()", 0, 0, 0),
]


@pytest.mark.parametrize(("code", "peak", "total", "kept"), RUNS)
def test_what_a_run_takes(code: str, peak: int, total: int, kept: int) -> None:
    session = Session(0)
    session.run("x = ones(100)")
    facts = measured(session, lambda: session.run(code))
    assert (facts.peak, facts.bytes, facts.kept) == (peak, total, kept)


def test_a_run_that_is_measured_does_what_it_does_otherwise() -> None:
    session = Session(0)
    assert session.run("x = ones(2)\nprint(mem(lambda a, b: a + b, x, x))").endswith("tensor([2., 2.])\n")
    assert measured(session, lambda: None) == Peak(0, 0, 0, 0)
