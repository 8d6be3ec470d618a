"""`graph(loss)`, `explain_grad(w)`, `why_none(x)`, `find_nan(work)`, `writes_log()`: where gradients come from, and why they do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tensorsh.diagnostics.graph import graph as graph_of
from tensorsh.diagnostics.plain import json_text
from tensorsh.display.screen import PLAIN, Screen
from tensorsh.explain.session import argument_names, own_names
from tensorsh.runtime.tensor import Tensor


def graph(session: Any, tensor: Any, form: str = "text") -> None:
    """Shows the autograd graph behind a tensor, as a tree: every node with the user's name, its line, its shape and what it has saved.

    `form` may also be "json", or "dot", "mermaid" and "svg", for other programs to draw.
    """
    names = _names(session, "graph", tensor)
    session.environment.write(graph_text(session, tensor, names, form, session.screen()))


def graph_text(session: Any, tensor: Any, names: Mapping[str, Any], form: str = "text", screen: Screen = PLAIN) -> str:
    """The text of `graph` in a form: `text`, `json`, or one of `display.graph_files`."""
    from tensorsh.display.graph import graph_text as drawn
    from tensorsh.display.graph_files import FORMS

    facts = graph_of(_tensor(tensor, "graph"), names, session.place_of)
    if form == "text":
        return drawn(facts, screen) + "\n"
    if form == "json":
        return json_text(facts) + "\n"
    if form not in FORMS:
        raise ValueError(f"graph() has the forms text, {', '.join(FORMS)}, not {form!r}")
    return FORMS[form](facts)


def explain_grad(session: Any, tensor: Any, result: Any = None, json: bool = False) -> None:
    """Explains the gradient of a tensor: which `backward()` calls added what, and how it comes about step by step from `result` (without
    one: from the latest that depends on it), with the numbers of small tensors and the part of each path. `json` gives the facts as a
    line of JSON.
    """
    names = _names(session, "explain_grad", tensor, *([] if result is None else [result]))
    session.environment.write(gradient_text(session, tensor, names, result, json, session.screen()) + "\n")


def gradient_text(
    session: Any, tensor: Any, names: Mapping[str, Any], result: Any = None, json: bool = False, screen: Screen = PLAIN
) -> str:
    """The text of `explain_grad`; with `json`, its facts."""
    from tensorsh.diagnostics.gradient import gradient
    from tensorsh.display.gradient import gradient_text as drawn

    _tensor(tensor, "explain_grad")
    if not tensor._requires_grad:
        return why_none_text(session, tensor, names, json, screen)
    facts = gradient(tensor, names, session.place_of, None if result is None else _tensor(result, "explain_grad"))
    return json_text(facts) if json else drawn(facts, screen)


def why_none(session: Any, tensor: Any, json: bool = False) -> None:
    """Says why a tensor has no gradient, in which line it stopped, and what helps: not a leaf, detached, made under `no_grad`, integer, a
    number that was taken out, never used. `json` gives the facts as a line of JSON.
    """
    session.environment.write(why_none_text(session, tensor, _names(session, "why_none", tensor), json, session.screen()) + "\n")


def why_none_text(session: Any, tensor: Any, names: Mapping[str, Any], json: bool = False, screen: Screen = PLAIN) -> str:
    """The text of `why_none`; with `json`, its facts."""
    from tensorsh.diagnostics.why_none import why_none as facts_of
    from tensorsh.display.why_none import why_none_text as drawn
    from tensorsh.language.reading import SourceReading

    tensor = _tensor(tensor, "why_none")
    facts = facts_of(tensor, names, session.place_of, session.state.cuts, SourceReading(session.sources))
    return json_text(facts) if json else drawn(facts, screen)


def find_nan(session: Any, work: Any, *arguments: Any, json: bool = False) -> Any:
    """Calls `work(*arguments)`, says which operator first made an infinity from finite numbers, or a NaN, forward or backward, with its
    operands and what helps, and gives back what the call gave. `json` gives the facts as a line of JSON.

    `find_nan(lambda: loss.backward())` looks at a backward pass.
    """
    if not callable(work):
        raise TypeError(f"find_nan() expects a function to call, as in find_nan(lambda: x.log()), not {type(work).__name__}")
    results: list[Any] = []
    search_nan(session, lambda: results.append(work(*arguments)), session.environment.write, json, session.screen())
    return results[0]


def search_nan(
    session: Any, run: Callable[[], Any], write: Callable[[str], Any], json: bool = False, screen: Screen = PLAIN
) -> None:
    """Runs `run` and writes what was found meanwhile: the text of `find_nan`; with `json`, its facts. Raises what `run` raises, after what was
    found.
    """
    from tensorsh.diagnostics.nan import Finder, Found
    from tensorsh.display.nan import found_text
    from tensorsh.ops.watching import watch

    finder = Finder(session.names, session.place_of)

    def tell() -> None:
        write((json_text(finder.found) if json else found_text(finder.found, screen)) + "\n")

    try:
        with watch(finder, session.state):
            run()
    except Exception:
        if finder.found != Found((), None):
            tell()
        raise
    tell()


def writes_log(session: Any, tensor: Any = None, json: bool = False) -> None:
    """Lists the in-place writes that are remembered, with their lines: to the memory of all variables, or of `tensor`; with `json`, as a
    line of JSON.
    """
    session.environment.write(log_text(session, tensor, json, session.screen()) + "\n")


def log_text(session: Any, tensor: Any = None, json: bool = False, screen: Screen = PLAIN) -> str:
    """The text of `writes_log`; with `json`, its facts."""
    from tensorsh.diagnostics.blame import log_of
    from tensorsh.display.blame import log_text as drawn
    from tensorsh.language.blaming import source_of_writes

    only = None if tensor is None else _tensor(tensor, "writes_log")
    facts = log_of(own_names(session.names), session.place_of, source_of_writes(session.sources), only)
    return json_text(facts) if json else drawn(facts, screen)


def _names(session: Any, function: str, *values: Any) -> dict[str, Any]:
    # What the call says comes first, for a tensor may have several names.
    said = argument_names(session, function, values)
    return {**said, **own_names(session.names), **said}


def _tensor(value: Any, caller: str) -> Tensor:
    if not isinstance(value, Tensor):
        raise TypeError(f"{caller}() expects a tensor, not {type(value).__name__}")
    return value
