"""`%debug`: after an error, the value of every part of the failed expression that had one.

The compiler leaves on the error the nodes that it passed, innermost first, each with the operands that were ready. Nothing is
computed again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tensorsh.display.tables import table
from tensorsh.language import nodes
from tensorsh.shell.commands.command import Command, CommandError, no_argument, screen_of
from tensorsh.shell.source import Text

_LONGEST_VALUE = 200
_MOST_LEVELS = 12


def debug(shell: Any, argument: str) -> None:
    no_argument("debug", argument)
    error = shell.failure
    if error is None:
        raise CommandError("debug", "nothing has failed yet")
    trail = list(getattr(error.__cause__, "__dict__", {}).get("tensorsh_trail", ()))
    if not trail:
        raise CommandError(
            "debug", f"the last error, a {error.type_name}, came before anything had run; it has no values"
        )
    shell.write(f"{error.type_name}: {error.message}\n")
    names = shell.session.names
    told: list[tuple[str, Any]] = []  # `rand(2)` may stand for two values

    def new(label: str, value: Any) -> bool:
        if any(label == other and value is known for other, known in told):
            return False
        told.append((label, value))
        return True

    innermost = True
    for node, values in trail[:_MOST_LEVELS]:
        source = Text(shell.session.source_of(node) or error.started or "")
        rows = []
        for label, value in parts(node, values, source):
            if new(label, value):
                rows.append([label, _kind(value), _text(value)])
        for name in _names_in(node):
            if innermost and name in names and name not in [label for label, _ in told]:
                new(name, names[name])
                rows.append([name, _kind(names[name]), _text(names[name])])
        if innermost or rows:
            where = "failed at" if innermost else "within"
            place = shell.session.place_of(node)
            line = place.words if place is not None else f"line {node.span.line}"
            shell.say(f"\n{where} {line}: {_one_line(source.between(node.span))}")
        if rows:
            shell.write(table(["part", "kind", "value"], rows, screen_of(shell)) + "\n")
        elif innermost:
            shell.say("No part of it had a value.")
        innermost = False
    if len(trail) > _MOST_LEVELS:
        shell.write(f"\n… and {len(trail) - _MOST_LEVELS} levels further out.\n")


def parts(node: Any, values: dict[str, Any], source: Any) -> Iterator[tuple[str, Any]]:
    """The operands of a node that had values, each with its text.

    A role is the name of the node's field; for a field of several nodes, the values of the first of them.
    """
    for role, value in values.items():
        field = _field(node, role)
        if role == "func":
            # A method's tensor is an operand; the method itself is none.
            owner = getattr(value, "__self__", None)
            if isinstance(field, nodes.Attribute) and type(owner).__name__ != "module" and owner is not None:
                yield _one_line(source.between(field.value.span)), owner
            continue
        if isinstance(field, tuple):
            starred = any(isinstance(part, nodes.Starred) for part in field)
            items = list(value.values() if isinstance(value, dict) else value)
            for position, item in enumerate(items):
                part = None if starred or position >= len(field) else field[position]
                part = part.value if isinstance(part, nodes.keyword) else part
                yield (f"{role}[{position}]" if part is None else _one_line(source.between(part.span))), item
        elif isinstance(field, nodes.Node):
            yield _one_line(source.between(field.span)), value
        else:
            yield _LABELS.get(role, role), value


_LABELS = {"assigned": "what is assigned"}


def _field(node: Any, role: str) -> Any:
    """The part of the node, or the parts, that a role of the compiler's belongs to."""
    if isinstance(node, nodes.Pipe):
        return (node.left, *node.call.args) if role == "args" else getattr(node.call, role, None)
    if role == "index":
        role = "slice"
    elif role == "right" and isinstance(node, nodes.Compare) and len(node.comparators) == 1:
        return node.comparators[0]
    return getattr(node, role, None)


def _names_in(root: nodes.Node) -> list[str]:
    found: dict[str, None] = {}
    todo = [root]
    while todo:
        node = todo.pop()
        if isinstance(node, nodes.Name):
            found.setdefault(node.id)
        elif not isinstance(node, (nodes.FunctionDef, nodes.Lambda)):
            todo += reversed(nodes.children(node))
    return list(found)


def _kind(value: Any) -> str:
    from tensorsh.runtime.tensor import Tensor

    if isinstance(value, Tensor):
        return f"{value._dtype.name} {list(value._array.shape)}"
    return type(value).__name__


def _text(value: Any) -> str:
    from tensorsh.display.text import repr_of
    from tensorsh.language.nesting import text_or_size

    return _one_line(text_or_size(value, repr_of))


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_VALUE else line[: _LONGEST_VALUE - 1] + "…"


COMMANDS = (
    Command(
        "debug",
        "%debug",
        "after an error: the values of every part of what failed",
        "Shows what failed, innermost part first, with the value of each operand that had one, then the expressions around\n"
        "it. Nothing is computed again.\n\n    %debug\n",
        debug,
        lambda shell, argument: (),
    ),
)
