"""%export: what the program's text is. That PyTorch runs it and prints the same is tested in tests/parity/test_export_live.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

HEAD = '"""A session of tensorsh as a program for Python and PyTorch."""\n\nimport torch\n'

CASES = [
    # cells, the program below its heading
    (["x = ones(2)"], "x = torch.ones(2)"),
    (["x = torch.ones(2)"], "x = torch.ones(2)"),
    (["import torch", "x = torch.ones(2)"], "import torch\n\nx = torch.ones(2)"),
    (["x = ones(2, dtype=float64)"], "x = torch.ones(2, dtype=torch.float64)"),
    (["ones(2) |> add(1)"], "print(torch.add(torch.ones(2), 1))"),
    (["x = [1, 2] |> tensor() |> mul(3) |> sum()"], "x = sum(torch.mul(torch.tensor([1, 2]), 3))"),
    (["(ones(2) + 1) |> torch.add(other=1)"], "print(torch.add((torch.ones(2) + 1), other=1))"),
    (["f = lambda x: x |> exp()"], "f = lambda x: torch.exp(x)"),
    (["exp = 3", "exp + 1"], "exp = 3\n\nprint(exp + 1)"),
    (["ones = ones(2)", "ones"], "ones = torch.ones(2)\n\nprint(ones)"),
    (
        ["def f(zeros=zeros(2)):\n    return zeros + sin(zeros)"],
        "def f(zeros=torch.zeros(2)):\n    return zeros + torch.sin(zeros)",
    ),
    (["def f(a: Tensor) -> Tensor:\n    return a"], "def f(a: torch.Tensor) -> torch.Tensor:\n    return a"),
    (["[exp for exp in [exp(zeros(1))]]"], "print([exp for exp in [torch.exp(torch.zeros(1))]])"),
    (["sum([1, 2]), max(3, 4), abs(-1)"], "print((sum([1, 2]), max(3, 4), abs(-1)))"),
    (["f'{eye(1)} {1 + 1:>4}'"], "print(repr(f'{torch.eye(1)} {1 + 1:>4}'))"),
    (
        ["2 + 3", "_ * 2", "Out[1] + _2 + __"],
        "out_1 = 2 + 3\nprint(out_1)\n\nout_2 = out_1 * 2\nprint(out_2)\n\nprint(out_1 + out_2 + out_1)",
    ),
    (["(1), (2)"], "print(((1), (2)))"),
    (["x = 1;", "x;  # nothing shown"], "x = 1;\n\nx;  # nothing shown"),
    (["x = 2  # two", "x  # again"], "x = 2  # two\n\nprint(x)  # again"),
    (["_ = 5", "_ + 1"], "_ = 5\n\nprint(_ + 1)"),
    (["5", "_ + 1", "*_, a = [1, 2]", "_"], "out_1 = 5\nprint(out_1)\n\nprint(out_1 + 1)\n\n*_, a = [1, 2]\n\nprint(_)"),
    (["5", "[_ for _ in [1]]", "for _ in [1]: _ + 1"], "print(5)\n\nprint([_ for _ in [1]])\n\nfor _ in [1]: _ + 1"),
    (["5", "_ = 1", "del _", "_ + 1"], "out_1 = 5\nprint(out_1)\n\n_ = 1\n\ndel _\n\nprint(out_1 + 1)"),
    (["5", "f = lambda _: _", "(lambda Out: Out[1])([0, 3])"], "print(5)\n\nf = lambda _: _\n\nprint((lambda Out: Out[1])([0, 3]))"),
    (
        ["try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    print(e)", "e"],
        "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    print(e)\n\nprint(torch.e)",
    ),
    (["exp = 3", "del exp", "exp(ones(1))"], "exp = 3\n\ndel exp\n\nprint(torch.exp(torch.ones(1)))"),
    (["x = 1", "x / 0", "%who", "x?", "y = 2"], "x = 1\n\ny = 2"),
    (["print(ones(1))"], "print(torch.ones(1))"),
    (
        ["w = ones(1, requires_grad=True)", "w.sum().backward()"],
        "w = torch.ones(1, requires_grad=True)\n\nw.sum().backward()",
    ),
]


@pytest.mark.parametrize(("typed", "body"), CASES)
def test_the_program_of_a_session(cells: Any, typed: list[str], body: str) -> None:
    cells.run(*typed)
    assert cells.run("%export").out == f"{HEAD}\n{body}\n"


def test_imports_and_stand_ins_are_added_where_they_are_used(cells: Any) -> None:
    cells.run("np.zeros(2)", "math.pi", "F.relu(ones(2))", "for i in progress(range(2)):\n    plot(arange(3.), kind='bar')\n")
    program = cells.run("%export").out
    for text in ("import numpy as np\n", "import math\n", "import torch.nn.functional as F\n", "def progress(", "def plot("):
        assert program.count(text) == 1
    assert "def hist(" not in program
    compile(program, "export", "exec")


def test_a_file_is_written_once(cells: Any, tmp_path: Path) -> None:
    cells.run("x = ones(2)")
    assert (
        cells.run(f"%export {tmp_path}/a.py").out
        == f"Wrote {tmp_path}/a.py; python {tmp_path}/a.py runs it where PyTorch is installed.\n"
    )
    assert "exists already" in cells.run(f"%export {tmp_path}/a.py").err
    assert cells.run(f"%export {tmp_path}/a.py --force").err == ""


def test_what_cannot_be_carried_over_is_said(cells: Any) -> None:
    cells.run("x = In[1]")
    assert "In means something at tensorsh's prompt only" in cells.run("%export").err


@pytest.mark.parametrize(
    ("cell", "message"), [("%export", "there is nothing to export yet"), ("%export --frce", "did you mean --force?")]
)
def test_wrong_use_is_answered_in_words(cells: Any, cell: str, message: str) -> None:
    assert message in cells.run(cell).err
