"""`share()`, `share(x, y)` and `writes(c)`: who looks at which memory, and what a write would change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tensorsh.diagnostics.effects import writes
from tensorsh.diagnostics.plain import json_text
from tensorsh.diagnostics.regions import array_of
from tensorsh.diagnostics.sharing import pair, storages
from tensorsh.display.screen import PLAIN, Screen
from tensorsh.display.sharing import pair_text, storages_text, writes_text
from tensorsh.display.tables import folded
from tensorsh.explain.session import Output, argument_names, own_names


def share(session: Output, *tensors: Any, json: bool = False) -> None:
    """Shows who shares memory: `share(x, y)` answers for a pair in one sentence, `share()` draws every storage with the tensors and
    NumPy arrays that look at it, `share(x)` the one of `x`. `json` gives the facts as a line of JSON.
    """
    names = {**own_names(session.names), **argument_names(session, "share", tensors)}
    session.environment.write(share_text(names, tensors, session.screen(), json) + "\n")


def share_text(names: Mapping[str, Any], tensors: tuple[Any, ...], screen: Screen = PLAIN, json: bool = False) -> str:
    """The text of `share`; with `json`, its facts."""
    for value in tensors:
        need_window(value, "share")
    if len(tensors) == 2:
        facts = pair(*tensors, names, ("the first", "the second"))
        return json_text(facts) if json else folded(pair_text(facts), screen.width)
    found = storages(names, tensors)
    return json_text(found) if json else storages_text(found, screen)


def writes_(session: Output, target: Any, json: bool = False) -> None:
    """Shows which elements of which variables change if `target` is written to; with `json`, as a line of JSON."""
    names = {**own_names(session.names), **argument_names(session, "writes", (target,))}
    session.environment.write(writes_explained(names, target, screen=session.screen(), json=json) + "\n")


def writes_explained(names: Mapping[str, Any], target: Any, title: str = "this tensor", screen: Screen = PLAIN, json: bool = False) -> str:
    """The text of `writes`; with `json`, its facts."""
    need_window(target, "writes")
    facts = writes(target, names, title)
    return json_text(facts) if json else folded(writes_text(facts), screen.width)


def need_window(value: Any, caller: str) -> None:
    if array_of(value) is None:
        raise TypeError(f"{caller}() expects tensors or arrays, not {type(value).__name__}")
