"""`%export`: the session as a program for Python and PyTorch."""

from __future__ import annotations

from typing import Any

from tensorsh.shell.commands.command import FLAG, Command, CommandError, complete_file, option_words, read_options
from tensorsh.shell.commands.files import file_named, write_program

_OPTIONS = {"force": FLAG}


def export(shell: Any, argument: str) -> None:
    from shlex import quote

    from tensorsh.shell.program import Program

    rest, options = read_options("export", argument, _OPTIONS)
    if not shell.record.program():
        raise CommandError("export", "there is nothing to export yet")
    program = Program(shell, for_python=True)
    text = program.text()
    if rest:
        path = file_named("export", rest)
        write_program(shell, "export", path, text, "force" in options)
        shell.write(f"Wrote {path}; python {quote(str(path))} runs it where PyTorch is installed.\n")
    else:
        shell.write(text)
    for trouble in program.troubles:
        shell.complain(f"Note: {trouble}.\n")


def _complete(shell: Any, argument: str) -> list[str]:
    return option_words(_OPTIONS) if argument.rpartition(" ")[2].startswith("-") else complete_file(shell, argument)


COMMANDS = (
    Command(
        "export",
        "%export [FILE] [--force]",
        "the session as a Python program with PyTorch",
        "Writes the cells that succeeded since the last %reset as a program that PyTorch runs: bare names get `torch.`,\n"
        "`x |> f(y)` becomes `f(x, y)`, imports are added, and values that the prompt showed are printed. Without FILE it\n"
        "is shown here.\n"
        "Pictures become functions that do nothing.\n\n"
        "    %export\n    %export lesson.py\n",
        export,
        _complete,
    ),
)
