"""The commands that everybody needs first: `%help`, `%keys`, `%footer`, `%quit`."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from tensorsh.display.prose import filled
from tensorsh.shell.cells import question_of
from tensorsh.shell.commands.command import Command, CommandError, no_argument, suggestion

if TYPE_CHECKING:
    from tensorsh.shell.app import Shell

INTRODUCTION = "Type an expression to see its value, or any statement. Tab completes, Ctrl-C stops, Ctrl-D leaves.\n"
QUESTIONS = (
    ("name?", "what something is, as in x.sum?; name?? says more"),
    ("?word*", "the names that match, as in ?soft*"),
    ("%command", "what else the shell can do; %command? says how"),
)
LEAST_COLUMN = 30  # of columns for text beside something else


def run_help(shell: Shell, argument: str) -> None:
    from tensorsh.shell.commands import COMMANDS

    if not argument:
        shell.write(introduction(shell))
        return
    name = argument.lstrip("%")
    found = COMMANDS.get(name)
    if found is not None:
        shell.write(usage(found, shell))
    elif argument == name and question_of(f"{name}?") is not None and not suggestion(name, COMMANDS):
        from tensorsh.shell.help import answer

        shell.write(answer(name, "?", shell))
    else:
        raise CommandError("help", f"there is no command %{name}{suggestion(name, COMMANDS, '%')}")


def introduction(shell: Shell) -> str:
    """What there is: how to ask, and the commands."""
    from tensorsh.shell.commands import COMMANDS

    column = max(map(len, COMMANDS)) + 5
    rows = (row(f"%{command.name}", command.summary, column, shell.width) for command in COMMANDS.values())
    questions = (row(asked, said, column, shell.width) for asked, said in QUESTIONS)
    return f"{filled(INTRODUCTION, shell.width)}\n{''.join(questions)}\n{''.join(rows)}"


def usage(command: Command, shell: Shell) -> str:
    """How a command is used."""
    width = min(shell.width, 100)
    doc = f"\n{filled(command.doc.strip(), width)}" if command.doc else ""
    return f"{command.usage}\n{filled(command.summary, width)}{doc}"


def row(left: str, right: str, column: int, width: int) -> str:
    """A line of two columns; where the left one is too long, or the window narrow, the right one goes below.

    >>> row("%help", "what there is", 10, 80)
    '  %help   what there is\\n'
    """
    if width - column - 2 < LEAST_COLUMN and len(right) > width - column - 1:
        below = textwrap.wrap(right, max(width - 7, 20), break_on_hyphens=False)
        return "".join([f"  {left}\n", *(f"      {line}\n" for line in below)])
    lines = textwrap.wrap(right, width - column - 2) or [""]
    start = [f"  {left}\n"] if len(left) + 2 > column - 1 else []
    first = " " * column if start else f"  {left}".ljust(column)
    return "".join(start) + f"\n{' ' * column}".join([first + lines[0], *lines[1:]]).rstrip() + "\n"


def run_footer(shell: Shell, argument: str) -> None:
    if argument not in ("", "on", "off"):
        raise CommandError("footer", f"takes on or off, not {argument!r}")
    wanted = argument == "on" if argument else not shell.config["footer"]
    shell.config.set("footer", wanted)
    shell.save_config("footer")
    shell.say(f"The line beneath tensors is {'on' if wanted else 'off'}.")


def run_keys(shell: Shell, argument: str) -> None:
    from tensorsh.shell.keys import DESCRIBED

    no_argument("keys", argument)
    for keys, doc in DESCRIBED:
        shell.write(row(keys, doc, 22, shell.width))


def run_quit(shell: Shell, argument: str) -> None:
    no_argument("quit", argument)
    shell.exit_status = 0


COMMANDS = (
    Command(
        "help",
        "%help [COMMAND]",
        "what the shell can do, or what a command does",
        "With a command's name, shows how it is used.",
        run_help,
        lambda shell, argument: [name for name in _names()],
    ),
    Command("keys", "%keys", "the keys and what they do", "", run_keys, lambda shell, argument: []),
    Command(
        "footer",
        "%footer [on|off]",
        "show or hide the line beneath tensors",
        "The line says shape and dtype, whether the tensor is a view and of what, who shares its memory, and its\n"
        "grad_fn. Without an argument it changes from one to the other. The choice is kept.",
        run_footer,
        lambda shell, argument: ["on", "off"],
    ),
    Command("quit", "%quit", "leave; Ctrl-D does the same", "", run_quit, lambda shell, argument: []),
)


def _names() -> list[str]:
    from tensorsh.shell.commands import COMMANDS as known

    return list(known)
