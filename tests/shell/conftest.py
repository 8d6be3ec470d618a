"""Typing into the shell: keystrokes go in through a pipe, what it prints comes out as text."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from tensorsh import Session
from tensorsh.shell.app import Shell
from tensorsh.shell.prompt import run_prompt

CONTROL_D = "\x04"


class Typed(NamedTuple):
    out: str
    err: str
    status: int
    session: Session


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test sees or touches the history and the settings of whoever runs it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


@pytest.fixture
def type_keys(capsys: pytest.CaptureFixture[str]) -> Callable[..., Typed]:
    """Types keys at a new shell, then Ctrl-D until it leaves."""

    def run(keys: str, session: Session | None = None) -> Typed:
        session = session or Session(0)
        with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
            keyboard.send_text(keys + CONTROL_D)
            status = run_prompt(session)
        captured = capsys.readouterr()
        return Typed(captured.out, captured.err, status, session)

    return run


class Written(NamedTuple):
    out: str
    err: str


class Cells:
    """A shell without a prompt: cells in, text out."""

    def __init__(self, terminal: bool = False) -> None:
        self._out, self._err = io.StringIO(), io.StringIO()
        self.shell = Shell(Session(0), output=self._out, errors=self._err, terminal=terminal)

    def run(self, *cells: str) -> Written:
        """Runs cells and gives what they wrote since the last time."""
        for cell in cells:
            self.shell.run_cell(cell)
        written = Written(self._out.getvalue(), self._err.getvalue())
        for stream in (self._out, self._err):
            stream.seek(0)
            stream.truncate()
        return written


@pytest.fixture
def cells() -> Cells:
    return Cells()


@pytest.fixture
def terminal_cells() -> Cells:
    return Cells(terminal=True)
