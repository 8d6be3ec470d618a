"""`progress`: the items as they are; a bar on a terminal's standard error, nothing elsewhere."""

from __future__ import annotations

import os
import pty
import re
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


def on_a_terminal(code: str, *options: str, both: bool = False) -> tuple[str, str]:
    """Standard output, and what a terminal at standard error gets; with `both`, the terminal gets all of it."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(
        [sys.executable, "-m", "tensorsh", *options, "-c", code],
        stdout=theirs if both else subprocess.PIPE,
        stderr=theirs,
        env=environment,
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
        printed = b"" if process.stdout is None else process.stdout.read()
    os.close(ours)
    return printed.decode(), drawn.decode()


def left_on_screen(drawn: str) -> list[str]:
    """The lines that a terminal shows in the end, of what goes up a line, erases one, and writes."""
    lines, row, column = [""], 0, 0
    for piece in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", drawn):
        if piece == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif piece == "\r":
            column = 0
        elif piece[0] != "\x1b":
            lines[row] = lines[row][:column].ljust(column) + piece + lines[row][column + len(piece) :]
            column += len(piece)
        elif piece[-1] == "A":
            row -= int(piece[2:-1])
        elif piece == "\x1b[2K":
            lines[row] = ""
    return [line.rstrip() for line in lines if line.strip()]


def test_a_bar_on_a_terminals_standard_error() -> None:
    printed, drawn = on_a_terminal(LOOP)
    assert printed == "0\n1\n2\n"
    assert "training" in drawn and "3/3" in drawn and "100%" in drawn


def test_what_is_printed_stands_above_the_bar() -> None:
    _, drawn = on_a_terminal("for i in progress(range(3)):\n    print('at', i)\nprint('end')", both=True)
    *above, bar, last = left_on_screen(drawn)
    assert above == ["at 0", "at 1", "at 2"] and "3/3" in bar and last == "end"


def test_a_line_that_is_not_ended_comes_after_the_bar() -> None:
    _, drawn = on_a_terminal("for i in progress(range(3)):\n    print(i, end=' ')\nprint('end')", both=True)
    bar, last = left_on_screen(drawn)
    assert "3/3" in bar and last == "0 1 2 end"


def test_loops_within_a_loop_share_the_display() -> None:
    code = "for i in progress(range(2), 'outer'):\n    for j in progress(range(3), '[inner]'):\n        print(i, j)"
    _, drawn = on_a_terminal(code, both=True)
    *above, bar = left_on_screen(drawn)
    assert above == [f"{i} {j}" for i in range(2) for j in range(3)]
    assert bar.startswith("outer") and "2/2" in bar and "[inner]" in drawn


def test_without_colour_a_bar_has_none() -> None:
    coloured = re.compile(r"\x1b\[[0-9;]*m")
    assert coloured.search(on_a_terminal(LOOP, both=True)[1])
    assert not coloured.search(on_a_terminal(LOOP, "--color=never", both=True)[1])


def test_a_screen_reader_gets_words() -> None:
    code = "for i in progress(range(2), 'outer'):\n    for j in progress(range(3)): pass"
    assert on_a_terminal(code, "--plain")[1] == "outer: 2 of 2, 0 s\r\n"
    assert on_a_terminal("for i in progress(iter([1])): pass", "--plain")[1] == "progress: 1, 0 s\r\n"


def test_a_loop_that_stops_early_leaves_the_terminal_as_it_was() -> None:
    _, drawn = on_a_terminal("for i in progress(range(10)):\n    if i == 2: break\n")
    # Whoever hides the cursor shows it again.
    assert drawn.count("\x1b[?25l") == drawn.count("\x1b[?25h")


def test_nothing_is_imported_before_a_bar_is_drawn() -> None:
    run = "from tensorsh import Session\nSession().run('for i in progress(range(2)): i')\n"
    code = f"import sys\n{run}assert 'rich' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
