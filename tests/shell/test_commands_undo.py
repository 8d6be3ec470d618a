"""%undo: after any statement, everything is as it was before it. %reset: gone, and brought back."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tensorsh.runtime.tensor import Tensor

# What was there, what is done, and what is looked at afterwards; it must look as it did before.
TAKEN_BACK = [
    ("x = ones(3)", "x = zeros(2)", "x"),
    ("x = ones(3)", "y = 1", "'y' in dir()"),
    ("x = ones(3)", "del x", "x"),
    ("x = ones(3)", "x.add_(1)", "x"),
    ("x = ones(3)", "x.add_(1)", "x._version"),
    ("x = ones(3)", "x += 1", "x"),
    ("x = ones(3)", "x[0] = 5", "x"),
    ("x = ones(2, 3); y = x.t()", "y.fill_(7)", "x"),
    ("x = ones(2, 3); y = x.t()", "x.fill_(7)", "y"),
    ("x = ones(3)", "exp(zeros(3), out=x)", "x"),
    ("x = ones(3)", "x.data.add_(1)", "x"),
    ("x = ones(3); d = x.detach()", "d.zero_()", "x"),
    ("n = np.zeros(3); x = from_numpy(n)", "n[0] = 5", "x"),
    ("n = np.zeros(3)", "n += 1", "n"),
    ("n = np.array([3, 1, 2])", "n.sort()", "n"),
    ("x = ones(2, 3)", "x.t_()", "x"),
    ("x = ones(1, 3)", "x.squeeze_()", "x"),
    ("x = ones(2, 3)", "x.unsqueeze_(0)", "x.shape"),
    ("w = ones(3, requires_grad=True); s = (w * w).sum()", "s.backward()", "w.grad"),
    ("w = ones(3, requires_grad=True); (w * 2).sum().backward(); s = (w * w).sum()", "s.backward()", "w.grad"),
    ("w = ones(3, requires_grad=True); (w * 2).sum().backward()", "w.grad.zero_()", "w.grad"),
    ("w = ones(3, requires_grad=True); (w * 2).sum().backward()", "w.grad = None", "w.grad"),
    ("w = ones(3)", "w.requires_grad_()", "w.requires_grad"),
    ("w = ones(3, requires_grad=True); y = w * 2", "y.exp_()", "(y, y.grad_fn.name())"),
    ("w = ones(3, requires_grad=True); y = w * 2; v = y[1:]", "v.exp_()", "(y, v)"),
    ("a = [1, 2]", "a.append(3)", "a"),
    ("a = [1, 2]", "a.reverse()", "a"),
    ("a = [[1], ones(2)]", "a[1].add_(1)", "a"),
    ("a = {'w': ones(2)}", "a['w'] = 3; a['v'] = 4", "a"),
    ("a = {1, 2}", "a.add(3)", "a"),
    ("a = [ones(2)]; b = a[0]", "b.mul_(4)", "a"),
    ("x = ones(3)\ndef f():\n    x.add_(1)\n", "f()", "x"),
    ("x = ones(3)\ndef g():\n    x.add_(1)\ndef f():\n    g()\n", "f()", "x"),
    ("def make():\n    x = ones(2)\n    return lambda: x.add_(1)\nf = make()", "f(); f()", "f() * 0 + 2"),
    ("def f(a=[]):\n    a.append(1)\n    return len(a)\n", "f()", "f()"),
    ("x = ones(3)", "for i in range(3):\n    x[i] = i\n", "x"),
    ("x = ones(3)", "x.add_(1); 1 / 0", "x"),
    ("manual_seed(0)", "r = randn(3)", "randn(3)"),
    ("x = 1", "set_default_dtype(float64)", "ones(1).dtype"),
    ("x = 1", "set_printoptions(precision=2)", "tensor(1 / 3)"),
    ("x = 1", "set_grad_enabled(False)", "is_grad_enabled()"),
    ("x = 1", "def x(): pass", "x"),
    ("x = tensor([nan, -0.])", "x.zero_()", "x"),
]


@pytest.mark.parametrize(("before", "cell", "look"), TAKEN_BACK)
def test_a_statement_is_taken_back(cells: Any, before: str, cell: str, look: str) -> None:
    # A session of its own says how things look without the statement.
    fresh = type(cells)()
    fresh.run(before)
    wanted = fresh.run(f"print({look})").out
    cells.run(before, cell)
    assert cells.run("%undo").out.startswith("Taken back: ")
    assert cells.run(f"print({look})").out == wanted


def test_a_graph_can_be_walked_again_after_undo(cells: Any) -> None:
    cells.run("w = ones(2, requires_grad=True); s = (w * w).sum()", "s.backward()", "%undo", "s.backward()")
    assert cells.run("print(w.grad)").out == "tensor([2., 2.])\n"


@pytest.mark.parametrize("result", ["_", "_2", "Out[2]"])
def test_a_write_through_a_result_is_taken_back(cells: Any, result: str) -> None:
    cells.run("w = ones(2, requires_grad=True)", "(w * w).sum()", f"{result}.backward()")
    assert cells.run("%undo").out == f"Taken back: {result}.backward()\n"
    assert cells.run("print(w.grad)").out == "None\n"


STATES = [
    # a statement that changes no variable, and how what it changed is seen
    ("manual_seed(5);", "rand(1)"),
    ("rand(2)", "rand(1)"),
    ("set_default_dtype(float64)", "tensor(1.).dtype"),
    ("set_printoptions(precision=2)", "tensor(1 / 3)"),
    ("set_grad_enabled(False);", "is_grad_enabled()"),
]


@pytest.mark.parametrize(("cell", "look"), STATES)
def test_what_a_statement_changes_beside_variables_is_taken_back(cells: Any, cell: str, look: str) -> None:
    fresh = type(cells)()
    wanted = fresh.run(f"print({look})").out
    cells.run("x = 1", cell)
    assert cells.run("%undo").out == f"Taken back: {cell}\n"
    assert cells.run(f"print({look})").out == wanted
    assert cells.run("print(x)").out == "1\n"


def test_a_command_that_ran_code_is_named_with_it(cells: Any) -> None:
    cells.run("x = ones(2)", "%time x.zero_();")
    assert cells.run("%undo").out == "Taken back: %time x.zero_();\n"


def test_cells_that_only_look_are_passed_over(cells: Any) -> None:
    cells.run("x = ones(2)", "x.add_(1);", "x", "x.sum()")
    assert cells.run("%undo").out == "Taken back: x.add_(1);\n"
    assert cells.run("print(x)").out == "tensor([1., 1.])\n"


def test_several_at_once_and_to_the_beginning(cells: Any) -> None:
    cells.run("x = 1", "x = 2", "x = 3")
    assert cells.run("%undo 2", "print(x)").out.endswith("1\n")
    cells.run("%undo")
    assert "nothing to take back" in cells.run("%undo").err


def test_results_go_with_the_statements_that_made_them(cells: Any) -> None:
    cells.run("x = 2", "x + 1", "x = 5; x * 2", "%undo")
    assert cells.run("print(_, sorted(Out))").out == "3 [2]\n"


def test_a_failed_cell_that_changed_nothing_is_no_statement(cells: Any) -> None:
    cells.run("x = 1", "y = undefined_name")
    assert cells.run("%undo").out == "Taken back: x = 1\n"


def test_a_write_beyond_the_limit_is_refused_with_the_reason(cells: Any) -> None:
    cells.run("x = zeros(1000, 1000); a = [1]", "%set undo_memory 1", "x.add_(1); a.append(2)")
    refused = cells.run("%undo").err
    assert "wrote to x, too large" in refused and "--anyway" in refused and "undo_memory" in refused
    cells.run("%undo --anyway")
    assert cells.run("print(a, x[0, 0].item())").out == "[1] 1.0\n"


def test_a_read_beyond_the_limit_does_no_harm(cells: Any) -> None:
    cells.run("x = zeros(1000, 1000); a = [1]", "%set undo_memory 1", "a.append(x.sum())", "%undo")
    assert cells.run("print(a)").out == "[1]\n"


def test_the_oldest_are_let_go_above_the_limit(cells: Any) -> None:
    cells.run("%set undo_memory 5", "x = zeros(1000, 1000)", "x = zeros(1000, 1000)", "x = zeros(1000, 1000)", "y = 1")
    cells.run("%undo", "%undo")
    assert "too much memory" in cells.run("%undo").err
    assert cells.shell.record.undo_bytes <= 5_000_000


def test_a_cell_that_only_computes_copies_no_memory(cells: Any) -> None:
    cells.run("x = zeros(100, 100)", "y = x.exp() + ones(100)", "z = x @ y")
    assert cells.shell.record.undo_bytes == 0


def test_reset_takes_ipythons_option(cells: Any) -> None:
    assert cells.run("x = 1", "%reset -f", "%who").out.endswith("There are no variables yet.\n")


def test_reset_forgets_and_undo_brings_back(cells: Any) -> None:
    cells.run("x = ones(2); y = 3", "x", "%reset")
    assert "NameError" in cells.run("x").err
    assert cells.run("print(Out)").out == "{}\n"
    cells.run("%undo")
    assert cells.run("print(x, y)").out == "tensor([1., 1.]) 3\n"


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("%undo x", "takes how many statements to take back, as in %undo 2"),
        ("%undo 0", "takes how many statements to take back, as in %undo 2, not '0'"),
        ("%undo --anywy", "did you mean --anyway?"),
        ("%undo", "there is nothing to take back"),
        ("%reset x", "takes no argument"),
    ],
)
def test_wrong_use_is_answered_in_words(cells: Any, cell: str, message: str) -> None:
    assert message in cells.run(cell).err


POOL = [
    "x = ones(3, 4)",
    "y = x.t()",
    "y = x[1:, ::2]",
    "x.add_(1)",
    "y.mul_(2)",
    "y[0] = 7.",
    "x.data.zero_()",
    "w = randn(4, requires_grad=True)",
    "h = w * x.detach()",
    "h = (w * 2).exp()",
    "h.sigmoid_()",
    "h[..., 1:].mul_(3)",
    "h.sum().backward()",
    "h.sum().backward(retain_graph=True)",
    "w.grad.add_(1)",
    "w.grad = None",
    "with no_grad():\n    w -= 0.1\n",
    "d = {'x': x, 'l': [y, w]}",
    "d['l'].append(x.clone())",
    "d['x'].fill_(2)",
    "d['l'][0].neg_()",
    "n = x.numpy()",
    "n[...] = 3",
    "n += 1",
    "x = x.clone()",
    "w.requires_grad_(False)",
    "x.t_()",
    "del y",
    "def f(a=[]):\n    a.append(len(a))\n    x.add_(1)\n    return a\n",
    "f()",
]


@pytest.mark.parametrize("seed", range(40))
def test_random_statements_are_taken_back_one_by_one(cells: Any, seed: int) -> None:
    """Runs statements, and takes each back once before it runs again: the values must go the same way as without."""
    chooser = random.Random(seed)
    plain = type(cells)()
    start = [
        "x = zeros(3, 4); y = x.t(); w = ones(4, requires_grad=True); h = w * 3; n = x.numpy(); d = {'x': x, 'l': []}",
        POOL[-2],
    ]
    for one in (cells, plain):
        one.run("manual_seed(0);", *start)
    for _ in range(25):
        statement = chooser.choice(POOL)
        before = facts(cells)
        failed = bool(cells.run(statement).err)
        changed = facts(cells) != before
        plain.run(statement)
        if changed:
            cells.run("%undo")
            assert facts(cells) == before, statement
            assert bool(cells.run(statement).err) == failed
        assert facts(cells) == facts(plain), statement


def facts(cells: Any) -> dict[str, Any]:
    """What a user can see of the variables."""
    names = cells.shell.session.names
    seen: dict[str, Any] = {}
    for name, value in names.items():
        if isinstance(value, Tensor):
            grad = None if value._meta is None else value._meta.grad
            seen[name] = repr(value), value._version, value.stride(), value.requires_grad, value.is_leaf, repr(grad)
        elif name == "f":
            seen[name] = repr(value.defaults)
        else:
            seen[name] = repr(value)
    return seen
