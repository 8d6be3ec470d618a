"""`tracing(True)`: each operator as it runs. The command line's `--trace` and the shell's `%trace` use the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary, finalize, ref

from tensorsh.diagnostics.places import Place
from tensorsh.diagnostics.plain import json_text, plain
from tensorsh.diagnostics.trace import Step, Totals, Tracer
from tensorsh.display.trace import TraceText

Write = Callable[[str], Any]

# Session → what ends its trace. A trace refers to its session weakly, so that a session that is forgotten is traced no longer.
_running: WeakKeyDictionary[Any, Callable[[], None]] = WeakKeyDictionary()


def tracing(session: Any, on: bool = True, times: bool = True, json: bool = False) -> None:
    """Shows each operator as it runs from now on, or with `on=False` no longer: what goes in and comes out, view or new memory,
    time, and which versions change. `times=False` leaves the times out, so that the text is the same in every run; with
    `json`, each outermost call is a line of JSON.
    """
    if not on:
        stop_trace(session)
        return
    alive = ref(session)

    def write(text: str) -> None:
        owner = alive()
        if owner is not None:
            owner.environment.write(text)

    start_trace(session, write, times=times, json=json)


def start_trace(
    session: Any, write: Write, *, times: bool = True, json: bool = False, width: Callable[[], int] | None = None
) -> None:
    """Trace `session` to `write`, one line of JSON for each outermost call if `json`. A trace that runs already ends first. Where
    `write` goes to a terminal, `width` measures it.
    """
    stop_trace(session)
    text = TraceText(times, width)
    alive = ref(session)

    def emit(step: Step) -> None:
        write(line(step) if json else text.step(step))

    def line(fact: Step | Totals) -> str:
        return json_text(plain(fact) if times else _timeless(plain(fact))) + "\n"

    def names() -> dict[str, Any]:
        owner = alive()
        return {} if owner is None else owner.names

    def place_of(node: Any) -> Place | None:
        owner = alive()
        return None if owner is None else owner.place_of(node)

    def end() -> None:
        totals: Totals = tracer.stop()
        write(line(totals) if json else text.totals(totals))

    tracer = Tracer(emit, names, place_of, session.state)
    tracer.start()
    _running[session] = end
    finalize(session, tracer.stop)


def _timeless(fact: Any) -> Any:
    """Facts without their times."""
    if isinstance(fact, dict):
        return {name: _timeless(value) for name, value in fact.items() if name != "seconds"}
    return [_timeless(item) for item in fact] if isinstance(fact, list) else fact


def stop_trace(session: Any) -> bool:
    """End the trace of `session` with a line of totals; False if there was none."""
    end = _running.pop(session, None)
    if end is None:
        return False
    end()
    return True


def is_traced(session: Any) -> bool:
    """Whether a trace of `session` is on."""
    return session in _running
