"""Indices to closures: what may be the key of a dictionary is measured before the host hashes it (`nesting`).

Written out as a tuple, as in `d[i, j]`, it is measured as it is made, by a look at its parts; all else where it is used.
"""

from __future__ import annotations

from typing import Any

from tensorsh.language import nodes
from tensorsh.language.context import Closure, Context
from tensorsh.language.functions import Frame
from tensorsh.language.nesting import HASHED, hashable


def index_of(context: Context, node: nodes.expr) -> tuple[Closure, type]:
    """The closure of an index, and a type of which its values need no `check_index` any more."""
    if not isinstance(node, nodes.Tuple):
        return context.expression(node), int
    if len(node.elts) != 2 or any(isinstance(element, nodes.Starred) for element in node.elts):
        make = context.expression(node)
        return lambda frame: hashable(make(frame)), tuple
    first, second = [context.expression(element) for element in node.elts]

    def run_pair(frame: Frame) -> tuple[Any, Any]:
        a = first(frame)
        b = second(frame)
        if (type(a) is not int and type(a) in HASHED) or (type(b) is not int and type(b) in HASHED):
            return hashable((a, b))
        return a, b

    return run_pair, tuple
