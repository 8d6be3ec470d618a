"""`%graph`, `%grad`, `%why-none`, `%nan`, `%writes-log`: where gradients come from, and why they do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tensorsh.explain.session import own_names
from tensorsh.shell.commands.command import (
    FLAG,
    Command,
    CommandError,
    complete_options,
    evaluate,
    need,
    read_options,
    screen_of,
)

_JSON = {"json": FLAG}
_GRAPH = {**_JSON, "dot": Path, "mermaid": Path, "svg": Path}


def _one(shell: Any, command: str, rest: str, example: str) -> tuple[Any, dict[str, Any]]:
    """The tensor that a command is about, and the names that it may use."""
    values = evaluate(shell, command, need(command, rest, "a tensor", example))
    if len(values) != 1:
        raise CommandError(command, f"takes one tensor, as in {example}")
    [(text, value)] = values
    return value, _names(shell, {text: value})


def _names(shell: Any, named: dict[str, Any]) -> dict[str, Any]:
    # What the command says comes first, for a tensor may have several names.
    said = {text: value for text, value in named.items() if text.isidentifier()}
    return {**said, **own_names(shell.session.names), **said}


def graph(shell: Any, argument: str) -> None:
    from tensorsh.explain.gradients import graph_text

    rest, options = read_options("graph", argument, _GRAPH)
    value, names = _one(shell, "graph", rest, "%graph loss")
    files = {form: options[form] for form in ("dot", "mermaid", "svg") if form in options}
    for form, name in files.items():
        with open(name, "w", encoding="utf-8") as file:
            file.write(graph_text(shell.session, value, names, form))
        shell.write(f"Wrote {name}.\n")
    if not files:
        shell.write(graph_text(shell.session, value, names, "json" if "json" in options else "text", screen_of(shell)))


def grad(shell: Any, argument: str) -> None:
    from tensorsh.explain.gradients import gradient_text

    rest, options = read_options("grad", argument, _JSON)
    words = need("grad", rest, "a tensor", "%grad w").split()
    if len(words) > 1 and all(word.isidentifier() for word in words):
        rest = ", ".join(words)
    values = evaluate(shell, "grad", rest)
    if len(values) > 2:
        raise CommandError("grad", "takes a tensor, and the result to start from, as in %grad w loss")
    result = values[1][1] if len(values) == 2 else None
    names = _names(shell, dict(values))
    shell.write(gradient_text(shell.session, values[0][1], names, result, "json" in options, screen_of(shell)) + "\n")


def why_none(shell: Any, argument: str) -> None:
    from tensorsh.explain.gradients import why_none_text

    rest, options = read_options("why-none", argument, _JSON)
    value, names = _one(shell, "why-none", rest, "%why-none x")
    shell.write(why_none_text(shell.session, value, names, "json" in options, screen_of(shell)) + "\n")


def nan(shell: Any, argument: str) -> None:
    from tensorsh.explain.gradients import search_nan

    rest, options = read_options("nan", argument, _JSON)
    source = need("nan", rest, "a statement", "%nan loss.backward()")
    search_nan(shell.session, lambda: shell.run_code(shell.placed(source), origin="%nan"), shell.write, "json" in options, screen_of(shell))


def writes_log(shell: Any, argument: str) -> None:
    from tensorsh.explain.gradients import log_text

    rest, options = read_options("writes-log", argument, _JSON)
    value = _one(shell, "writes-log", rest, "%writes-log x")[0] if rest else None
    shell.write(log_text(shell.session, value, "json" in options, screen_of(shell)) + "\n")


COMMANDS = (
    Command(
        "graph",
        "%graph TENSOR [--json] [--dot=FILE] [--mermaid=FILE] [--svg=FILE]",
        "the autograd graph behind a tensor, as a tree",
        "Draws how a tensor was computed, from the result back to the leaves: each node with your name for its result, its\n"
        "shape, the line that made it, and the tensors that it saved, with the version that they had and have. Long chains\n"
        "are folded. A file gets the graph in a form that other programs draw.\n\n"
        "    %graph loss\n    %graph loss --svg=loss.svg\n",
        graph,
        complete_options(_GRAPH),
    ),
    Command(
        "grad",
        "%grad TENSOR [RESULT] [--json]",
        "a gradient explained, step by step",
        "Tells which backward() calls added what to the tensor's .grad, then how its gradient comes about: the gradient that\n"
        "arrives at each step, the local derivative, what goes on, with the numbers of small tensors, and what each path\n"
        "contributes. Without RESULT it starts from the latest result that depends on the tensor.\n\n"
        "    %grad w\n    %grad w loss\n",
        grad,
        complete_options(_JSON),
    ),
    Command(
        "why-none",
        "%why-none TENSOR [--json]",
        "why a tensor has no gradient",
        "Says where the gradient stopped, with the line, and what helps: not a leaf, detached, made under torch.no_grad(), an\n"
        "integer, a number that was taken out, a parameter that lost its name, never used, no backward() yet.\n\n    %why-none x\n",
        why_none,
        complete_options(_JSON),
    ),
    Command(
        "nan",
        "%nan STATEMENT [--json]",
        "the first operator that makes a NaN or an infinity",
        "Runs the statement and looks at what every operator gets and gives, forward and backward; names the first that\n"
        "makes an infinity from finite numbers, or a NaN, with its operands, and what helps.\n\n"
        "    %nan y = x.log()\n    %nan loss.backward()\n",
        nan,
        complete_options(_JSON),
    ),
    Command(
        "writes-log",
        "%writes-log [TENSOR] [--json]",
        "the in-place writes that are remembered",
        "Lists the latest in-place writes to each memory: the version that they made, the operator, the name that was written\n"
        "through, the line.\n\n    %writes-log\n    %writes-log x\n",
        writes_log,
        complete_options(_JSON),
    ),
)
