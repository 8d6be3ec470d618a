"""`%undo` takes the last statements back; `%reset` starts over.

What a snapshot holds is for `snapshot` to say, when one is kept for `record`.
"""

from __future__ import annotations

from typing import Any

from tensorsh.shell.commands.command import FLAG, Command, CommandError, option_words, read_options

_UNDO_OPTIONS = {"anyway": FLAG}
_RESET_OPTIONS = {"results": FLAG}
_LONGEST = 60


def undo(shell: Any, argument: str) -> None:
    rest, options = read_options("undo", argument, _UNDO_OPTIONS)
    if rest and not (rest.isdecimal() and int(rest)):
        raise CommandError("undo", f"takes how many statements to take back, as in %undo 2, not {rest!r}")
    for _ in range(int(rest or 1)):
        _undo_one(shell, "anyway" in options)


def _undo_one(shell: Any, anyway: bool) -> None:
    cell = shell.record.last_change()
    if cell is None:
        raise CommandError("undo", "there is nothing to take back")
    text = _one_line(cell.origin if cell.origin.startswith("%run") else f"{cell.origin} {cell.source}")
    if cell.snapshot is None:
        raise CommandError(
            "undo",
            f"{text} cannot be taken back: {cell.forgotten}; %set undo_memory says how many megabytes may be kept",
        )
    if cell.snapshot.lost and not anyway:
        lost = ", ".join(cell.snapshot.lost)
        raise CommandError(
            "undo",
            f"{text} cannot be taken back whole: it wrote to {lost}, too large for a copy to be kept; "
            "%undo --anyway takes back the rest, %set undo_memory says how many megabytes may be kept",
        )
    taken = shell.record.take_back()
    cell.snapshot.restore(shell.session)
    left = {other.number for other in shell.record.cells}
    shell.forget_outputs([other.number for other in taken if other.number not in left])
    shell.write(f"Taken back: {text}\n")


def _one_line(source: str) -> str:
    first, _, rest = source.strip().partition("\n")
    return first if not rest and len(first) <= _LONGEST else first[: _LONGEST - 2] + " …"


def reset(shell: Any, argument: str) -> None:
    rest, options = read_options("reset", argument, _RESET_OPTIONS)
    if rest and rest != "-f":  # IPython asks before it forgets, and not with -f
        raise CommandError("reset", f"takes no argument, not {rest!r}")
    if "results" in options:
        shell.forget_outputs(list(shell.outputs))
        shell.say("The results are forgotten.")
        return
    with shell.record.running("", "%reset", resets=True):
        kept = {name: value for name, value in shell.session.names.items() if name in ("In", "Out", "argv")}
        shell.session.names.clear()
        shell.session.names.update(kept)
        shell.forget_outputs(list(shell.outputs))
    shell.say("All variables are gone; %undo brings them back.")


COMMANDS = (
    Command(
        "undo",
        "%undo [N] [--anyway]",
        "take back the last statement, in-place writes and .grad included",
        "Puts everything back as it was before the last statement (or the last N): variables, elements written in place,\n"
        "lists and dicts, .grad, version counters, the autograd graph that a backward() freed, the random generator, grad\n"
        "mode, default dtype. Values are put back in place, so that views and other names see them too. Cells since then that\n"
        "only looked at values are passed over.\n\n"
        "Earlier values take memory: up to `undo_memory` megabytes are kept (%set undo_memory), above that the oldest are\n"
        "let go. A statement that wrote to a tensor larger than that cannot be taken back whole, and %undo refuses it;\n"
        "--anyway takes back everything else. Not taken back: files, what was printed, the position of an iterator and of\n"
        "numpy.random.\n\n"
        "    %undo\n    %undo 3\n",
        undo,
        lambda shell, argument: option_words(_UNDO_OPTIONS),
    ),
    Command(
        "reset",
        "%reset [--results]",
        "forget all variables (%undo brings them back)",
        "Forgets all variables and results; numbering, history, seed and settings stay. Asks nothing, for %undo brings the\n"
        "variables back. --results forgets the results (Out) alone, which may keep much memory alive.\n",
        reset,
        lambda shell, argument: option_words(_RESET_OPTIONS),
    ),
)
