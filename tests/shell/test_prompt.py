"""The plain prompt: keystrokes in, text out."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from tensorsh import Session
from tensorsh.shell.prompt import history_file, run_prompt

CONTROL_C, CONTROL_D = "\x03", "\x04"

CASES = [
    # keys, stdout, stderr
    ("1 + 1\r", "2\n", ""),
    ("x = 3\rx\r", "3\n", ""),
    ("for i in range(2):\r    print(i)\r\r", "0\n1\n", ""),
    ("sum([1,\r2])\r", "3\n", ""),
    (f"1 + {CONTROL_C}5\r", "5\n", ""),
    ("\r\r7\r", "7\n", ""),
    ("1 / 0\r2\r", "2\n", "ZeroDivisionError: division by zero\n"),
    ("raise KeyboardInterrupt\r3\r", "3\n", "KeyboardInterrupt\n"),
]


def type_keys(keys: str) -> int:
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
        keyboard.send_text(keys + CONTROL_D)
        return run_prompt(Session())


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(("keys", "out", "err"), CASES)
def test_keys(capsys: pytest.CaptureFixture[str], keys: str, out: str, err: str) -> None:
    assert type_keys(keys) == 0
    captured = capsys.readouterr()
    assert captured.out == out
    assert captured.err.endswith(err) and bool(captured.err) == bool(err)


def test_history_is_kept_and_private(state_folder: Path) -> None:
    type_keys("x = 'remembered'\r")
    assert history_file() == state_folder / "tensorsh" / "history"
    assert "+x = 'remembered'" in history_file().read_text()
    assert stat.S_IMODE(history_file().stat().st_mode) == 0o600
