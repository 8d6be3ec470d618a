"""The statement that a graph node remembers is the one that made it, also around and after calls of functions."""

from __future__ import annotations

import pytest

from tensorsh import Session

PREPARED = "a = torch.ones(2, requires_grad=True)\n"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("def f(x):\n    return x * 2\ny = f(a) + 1", [4, 3]),
        ("def f(x, k):\n    z = x * k\n    return z.exp()\ny = f(a, 2) + 1", [5, 4, 3]),
        ("def f(*xs):\n    return xs[0] * 2\ny = f(a, 1, 2, 3) + 1", [4, 3]),
        ("def f():\n    return g() * 2\ndef g():\n    return a * 3\ny = f() + 1", [6, 3, 5]),
        ("f = lambda x: x * 2\ny = (\n    f(a) + 1\n)", [3, 3]),
    ],
)
def test_a_node_remembers_its_line(source: str, lines: list[int]) -> None:
    session = Session()
    session.run(PREPARED + source)
    node, found = session.names["y"].grad_fn, []
    while node is not None and node.where is not None:
        found.append(node.where.span.line)
        node = node.next_functions[0][0]
    assert found == lines


def test_recursion_leaves_the_depth_as_it_was() -> None:
    session = Session()
    session.run("def f(n): return n if n == 0 else f(n - 1)")
    for _ in range(3):
        assert session.evaluate("f(900)") == 0
