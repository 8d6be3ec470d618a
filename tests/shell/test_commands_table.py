"""Every % command: documented, completed, and its examples work when they are typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tensorsh import Session
from tensorsh.session import SCRIPT_FUNCTIONS
from tensorsh.shell.commands import COMMANDS

VALUES = (
    "x = rand(3, 4, 5); y = rand(5); a = rand(2, 3); b = rand(3); mask = x > 0.5; batch = rand(2, 3, 8, 8)\n"
    "w = ones(3, requires_grad=True); loss = (w * w).sum(); loss.backward()"
)
# What an example needs in place of the values above.
INSTEAD = {
    "%plot": "x = rand(5); y = rand(5)",
    "%image x": "x = rand(8, 8)",
    "%summary x.grad": "x = ones(3, requires_grad=True); x.sum().backward()",
    "%heat x[0]": "x = rand(3, 4, 5)",
    "%debug": "y = 1",
    "%nan loss": "w = ones(3, requires_grad=True); loss = (w * w).sum()",
    "%trace": "x = rand(2, 3)",
    "%timeit x @ x": "x = ones(2, 2)",
}
# What is typed before an example, or before all of a command's.
FIRST = {
    "%undo": "y = 1\ry = 2\ry = 3\r",
    "%save": "y = 1\r",
    "%export": "y = 1\r",
    "%debug": "1 / 0\r",
    "%trace off": "%trace on\r",
}
EXAMPLES = [
    (command.name, line.strip())
    for command in COMMANDS.values()
    for line in command.doc.splitlines()
    if line.startswith(f"    %{command.name}")
]


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_command_says_what_it_does(command: Any) -> None:
    assert command.usage.startswith(f"%{command.name}")
    assert command.summary and not command.summary.endswith(".") and len(command.summary) <= 72
    assert all(len(line) <= 119 for line in command.doc.splitlines())


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_command_is_completed_and_has_help(cells: Any, command: Any) -> None:
    from tensorsh.shell.completion import candidates

    assert command.name in [found.text for found in candidates(f"%{command.name[:-1]}", cells.shell)]
    candidates(f"%{command.name} ", cells.shell)
    candidates(f"%{command.name} --", cells.shell)
    assert cells.run(f"%help {command.name}").out.startswith(command.usage)


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[example for _, example in EXAMPLES])
def test_an_example_works_when_it_is_typed(
    type_keys: Any, name: str, example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if name in ("load", "run"):
        (tmp_path / "lesson.tsh").write_text("z = 1\n")
    session = Session(0)
    before = next((text for start, text in INSTEAD.items() if example.startswith(start)), VALUES)
    session.run(before)
    leave = "q" if "--step" in example else "\x1b\r" if name == "load" else ""
    typed_before = FIRST.get(example, FIRST.get(f"%{name}", ""))
    typed = type_keys(f"{typed_before}{example}\r{leave}", session)
    assert typed.err.replace("ZeroDivisionError", "").count("Error") == 0
    assert "%" + name + ":" not in typed.err


@pytest.mark.parametrize("name", ["plot", "hist", "heat", "image", "summary", "progress"])
def test_the_example_of_a_scripts_function_works(name: str) -> None:
    session = Session(0)
    documentation = session.environment.lookup(name).doc
    (example,) = [line.strip() for line in documentation.splitlines() if line.startswith("        ")]
    assert f"{name}(" in example
    session.run(example)


def test_scripts_functions_shadow_nothing() -> None:
    from tensorsh import torch

    names = Session().environment.builtins
    assert not [name for name in SCRIPT_FUNCTIONS if name in names or hasattr(torch, name)]


# What a command says in a sentence, in a window of 40 columns.
NARROW = [
    ("%nan", "%nan: needs a statement, as in %nan\n  loss.backward()\n"),
    ("%sharee", "%sharee: there is no such command; did\n  you mean %share?\n"),
    ("%nothing", "%nothing: there is no such command;\n  %help lists them all\n"),
    ("!ls", "!ls: the shell runs no programs of the\n  system; %load, %run, %save and %export\n  work with files\n"),
    ("%reset", "All variables are gone; %undo brings\n  them back.\n"),
    ("%hist x --bin=3", "%hist: there is no option --bin; did you\n  mean --bins?\n"),
]


@pytest.mark.parametrize(("typed", "said"), NARROW)
def test_sentences_are_folded_at_words(terminal_cells: Any, monkeypatch: pytest.MonkeyPatch, typed: str, said: str) -> None:
    monkeypatch.setattr("tensorsh.shell.app.Shell.width", 40)
    written = terminal_cells.run("x = 1", typed)
    assert written.out + written.err == said
