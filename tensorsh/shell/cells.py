"""What a cell is made of: statements of the language, `%commands`, and questions (`name?`, `?soft*`), in their order.

A command or a question is a line of its own, at the left margin, where a statement could begin. The margin is where the
cell's first line begins: a cell that is indented as a whole is one of another program, or begins with a blank by mistake.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tensorsh.language.parser import completeness
from tensorsh.shell.transcript import dedented

_COMMAND = re.compile(r"(%%?)([A-Za-z_][\w-]*)?(\s+(.*))?\Z", re.DOTALL)
# What a question can be about: a command, or names, attributes and constant indices.
_SUBJECT = r"""(%{1,2}[\w-]+|[\w*](?:[\w.*]|\[(?:-?\d+|'[^']*'|"[^"]*")\])*)"""
_QUESTION = re.compile(rf"(\?{{1,2}})\s*{_SUBJECT}?\Z|{_SUBJECT}\s*(\?{{1,2}})\Z")


class Part(NamedTuple):
    """`kind` is `code` (of which `text` is the source, below `line` lines of the cell), `command` (named `text`, with
    its `argument`), `question` (about `text`; `argument` is `?` or `??`) or `system` (for the program `text`: `!ls`).
    """

    kind: str
    text: str
    argument: str = ""
    line: int = 0


def command_of(line: str) -> tuple[str, str | None] | None:
    """The name of the command on a line and its argument (None while the name is being typed), or None.

    >>> command_of("%hist x"), command_of("%hi"), command_of("x % y")
    (('hist', 'x'), ('hi', None), None)
    """
    match = _COMMAND.match(line.strip("\n")) if line.startswith("%") else None
    if match is None:
        return None
    return match[2] or "", None if match[3] is None else match[4]


def question_of(line: str) -> tuple[str, str] | None:
    """What a line asks about (nothing, for `?` alone), and `?` or `??`; None if it asks nothing.

    >>> question_of("softmax?"), question_of("?soft*"), question_of("x[0].sum??"), question_of("?")
    (('softmax', '?'), ('soft*', '?'), ('x[0].sum', '??'), ('', '?'))
    """
    match = _QUESTION.match(line.strip())
    if match is None:
        return None
    return (match[2] or "", match[1]) if match[1] else (match[3], match[4])


def split(cell: str) -> list[Part]:
    """The parts of a cell.

    >>> [part.kind for part in split("x = 3\\n%who\\nx?\\nprint(x)")]
    ['code', 'command', 'question', 'code']
    """
    cell = dedented(cell)
    if cell.startswith("%%"):
        first, _, body = cell.partition("\n")
        name, argument = command_of(first) or ("", "")
        return [Part("command", name, f"{argument or ''}\n{body}")]
    parts: list[Part] = []
    code: list[str] = []
    start = 0
    for number, line in enumerate(cell.split("\n")):
        found = _special(line, number)
        if found is not None and (not code or completeness("\n".join(code) + "\n") != "incomplete"):
            if any(text.strip() for text in code):
                parts.append(Part("code", "\n".join(code), line=start))
            parts.append(found)
            code, start = [], number + 1
        else:
            code.append(line)
    if any(text.strip() for text in code):
        parts.append(Part("code", "\n".join(code), line=start))
    return parts


def _special(line: str, number: int) -> Part | None:
    if line[:1].isspace():
        return None
    question = question_of(line) if "?" in line else None
    if question is not None:
        return Part("question", *question, number)
    if line.startswith("%"):
        # What is no name is one that no command has.
        name, argument = command_of(line) or (line[1:].split()[0], None)
        return Part("command", name, (argument or "").strip(), number)
    if line.startswith("!"):
        return Part("system", line, line=number)
    return None


def state_of(cell: str) -> str:
    """Whether a cell can run: `complete`, `incomplete` or `invalid`, as `completeness` has it for the language."""
    cell = dedented(cell)
    if cell.startswith("%%"):
        # Its body may be of any length; an empty line ends it.
        return "incomplete" if cell.rpartition("\n")[2].strip() else "complete"
    parts = split(cell)
    if not parts or parts[-1].kind != "code":
        return "complete"
    states = [completeness(part.text) for part in parts if part.kind == "code"]
    if "invalid" in states:
        return "invalid"
    return states[-1]
