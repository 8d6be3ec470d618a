"""What to write instead of a write that is lost, in the user's own words, and the warning that says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tensorsh.errors import Span
from tensorsh.language import nodes
from tensorsh.language.chained_writes import SELECTING, Copy
from tensorsh.runtime.dtype import BOOL, uint8
from tensorsh.runtime.tensor import Tensor

# In-place methods and the operator that does the same to what a subscript selects.
OPERATORS = {
    "add_": "+=",
    "sub_": "-=",
    "mul_": "*=",
    "div_": "/=",
    "pow_": "**=",
    "floor_divide_": "//=",
    "remainder_": "%=",
}
ASSIGNING = {"fill_", "copy_"}
_KEPT = ("t", "copy", "selected")  # names for the copy, the first that the user does not have


def warn(copy: Copy, written: nodes.expr, statement: nodes.Node, source: str) -> None:
    """Warn that `statement` wrote to `copy`, with a form that works."""
    import warnings

    from tensorsh.diagnostics.lost_writes import LostWrite

    text = Text(source)
    said = f"{text.of(copy.node)} is a copy, so this leaves {text.of(source_of(copy.node))} as it is"
    form = advice(copy, written, statement, text)
    warnings.warn(LostWrite(said, source, copy.node.span, form), stacklevel=2)


class Text:
    """The text of nodes."""

    def __init__(self, source: str) -> None:
        self._lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def of(self, node: nodes.Node, without: nodes.Node | None = None, instead: str = "") -> str:
        """What `node` was written as, with `instead` in the place of `without`."""
        if without is None:
            return self._between(node.span)
        whole, part = node.span, without.span
        before = self._between(Span(whole.line, whole.column, part.line, part.column))
        return before + instead + self._between(Span(part.end_line, part.end_column, whole.end_line, whole.end_column))

    def _between(self, span: Span) -> str:
        lines = self._lines[span.line - 1 : span.end_line]
        if not lines:
            return ""
        lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
        return " ".join(line.strip() if number else line for number, line in enumerate(lines))


def source_of(node: nodes.expr) -> nodes.expr:
    """What a step of a chain selects from."""
    if isinstance(node, nodes.Subscript):
        return node.value
    assert isinstance(node, nodes.Call) and isinstance(node.func, nodes.Attribute)
    return node.func.value


def advice(copy: Copy, written: nodes.expr, statement: nodes.Node, text: Text) -> str:
    """Code that does to the source what the statement did to the copy, in a line or three."""
    if isinstance(copy.node, nodes.Subscript):
        if isinstance(written, nodes.Subscript) and written.value is copy.node:
            at_once = _one_subscript(copy, copy.node, written, text)
            if at_once:
                return text.of(statement, written, at_once)
        if isinstance(written, nodes.Call) and written.func.value is copy.node:  # type: ignore[attr-defined]
            at_once = _operator(copy.node, written, text)
            if at_once:
                return at_once
    return _three_steps(copy, statement, text)


def _one_subscript(copy: Copy, picked: nodes.Subscript, written: nodes.Subscript, text: Text) -> str:
    """`a[idx[0]]` for `a[idx][0]`, `a[mask.nonzero()[0, 0]]` for a mask."""
    if isinstance(picked.slice, (nodes.Tuple, nodes.Slice)):
        return ""
    first, *rest = written.slice.elts if isinstance(written.slice, nodes.Tuple) else (written.slice,)
    if isinstance(first, nodes.Constant) and type(first.value) is not int:
        return ""
    dims, mask = _index_kind(copy.index)
    if dims != 1:
        return ""
    simple = isinstance(picked.slice, (nodes.Name, nodes.Attribute, nodes.Subscript, nodes.Call, nodes.List))
    index = text.of(picked.slice) if simple else f"({text.of(picked.slice)})"
    index += f".nonzero()[{text.of(first)}, 0]" if mask else f"[{text.of(first)}]"
    return f"{text.of(picked.value)}[{', '.join([index, *map(text.of, rest)])}]"


def _index_kind(index: Any) -> tuple[int, bool]:
    """How many dimensions an index has, and whether it is a mask."""
    if isinstance(index, Tensor):
        return index._array.ndim, index._dtype.kind == BOOL or index._dtype is uint8
    if isinstance(index, list) and index:
        return (1, type(index[0]) is bool) if all(isinstance(item, int) for item in index) else (0, False)
    kind = getattr(getattr(index, "dtype", None), "kind", "")
    return getattr(index, "ndim", 0), kind == "b"


def _operator(picked: nodes.Subscript, call: nodes.Call, text: Text) -> str:
    """`x[idx] += 1` for `x[idx].add_(1)`."""
    assert isinstance(call.func, nodes.Attribute)
    name, target = call.func.attr, text.of(picked)
    if call.keywords or len(call.args) > 1:
        given = ", ".join(map(text.of, (*call.args, *call.keywords)))
        return f"{target} = {target}.{name.rstrip('_')}({given})"
    value = text.of(call.args[0]) if call.args else ""
    if name == "zero_":
        return f"{target} = 0"
    if name in ASSIGNING and value:
        return f"{target} = {value}"
    if name in OPERATORS and value:
        return f"{target} {OPERATORS[name]} {value}"
    from tensorsh.ops.registry import overloads

    return f"{target} = {target}.{name.rstrip('_')}({value})" if overloads(name.rstrip("_")) else ""


def _three_steps(copy: Copy, statement: nodes.Node, text: Text) -> str:
    """Keep the copy, write to it, and write it back."""
    mentioned = {node.id for node in _nodes(statement) if isinstance(node, nodes.Name)}
    name = next((name for name in _KEPT if name not in mentioned), "kept")
    source = text.of(source_of(copy.node))
    whole = text.of(statement, copy.node, name)
    if isinstance(copy.node, nodes.Subscript):
        back = f"{text.of(copy.node)} = {name}"
    elif copy.node.func.attr in SELECTING:  # type: ignore[attr-defined]
        back = f"{source}.copy_({name}.view_as({source}))"
    else:
        return f"{name} = {text.of(copy.node)}; {whole} to keep what it gives"
    return f"{name} = {text.of(copy.node)}\n{whole.rstrip(';')}\n{back}"


def _nodes(root: nodes.Node) -> Iterator[nodes.Node]:
    todo = [root]
    while todo:
        node = todo.pop()
        yield node
        todo += nodes.children(node)
