"""Every key of the shell, pressed: what the cell is afterwards. The keys that belong to readline are tried too."""

from __future__ import annotations

import random
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from tensorsh import Session
from tensorsh.shell import keys as key_table
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
            time.sleep(0.3)
            at_rest()
            keyboard.send_text(part)

    threading.Thread(target=later).start()


def at_rest() -> None:
    """Wait until this process has had nothing to do for a while, or has had all the time that it may need."""
    for _ in range(25):
        before = time.process_time()
        time.sleep(0.2)
        if time.process_time() - before < 0.01:
            return


def read_or_fail(prompt: Prompt) -> str:
    try:
        return prompt.read()
    except KeyboardInterrupt:
        pytest.fail("the keys did not run the cell")


def read_cell(typed: str, folder: Path, before: tuple[str, ...] = (), code: str = "", **settings: object) -> str:
    """The cell that the typed keys make. `before` is what the history holds, `code` what has run."""
    shell = Shell(Session(0), colour="256", config=Config())
    shell.session.run(code)
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
    ("one two\x01\x05three\r", "one twothree"),
    ("one two\x15three\r", "three"),
    ("one\x0cx\r", "onex"),
    ("one\x07\r", "one"),
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


CODE = """\
weights = torch.ones(2, 3)
table = {"bias": weights}
def scale(value, factor=2): return value
"""
TABS = [
    # keys, the cell
    ("weig" + TAB + "\r", "weights"),
    ("weights.requires_grad" + TAB + "\r", "weights.requires_grad"),
    ("weights.unsq" + TAB + "(0)\r", "weights.unsqueeze(0)"),
    ("weights.unsq" + TAB + PAUSE + DOWN + "\r(0)\r", "weights.unsqueeze(0)"),
    ("weights.unsq" + TAB + PAUSE + DOWN + DOWN + "\r(0)\r", "weights.unsqueeze_(0)"),
    ("weights.unsq" + TAB + PAUSE + TAB + TAB + "\r(0)\r", "weights.unsqueeze_(0)"),
    ("weights.unsq" + TAB + PAUSE + TAB + "\x07(0)\r", "weights.unsqueeze(0)"),
    ("torch.nn.functional.cross_e" + TAB + "\r", "torch.nn.functional.cross_entropy"),
    ("torch.sum(weights, keep" + TAB + "True)\r", "torch.sum(weights, keepdim=True)"),
    ("scale(1, fac" + TAB + "3)\r", "scale(1, factor=3)"),
    ("scale(1, fctr" + TAB + "3)\r", "scale(1, factor=3)"),
    ("table['b" + TAB + "']\r", "table['bias']"),
    ("table['bias'].requires_grad_" + TAB + "()\r", "table['bias'].requires_grad_()"),
    ("sftmx" + TAB + PAUSE + DOWN + "\r\r", "softmax"),
    ("'folder/wei" + TAB + "'\r", "'folder/weights.npy'"),
    ("%foo" + TAB + " of" + TAB + "\r", "%footer off"),
    ("%set key" + TAB + " v" + TAB + "\r", "%set keys vi"),
    ("%run folder/wei" + TAB + "\r", "%run folder/weights.npy"),
    ("%hist weights --bi" + TAB + "3\r", "%hist weights --bins=3"),
    ("%summary weig" + TAB + "\r", "%summary weights"),
    ("?softma" + TAB + "\r", "?softmax"),
    ("from torch import softma" + TAB + "\r", "from torch import softmax"),
    ("import nu" + TAB + "\r", "import numpy"),
    ("weig" + TAB + UNDO + "\r", "weig"),
    ("nosuchname" + TAB + "\r", "nosuchname"),
    ("# soft" + TAB + "\r", "# soft"),
    ("'soft" + TAB + "'\r", "'soft'"),
]


@pytest.mark.parametrize(("keys", "cell"), TABS)
def test_tab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: str, cell: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "weights.npy").touch()
    monkeypatch.chdir(tmp_path)
    assert read_cell(keys, tmp_path, code=CODE) == cell


def test_completions_come_while_typing_if_they_are_wanted(tmp_path: Path) -> None:
    keys = "weights.unsq" + PAUSE + DOWN + "\r(0)\r"
    assert read_cell(keys, tmp_path, code=CODE, complete_while_typing=True) == "weights.unsqueeze(0)"


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


@pytest.mark.parametrize(
    ("keys", "cell"),
    [
        (">>> x = 1\r", "x = 1"),
        ("In [12]: x\r", "x"),
        (">>> for i in x:\rprint(i)\r\r", "for i in x:\n    print(i)"),
        ("x >> 1\r", "x >> 1"),
    ],
)
def test_a_prompt_that_was_typed_is_taken_away(tmp_path: Path, keys: str, cell: str) -> None:
    assert read_cell(keys, tmp_path) == cell


def test_without_auto_indent_new_lines_begin_at_the_margin(tmp_path: Path) -> None:
    assert read_cell("if x:\r  y\r\r", tmp_path, auto_indent=False) == "if x:\n  y"


HISTORY = [
    # keys, the cell, after "first = 1" and "def f():\n    second" were typed
    (UP + "\r", "def f():\n    second"),
    (UP + UP + UP + "\r", "first = 1"),
    (UP + UP + UP + DOWN + "\r", "def f():\n    second"),
    ("fi" + UP + "\r", "first = 1"),
    ("nothing" + UP + "\r", "nothing"),
    ("fi" + UP + DOWN + "nd\r", "find"),
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
    editor.write_text('#!/bin/sh\necho "edited = 1" > "$1"\n')  # quick, but a process of its own
    editor.chmod(0o755)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(editor))
    assert read_cell("x\x18\x05" + 4 * PAUSE + "\r", tmp_path) == "edited = 1"
    assert read_cell("x" + ESCAPE + "v" + 4 * PAUSE + "\r", tmp_path, keys="vi") == "edited = 1"


def test_control_c_and_control_d(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception):
        read_cell("something" + CONTROL_C, tmp_path)
    with pytest.raises(EOFError):
        read_cell("\x04", tmp_path)


def test_control_d_in_a_cell_deletes(tmp_path: Path) -> None:
    assert read_cell("xy" + LEFT + "\x04\r", tmp_path) == "x"


def test_every_key_is_pressed_in_these_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pressed: set[str] = set()
    monkeypatch.setenv("EDITOR", "true")
    for name in {key.command.__name__ for key in KEYS}:
        command = getattr(key_table, name)

        def noted(shell: Shell, event: Any, command: Any = command, name: str = name) -> None:
            pressed.add(name)
            command(shell, event)

        table = [key._replace(command=noted) if key.command is command else key for key in key_table.KEYS]
        monkeypatch.setattr(key_table, "KEYS", tuple(table))
    for typed, _ in EMACS:
        read_cell(typed, tmp_path)
    read_cell(pasted("x") + "\x18\x05" + PAUSE + "\r", tmp_path)
    read_cell("weights.unsq" + TAB + PAUSE + DOWN + "\r(0)\r", tmp_path, code=CODE)
    assert pressed == {key.command.__name__ for key in KEYS}


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


PIECES = (
    "\t", "x", "x.", "torch.", "softm", "(", ")", "[", "]", "{", "'", '"', "f'", '"""', "#", "%", "%he", "?", "=", "|>", "\\",
    "\r", "\r\r", "\x7f", UP, DOWN, RIGHT, LEFT, ALT_ENTER, "\x12", "\x07", UNDO, "\x01", "\x05", "\x0b", "\x15", "\x17",
    "\x19", "\x0f", CONTROL_C, "d['", "é", "量", "\0", "for i in x:", "def f(", "import ", "class ", pasted(">>> a\n1\n"),
    "!ls", "'~/", "%undo", "%debug", "_", "In[", "@", "$", ESCAPE, "\x1b[Z", "\x1b[3~", "\x14", "\x18\x18",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_keys_at_random_break_nothing(type_keys: Callable, seed: int) -> None:
    chooser = random.Random(seed)
    typed = "".join(chooser.choice(PIECES) for _ in range(40))
    session = Session(0)
    session.run("x = torch.ones(2, 3); d = {'a': x}")
    mode = "%set keys vi\r" if seed % 2 else ""
    done = type_keys(f"{mode}{typed}\x07{CONTROL_C * 3}{ESCAPE}i{CONTROL_C}\x04", session)
    assert done.status == 0
    assert "Traceback" not in done.out + done.err and "Unhandled" not in done.out + done.err
