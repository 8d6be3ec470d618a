"""Every key of the shell, pressed: what the cell is afterwards. The keys that belong to readline are tried too."""

from __future__ import annotations

import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from tensorsh import Session
from tensorsh.shell.app import Shell
from tensorsh.shell.config import Config
from tensorsh.shell.history import SharedHistory
from tensorsh.shell.keys import DESCRIBED, KEYS
from tensorsh.shell.prompt import Prompt

ESCAPE, TAB, BACKSPACE = "\x1b", "\t", "\x7f"
CONTROL_C = "\x03"  # ends the test where the keys before it do not run the cell
ALT_ENTER = ESCAPE + "\r"
UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
UNDO, REDO = "\x1f", "\x1b\x1f"
PAUSE = "<pause>"  # what completes in the background (suggestions, the editor) has time to


def pasted(text: str) -> str:
    return f"\x1b[200~{text}\x1b[201~"


def send(keyboard: PipeInput, keys: str) -> None:
    first, *rest = (keys + CONTROL_C).split(PAUSE)
    keyboard.send_text(first)

    def later() -> None:
        for part in rest:
            time.sleep(0.5)
            keyboard.send_text(part)

    threading.Thread(target=later).start()


def read_or_fail(prompt: Prompt) -> str:
    try:
        return prompt.read()
    except KeyboardInterrupt:
        pytest.fail("the keys did not run the cell")


def read_cell(typed: str, folder: Path, before: tuple[str, ...] = (), **settings: object) -> str:
    """The cell that the typed keys make. `before` is what the history holds."""
    shell = Shell(Session(0), colour="256", config=Config())
    for name, value in settings.items():
        shell.config.set(name, value)
    history = SharedHistory(folder / "history")
    for entry in before:
        history.store_string(entry)
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
        send(keyboard, typed)
        return read_or_fail(Prompt(shell, history))


EMACS = [
    # keys, the cell
    ("x\r", "x"),
    ("f(\r1)\r", "f(\n    1)"),
    ("if x:\ry\r\r", "if x:\n    y"),
    ("def f():\rreturn\rz\r\r", "def f():\n    return\nz"),
    ("for i in x:\rif i:\rbreak\rj\r\r", "for i in x:\n    if i:\n        break\n    j"),
    ("x\x0fy\r", "x\ny"),
    ("if x:" + ALT_ENTER, "if x:"),
    ("x = [\r1,\r2]\r", "x = [\n    1,\n    2]"),
    ("if x:\r" + TAB + "y\r\r", "if x:\n        y"),
    ("if x:\ry\r" + BACKSPACE + "z\r", "if x:\n    y\nz"),
    ("if x:\rif y:\rz\r" + BACKSPACE + "w\r\r", "if x:\n    if y:\n        z\n    w"),
    ("x" + UNDO + "y\r", "y"),
    ("abc" + UNDO + REDO + "\r", "abc"),
    ("abc" + UNDO + "\x18\x12" + "\r", "abc"),
    ("abc\x01z\r", "zabc"),
    ("abc\x01\x0bd\x19\r", "dabc"),
    ("one two\x17three\r", "one three"),
    ("x" + LEFT + "y\r", "yx"),
    ("softma" + TAB + "\r", "softmax"),
    ("%foot" + TAB + " off\r", "%footer off"),
    ("x?\r", "x?"),
    ("%%time\rx\r\r", "%%time\nx"),
    ("  x\r", "  x"),
    ("!ls\r", "!ls"),
]


@pytest.mark.parametrize(("keys", "cell"), EMACS)
def test_emacs_keys(tmp_path: Path, keys: str, cell: str) -> None:
    assert read_cell(keys, tmp_path) == cell


VI = [
    ("x\r", "x"),
    ("if x:\ry\r\r", "if x:\n    y"),
    ("abc" + ESCAPE + "0iz" + ESCAPE + "\r", "zabc"),
    ("abc" + ESCAPE + "x\r", "ab"),
    ("abc" + ESCAPE + "xu\r", "abc"),
    ("abc" + ESCAPE + "xu\x12\r", "ab"),
    ("one two" + ESCAPE + "0dwA three" + ESCAPE + "\r", "two three"),
]


@pytest.mark.parametrize(("keys", "cell"), VI)
def test_vi_keys(tmp_path: Path, keys: str, cell: str) -> None:
    assert read_cell(keys, tmp_path, keys="vi") == cell


PASTES = [
    # what is pasted into an empty cell, the cell that runs
    ("x = 1\ny = 2", "x = 1\ny = 2"),
    ("x = 1\r\ny = 2\r\n", "x = 1\ny = 2"),
    ("for i in x:\n    print(i)\n\nprint('done')\n", "for i in x:\n    print(i)\n\nprint('done')"),
    ("for i in x:\n    print(i)\n", "for i in x:\n    print(i)"),
    ("    if x:\n        y\n    z\n", "if x:\n    y\nz"),
    (">>> x = 1\n>>> for i in x:\n...     i\n...\n1\n>>> y\n", "x = 1\nfor i in x:\n    i\n\ny"),
    ("In [5]: x = [1,\n   ...:      2]\n\nIn [6]: x\nOut[6]: [1, 2]\n", "x = [1,\n     2]\nx"),
    (">>> x", "x"),
    ("In [7]: x", "x"),
    ("Index = 3", "Index = 3"),
    ("```python\nx = 1\n```\n", "x = 1"),
    ("In [9]:\nx = 1\nprint(x)\n\n1\n", "x = 1\nprint(x)"),
    ("if x:\n\ty\n", "if x:\n    y"),
]


@pytest.mark.parametrize(("text", "cell"), PASTES)
def test_paste(tmp_path: Path, text: str, cell: str) -> None:
    assert read_cell(pasted(text) + "\r", tmp_path) == cell


def test_paste_into_a_line_changes_nothing_else(tmp_path: Path) -> None:
    assert read_cell("f(" + pasted("a, b\n") + ")\r", tmp_path) == "f(a, b)"


def test_without_auto_indent_new_lines_begin_at_the_margin(tmp_path: Path) -> None:
    assert read_cell("if x:\r  y\r\r", tmp_path, auto_indent=False) == "if x:\n  y"


HISTORY = [
    # keys, the cell, after "first = 1" and "def f():\n    second" were typed
    (UP + "\r", "def f():\n    second"),
    (UP + UP + UP + "\r", "first = 1"),
    (UP + UP + UP + DOWN + "\r", "def f():\n    second"),
    ("\x12first\r\r", "first = 1"),
    ("\x12SECOND\r\r", "def f():\n    second"),
    ("\x12nothing\x07new\r", "new"),
    ("fir" + PAUSE + RIGHT + "\r", "first = 1"),
    ("fir" + PAUSE + "\x05\r", "first = 1"),
]


@pytest.mark.parametrize(("keys", "cell"), HISTORY)
def test_history(tmp_path: Path, keys: str, cell: str) -> None:
    shell = Shell(Session(0), colour="256", config=Config())
    history = SharedHistory(tmp_path / "history")
    for entry in ("first = 1", "def f():\n    second"):
        history.store_string(entry)
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
        prompt = Prompt(shell, history)
        # The history is read in the background: it is there once the first cell has been read.
        keyboard.send_text("\x1b[200~0\x1b[201~\r")
        prompt.read()
        history._loaded_strings.pop(0)
        send(keyboard, keys)
        assert read_or_fail(prompt) == cell


def test_the_editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "edited = 1" > "$1"\n')
    editor.chmod(0o755)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(editor))
    assert read_cell("x\x18\x05" + PAUSE + "\r", tmp_path) == "edited = 1"
    assert read_cell("x" + ESCAPE + "v" + PAUSE + "\r", tmp_path, keys="vi") == "edited = 1"


def test_control_c_and_control_d(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception):
        read_cell("something" + CONTROL_C, tmp_path)
    with pytest.raises(EOFError):
        read_cell("\x04", tmp_path)


def test_control_d_in_a_cell_deletes(tmp_path: Path) -> None:
    assert read_cell("xy" + LEFT + "\x04\r", tmp_path) == "x"


def test_every_key_is_described() -> None:
    described = {shown for shown, _ in DESCRIBED}
    assert {key.shown for key in KEYS if key.shown} <= described
    assert all(doc for _, doc in DESCRIBED)


def test_history_is_kept_and_private(type_keys: Callable, own_folders: Path) -> None:
    type_keys("x = 'remembered'\r")
    path = own_folders / "state" / "tensorsh" / "history"
    assert "+x = 'remembered'" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert type_keys("\x12remem\r\rx\r").out.endswith("Out[2]: 'remembered'\n")
