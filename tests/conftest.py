"""What the tests share: running the command line, in a process of its own where the process itself is what is
tested."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture(autouse=True, scope="session")
def ctrl_c_is_heard() -> None:
    """What a shell starts in the background ignores Ctrl-C, and so would all that the tests start and interrupt."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def tensorsh(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Runs the command line in this process: `tensorsh("run", "x.tsh", stdin="1 + 1")`."""

    def run(*words: str, stdin: str | bytes = "") -> Outcome:
        from tensorsh.cli import main

        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        status = main(list(words))
        return Outcome(status, *capsys.readouterr())

    return run


@pytest.fixture
def tensorsh_process() -> Callable[..., Outcome]:
    """Runs `python -m tensorsh` in a process of its own."""

    def run(*words: str, stdin: str = "", env: dict[str, str] | None = None) -> Outcome:
        done = subprocess.run(
            [sys.executable, "-m", "tensorsh", *words],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
            env={**os.environ, **(env or {})},
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run
