"""`%who`: the variables. The facts are `diagnostics.variables`'."""

from __future__ import annotations

from typing import Any

from tensorsh.display.tables import Kind, table
from tensorsh.shell.commands.command import (
    FLAG,
    Command,
    CommandError,
    option_words,
    read_options,
    screen_of,
    suggestion,
)

_WHO_OPTIONS = {"tensors": FLAG}


def own_names(shell: Any) -> dict[str, Any]:
    """The user's variables: without those that the shell keeps and those that begin with `_`."""
    from tensorsh.explain.session import own_names

    return own_names(shell.session.names)


def who(shell: Any, argument: str) -> None:
    from tensorsh.diagnostics.variables import variables

    rest, options = read_options("who", argument, _WHO_OPTIONS)
    facts = variables(own_names(shell))
    if "tensors" in options:
        facts = [one for one in facts if one.shape is not None]
    wanted = rest.replace(",", " ").split()
    for name in wanted:
        if name not in {one.name for one in facts}:
            raise CommandError("who", f"there is no variable {name}" + suggestion(name, [one.name for one in facts]))
    rows = [_row(one) for one in facts if not wanted or one.name in wanted]
    if not rows:
        shell.say("There are no variables yet.")
        return
    headers = ["name", "shape", "dtype", "bytes", "view of", "shares with", "grad"]
    shell.write(table(headers, rows, screen_of(shell), right=["bytes"]) + "\n")


def _row(one: Any) -> list[str]:
    shares = ", ".join(name for name in one.shares_with if name != one.view_of)
    view = "" if one.view_of is None else one.view_of or "(no name)"
    return [
        one.name,
        Kind(one.kind) if one.shape is None else str(list(one.shape)),
        one.dtype or "",
        "" if one.bytes is None else f"{one.bytes:,}",
        # A NumPy array over a tensor's memory is a view of what it shares with, not of something without a name.
        "" if view == "(no name)" and shares else view,
        shares,
        _GRADS.get(one.grad, one.grad),
    ]


_GRADS = {"none": "", "leaf": "recorded", "has grad": "has .grad"}


COMMANDS = (
    Command(
        "who",
        "%who [NAME ...] [--tensors]",
        "the variables: shape, dtype, bytes, view of, grad",
        "Lists the variables. `view of` names the tensor whose memory a tensor is a window on, `shares with` the other\n"
        "variables over that memory. `grad` says whether a tensor is recorded, has a .grad, or which grad_fn made it.\n"
        "--tensors leaves out what is neither a tensor nor an array.\n\n"
        "    %who\n    %who x y\n",
        who,
        lambda shell, argument: (
            option_words(_WHO_OPTIONS) if argument.rpartition(" ")[2].startswith("-") else own_names(shell)
        ),
    ),
)
