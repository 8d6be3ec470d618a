"""Python's warnings about code that can be run and is hardly meant: `x is "a"`, `assert (x > 0, "text")`, `[1, 2] [3]`.

They are given before a program runs, with the texts of CPython 3.11 (Python/compile.c). `symbols` finds the nodes that look like it, so
that this is loaded for few programs.
"""

from __future__ import annotations

import warnings
from typing import Any

from tensorsh.language import nodes

# The type of what each node makes, where that is known.
_MADE: dict[type, str] = {
    nodes.Tuple: "tuple", nodes.List: "list", nodes.ListComp: "list", nodes.Dict: "dict", nodes.DictComp: "dict", nodes.Set: "set",
    nodes.SetComp: "set", nodes.GeneratorExp: "generator", nodes.Lambda: "function", nodes.JoinedStr: "str",
}  # fmt: skip
_NO_ITEMS = (nodes.Set, nodes.SetComp, nodes.GeneratorExp, nodes.Lambda)
_BY_NUMBER = (nodes.Tuple, nodes.List, nodes.ListComp, nodes.JoinedStr)
_SINGLE = (None, True, False, ...)  # literals that `is` is meant for


def warn(state: Any, node: nodes.Node) -> None:
    """Give the warning about `node` as one of its place, if it deserves one; `state` is the session's."""
    text = text_of(node)
    if text is None:
        return
    before, state.where = state.where, node
    warnings.warn(text, SyntaxWarning, stacklevel=1)
    state.where = before


def text_of(node: nodes.Node) -> str | None:
    """What Python says of one node.

    >>> from tensorsh.language.parser import parse
    >>> text_of(parse("x is 1").body[0].value)
    '"is" with a literal. Did you mean "=="?'
    """
    if isinstance(node, nodes.Compare):
        return _identity(node)
    if isinstance(node, nodes.Assert):
        return "assertion is always true, perhaps remove parentheses?" if isinstance(node.test, nodes.Tuple) and node.test.elts else None
    if isinstance(node, nodes.Call):
        made = None if isinstance(node.func, nodes.Lambda) else _made(node.func)
        return f"'{made}' object is not callable; perhaps you missed a comma?" if made else None
    return _index(node) if isinstance(node, nodes.Subscript) else None


def _identity(node: nodes.Compare) -> str | None:
    left: nodes.expr = node.left
    for sign, right in zip(node.ops, node.comparators, strict=True):
        if sign in ("is", "is not") and (_is_literal(left) or _is_literal(right)):
            return f'"{sign}" with a literal. Did you mean "{"==" if sign == "is" else "!="}"?'
        left = right
    return None


def _index(node: nodes.Subscript) -> str | None:
    value, index = node.value, node.slice
    constant: Any = value.value if isinstance(value, nodes.Constant) else None
    texts = isinstance(constant, (str, bytes))
    if isinstance(value, _NO_ITEMS) or (isinstance(value, nodes.Constant) and not texts):
        return f"'{_made(value)}' object is not subscriptable; perhaps you missed a comma?"
    made = _made(index)
    if made in (None, "int", "bool") or not (texts or isinstance(value, _BY_NUMBER)):
        return None
    return f"{_made(value)} indices must be integers or slices, not {made}; perhaps you missed a comma?"


def _is_literal(node: nodes.expr) -> bool:
    if isinstance(node, nodes.UnaryOp):
        node = node.operand
    if isinstance(node, nodes.Tuple):
        return all(map(_is_literal, node.elts))
    return isinstance(node, nodes.Constant) and not any(node.value is single for single in _SINGLE)


def _made(node: nodes.Node) -> str | None:
    """The name of the type of what `node` makes, if its text tells."""
    if isinstance(node, nodes.Constant):
        return type(node.value).__name__
    if isinstance(node, nodes.UnaryOp) and node.op == "-":
        return _made(node.operand)
    return _MADE.get(type(node))
