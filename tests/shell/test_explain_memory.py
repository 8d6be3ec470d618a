"""`%share`, `%writes`, `%why`, `%broadcast`, and the line about what a statement changed, at the prompt."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from tensorsh.session import Session
from tensorsh.shell.app import Shell


def talk(*cells: str, terminal: bool = False) -> str:
    """What the last of the cells writes."""
    output = io.StringIO()
    shell = Shell(Session(seed=0), output=output, errors=output, terminal=terminal)
    for cell in cells[:-1]:
        shell.run_cell(cell)
    output.truncate(0)
    output.seek(0)
    shell.run_cell(cells[-1])
    return output.getvalue()


SETUP = "x = arange(6.).view(2, 3); c = x[:, 1]; d = x.numpy(); e = x.data; y = x.clone()"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("%share", ["S1: 6 elements of float32", "S2: 6 elements of float32", "x[:, 1], a view", "version 0 of e"]),
        ("%share y", ["S2: 6 elements"]),
        ("%share x c", ["x shares 2 of its 6 elements with c: c is x[:, 1]"]),
        ("%share x, x.t()", ["x shares all its 6 elements with x.t(): both are views of an unnamed"]),
        (
            "%writes c",
            [
                "c          all 2 elements",
                "x[:, 1]    2 of 6 elements",
                "d[:, 1]",
                "The version of e does not count it.",
            ],
        ),
        ("%writes x[0]", ["Writing to x[0] changes\n  x[0]    3 of 6 elements\n  c[0]    1 of 2 elements"]),
        ("%why x.t().view(6)", ["x.t().view(6) fails.", "stride[0] == size[1] * stride[1], but 1 ≠ 6"]),
        ("%why x[", ['File "%why", line 1\n    x[', "'[' was never closed"]),
        ("why('x[')", ['File "why()", line 1\n    x[', "'[' was never closed"]),
        ("%why c", ["c is x[:, 1], a view of an unnamed tensor"]),
        ("%broadcast x y", ["result  [2, 3]  float32, 24 B"]),
        ("%broadcast [100, 1], [100]", ["result    [100, 100]", "A column and a row"]),
        ("%broadcast [100, 1] [100]", ["result    [100, 100]", "A column and a row"]),
        ("%broadcast x[:, 0] (c + 1)", ["result   [2]  float32, 8 B"]),
        ("%share x.data d", ["x.data shares all its 6 elements with d"]),
        ("%share x not c", ["SyntaxError"]),
        ("%broadcast x * x[:, :1]", ["x[:, :1]  [2, 1]", "result    [2, 3]"]),
        ("%broadcast x + x[0] > x[1] * 2", ["x + x[0]  [2, 3]", "result    [2, 3]"]),
        ("%broadcast x == x[0]", ["x[0]    [   3]", "result  [2, 3]\n"]),
        ("%broadcast x / x[0]", ["result  [2, 3]\n"]),
        ("%broadcast (2, 3) (3,)", ["result  [2, 3]\n"]),
        ("%broadcast x - c", ["These do not broadcast: dimension 1 is 3 and 2"]),
        ("%broadcast x c", ["These do not broadcast: dimension 1 is 3 and 2"]),
        ("%share nothing", ["name 'nothing' is not defined"]),
        ("%share 3", ["%share: expects tensors or arrays, not int"]),
        (
            "%mem",
            ["S1        24 B  x, d, e, c", "S2        24 B  y", "48 B in 2 storages.", "This process has taken"],
        ),
        ("%mem z = x + y", ["At most 24 B of results at once, 24 B in all; 24 B of it are still alive."]),
        ("%mem z = nothing", ["name 'nothing' is not defined"]),
        ("%writes", ["needs a tensor"]),
        ("%why", ["needs an expression"]),
    ],
)
def test_commands(command: str, words: list[str]) -> None:
    said = talk(SETUP, command)
    for word in words:
        assert word in said
    assert "Traceback" not in said and "0x" not in said


@pytest.mark.parametrize(
    "command",
    [
        "%share --json",
        "%share x c --json",
        "%writes c --json",
        "%why x.t() --json",
        "%broadcast x y --json",
        "%mem --json",
        "%mem x + 1 --json",
    ],
)
def test_json_is_one_line_of_json(command: str) -> None:
    said = talk(SETUP, command)
    assert said.count("\n") == 1
    assert json.loads(said)


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("c += 1", "c changed, and with it x[:, 1], d[:, 1] and e[:, 1]"),
        ("x[0, 1] = 9", "x[0, 1] changed, and with it c[0], d[0, 1] and e[0, 1]"),
        ("d[1] = 0", "d[1] changed, and with it x[1], c[1] and e[1]"),
        ("y.zero_();", "y changed"),
        ("z = x + 1", ""),
        ("x += 0", ""),
        ("y = zeros(2)", ""),
    ],
)
def test_what_a_statement_changed_is_marked(cell: str, line: str) -> None:
    x = "x = arange(1., 7.).view(2, 3); c = x[:, 1]; d = x.numpy(); e = x.data; y = x.clone()"
    said = talk(x, cell, terminal=True)
    assert line in said if line else "changed" not in said


def test_nothing_is_marked_where_no_terminal_reads_along() -> None:
    assert talk(SETUP, "c += 1") == ""


def test_the_settings_turn_it_off() -> None:
    output = io.StringIO()
    shell = Shell(Session(seed=0), output=output, errors=output, terminal=True)
    shell.config.set("changes", False)
    shell.config.set("advice", False)
    for cell in (SETUP, "c += 1"):
        shell.run_cell(cell)
    assert "changed" not in output.getvalue() and not shell.session.state.advice


def test_mem_names_the_small_view_that_keeps_a_large_storage(cells: Any) -> None:
    cells.run("x = ones(1000, 1000)[0]; y = ones(10)")
    assert cells.run("%mem").out.splitlines()[:5] == [
        "storage   bytes  in use  kept alive by",
        "S1       4.0 MB  4.0 KB  x",
        "S2         40 B          y",
        "4.0 MB in 2 storages.",
        "S1: x looks at 4.0 KB and keeps 4.0 MB alive; x = x.clone() lets go of the rest.",
    ]
    cells.run("x = x.clone();")
    assert "lets go" not in cells.run("%mem").out


def test_mem_counts_results_and_what_undo_keeps(cells: Any) -> None:
    cells.run("ones(1000)", "x = ones(500)", "x.add_(1);")
    out = cells.run("%mem").out
    assert "Out[1]" in out and "2.0 KB of earlier values are kept for %undo" in out


def test_mem_without_variables(cells: Any) -> None:
    assert cells.run("%mem").out.startswith("No tensor or array is alive.\n")
