"""What a % command is, how its options are read and how it says that something is wrong.

Every command reads its options with `read_options` from a table, so that all of them spell options, refuse a wrong one and suggest
the right one alike. What is left of the argument is an expression, a file's name or a number, as the command has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tensorsh.display.screen import Screen
from tensorsh.shell.command_errors import CommandError

# What an option takes: a flag takes nothing, a tuple lists the texts that are allowed, a type converts the text.
Kind = Any
Completer = Callable[[Any, str], "Iterable[str] | None"]
FLAG: Kind = bool


class Command(NamedTuple):
    """A % command.

    `run(shell, argument)` gets the text after the name, without blanks at its ends. `complete(shell, argument)` gives the words
    that could stand in place of the argument's last word, or None where an expression stands; without it, one always does.
    """

    name: str
    usage: str
    summary: str
    doc: str
    run: Callable[[Any, str], None]
    complete: Completer | None = None


_PIECE = re.compile(
    r"""(?P<text>[rbfRBF]{0,2}("{3}.*?"{3}|'{3}.*?'{3}|"(\\.|[^"\\])*"|'(\\.|[^'\\])*'))"""
    r"""|(?P<option>(?<!\S)--(?P<name>[A-Za-z][\w-]*)(=(?P<value>"[^"]*"|'[^']*'|\S*))?(?!\S))|(?P<other>.)""",
    re.DOTALL,
)


def read_options(command: str, argument: str, table: Mapping[str, Kind]) -> tuple[str, dict[str, Any]]:
    """What is left of `argument`, and its options (`--name`, `--name=value`), which may stand anywhere outside strings.

    Raises `CommandError` for an unknown option and a value that does not fit.

    >>> read_options("hist", "x * 2 --bins=5", {"bins": int})
    ('x * 2', {'bins': 5})
    """
    rest: list[str] = []
    options: dict[str, Any] = {}
    for piece in _PIECE.finditer(argument):
        if piece["option"] is None:
            rest.append(piece.group())
            continue
        name, value = piece["name"], piece["value"]
        if name not in table:
            known = ", ".join(f"--{option}" for option in table)
            hint = suggestion(name, table, "--") or (f"; its options are {known}" if table else "; it has none")
            raise CommandError(command, f"there is no option --{name}{hint}")
        options[name] = _value(command, name, value, table[name])
    return "".join(rest).strip(), options


# What an option takes → what it is called, and an example.
_WORDS: dict[Kind, tuple[str, str]] = {
    int: ("a whole number", "5"),
    float: ("a number", "5"),
    str: ("a value", "0"),
    Path: ("a file", "FILE"),
}


def _value(command: str, name: str, value: str | None, kind: Kind) -> Any:
    if kind is FLAG:
        if value is not None:
            raise CommandError(command, f"--{name} takes no value")
        return True
    if isinstance(kind, tuple):
        wanted = f"--{name} needs one of {', '.join(kind)}"
        if value not in kind:
            given = f", not {value!r}" if value else ""
            raise CommandError(command, wanted + given + (suggestion(value, kind) if value else ""))
        return value
    word, example = _WORDS[kind]
    if not value:
        raise CommandError(command, f"--{name} needs {word}, as in --{name}={example}")
    try:
        return kind(value.strip("\"'"))
    except ValueError:
        raise CommandError(command, f"--{name} needs {word}, not {value!r}") from None


def suggestion(word: str, known: Iterable[str], prefix: str = "") -> str:
    """`"; did you mean …?"` for the known word that is nearest, or nothing.

    >>> suggestion("scater", ["line", "scatter"])
    '; did you mean scatter?'
    """
    from tensorsh.diagnostics.similar import similar

    near = similar(word.lower(), known, 1)
    return f"; did you mean {prefix}{near[0]}?" if near else ""


def option_words(table: Mapping[str, Kind]) -> list[str]:
    """The options of a table as they are typed, for completion."""
    words = []
    for name, kind in table.items():
        if isinstance(kind, tuple):
            words += [f"--{name}={choice}" for choice in kind]
        else:
            words.append(f"--{name}" if kind is FLAG else f"--{name}=")
    return words


def complete_options(table: Mapping[str, Kind]) -> Completer:
    """A completer for commands that take an expression and these options."""

    def complete(shell: Any, argument: str) -> list[str] | None:
        return option_words(table) if argument.rpartition(" ")[2].startswith("-") else None

    return complete


def complete_file(shell: Any, argument: str) -> list[str]:
    """The files that the last word could name; folders end in `/`."""
    import os

    word = argument.rpartition(" ")[2]
    folder, slash, name = word.rpartition("/")
    lead = folder + slash
    try:
        entries = sorted(os.scandir(os.path.expanduser(lead or ".")), key=lambda entry: entry.name)
    except OSError:
        return []
    shown = (entry for entry in entries if name.startswith(".") or not entry.name.startswith("."))
    return [lead + entry.name + ("/" if entry.is_dir() else "") for entry in shown]


def screen_of(shell: Any) -> Screen:
    """What the shell draws on now."""
    return Screen(shell.width, shell.height, shell.colour, shell.plain)


def evaluate(shell: Any, command: str, text: str) -> list[tuple[str, Any]]:
    """The values of the expressions in `text`, which commas part, each with its text. Raises `TensorshError` where one fails and
    `CommandError` where `text` is no expression."""
    from tensorsh.language import nodes
    from tensorsh.language.parser import parse
    from tensorsh.shell.source import Text

    body = parse(text, f"%{command}").body
    if len(body) != 1 or not isinstance(body[0], nodes.Expr):
        raise CommandError(command, "needs an expression, not a statement")
    value = shell.session.evaluate(text, f"%{command}")
    whole, source = body[0].value, Text(text)
    apart = isinstance(whole, nodes.Tuple) and whole.elts and whole.elts[0].span[:2] == whole.span[:2]  # no parentheses around them
    if isinstance(whole, nodes.Tuple) and (apart or not text.lstrip().startswith("(")):
        return [(source.between(part.span), item) for part, item in zip(whole.elts, value, strict=True)]
    return [(source.between(whole.span), value)]


def need(command: str, argument: str, what: str, usage: str) -> str:
    """The argument, or a `CommandError` that says what is missing."""
    if not argument:
        raise CommandError(command, f"needs {what}, as in {usage}")
    return argument


def no_argument(command: str, argument: str) -> None:
    if argument:
        raise CommandError(command, f"takes no argument, not {argument!r}")


__all__ = [
    "Command",
    "CommandError",
    "complete_file",
    "complete_options",
    "evaluate",
    "need",
    "no_argument",
    "read_options",
]
