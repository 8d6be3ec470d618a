"""`%graph`, `%grad`, `%why-none`, `%nan`, `%writes-log` at the prompt."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tensorsh.session import Session
from tensorsh.shell.app import Shell


def talk(*cells: str) -> str:
    """What the last of the cells writes."""
    output = io.StringIO()
    shell = Shell(Session(seed=0), output=output, errors=output)
    for cell in cells:
        output.seek(0)
        output.truncate(0)
        shell.run_cell(cell)
    return output.getvalue()


X = "x = torch.tensor(3., requires_grad=True)"
ANSWERS = [
    ([X, "y = x * x", "%graph y"], "y: MulBackward0 []   In [2], line 1: y = x * x\n"),
    ([X, "y = x * x", "y.backward()", "%grad x"], "x.grad = 6: one backward() call, In [3], line 1: y.backward()\n"),
    ([X, "y = x * 2; z = y * 3", "%grad x y"], "From y back to x:\n"),
    ([X, "%grad x"], "x.grad is None: no backward() has added to it.\n"),
    (["c = ones(2)", "%grad c"], "c requires no gradient: it was made without requires_grad=True"),
    ([X, "y = x.detach()", "%why-none y"], "y requires no gradient: it was made at In [2], line 1, `y = x.detach()`"),
    (["p = zeros(2)", "%nan q = p.log()"], "log made the first -inf at In [2], line 1: q = p.log()\n"),
    (["p = zeros(2)", "%nan q = p.log()", "q"], "tensor([-inf, -inf])"),
    (["p = zeros(2)", "p += 1", "%writes-log"], "p          1        add_      p        In [2], line 1: p += 1\n"),
    (["p = zeros(2)", "%writes-log p"], "No in-place write is remembered.\n"),
]


@pytest.mark.parametrize(("cells", "words"), ANSWERS)
def test_answer(cells: list[str], words: str) -> None:
    assert words in talk(*cells)


@pytest.mark.parametrize("command", ["%graph y --json", "%grad x --json", "%why-none x --json", "%nan y.log() --json", "%writes-log --json"])
def test_facts_as_json(command: str) -> None:
    lines = talk(X, "y = x * x;", command).splitlines()
    assert json.loads(next(line for line in lines if line.startswith(("{", "["))))is not None


@pytest.mark.parametrize(("form", "start"), [("dot", "digraph"), ("mermaid", "graph TD"), ("svg", "<svg")])
def test_a_graph_as_a_file(tmp_path: Path, form: str, start: str) -> None:
    file = tmp_path / f"graph.{form}"
    assert talk(X, "y = x * x;", f"%graph y --{form}={file}") == f"Wrote {file}.\n"
    assert file.read_text(encoding="utf-8").startswith(start)


MISTAKES = [
    ("%graph", "needs a tensor, as in %graph loss"),
    ("%graph x", "there is no graph behind this tensor, for it is a leaf"),
    ("%graph 3", "expects a tensor, not int"),
    ("%grad x, x, x", "takes a tensor, and the result to start from"),
    ("%why-none --jsn", "there is no option --jsn"),
    ("%nan", "needs a statement"),
    ("%nan nothing", "NameError"),
]


@pytest.mark.parametrize(("command", "words"), MISTAKES)
def test_mistake(command: str, words: str) -> None:
    assert words in talk(X, command)
