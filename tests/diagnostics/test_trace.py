"""The trace: what each line says, its facts, and that a traced program does what it does untraced."""

from __future__ import annotations

import gc
import json
import re
from pathlib import Path

import pytest

from tensorsh import Session, TensorshError
from tensorsh.explain.trace import start_trace, stop_trace
from tensorsh.ops import registry
from tensorsh.ops.watching import _watch_wrapper

SETUP = "x = torch.arange(6.); y = x.view(2, 3); w = ones(3, requires_grad=True); m = torch.tensor([1, 2, 3])\n"
LINES = [
    # a statement, the lines below the one that names it
    ("x + 1", ["add(x [6], 1) → float32 [6], new 24 B"]),
    ("y.t()", ["t(y [2, 3]) → float32 [3, 2], view of y"]),
    ("y[0, 1:]", ["[0, 1:](y [2, 3]) → float32 [2], view of y"]),
    ("y[-1]", ["select(y [2, 3], dim=0, index=-1) → float32 [3], view of y"]),
    ("m / 2", ["true_divide(m int64 [3], 2) → float32 [3], new 12 B"]),
    ("y.float()", ["float(y [2, 3]) → y float32 [2, 3], no copy"]),
    (
        "y.t().reshape(6)",
        [
            "t(y [2, 3]) → float32 [3, 2], view of y",
            "reshape([3, 2], shape=(6,)) → float32 [6], new 24 B",
            "  _unsafe_view([3, 2], size=(6,)) → float32 [6], new 24 B",
        ],
    ),
    ("y.add_(1)", ["add_(y [2, 3], 1) in place, x, y now at version 1"]),
    (
        "y[0] = 7",
        [
            "select(y [2, 3], dim=0, index=0) → float32 [3], view of y",
            "fill_([3], value=7) in place, x, y now at version 1",
        ],
    ),
    ("torch.exp(x, out=x)", ["exp(x [6]) into x, x, y now at version 1"]),
    ("y.max(dim=1)", ["max(y [2, 3], dim=1) → float32 [2], int64 [2], new 24 B"]),
    ("x.bfloat16() * 2", [
        "bfloat16(x float32 [6]) → bfloat16 [6], new 12 B",
        "  _to_copy(x float32 [6], dtype=torch.bfloat16) → bfloat16 [6], new 12 B",
        "mul([6], 2) → bfloat16 [6], new 12 B",
    ]),
    ("x.detach()", ["detach(x [6]) → float32 [6], view of x"]),
    ("x + ones(2)", ["ones(size=(2,)) → float32 [2], new 8 B", "add(x [6], [2]) failed: RuntimeError"]),
    (
        "(w * 2).sum().backward()",
        [
            "mul(w [3], 2) → float32 [3], new 12 B",
            "sum([3]) → float32 [], new 4 B",
            "SumBackward0([]) → [3]",
            "  expand([], size=(3,)) → float32 [3], view",
            "MulBackward0([3]) → [3]",
            "  mul([3], 2) → float32 [3], new 12 B",
            "AccumulateGrad([3])",
        ],
    ),
]  # fmt: skip


def traced(source: str, json: bool = False, times: bool = False, session: Session | None = None) -> list[str]:
    session = session or Session()
    session.run(SETUP)
    written: list[str] = []
    start_trace(session, written.append, times=times, json=json)
    try:
        session.run(source)
    except TensorshError:
        pass
    finally:
        stop_trace(session)
    return "".join(written).splitlines()


def test_lines_are_folded_for_a_terminal() -> None:
    session = Session()
    session.run(SETUP)
    written: list[str] = []
    start_trace(session, written.append, times=False, width=lambda: 40)
    session.run("turned = y.t().reshape(6)")
    stop_trace(session)
    assert "".join(written).splitlines() == [
        "line 1: turned = y.t().reshape(6)",
        "  t(y [2, 3]) → float32 [3, 2], view of",
        "      y",
        "  reshape([3, 2], shape=(6,)) → float32",
        "      [6], new 24 B",
        "    _unsafe_view([3, 2], size=(6,)) →",
        "        float32 [6], new 24 B",
        "2 calls, 2 kernels, 24 B new, at most 24",
        "    B at once",
    ]


@pytest.mark.parametrize(("source", "lines"), LINES, ids=[row[0] for row in LINES])
def test_lines(source: str, lines: list[str]) -> None:
    head, *shown, totals = traced(source)
    assert head == f"line 1: {source}"
    assert shown == [f"  {line}" for line in lines]
    assert re.fullmatch(r"\d+ calls?, \d+ kernels?, .* new, at most .* at once", totals)


def test_a_statement_is_named_once_and_a_loop_each_time_round() -> None:
    lines = traced("for i in range(2):\n    a = x * 2 + 1\n    b = a.sum()")
    assert [line for line in lines if line.startswith("line")] == ["line 2: a = x * 2 + 1", "line 3: b = a.sum()"] * 2


def test_times() -> None:
    lines = traced("x + 1", times=True)
    assert re.fullmatch(r"  add\(x \[6\], 1\) → float32 \[6\], new 24 B  [\d.]+ (µs|ms)", lines[1])
    assert lines[-1].endswith(" in kernels")


def test_json_lines() -> None:
    step, totals = map(json.loads, traced("y.reshape(6)", json=True))
    assert (step["name"], step["result"], step["of"], step["bytes"]) == ("reshape", "view", "y", 0)
    assert step["place"] == {"filename": "<input>", "line": 1, "text": "y.reshape(6)"}
    assert [inner["name"] for inner in step["steps"]] == ["view"]
    assert totals == {"calls": 1, "kernels": 1, "bytes": 0, "peak": 0}
    assert "seconds" in json.loads(traced("y.reshape(6)", json=True, times=True)[0])


def test_the_peak_counts_what_lives_at_once() -> None:
    # Ten results of 4,000 bytes; two are alive while the next is made from the last.
    totals = json.loads(traced("a = torch.zeros(1000)\nfor i in range(9):\n    a = a + 1", json=True)[-1])
    assert (totals["bytes"], totals["peak"]) == (40_000, 8_000)


PROGRAM = """
torch.manual_seed(0)
x = torch.randn(4, 3); w = torch.randn(3, 2, requires_grad=True)
for i in range(3):
    loss = ((x @ w).relu() - 1).pow(2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        w.grad.zero_()
x[0] = 1; x.view(-1)[3:5] = x[1, :2]
print(x, w, w._version, x._version, loss, w.grad)
"""


def test_a_program_does_the_same_when_it_is_traced() -> None:
    session = Session()
    start_trace(session, lambda text: None)
    assert session.run(PROGRAM) == Session().run(PROGRAM)
    stop_trace(session)


def test_nothing_is_left_of_a_trace() -> None:
    traced(PROGRAM)
    assert _watch_wrapper not in registry.BUILT
    for wrapper in registry.WRAPPERS:
        assert getattr(wrapper.__globals__["KERNEL"], "__module__", "") != "tensorsh.ops.watching"


def test_a_trace_ends_with_a_session_that_is_forgotten() -> None:
    session = Session()
    session.run("tracing(True)\ndef f(x): return x + 1")
    assert _watch_wrapper in registry.BUILT
    del session
    gc.collect()
    assert _watch_wrapper not in registry.BUILT


def test_other_sessions_are_not_traced() -> None:
    session, written = Session(), []
    start_trace(session, written.append)
    Session().run("ones(2) + 1")
    stop_trace(session)
    assert len(written) == 1


def test_a_whole_script_runs_traced() -> None:
    script = (Path(__file__).parents[2] / "samples" / "tour.tsh").read_text(encoding="utf-8")
    session, written = Session(), []
    start_trace(session, written.append)
    assert session.run(script, echo="none") == Session().run(script, echo="none")
    stop_trace(session)
    assert len(written) > 20
