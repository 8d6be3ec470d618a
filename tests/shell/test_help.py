"""`name?`, `name??`, `?soft*` and `help(name)`."""

from __future__ import annotations

import pytest

ANSWERS = [
    # cells before, question, what the answer holds
    ((), "torch.exp?", ["exp(input, *, out=None) -> Tensor\n", "  e to the power of each element.", "  >>> torch.exp("]),
    ((), "exp?", ["exp(input, *, out=None) -> Tensor\n"]),
    ((), "?exp", ["exp(input, *, out=None) -> Tensor\n"]),
    (("x = torch.ones(2, 3)",), "x.sum?", ["sum(dim=None, keepdim=False"]),
    ((), "torch.exp??", ["Declared as\n  exp(Tensor self) -> Tensor\n", "  gradient  goes to input\n"]),
    ((), "add?", ["  shape     those of input and other broadcast\n", "  errors    RuntimeError where the shapes do not broadcast\n"]),
    ((), "torch.transpose?", ["it shares that of its input\n", "IndexError where dim0 or dim1 is out of range\n"]),
    ((), "torch.mm?", ["RuntimeError where the dtypes differ"]),
    ((), "torch.gcd?", ["floating or complex tensors\n", "none goes through it"]),
    ((), "torch.eq?", ["the result is bool"]),
    (("x = torch.ones(2)",), "x.add_?", ["written to in place", "leaf that requires grad\n"]),
    (("x = [torch.ones(2)]",), "x[0].sum?", ["sum(dim=None"]),
    (("x = [torch.ones(2)]",), "?x[-1]", ["  shape       [2]\n"]),
    (("d = {'a': torch.ones(2)}",), "d['a']?", ["  shape       [2]\n"]),
    ((), "?", ["name?", "  %footer "]),
    ((), "??", ["name?", "  %footer "]),
    ((), "%why-none?", ["%why-none TENSOR"]),
    ((), "%help softmax", ["softmax(input, dim"]),
    (("x = torch.ones(2)",), "?x.*cumsum*", ["  x.cumsum        The running sum", "  x.logcumsumexp "]),
    (("x = torch.ones(2)",), "x.cumsu*?", ["x.cumsum "]),
    (("mine = 1",), "?min*e", ["  mine  int\n"]),
    (("def f(a, b=2):\n    '''Adds.'''\n    return a + b",), "f?", ["f(a, b=2)\n\n  Adds.\n"]),
    (("def f(a, b=2):\n    return a + b",), "f??", ["def f(a, b=2):\n    return a + b\n"]),
    (
        ("x = torch.ones(2, 3)", "y = x.t()"),
        "y?",
        ["  type        Tensor\n", "  shape       [3, 2]\n", "  view of     x\n", "tensor([[1., 1.],"],
    ),
    (("x = torch.ones(1, requires_grad=True)",), "x?", ["gradient    a leaf that requires grad"]),
    (("x = torch.ones(1, requires_grad=True)", "x.sum().backward()"), "x.grad?", ["\ntensor([1.])\n"]),
    ((), "for?", ["a word of the language"]),
    (("d = {1: 2}",), "d?", ["  type        dict\n", "  length      1\n", "{1: 2}"]),
    ((), "torch.nn.functional?", ["namespace"]),
    ((), "%footer?", ["%footer [on|off]\n"]),
    ((), "len?", ["len(obj, /)\n"]),
    ((), "?*ftma*", ["softmax"]),
    ((), "torch.exp*?", ["torch.exp ", "torch.expm1 "]),
    ((), "?nosuchname*", ["No name matches nosuchname*\n"]),
    ((), "help(torch.exp)", ["exp(input, *, out=None) -> Tensor\n", "    e to the power of each element."]),
    ((), "help(len)", ["len(obj, /)\n"]),
    ((), "help('torch.exp')", ["exp(input, *, out=None) -> Tensor\n", "    shape: that of input\n"]),
    ((), "help()", ["help(x) tells"]),
    ((), "help", ["name?", "  %footer "]),
    ((), "%help", ["name?", "  %footer ", "  %keys "]),
    ((), "%help footer", ["%footer [on|off]\n", "The choice is kept."]),
    ((), "%keys", ["Ctrl-R", "Enter"]),
]


@pytest.mark.parametrize(("before", "question", "holds"), ANSWERS)
def test_answers(cells, before: tuple[str, ...], question: str, holds: list[str]) -> None:
    cells.run(*before)
    written = cells.run(question)
    assert written.err == ""
    for text in holds:
        assert text in written.out


def test_a_name_with_and_without_torch_is_listed_once(cells) -> None:
    listed = [line.split()[0] for line in cells.run("?*_norm").out.splitlines() if line[2:3] != " "]
    assert "batch_norm" in listed and "torch.batch_norm" not in listed and "torch.linalg.vector_norm" in listed


@pytest.mark.parametrize("question", ["%help", "?softm*", "torch.ones?", "torch.add?", "%keys", "%undo?", "%set?", "x?"])
@pytest.mark.parametrize("width", [40, 60, 300])
def test_text_fits_the_window(cells, question: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    cells.run("x = torch.ones(2, requires_grad=True)")
    monkeypatch.setattr(type(cells.shell), "width", width)
    out = cells.run(question).out
    # Examples are not cut: they are to be copied.
    assert max(len(line) for line in out.splitlines() if ">>>" not in line) < min(width + 1, 121)
