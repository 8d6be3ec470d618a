"""`progress`: the items as they are; a bar on a terminal's standard error, nothing elsewhere."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tensorsh import Session, TensorshError

LOOP = "for i in progress(range(3), 'training'):\n    print(i)\n"


def test_a_script_in_a_pipe_writes_nothing_but_its_own(tensorsh_process: Callable[..., Any]) -> None:
    done = tensorsh_process("-c", LOOP)
    assert (done.out, done.err, done.status) == ("0\n1\n2\n", "", 0)


@pytest.mark.parametrize(
    ("source", "out"),
    [
        ("list(progress([4, 5]))", "[4, 5]\n"),
        ("[x.item() for x in progress(arange(3))]", "[0, 1, 2]\n"),
        ("list(progress(zip([1], [2]), total=1))", "[(1, 2)]\n"),
        ("for a, b in progress(enumerate(['x']), label='n'): print(a, b)", "0 x\n"),
        ("next(progress(range(3)))", "0\n"),
    ],
)
def test_anything_that_can_be_looped_over(source: str, out: str) -> None:
    assert Session().run(source) == out


@pytest.mark.parametrize(
    ("source", "message"),
    [("progress(3)", "'int' object is not iterable"), ("progress([1], 2)", "progress() label must be a text, not int")],
)
def test_what_cannot_be_looped_over(source: str, message: str) -> None:
    with pytest.raises(TensorshError) as failure:
        Session().run(source)
    assert str(failure.value) == message and failure.value.type_name == "TypeError"


def on_a_terminal(code: str) -> tuple[str, str]:
    """Standard output, and what a terminal at standard error gets."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    with subprocess.Popen(
        [sys.executable, "-m", "tensorsh", "-c", code], stdout=subprocess.PIPE, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        drawn = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # Linux ends a terminal that nobody holds open this way
                break
            if not piece:
                break
            drawn += piece
        assert process.stdout is not None
        printed = process.stdout.read()
    os.close(ours)
    return printed.decode(), drawn.decode()


def test_a_bar_on_a_terminals_standard_error() -> None:
    printed, drawn = on_a_terminal(LOOP)
    assert printed == "0\n1\n2\n"
    assert "training" in drawn and "3/3" in drawn and "100%" in drawn


def test_a_loop_that_stops_early_leaves_the_terminal_as_it_was() -> None:
    _, drawn = on_a_terminal("for i in progress(range(10)):\n    if i == 2: break\n")
    # Whoever hides the cursor shows it again.
    assert drawn.count("\x1b[?25l") == drawn.count("\x1b[?25h")


def test_nothing_is_imported_before_a_bar_is_drawn() -> None:
    run = "from tensorsh import Session\nSession().run('for i in progress(range(2)): i')\n"
    code = f"import sys\n{run}assert 'rich' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
