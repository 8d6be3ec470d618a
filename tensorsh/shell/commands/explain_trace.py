"""`%trace`: each operator as it runs."""

from __future__ import annotations

from typing import Any
from weakref import ref

from tensorsh.shell.commands.command import FLAG, Command, CommandError, option_words, read_options

_OPTIONS = {"json": FLAG, "no-times": FLAG}


def trace(shell: Any, argument: str) -> None:
    from tensorsh.explain.trace import is_traced, start_trace, stop_trace

    rest, options = read_options("trace", argument, _OPTIONS)
    session = shell.session
    alive = ref(shell)  # a trace that nobody ended must not keep the shell

    def write(text: str) -> None:
        owner = alive()
        if owner is not None:
            owner.write(text)

    def width() -> int:
        owner = alive()
        return 0 if owner is None else int(owner.width)

    def start() -> None:
        measure = width if shell.terminal else None
        start_trace(session, write, times="no-times" not in options, json="json" in options, width=measure)

    if rest == "on":
        start()
    elif rest == "off":
        if not stop_trace(session):
            raise CommandError("trace", "nothing is traced; %trace on starts it")
    elif not rest:
        shell.say(f"The trace is {'on' if is_traced(session) else 'off'}.")
    elif is_traced(session):
        raise CommandError("trace", "everything is traced already; %trace off ends that")
    else:
        start()
        try:
            with shell.record.running(rest, "%trace"):
                session.execute(shell.placed(rest), shell.write, "none", shell.cell_name)
        finally:
            stop_trace(session)


def complete(shell: Any, argument: str) -> list[str] | None:
    """`on`, `off` and the options; an expression once something else has been typed."""
    words = argument.split()
    return ["on", "off", *option_words(_OPTIONS)] if len(words) <= 1 or words[-1].startswith("--") else None


COMMANDS = (
    Command(
        "trace",
        "%trace on|off|CODE [--json] [--no-times]",
        "each operator as it runs: shapes, view or new bytes, time",
        "Shows every operator below the statement that runs it: the shapes that go in and come out, whether the result is a\n"
        "view or how many new bytes it takes, the time, and which tensors have a new version. What an operator calls stands\n"
        "indented below it. %trace off ends it with a line of totals; %trace CODE traces one statement alone. --json writes\n"
        "a line of JSON for each outermost call.\n\n"
        "    %trace on\n    %trace x.reshape(6) --no-times\n    %trace off\n",
        trace,
        complete,
    ),
)
