"""`%trace` at the prompt."""

from __future__ import annotations

import gc
import io
from weakref import ref

import pytest

from tensorsh.ops import registry
from tensorsh.ops.watching import _watch_wrapper
from tensorsh.session import Session
from tensorsh.shell.app import Shell


def talk(*cells: str) -> list[str]:
    """What each of the cells writes."""
    output = io.StringIO()
    shell = Shell(Session(seed=0), output=output, errors=output)
    said = []
    for cell in cells:
        output.seek(0)
        output.truncate(0)
        shell.run_cell(cell)
        said.append(output.getvalue())
    shell.run_cell("%trace off")
    return said


def test_on_and_off() -> None:
    said = talk("x = ones(2)", "%trace on --no-times", "y = x + 1;", "%trace", "%trace off", "y = x + 1;")
    assert said[1:] == [
        "",
        "In [3], line 1: y = x + 1\n  add(x [2], 1) → float32 [2], new 8 B\n",
        "The trace is on.\n",
        "1 call, 1 kernel, 8 B new, at most 8 B at once\n",
        "",
    ]


def test_one_statement() -> None:
    said = talk("x = ones(2)", "%trace y = x.exp() --no-times", "%trace x.t() --json --no-times", "y.shape")
    assert said[1] == (
        "In [2], line 1: y = x.exp()\n  exp(x [2]) → float32 [2], new 8 B\n1 call, 1 kernel, 8 B new, at most 8 B at once\n"
    )
    assert said[2].splitlines()[0].startswith('{"name": "t", "kind": "view"')
    assert "torch.Size([2])" in said[3]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (("%trace off",), "nothing is traced; %trace on starts it"),
        (("%trace on", "%trace 1 + 1"), "everything is traced already"),
        (("%trace on --time",), "there is no option --time"),
        (("%trace nothing + 1",), "NameError: name 'nothing' is not defined"),
    ],
)
def test_mistakes(cells: tuple[str, ...], words: str) -> None:
    assert words in talk(*cells)[-1]


def test_a_trace_ends_with_a_shell_that_is_forgotten() -> None:
    shell = Shell(Session(), output=io.StringIO(), errors=io.StringIO())
    shell.run_cell("%trace on")
    assert _watch_wrapper in registry.BUILT
    forgotten = ref(shell)
    del shell
    gc.collect()
    assert forgotten() is None
    assert _watch_wrapper not in registry.BUILT
