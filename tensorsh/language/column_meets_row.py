"""The warning where `[n, 1]` meets `[n]` in an operation and silently makes `[n, n]`, as `[100, 1] - [100]` does.

Each operation of a program is looked at the first times that it runs and never again, so that a loop pays nothing for it. One
that shapes an operand itself, `x[:, None] - x`, means what it does and is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorsh.language import nodes
from tensorsh.language.context import Context
from tensorsh.runtime.tensor import Tensor

RUNS_WATCHED = 16
# What somebody writes who wants a dimension of one.
SHAPING = frozenset({"unsqueeze", "view", "reshape", "expand", "t", "T", "transpose", "outer", "meshgrid"})

Apply = Callable[[Any, Any], Any]


def wanted(context: Context, node: nodes.expr) -> bool:
    """Whether the operation `node` is still looked at when it runs."""
    return context.symbols.looks.get(node, RUNS_WATCHED) > 0


def watched(
    context: Context, node: nodes.expr, left: nodes.expr, right: nodes.expr, apply: Apply, settle: Callable[[], None]
) -> Apply:
    """`apply` with a look at its operands; `settle` is called once no more looks are wanted, to put `apply` back."""
    looks = context.symbols.looks
    state = context.environment.state

    def first_runs(a: Any, b: Any) -> Any:
        looks[node] = runs = looks.get(node, RUNS_WATCHED) - 1
        if type(a) is not Tensor or type(b) is not Tensor:
            looks[node] = runs = 0
        if runs <= 0:
            settle()
        if type(a) is not Tensor or type(b) is not Tensor:
            return apply(a, b)
        result = apply(a, b)
        if a._array.ndim + b._array.ndim == 3 and state.advice and type(result) is Tensor and result._array.ndim == 2:
            warn_of_square(left, right, a, b)
        return result

    return first_runs


def warn_of_square(left: nodes.expr, right: nodes.expr, one: Tensor, other: Tensor) -> None:
    """Warn if the shapes of the operands are a column and a row of one length, and the text does not ask for that."""
    shapes = one._array.shape, other._array.shape
    from tensorsh.diagnostics.broadcasting import SilentSquare, silent_square

    if not silent_square(*shapes) or _shapes_itself(left) or _shapes_itself(right):
        return
    import warnings

    from tensorsh.display.broadcasting import square_remedy

    names = [node.id if isinstance(node, nodes.Name) else "" for node in (left, right)]
    first, second = (f"{name} {list(shape)}".strip() for name, shape in zip(names, shapes, strict=True))
    column, row = names if len(shapes[0]) == 2 else reversed(names)
    size = shapes[0][0]
    text = f"{first} and {second} broadcast to {[size, size]}. {square_remedy(column, row)}"
    warnings.warn(text, SilentSquare, stacklevel=2)


def _shapes_itself(node: nodes.expr) -> bool:
    todo: list[nodes.Node] = [node]
    while todo:
        part = todo.pop()
        if isinstance(part, nodes.Attribute) and part.attr in SHAPING:
            return True
        # A name alone is a variable: `t`, say.
        if isinstance(part, nodes.Call) and isinstance(part.func, nodes.Name) and part.func.id in SHAPING:
            return True
        if isinstance(part, nodes.Subscript) and _adds_dimension(part.slice):
            return True
        todo += nodes.children(part)
    return False


def _adds_dimension(index: nodes.expr) -> bool:
    parts = index.elts if isinstance(index, nodes.Tuple) else (index,)
    return any(isinstance(part, nodes.Constant) and part.value is None for part in parts)
