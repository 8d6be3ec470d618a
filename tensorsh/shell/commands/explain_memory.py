"""`%share`, `%writes`, `%why`, `%broadcast`, `%mem`: who shares memory, what a write changes, view or copy, how shapes fit, what is
alive.
"""

from __future__ import annotations

import re
import sys
from typing import Any

from tensorsh.display.tables import byte_text, folded
from tensorsh.explain.session import own_names
from tensorsh.shell.commands.command import (
    FLAG,
    Command,
    complete_options,
    evaluate,
    need,
    option_words,
    read_options,
    screen_of,
)

_OPTIONS = {"json": FLAG}
_MEM_OPTIONS = {"all": FLAG, "json": FLAG}


# A name, an attribute of one or a list, with what it is called or indexed with: `x`, `x.grad`, `x[0].t()`, `[2, 3]`.
_INSIDE = r"[^][()]*(?:[\[(][^][()]*[\])][^][()]*)*"
_OPERAND = rf"(?:\w+|\[{_INSIDE}\]|\({_INSIDE}\))(?:\.\w+|\[{_INSIDE}\]|\({_INSIDE}\))*"
_OPERANDS = re.compile(rf"{_OPERAND}(?:\s+{_OPERAND})+")


def _values(shell: Any, command: str, text: str) -> list[tuple[str, Any]]:
    """The tensors that a command names, each with its text; they may be parted by blanks as by commas."""
    if _OPERANDS.fullmatch(text):
        text = ", ".join(one.group() for one in re.finditer(_OPERAND, text))
    return evaluate(shell, command, text)


def _names(shell: Any, values: list[tuple[str, Any]]) -> dict[str, Any]:
    return {**own_names(shell.session.names), **{text: value for text, value in values if text.isidentifier()}}


def share(shell: Any, argument: str) -> None:
    from tensorsh.explain.sharing import share_text

    rest, options = read_options("share", argument, _OPTIONS)
    values = _values(shell, "share", rest) if rest else []
    chosen = tuple(value for _, value in values)
    shell.write(share_text(_names(shell, values), chosen, screen_of(shell), "json" in options) + "\n")


def writes(shell: Any, argument: str) -> None:
    from tensorsh.explain.sharing import writes_explained

    rest, options = read_options("writes", argument, _OPTIONS)
    values = evaluate(shell, "writes", need("writes", rest, "a tensor", "%writes x"))
    for text, value in values:
        shell.write(writes_explained(_names(shell, values), value, text, screen_of(shell), "json" in options) + "\n")


def why(shell: Any, argument: str) -> None:
    from tensorsh.explain.view_or_copy import why_text

    rest, options = read_options("why", argument, _OPTIONS)
    expression = need("why", rest, "an expression", "%why x.t().view(6)")
    shell.write(why_text(shell.session, expression, "json" in options, "%why") + "\n")


def broadcast(shell: Any, argument: str) -> None:
    from tensorsh.explain.broadcasting import broadcast_text

    rest, options = read_options("broadcast", argument, _OPTIONS)
    text = need("broadcast", rest, "two tensors or shapes", "%broadcast a b")
    sides, promoted = _operands(text)
    values = [value for side in sides for value in _values(shell, "broadcast", side)]
    if not promoted:
        values = [(title, list(value.shape) if hasattr(value, "shape") else value) for title, value in values]
    titles = [text for text, _ in values]
    names = _names(shell, values)
    shell.write(broadcast_text(names, [value for _, value in values], titles, screen_of(shell), "json" in options) + "\n")


def _operands(text: str) -> tuple[list[str], bool]:
    """The sides of an operation element by element, `x * w`, and whether its result has the dtype that they promote to; of any other
    text, the whole.
    """
    from tensorsh.errors import TensorshError
    from tensorsh.language import nodes
    from tensorsh.language.parser import parse
    from tensorsh.shell.source import Text

    try:
        body = parse(text).body
    except TensorshError:
        return [text], True  # which is drawn when it is evaluated, or stands for several: `x y`
    whole = body[0].value if len(body) == 1 and isinstance(body[0], nodes.Expr) else None
    sides: tuple[nodes.Node, ...] = ()
    if isinstance(whole, nodes.BinOp) and whole.op != "@":
        sides = (whole.left, whole.right)
    elif isinstance(whole, nodes.Compare):
        sides = (whole.left, *whole.comparators)
    promoted = isinstance(whole, nodes.BinOp) and whole.op != "/"
    return [Text(text).between(side.span) for side in sides] or [text], promoted or not sides


def mem(shell: Any, argument: str) -> None:
    from tensorsh.explain.memory import mem_text

    rest, options = read_options("mem", argument, _MEM_OPTIONS)
    if rest:
        _peak(shell, rest, "json" in options)
        return
    results = {f"Out[{number}]": value for number, value in shell.outputs.items()}
    names = own_names(shell.session.names)
    text = mem_text(names, results, every="all" in options, json="json" in options, screen=screen_of(shell))
    shell.write(text + "\n")
    if "json" in options:
        return
    if shell.record.undo_bytes:
        shell.say(f"Besides, {byte_text(shell.record.undo_bytes)} of earlier values are kept for %undo.")
    most = _process_peak()
    if most:
        shell.say(f"This process has taken {byte_text(most)} at most, Python and NumPy themselves included.")


def complete_mem(shell: Any, argument: str) -> list[str] | None:
    """The options; an expression once something else has been typed."""
    words = argument.split()
    return list(option_words(_MEM_OPTIONS)) if not words or words[-1].startswith("--") else None


def _peak(shell: Any, code: str, json: bool) -> None:
    """Run `code` and say how much memory it took."""
    from tensorsh.diagnostics.plain import json_text
    from tensorsh.display.memory import peak_text
    from tensorsh.explain.memory import measured

    with shell.record.running(code, "%mem"):
        source = shell.placed(code)
        facts = measured(shell.session, lambda: shell.session.execute(source, shell.write, "none", shell.cell_name))
    shell.write((json_text(facts) if json else folded(peak_text(facts), screen_of(shell).width)) + "\n")


def _process_peak() -> int:
    """The most memory that this process had at once, in bytes; 0 where the system does not tell."""
    try:
        from resource import RUSAGE_SELF, getrusage
    except ImportError:
        return 0
    most = getrusage(RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


COMMANDS = (
    Command(
        "share",
        "%share [TENSOR ...] [--json]",
        "who shares memory with whom",
        "Draws every storage, with its elements and the tensors and NumPy arrays that look at it: which elements each covers\n"
        "(a digit where several of its elements are one), shape, stride, offset, what made it, version. Two tensors are\n"
        "answered in one sentence. One storage, elements in common, and being a view in autograd's sense are three things.\n\n"
        "    %share\n    %share x y\n",
        share,
        complete_options(_OPTIONS),
    ),
    Command(
        "writes",
        "%writes TENSOR [--json]",
        "what else changes if a tensor is written to",
        "Lists which elements of which variables change if the tensor is written to, and whose version does not count it.\n\n"
        "    %writes x[0]\n",
        writes,
        complete_options(_OPTIONS),
    ),
    Command(
        "why",
        "%why EXPRESSION [--json]",
        "whether an expression gives a view or a copy, and why",
        "Says, before it runs, whether an expression gives a view or a copy, which condition on sizes and strides decides it,\n"
        "and how much memory it takes. Nothing of yours changes.\n\n"
        "    %why x.t().view(6)\n    %why x[mask]\n",
        why,
        complete_options(_OPTIONS),
    ),
    Command(
        "broadcast",
        "%broadcast A B ... [--json]",
        "how shapes broadcast",
        "Draws the shapes aligned, which dimension of which operand stretches, and the memory of the result. Operands are\n"
        "tensors, numbers, or shapes in brackets.\n\n"
        "    %broadcast a b\n    %broadcast a * b\n    %broadcast [100, 1] [100]\n",
        broadcast,
        complete_options(_OPTIONS),
    ),
    Command(
        "mem",
        "%mem [CODE] [--all] [--json]",
        "the live memory, and what keeps it alive",
        "Lists each storage that tensors and arrays look at, the largest first, with what keeps it alive: variables, elements of\n"
        "containers, .grad, results (Out) and what a graph has saved. Says where a small view keeps a large storage alive, and\n"
        "what to do about it. The numbers are those of %share. --all lists every one.\n"
        "%mem CODE runs the code and says how much memory its results took at most at once, and how much of it is still alive.\n\n"
        "    %mem\n    %mem y = x * 2 + 1\n",
        mem,
        complete_mem,
    ),
)
