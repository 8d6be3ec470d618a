"""The shell on a real terminal (a pty): start, paste, Ctrl-C, Ctrl-D, resizing, colour, fast typing."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pty")

ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[()][A-Z0-9]|[=>])")
COLOURS = re.compile(r"\x1b\[[0-9;]*[1-9][0-9;]*m")


class Terminal:
    """A program on a pty. `text` is all that it has written."""

    def __init__(self, folder: Path, *options: str, columns: int = 80, **environment: str) -> None:
        self.terminal, other = os.openpty()
        self.resize(columns)
        self.text = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tensorsh", *options],
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
            env={
                **{name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLORTERM", "TERM_PROGRAM")},
                "TERM": "xterm-256color",
                # There is nobody here to answer where the cursor is.
                "PROMPT_TOOLKIT_NO_CPR": "1",
                "XDG_STATE_HOME": str(folder),
                "XDG_CONFIG_HOME": str(folder),
                **environment,
            },
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(other)

    def send(self, keys: str) -> None:
        os.write(self.terminal, keys.encode())

    def resize(self, columns: int, lines: int = 24) -> None:
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    @property
    def plain(self) -> str:
        return ESCAPES.sub("", self.text).replace("\r", "")

    def read(self, seconds: float) -> None:
        if select.select([self.terminal], [], [], seconds)[0]:
            try:
                self.text += os.read(self.terminal, 65536).decode(errors="replace")
            except OSError:
                return

    def until(self, text: str, seconds: float = 20) -> float:
        """Read until `text` stands there; how long that took."""
        begun = time.monotonic()
        while text not in self.plain:
            self.read(0.05)
            if time.monotonic() - begun > seconds:
                pytest.fail(f"{text!r} does not come; there is {self.plain[-2000:]!r}")
        return time.monotonic() - begun

    def ended(self, seconds: float = 10) -> int:
        begun = time.monotonic()
        while self.process.poll() is None and time.monotonic() - begun < seconds:
            self.read(0.05)
        return self.process.wait(timeout=1)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        if terminal.process.poll() is None:
            terminal.process.kill()
        terminal.process.wait()
        os.close(terminal.terminal)


@pytest.fixture
def start(terminals: list[Terminal], tmp_path: Path):
    def begin(*options: str, **settings: object) -> Terminal:
        terminal = Terminal(tmp_path, *options, **settings)  # type: ignore[arg-type]
        terminals.append(terminal)
        terminal.until("In [1]:")
        return terminal

    return begin


def test_start_value_footer_and_control_d(start) -> None:
    shell = start()
    shell.send("x = torch.ones(2)\r")
    shell.until("In [2]:")
    shell.send("x[:1]\r")
    shell.until("In [3]:")
    assert "Out[2]: tensor([1.])\n[1] float32 · view of x\n" in shell.plain
    shell.send("\x04")
    assert shell.ended() == 0


def test_paste_of_a_cell(start) -> None:
    shell = start()
    shell.send("\x1b[200~for i in range(3):\n    if i:\n        print('at', i * 10)\n\nprint('done')\x1b[201~\r")
    shell.until("done\n")
    assert "at 10\nat 20\ndone\n" in shell.plain


def test_a_warning_says_which_cell_it_speaks_of_in_each(start) -> None:
    shell = start()
    shell.send("a = torch.arange(6.)\r")
    shell.until("In [2]:")
    shell.send("def lose():\ra[a > 2][0] = 1\r\r")
    shell.until("In [3]:")
    for number in (3, 4):
        shell.send("lose(); lose()\r")
        shell.until(f"In [{number + 1}]:")
    assert shell.plain.count("\nIn [2], line 2: LostWrite: a[a > 2] is a copy") == 2


LOOPS = [
    "while True: pass",
    "[i for i in iter(lambda: 0, 1)]",
    "while True: x = torch.ones(400, 400) @ torch.ones(400, 400)",
]


@pytest.mark.parametrize("cell", LOOPS)
def test_control_c_stops_and_the_shell_goes_on(start, cell: str) -> None:
    shell = start()
    shell.send("torch.ones(2) @ torch.ones(2)\r")
    shell.until("In [2]:")
    shell.send(cell + "\r")
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        shell.read(0.05)
    shell.send("\x03")
    assert shell.until("KeyboardInterrupt") < 1
    shell.until("In [3]:")
    shell.send("\x03\x03\x03")
    shell.send("40 + 2\r")
    shell.until("Out[3]: 42")
    shell.send("\x04")
    assert shell.ended() == 0


def test_many_control_c_kill_nothing(start) -> None:
    shell = start()
    shell.send("while True: pass\r")
    for _ in range(20):
        time.sleep(0.02)
        shell.process.send_signal(signal.SIGINT)
        shell.read(0)
    shell.until("KeyboardInterrupt")
    shell.until("In [2]:")
    shell.send("\x0340 + 2\r")
    shell.until(": 42")


def test_resizing(start) -> None:
    shell = start()
    shell.send("x = 1; y = 2; x + y")
    shell.until("x + y")
    for columns in (40, 300, 20, 80):
        shell.resize(columns)
        shell.process.send_signal(signal.SIGWINCH)
        shell.read(0.2)
    shell.send("\r")
    shell.until("Out[1]: 3")


@pytest.mark.parametrize("columns", [40, 300])
def test_narrow_and_wide_windows(start, columns: int) -> None:
    shell = start(columns=columns)
    shell.send("x = torch.ones(2, 3, requires_grad=True); names = [x]\r")
    shell.until("In [2]:")
    shell.send("x.t() * 2 + 3\r")
    shell.until("grad_fn AddBackward0")
    line = next(line for line in shell.plain.split("\n") if line.startswith("[3, 2] float32"))
    assert len(line) <= columns


COLOURLESS = [((), {"NO_COLOR": "1"}), (("--color=never",), {}), (("--plain",), {}), ((), {"TERM": "dumb"})]


@pytest.mark.parametrize(("options", "environment"), COLOURLESS)
def test_no_colour(start, options: tuple[str, ...], environment: dict[str, str]) -> None:
    shell = start(*options, **environment)
    shell.send("torch.ones(2)\r")
    shell.until("[2] float32")
    shell.send("1 / 0  # comment\r")
    shell.until("ZeroDivisionError")
    shell.until("In [3]:")
    shell.send("\x04")
    assert shell.ended() == 0
    assert not COLOURS.search(shell.text)


def test_a_dumb_terminal_shows_whole_cells(start) -> None:
    shell = start(TERM="dumb")
    shell.send("def f(a):\rreturn a + [2]\r\r")
    shell.until("In [2]:")
    assert "In [1]: def f(a):\n   ...:     return a + [2]\n   ...: \n" in shell.plain
    shell.send("\x1b[A")
    shell.until("In [2]: def f(a):\n   ...:     return a + [2]")
    shell.send("\x03")
    shell.until("return a + [2]\nIn [2]: ")
    shell.send("f([1\x083])\r")
    shell.until("Out[2]: [3, 2]")
    assert "f([1\b \b3])" in shell.plain


def test_a_terminal_without_unicode_gets_lookalikes(start) -> None:
    shell = start(LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", TERM="dumb")
    shell.send("x = torch.ones(2, 3); x.t()\r")
    shell.until("[3, 2] float32 - view of x\n")
    shell.send("%summary x\r")
    shell.until("range      1 ~ 1\n")
    shell.send("x @ x\r")
    shell.until("float32 [2, 3]\n")
    assert "Encode" not in shell.plain and "\ufffd" not in shell.plain


def test_colour(start) -> None:
    shell = start()
    shell.send("for i in range(1): print('text')\r\r")
    shell.until("In [2]:")
    assert COLOURS.search(shell.text)


def test_fast_typing_loses_nothing(start) -> None:
    shell = start()
    cell = "x = [" + ", ".join(str(n) for n in range(100)) + "]; sum(x), len(x), 'done'"
    for at in range(0, len(cell), 20):
        shell.send(cell[at : at + 20])
        time.sleep(0.1)
    shell.send("\r")
    shell.until("Out[1]: (4950, 100, 'done')")


def test_keys_pressed_while_a_cell_runs_are_kept(start) -> None:
    shell = start()
    shell.send("for i in range(2_000_000): pass\r\r")
    time.sleep(0.05)
    shell.send("20 + 1\r20 + 2\r")
    shell.until("Out[3]: 22")
    assert "Out[2]: 21" in shell.plain


def test_the_terminal_is_left_as_it_was(start) -> None:
    shell = start()
    shell.send("1\r")
    shell.until("Out[1]")
    shell.send("\x04")
    shell.ended()
    assert termios.tcgetattr(shell.terminal)[3] & termios.ECHO


@pytest.mark.parametrize("options", [("--help",), ("run", "--help")])
@pytest.mark.parametrize("columns", [40, 60, 120])
def test_help_keeps_to_the_width(terminals: list[Terminal], tmp_path: Path, options: tuple[str, ...], columns: int) -> None:
    from tensorsh.cli import HELP, RUN_HELP

    terminals.append(Terminal(tmp_path, *options, columns=columns))
    assert terminals[-1].ended() == 0
    assert max(map(len, terminals[-1].plain.split("\n"))) <= columns
    assert terminals[-1].plain.split() == (HELP if options == ("--help",) else RUN_HELP).split()
