"""`%history`: what was typed, by number."""

from __future__ import annotations

from typing import Any

from tensorsh.shell.commands.command import Command, CommandError


def history(shell: Any, argument: str) -> None:
    if argument and not argument.isdecimal():
        raise CommandError("history", f"takes how many cells to show, as in %history 10, not {argument!r}")
    # The last one is this %history itself.
    cells = list(enumerate(shell.inputs, 1))[:-1]
    if argument:
        cells = cells[-int(argument) :] if int(argument) else []
    if not cells:
        shell.say("Nothing has been typed before this.")
        return
    width = len(str(cells[-1][0]))
    for number, text in cells:
        first, *rest = text.rstrip("\n").split("\n")
        shell.write(f"{number:>{width}}: {first}\n" + "".join(f"{' ' * width}  {line}\n" for line in rest))


COMMANDS = (
    Command(
        "history",
        "%history [N]",
        "what was typed in this session, or the last N cells of it",
        "Lists the cells of this session with their numbers. `In[3]` is the text of cell 3. Earlier sessions' lines come back\n"
        "with the up arrow and Ctrl-R.\n\n    %history\n    %history 5\n",
        history,
        lambda shell, argument: (),
    ),
)
