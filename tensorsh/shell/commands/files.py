"""`%save`, `%load` and `%run`: the session to a script, a script to the prompt, a script run here."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from tensorsh.shell.commands.command import (
    FLAG,
    Command,
    CommandError,
    complete_file,
    need,
    option_words,
    read_options,
)

_OPTIONS = {"force": FLAG}


# IPython's way to choose cells, after a file's name: `1-3 7`.
_CELLS = re.compile(r"\S\s+~?\d[-\d\s/~]*\Z")


def file_named(command: str, text: str) -> Path:
    """The file that an argument names, with or without quotes, `~` being the user's home."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    if "\0" in text:
        raise CommandError(command, "a file's name cannot hold a NUL character")
    return Path(os.path.expanduser(text))


def write_program(shell: Any, command: str, path: Path, text: str, force: bool) -> None:
    """Write a program to a file, which must not exist yet unless `force` says that it may be replaced."""
    try:
        with open(path, "w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise CommandError(command, f"{path} exists already; %{command} {path} --force replaces it") from None
    except OSError as error:
        raise CommandError(command, f"cannot write {path}: {error.strerror}") from None


def read_script(command: str, path: Path) -> str:
    """The text of a script."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError(command, f"{path} is not UTF-8 text") from None
    except OSError as error:
        raise CommandError(command, f"cannot read {path}: {error.strerror}") from None


def save(shell: Any, argument: str) -> None:
    from shlex import quote

    from tensorsh.shell.program import Program

    rest, options = read_options("save", argument, _OPTIONS)
    if _CELLS.search(rest):
        raise CommandError("save", "writes all cells that succeeded, and takes no numbers of cells")
    path = file_named("save", need("save", rest, "a file", "%save session.tsh"))
    program = Program(shell, for_python=False)
    count = len(shell.record.program())
    if not count:
        raise CommandError("save", "there is nothing to save yet")
    write_program(shell, "save", path, program.text(), "force" in options)
    shell.write(f"Wrote {count} cell{'s' if count > 1 else ''} to {path}; tensorsh run {quote(str(path))} runs it.\n")
    for trouble in program.troubles:
        shell.write(f"Note: {trouble}.\n")


def load(shell: Any, argument: str) -> None:
    path = file_named("load", need("load", argument, "a file", "%load script.tsh"))
    shell.next_input = read_script("load", path).rstrip("\n")


def run(shell: Any, argument: str) -> None:
    path, words = file_named("run", need("run", argument, "a file", "%run script.tsh")), []
    if not path.exists():
        # A name with blanks needs no quotes unless words for the script follow it.
        # IPython's -i asks for what is the case anyway: the script sees the variables.
        first, *words = _words(argument.removeprefix("-i ").lstrip())
        path = file_named("run", first)
    source = read_script("run", path)
    shell.session.names["argv"] = words
    shell.run_code(source, echo=False, origin=f"%run {argument}", filename=str(path))


def _words(argument: str) -> list[str]:
    import shlex

    try:
        return shlex.split(argument)
    except ValueError as error:
        raise CommandError("run", f"cannot read {argument}: {str(error).lower()}") from None


def _complete_with_options(shell: Any, argument: str) -> list[str]:
    if argument.rpartition(" ")[2].startswith("-"):
        return option_words(_OPTIONS)
    return complete_file(shell, argument)


COMMANDS = (
    Command(
        "save",
        "%save FILE [--force]",
        "the session as a script that runs",
        "Writes the cells that succeeded since the last %reset, without % lines, to FILE. What %run ran is written out. Results\n"
        "that later cells use (`_`, `Out[2]`) get names. --force replaces a file that exists.\n\n"
        "    %save lesson.tsh\n",
        save,
        _complete_with_options,
    ),
    Command(
        "load",
        "%load FILE",
        "put a file's text at the prompt, to change and run it",
        "Reads FILE and puts its text at the next prompt; Enter runs it.\n\n    %load lesson.tsh\n",
        load,
        complete_file,
    ),
    Command(
        "run",
        "%run FILE [ARG ...]",
        "run a script in this session",
        "Runs the script FILE here: it sees the variables, and what it defines stays. The list argv holds the ARGs as text.\n\n"
        "    %run lesson.tsh\n    %run lesson.tsh 0.1 fast\n",
        run,
        complete_file,
    ),
)
