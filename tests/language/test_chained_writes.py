"""Lost writes warn with a form that works; writes through views never do."""

from __future__ import annotations

import warnings

import pytest

from tensorsh import Session
from tensorsh.diagnostics.lost_writes import LostWrite
from tensorsh.display.excerpt import advice_text

SETUP = """
import torch, numpy
a = torch.arange(6.)
mask = a > 2
idx = torch.tensor([1, 3])
rows = [0, 2]
m = torch.arange(12.).view(3, 4)
x = torch.arange(6.).view(2, 3).t()
n = numpy.arange(6)
nested = [[1, 2], [3, 4]]
held = [a, m]
named = {"a": a}
i = 1
w = torch.ones(3, requires_grad=True)
(w * w).sum().backward()
"""


def run(code: str) -> tuple[Session, list[str]]:
    session = Session(seed=0)
    session.run(SETUP)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        session.run(code)
    return session, [advice_text("", one.message) for one in caught if isinstance(one.message, LostWrite)]


# The statement, the step that copies, what is advised, and what the statement was meant to do.
LOST = [
    ("a[mask][0] = 1", "a[mask]", "a[mask.nonzero()[0, 0]] = 1", "a[3] = 1"),
    ("a[a > 2][1:] = 7", "a[a > 2]", "a[(a > 2).nonzero()[1:, 0]] = 7", "a[4:] = 7"),
    ("a[idx][0] = 1", "a[idx]", "a[idx[0]] = 1", "a[1] = 1"),
    ("a[[0, 1]][1] += 2", "a[[0, 1]]", "a[[0, 1][1]] += 2", "a[1] += 2"),
    ("m[rows][0, 1] = 5", "m[rows]", "m[rows[0], 1] = 5", "m[0, 1] = 5"),
    ("m[m > 5][3] = 2", "m[m > 5]", "t = m[m > 5]; t[3] = 2; m[m > 5] = t", "m[2, 1] = 2"),
    ("m[:, rows][0] = 1", "m[:, rows]", "t = m[:, rows]; t[0] = 1; m[:, rows] = t", "m[0, 0] = 1; m[0, 2] = 1"),
    ("m[rows].t()[0] = 1", "m[rows]", "t = m[rows]; t.t()[0] = 1; m[rows] = t", "m[0, 0] = 1; m[2, 0] = 1"),
    ("x.reshape(-1)[1] = 9", "x.reshape(-1)", "t = x.reshape(-1); t[1] = 9; x.copy_(t.view_as(x))", "x[0, 1] = 9"),
    ("x.flatten().fill_(3)", "x.flatten()", "t = x.flatten(); t.fill_(3); x.copy_(t.view_as(x))", "x.fill_(3)"),
    ("x.contiguous()[0] = 1", "x.contiguous()", "t = x.contiguous(); t[0] = 1; x.copy_(t.view_as(x))", "x[0] = 1"),
    ("x[idx - 1].add_(1)", "x[idx - 1]", "x[idx - 1] += 1", "x[0] += 1; x[2] += 1"),
    ("a[idx].zero_()", "a[idx]", "a[idx] = 0", "a[1] = 0; a[3] = 0"),
    ("a[idx].fill_(4)", "a[idx]", "a[idx] = 4", "a[1] = 4; a[3] = 4"),
    ("a[idx].clamp_(2, 3)", "a[idx]", "a[idx] = a[idx].clamp(2, 3)", "a[1] = 2"),
    ("a[idx][0].add_(1)", "a[idx]", "t = a[idx]; t[0].add_(1); a[idx] = t", "a[1] += 1"),
    ("held[0][mask][0] = 1", "held[0][mask]", "held[0][mask.nonzero()[0, 0]] = 1", "a[3] = 1"),
    ("named['a'][idx][0] = 1", "named['a'][idx]", "named['a'][idx[0]] = 1", "a[1] = 1"),
    ("n[[0, 1]][0] = 3", "n[[0, 1]]", "n[[0, 1][0]] = 3", "n[0] = 3"),
]


@pytest.mark.parametrize(("code", "step", "advised", "meant"), LOST, ids=[row[0] for row in LOST])
def test_a_lost_write_is_shown_with_a_form_that_works(code: str, step: str, advised: str, meant: str) -> None:
    session, [text] = run(code)
    first, line, carets, *form = text.split("\n")
    assert first.startswith(f"{step} is a copy, so this leaves ")
    start = carets.index("^")
    assert line[start : start + carets.count("^")] == step
    assert "; ".join(map(str.strip, form)) == f"Write {advised}"
    untouched, _ = run("0")
    for name in ("a", "m", "x", "n"):
        assert session.names[name].tolist() == untouched.names[name].tolist()
    mended, said = run(advised)
    wanted, _ = run(meant)
    assert not said
    for name in ("a", "m", "x", "n"):
        assert mended.names[name].tolist() == wanted.names[name].tolist()


@pytest.mark.parametrize(
    "code",
    [
        "m[i][0] = 1",
        "m[i].add_(1)",
        "nested[i][i] = 3",
        "held[i][i] = 2",
        "named['a'][i] = 3",
        "a.reshape(-1)[0] = 1",
        "a.view(2, 3)[i][0] = 2",
        "x.t().reshape(-1)[0] = 1",
        "w.grad[i] = 3",
        "w.grad.zero_()",
        "w.data[i] = 2",
        "w.detach()[i] = 1",
        "m.contiguous()[0] = 1",
        "m.float()[i][0] = 1",
        "a[a > 100].add_(1)",
        "a[mask] += 1",
        "a[mask] = 0",
        "y = a[idx].add_(1)",
        "n.reshape(2, 3)[i][0] = 2",
        "a.numpy()[1:][0] = 2",
        "x.float().add_(1)",
        "a.split(3)[i][0] = 1",
        "m.unbind()[i][0] = 4",
        "m.T[i][0] = 1",
        "a[0:1].as_strided((2,), (1,), 3)[i] = 1",
        "torch.from_numpy(n)[i] = 2",
        "x.permute(1, 0)[i] += 1",
        "m[i:, ...][0][1:] *= 2",
        "m[torch.tensor(1)][0] = 5",
        "m[i][mask[:4]] = 1",
        "(y := a[idx])[0] = 1",
        "a[idx].requires_grad_()",
        "m.flatten(0, 0)[i] = 1",
        "m[2:2].zero_()",
    ],
)
def test_writes_through_views_are_silent(code: str) -> None:
    _, said = run(code)
    assert said == []


def test_a_failed_write_is_an_error_and_no_warning() -> None:
    from tensorsh.errors import TensorshError

    with warnings.catch_warnings(record=True) as caught, pytest.raises(TensorshError, match="out of bounds"):
        warnings.simplefilter("always")
        session = Session()
        session.run(SETUP)
        session.run("a[mask][99] = 1")
    assert not caught


def test_advice_can_be_turned_off() -> None:
    session = Session()
    session.run(SETUP)
    session.state.advice = False
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        session.run("a[mask][0] = 1")
    assert not caught


@pytest.mark.parametrize("write", ["t[k][0] = 1", "t[k][0] += 1"])
def test_lists_are_looked_at_until_a_tensor_comes(write: str) -> None:
    function = f"def f(t, k):\n    {write}\n"
    assert len(run(function + "f(nested, 1)\nf(nested, 0)\nf(a, idx)")[1]) == 0  # the run that finds it out
    assert len(run(function + "f(nested, 1)\nf(a, idx)\nf(a, idx)\nf(nested, 0)\nf(a, idx)")[1]) == 2
    session, _ = run(function + "f(nested, 1)\nf(nested, 1)")
    assert session.names["nested"] == ([[1, 2], [1, 4]] if "+" not in write else [[1, 2], [5, 4]])


def test_inside_functions_and_loops() -> None:
    _, said = run("def f(t, k):\n    t[k][0] = 1\nfor _ in range(2):\n    f(a, idx)\nf(a, slice(1, 3))")
    assert len(said) == 2
