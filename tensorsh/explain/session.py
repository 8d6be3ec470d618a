"""What an explanation needs of the session that it is asked in: the user's names, a place to write, and how a call was written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from tensorsh.display.screen import Screen
from tensorsh.language import nodes

OWN = frozenset({"In", "Out", "argv"})  # names that tensorsh itself puts among the user's


class Output(Protocol):
    """The part of a session that explanations use."""

    environment: Any
    state: Any
    names: dict[str, Any]

    def screen(self) -> Screen: ...


def own_names(names: Mapping[str, Any]) -> dict[str, Any]:
    """The user's variables: without those that tensorsh keeps and those that begin with `_`."""
    return {name: value for name, value in names.items() if not name.startswith("_") and name not in OWN}


def argument_names(session: Output, function: str, values: tuple[Any, ...]) -> dict[str, Any]:
    """The names by which the statement that runs passes `values` to `function`, so that a function's own variables have theirs."""
    if session.state.where is None:
        return {}
    todo: list[nodes.Node] = [session.state.where]
    while todo:
        node = todo.pop()
        if isinstance(node, nodes.Call) and isinstance(node.func, nodes.Name) and node.func.id == function:
            if len(node.args) == len(values):
                pairs = zip(node.args, values, strict=True)
                return {argument.id: value for argument, value in pairs if isinstance(argument, nodes.Name)}
        todo += nodes.children(node)
    return {}
