"""`%who` and `%mem`: the variables and the memory that they keep alive. The facts are `diagnostics.variables`'."""

from __future__ import annotations

from typing import Any

from tensorsh.display.tables import byte_text, table
from tensorsh.shell.commands.command import (
    FLAG,
    Command,
    CommandError,
    complete_options,
    option_words,
    read_options,
    screen_of,
    suggestion,
)

_WHO_OPTIONS = {"tensors": FLAG}
_MEM_OPTIONS = {"all": FLAG}
_MOST_SHOWN = 12


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
        shell.write("There are no variables yet.\n")
        return
    headers = ["name", "shape", "dtype", "bytes", "view of", "shares memory", "grad"]
    shell.write(table(headers, rows, screen_of(shell), right=["bytes"]) + "\n")


def _row(one: Any) -> list[str]:
    shares = ", ".join(name for name in one.shares_with if name != one.view_of)
    view = "" if one.view_of is None else one.view_of or "(no name)"
    return [
        one.name,
        one.kind if one.shape is None else str(list(one.shape)),
        one.dtype or "",
        "" if one.bytes is None else f"{one.bytes:,}",
        # A NumPy array over a tensor's memory is a view of what it shares with, not of something without a name.
        "" if view == "(no name)" and shares else view,
        shares,
        _GRADS.get(one.grad, one.grad),
    ]


_GRADS = {"none": "", "leaf": "recorded", "has grad": "has .grad"}


def mem(shell: Any, argument: str) -> None:
    from tensorsh.diagnostics.variables import live_memory

    rest, options = read_options("mem", argument, _MEM_OPTIONS)
    if rest:
        raise CommandError("mem", f"takes no argument, not {rest!r}")
    names = own_names(shell)
    results = {f"Out[{number}]": value for number, value in shell.outputs.items()}
    memories = live_memory({**names, **results})
    if not memories:
        shell.write("No tensor or array is alive.\n")
        return
    shown = memories if "all" in options else memories[:_MOST_SHOWN]
    rows = [
        [
            f"S{number}",
            byte_text(one.bytes),
            byte_text(one.used) if one.used != one.bytes else "",
            ", ".join(holder.path for holder in one.holders[:4]) + (", …" if len(one.holders) > 4 else ""),
        ]
        for number, one in enumerate(shown, 1)
    ]
    shell.write(
        table(["storage", "bytes", "in use", "kept alive by"], rows, screen_of(shell), right=["bytes", "in use"])
    )
    shell.write("\n")
    if len(shown) < len(memories):
        rest_bytes = sum(one.bytes for one in memories[len(shown) :])
        shell.write(
            f"… and {len(memories) - len(shown)} smaller ones, {byte_text(rest_bytes)}; %mem --all shows them.\n"
        )
    total = sum(one.bytes for one in memories)
    shell.write(f"{byte_text(total)} in {len(memories)} storage{'s' if len(memories) > 1 else ''}.\n")
    if shell.record.undo_bytes:
        shell.write(f"Besides, {byte_text(shell.record.undo_bytes)} of earlier values are kept for %undo.\n")
    for number, one in enumerate(memories, 1):
        if one.wasted:
            path = one.holders[0].path
            remedy = (
                f"{path} = {path}.clone() lets go of the rest"
                if path.isidentifier()
                else "a clone() of what is needed lets go of the rest"
            )
            if path.startswith("Out["):
                remedy = "%reset --results lets go of it"
            shell.write(
                f"S{number}: {path} looks at {byte_text(one.used)} and keeps {byte_text(one.bytes)} alive; {remedy}.\n"
            )


COMMANDS = (
    Command(
        "who",
        "%who [NAME ...] [--tensors]",
        "the variables: shape, dtype, bytes, view of, grad",
        "Lists the variables. `view of` names the tensor whose memory a tensor is a window on, `shares memory` the other\n"
        "variables over that memory. `grad` says whether a tensor is recorded, has a .grad, or which grad_fn made it.\n"
        "--tensors leaves out what is neither a tensor nor an array.\n\n"
        "    %who\n    %who x y\n",
        who,
        lambda shell, argument: (
            option_words(_WHO_OPTIONS) if argument.rpartition(" ")[2].startswith("-") else own_names(shell)
        ),
    ),
    Command(
        "mem",
        "%mem [--all]",
        "the live memory, and what keeps it alive",
        "Lists each piece of memory that tensors and arrays look at, the largest first, with what keeps it alive: variables,\n"
        "elements of containers, .grad, results (Out) and what a graph has saved. Says where a small view keeps a large\n"
        "memory alive, and what to do about it. --all lists every one.\n\n"
        "    %mem\n",
        mem,
        complete_options(_MEM_OPTIONS),
    ),
)
