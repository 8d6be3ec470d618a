"""`%tutorial`: a walk through tensors, views, broadcasting and autograd, in which the user types and each step is checked.

The steps are `lessons.STEPS`. A step is passed when its check, an expression in the session's own language, is true after a cell.
"""

from __future__ import annotations

import textwrap
from typing import Any

from tensorsh.errors import TensorshError
from tensorsh.shell.commands.command import Command, CommandError, suggestion
from tensorsh.shell.lessons import LESSONS, STEPS, Step

_WORDS = ("next", "back", "hint", "show", "stop", *LESSONS)


class Tutorial:
    """Where the user is. `at` is the number of the step that waits."""

    def __init__(self, shell: Any, at: int) -> None:
        self.shell = shell
        self.at = at
        self.tries = 0

    def tell(self) -> None:
        """The text of the step and what to do."""
        step = STEPS[self.at]
        shell = self.shell
        number = 1 + sum(one.lesson == step.lesson for one in STEPS[: self.at])
        count = sum(one.lesson == step.lesson for one in STEPS)
        shell.write("\n" + shell.painted(f"{LESSONS[step.lesson]}, {number} of {count}", "out") + "\n")
        shell.write(_wrapped(step.text, shell.width) + "\n")
        shell.write(_wrapped(f"Now: {step.task}", shell.width) + "\n")

    def after_cell(self) -> None:
        """Look whether the step is done."""
        shell = self.shell
        text = shell.inputs[-1].strip() if shell.inputs else ""
        if text.startswith(("%", "?")) or text.endswith("?"):
            return
        step = STEPS[self.at]
        if passed(shell, step):
            shell.write(_wrapped(f"Right. {step.praise}".strip(), shell.width) + "\n")
            self.tries = 0
            self.at += 1
            if self.at == len(STEPS):
                shell.write("\nThat was the last step. %help lists what else there is.\n")
                _stop(shell)
            else:
                self.tell()
        elif shell.last_error is None and _changed_something(shell):
            self.tries += 1
            advice = "%tutorial show shows a solution." if self.tries > 1 else "%tutorial hint helps."
            shell.say(f"Not yet. {advice}")


def _changed_something(shell: Any) -> bool:
    """Whether the last cell did more than look: looking around is no attempt."""
    cells = shell.record.cells
    return bool(cells) and cells[-1].number == len(shell.inputs) and cells[-1].snapshot is not None


def passed(shell: Any, step: Step) -> bool:
    """Whether the step's check is true in the session; it is computed with the session's names and changes none of them."""
    try:
        return shell.session.evaluate(step.check, "%tutorial") is True
    except TensorshError:
        return False


def _wrapped(text: str, width: int) -> str:
    """The text filled to the width; lines that begin with blanks are code and stay."""
    blocks: list[str] = []
    for line in text.split("\n"):
        if blocks and line[:1] != " " and blocks[-1][:1] != " ":
            blocks[-1] += " " + line
        else:
            blocks.append(line)
    room = min(max(width, 20), 80)
    return "\n".join(block if block[:1] == " " else textwrap.fill(block, room) for block in blocks)


def _stop(shell: Any) -> None:
    shell.after_cell[:] = [notice for notice in shell.after_cell if not isinstance(_owner(notice), Tutorial)]


def _owner(notice: Any) -> Any:
    return getattr(notice, "__self__", None)


def _running(shell: Any) -> Tutorial | None:
    return next((_owner(notice) for notice in shell.after_cell if isinstance(_owner(notice), Tutorial)), None)


def tutorial(shell: Any, argument: str) -> None:
    running = _running(shell)
    if argument in LESSONS or (not argument and running is None):
        _stop(shell)
        first = next(number for number, step in enumerate(STEPS) if argument in ("", step.lesson))
        running = Tutorial(shell, first)
        if not argument:
            shell.write(
                _wrapped(
                    "You type, the tutorial looks. %tutorial hint helps, %tutorial next skips a step, %tutorial stop leaves; "
                    f"%tutorial LESSON begins with one of {', '.join(LESSONS)}.",
                    shell.width,
                )
                + "\n"
            )
        running.tell()
        shell.after_cell.append(running.after_cell)
        return
    if argument and argument not in _WORDS:
        raise CommandError(
            "tutorial", f"knows no {argument!r}{suggestion(argument, _WORDS) or '; ' + ', '.join(_WORDS)}"
        )
    if running is None:
        raise CommandError("tutorial", "is not running; %tutorial starts it")
    step = STEPS[running.at]
    if argument == "hint":
        shell.write(_wrapped(step.hint, shell.width) + "\n")
    elif argument == "show":
        shell.write("".join(f"    {line}\n" for line in step.solution.split("\n")))
    elif argument == "stop":
        _stop(shell)
        shell.say("The tutorial has stopped; your variables stay.")
    elif argument in ("next", "back"):
        if not 0 <= running.at + (1 if argument == "next" else -1) < len(STEPS):
            raise CommandError("tutorial", "this is the last step" if argument == "next" else "this is the first step")
        running.at += 1 if argument == "next" else -1
        running.tries = 0
        running.tell()
    else:
        running.tell()


COMMANDS = (
    Command(
        "tutorial",
        f"%tutorial [next|back|hint|show|stop|{'|'.join(LESSONS)}]",
        "learn tensors, views, broadcasting and autograd by doing",
        "Tells something, asks you to type something, and looks at what came of it. Without an argument it starts, or says\n"
        "again where you are. `hint` helps, `show` shows a solution, `next` and `back` skip, `stop` leaves. A lesson's name\n"
        "begins there.\n\n    %tutorial\n    %tutorial autograd\n",
        tutorial,
        lambda shell, argument: _WORDS,
    ),
)
