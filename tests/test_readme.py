"""Every command that the README shows prints what the README says."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
TRANSCRIPT = re.compile(r"^    \$ (.+)\n((?:    (?!\$ ).*\n)*)", re.MULTILINE)
COMMANDS = TRANSCRIPT.findall(README.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("command", "shown"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_command(command: str, shown: str) -> None:
    here = f"{sys.executable} -m tensorsh"
    script = re.sub(r"^tensorsh|(?<=\| )tensorsh", lambda _: here, command)
    done = subprocess.run(["sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.stdout == "".join(line[4:] + "\n" for line in shown.splitlines())


def test_there_are_commands() -> None:
    assert len(COMMANDS) >= 5


def test_its_pictures_are_there() -> None:
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README.read_text(encoding="utf-8"))
    assert len(pictures) >= 4
    assert all((README.parent / picture).read_text(encoding="utf-8").startswith("<svg") for picture in pictures)


def test_python() -> None:
    assert doctest.testfile(str(README), module_relative=False, encoding="utf-8").failed == 0
