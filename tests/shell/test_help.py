"""`name?`, `name??`, `?soft*` and `help(name)`."""

from __future__ import annotations

import pytest

ANSWERS = [
    # cells before, question, what the answer holds
    ((), "torch.exp?", ["exp(input, *, out=None) -> Tensor\n", "  e to the power of each element.", "  >>> torch.exp("]),
    ((), "exp?", ["exp(input, *, out=None) -> Tensor\n"]),
    ((), "?exp", ["exp(input, *, out=None) -> Tensor\n"]),
    (("x = torch.ones(2, 3)",), "x.sum?", ["sum(dim=None, keepdim=False"]),
    ((), "torch.exp??", ["Declared as\n  exp(Tensor self) -> Tensor\n", "Differentiable in self\n"]),
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


@pytest.mark.parametrize("question", ["%help", "?softm*", "torch.sum?", "%keys"])
def test_a_narrow_window_is_enough(cells, question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(cells.shell), "width", 40)
    assert cells.run(question).err == ""
    if question in ("?softm*", "%keys"):
        assert max(map(len, cells.run(question).out.splitlines())) <= 48
