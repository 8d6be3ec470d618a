"""`mem()`: the live memory by storage, what keeps it alive, and how much a run takes at most."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tensorsh.diagnostics.memory import live_memory
from tensorsh.diagnostics.peak import Peak, PeakMeter
from tensorsh.diagnostics.plain import json_text
from tensorsh.display.memory import memory_text, peak_text
from tensorsh.display.screen import PLAIN, Screen
from tensorsh.display.tables import folded
from tensorsh.explain.session import own_names
from tensorsh.ops.watching import watch


def mem(session: Any, work: Any = None, *arguments: Any, json: bool = False) -> Any:
    """Lists the live memory by storage, with what keeps it alive. `mem(work, *arguments)` runs `work` and says how much memory its
    results took at most at once, and gives what `work` gives. `json` gives the facts as a line of JSON.
    """
    if work is None:
        session.environment.write(mem_text(own_names(session.names), screen=session.screen(), json=json) + "\n")
        return None
    if not callable(work):
        raise TypeError(f"mem() expects a function to call, as in mem(lambda: x @ y), not {type(work).__name__}")
    results: list[Any] = []
    facts = measured(session, lambda: results.append(work(*arguments)))
    session.environment.write((json_text(facts) if json else folded(peak_text(facts), session.screen().width)) + "\n")
    return results[0]


def mem_text(
    names: Mapping[str, Any],
    others: Mapping[str, Any] | None = None,
    *,
    every: bool = False,
    json: bool = False,
    screen: Screen = PLAIN,
) -> str:
    """The text of `mem`; with `json`, its facts."""
    facts = live_memory(names, others)
    return json_text(facts) if json else folded(memory_text(facts, screen, every), screen.width)


def measured(session: Any, run: Callable[[], Any]) -> Peak:
    """What `run` takes."""
    meter = PeakMeter()
    with watch(meter, session.state):
        run()
    return meter.facts
