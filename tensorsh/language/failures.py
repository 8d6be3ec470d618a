"""From what an error noted on its way (`context.blame`) to the facts of a `Failure`: parts, calls, names that were meant.

Here the syntax tree meets the facts of `diagnostics`, which know no language. Nothing of the script runs; values are described and
let go.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from tensorsh.diagnostics.advice import advise
from tensorsh.diagnostics.failure import Caller, Failure, Hint, Part, describe
from tensorsh.diagnostics.situation import Operand, Situation
from tensorsh.errors import Span
from tensorsh.language import nodes
from tensorsh.language.environment import Environment
from tensorsh.language.functions import Builtin, Function
from tensorsh.language.meant import (
    ARGUMENTS,
    attribute_hint,
    import_hint,
    key_hint,
    keyword_hint,
    name_hint,
    operator_of,
    signature_hint,
    unexpected,
)
from tensorsh.language.namespace import Namespace
from tensorsh.language.nesting import message_of

Trail = list[tuple[nodes.Node, dict[str, Any]]]
Place = Callable[[nodes.Node], tuple[str, str]]  # a node's source text and the name of its file

PARTS_SHOWN = 8
CALLS_SHOWN = 20
# Followed by `.t()`, code of these kinds must stand in parentheses.
LOOSE = (
    nodes.BinOp,
    nodes.UnaryOp,
    nodes.BoolOp,
    nodes.Compare,
    nodes.IfExp,
    nodes.Lambda,
    nodes.Pipe,
    nodes.NamedExpr,
)
SIMPLE = (nodes.Assign, nodes.AugAssign, nodes.Expr)
# Values that say nothing which the source does not say.
PLAIN = (Function, Builtin, Namespace, type, types.FunctionType, types.BuiltinFunctionType, types.MethodType)

SAID_ALREADY = frozenset({"torch.dtype", "torch.device", "torch.layout", "torch.memory_format"})


class _Piece(NamedTuple):
    """A part of a node that had a value when the node failed."""

    role: str
    node: nodes.Node
    value: Any


def failure_of(
    error: BaseException, environment: Environment, place: Place, type_name: str, statement: nodes.Node | None = None
) -> Failure:
    """The facts about an error that left a script. `statement` is the one that ran when it failed."""
    trail: Trail = error.__dict__.get("tensorsh_trail") or []
    message = message_of(error)
    if not trail:
        return Failure(type_name, message, "<input>", None, None, (), (), 0, ())
    node, values = trail[0]
    source, filename = place(node)
    lines = _lines(source)
    own, called = _statement(trail)
    pieces = [*_pieces(node, values, error), *_assigned(node, values, statement)]
    depth = sum(type(values.get("func")) is Function for _, values in trail[1:])
    calls = _calls(trail, place)
    parts = [*_parts(pieces, lines, error), *_outer_parts(own[1:], node, lines)]
    found = _hints(error, message, node, values, pieces, lines, environment, called, statement)
    hints = [hint for hint in found if hint is not None]
    return Failure(
        type_name,
        message,
        filename,
        _exact(error, message, node, values, pieces),
        called.code.name if called is not None else None,
        tuple(sorted(parts, key=lambda part: part.span)[:PARTS_SHOWN]),
        tuple(calls),
        depth,
        tuple(hints),
    )


# --- the trail ----------------------------------------------------------------------------------------------------------


def _statement(trail: Trail) -> tuple[Trail, Function | None]:
    """The part of the trail within the innermost function, and that function (None at the top level)."""
    for at, (_, values) in enumerate(trail):
        if at and type(values.get("func")) is Function:
            return trail[:at], values["func"]
    return trail, None


def _calls(trail: Trail, place: Place) -> list[Caller]:
    found = []
    for node, values in trail[1:]:
        function = values.get("func")
        if type(function) is Function:
            source, filename = place(node)
            found.append(Caller(function.code.name, filename, node.span.line, text_of(node, _lines(source))))
            if len(found) == CALLS_SHOWN:
                break
    return found


def _outer_parts(trail: Trail, innermost: nodes.Node, lines: list[str]) -> Iterator[Part]:
    """What had been computed around the failed part, in the same statement."""
    inside = innermost
    for node, values in trail:
        if not _covers(node.span, inside.span):
            return
        for piece in _pieces(node, values, None):
            if not _covers(piece.node.span, inside.span) and not isinstance(piece.node, nodes.Constant):
                yield from _parts([piece], lines, None)
        inside = node


def _covers(outer: Span, inner: Span) -> bool:
    return outer[:2] <= inner[:2] and outer[2:] >= inner[2:]


def _pieces(node: nodes.Node, values: dict[str, Any], error: BaseException | None) -> Iterator[_Piece]:
    """The parts of `node` whose values it noted."""
    if "key" in values:
        yield _Piece("key", node, values["key"])  # of a dictionary that was being made
        return
    own_value = isinstance(error, AttributeError) or "assigned" in values or isinstance(node, nodes.FormattedValue)
    if "value" in values and not ("index" in values or (own_value and hasattr(node, "value"))):
        yield _Piece("value", _last_operand(node), values["value"])  # what a condition or a loop could not use
        return
    if isinstance(node, nodes.BinOp):
        pairs: list[tuple[str, nodes.Node | None]] = [("left", node.left), ("right", node.right)]
    elif isinstance(node, nodes.Compare):
        # In a chain, which comparison failed is not noted.
        pairs = [("left", node.left), ("right", node.comparators[0])] if len(node.ops) == 1 else []
    elif isinstance(node, nodes.UnaryOp):
        pairs = [("operand", node.operand)]
    elif isinstance(node, nodes.AugAssign):
        pairs = [("left", node.target), ("right", node.value)]
    elif isinstance(node, nodes.Subscript):
        index = values.get("index")
        if isinstance(node.slice, nodes.Tuple) and type(index) is tuple and len(index) == len(node.slice.elts):
            yield _Piece("value", node.value, values.get("value"))
            for number, (part, value) in enumerate(zip(node.slice.elts, index, strict=True)):
                yield _Piece(f"index {number}", part, value)
            return
        pairs = [("value", node.value), ("index", node.slice)]
    elif isinstance(node, (nodes.Attribute, nodes.FormattedValue)):
        pairs = [("value", node.value)]
    elif isinstance(node, (nodes.Call, nodes.Pipe)):
        yield from _call_pieces(node, values)
        return
    else:
        pairs = []
    for role, operand in pairs:
        if operand is not None and role in values:
            yield _Piece(role, operand, values[role])


def _last_operand(node: nodes.Node) -> nodes.Node:
    """The part that `a and b` got its value from, where that is what could not be used: the last one."""
    while isinstance(node, nodes.BoolOp):
        node = node.values[-1]
    return node


def _assigned(node: nodes.Node, values: dict[str, Any], statement: nodes.Node | None) -> Iterator[_Piece]:
    """The value that was being assigned to `node`."""
    if "assigned" not in values:
        return
    if isinstance(statement, nodes.Assign) and node in statement.targets:
        yield _Piece("assigned", statement.value, values["assigned"])
    elif isinstance(node, (nodes.Tuple, nodes.List)):
        yield _Piece("item", node, values["assigned"])


def _call_pieces(node: nodes.Call | nodes.Pipe, values: dict[str, Any]) -> Iterator[_Piece]:
    call = node if isinstance(node, nodes.Call) else node.call
    args = call.args if isinstance(node, nodes.Call) else (node.left, *call.args)
    func = values.get("func")
    owner = getattr(func, "__self__", None) if isinstance(func, (types.MethodType, types.BuiltinMethodType)) else None
    if owner is not None and isinstance(call.func, nodes.Attribute) and not isinstance(owner, types.ModuleType):
        yield _Piece("self", call.func.value, owner)
    elif "func" in values and not isinstance(func, PLAIN):
        yield _Piece("func", call.func, func)
    for position, (part, value) in enumerate(zip(args, values.get("args") or (), strict=False), 1):
        if isinstance(part, nodes.Starred):
            break  # from here on, positions do not tell which part a value is of
        if (
            isinstance(part, (nodes.List, nodes.Tuple))
            and type(value) in (list, tuple)
            and len(part.elts) == len(value)
        ):
            if any(isinstance(element, nodes.Starred) for element in part.elts):
                continue
            for item, element in zip(value, part.elts, strict=True):
                yield _Piece(f"argument {position}", element, item)
            continue
        yield _Piece(f"argument {position}", part, value)
    named = values.get("keywords") or {}
    for pair in call.keywords:
        if pair.arg in named:
            yield _Piece(str(pair.arg), pair.value, named[pair.arg])


def _parts(pieces: Iterable[_Piece], lines: list[str], error: BaseException | None) -> Iterator[Part]:
    for role, node, value in pieces:
        if isinstance(node, (nodes.Constant, nodes.Slice)) or isinstance(value, PLAIN) or _is_number_text(node):
            continue
        described = describe(value)
        if described.kind not in SAID_ALREADY:
            yield Part(role, text_of(node, lines), node.span, described)


def _is_number_text(node: nodes.Node) -> bool:
    return isinstance(node, nodes.UnaryOp) and isinstance(node.operand, nodes.Constant)


def _lines(source: str) -> list[str]:
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def text_of(node: nodes.Node, lines: list[str]) -> str:
    """A node's source on one line."""
    span = node.span
    if not 1 <= span.line <= span.end_line <= len(lines):
        return ""
    if span.line == span.end_line:
        return lines[span.line - 1][span.column - 1 : span.end_column - 1].replace("\t", " ")
    rows = [lines[span.line - 1][span.column - 1 :], *lines[span.line : span.end_line - 1]]
    rows.append(lines[span.end_line - 1][: span.end_column - 1])
    return " ".join(row.strip() for row in rows)


# --- exactly what to underline ------------------------------------------------------------------------------------------


def _exact(error: BaseException, message: str, node: nodes.Node, values: dict[str, Any], pieces: list[_Piece]) -> Span:
    span = node.span
    if isinstance(node, nodes.BoolOp) and len(pieces) == 1:
        return pieces[0].node.span
    if isinstance(error, AttributeError) and isinstance(node, nodes.Attribute):
        return Span(span.end_line, span.end_column - len(node.attr), span.end_line, span.end_column)
    call = node.call if isinstance(node, nodes.Pipe) else node
    keyword = unexpected(message, values) if isinstance(call, nodes.Call) else None
    if isinstance(call, nodes.Call) and keyword is not None:
        return next((pair.span for pair in call.keywords if pair.arg == keyword), span)
    argument = ARGUMENT.search(message)
    if isinstance(call, nodes.Call) and argument is not None:
        return _argument_span(call, argument[1], int(argument[2] or 0)) or span
    if isinstance(node, nodes.Subscript) and (isinstance(error, KeyError) or INDEX.search(message)):
        return node.slice.span
    if isinstance(error, IndexError):
        number = re.search(r"but got (-?\d+)\)|^index (-?\d+) ", message)
        if number is not None:
            wanted = int(number[1] or number[2])
            for where, value in _numbers(node, values, pieces):
                if type(value) is int and value == wanted:
                    return where.span
    return span


# Errors about one argument of a call, and about an index as a whole.
ARGUMENT = re.compile(r"argument '(\w+)'(?: \(position (\d+)\))? must be")
INDEX = re.compile(
    r"^(list|tuple|string) (index out of range|indices must be)|tensors used as indices must be|are valid indices"
    r"|^The shape of the mask|^index .* is out of bounds for axis"
)


def _argument_span(call: nodes.Call, name: str | None, position: int) -> Span | None:
    """Where the argument stands that has this name, or else this position, from 1."""
    named = next((pair.span for pair in call.keywords if pair.arg == name), None)
    if named is not None or not 0 < position <= len(call.args):
        return named
    return None if any(isinstance(part, nodes.Starred) for part in call.args) else call.args[position - 1].span


def _numbers(node: nodes.Node, values: dict[str, Any], pieces: list[_Piece]) -> Iterator[tuple[nodes.Node, Any]]:
    if isinstance(node, nodes.Subscript):
        index = values.get("index")
        if isinstance(node.slice, nodes.Tuple) and type(index) is tuple:
            yield from zip(node.slice.elts, index, strict=False)
        else:
            yield node.slice, index
    else:
        # Sizes and dims come last; `self` and tensors are no numbers.
        for piece in reversed(pieces):
            yield piece.node, piece.value


# --- hints --------------------------------------------------------------------------------------------------------------


def _hints(
    error: BaseException,
    message: str,
    node: nodes.Node,
    values: dict[str, Any],
    pieces: list[_Piece],
    lines: list[str],
    environment: Environment,
    called: Function | None,
    statement: nodes.Node | None,
) -> Iterator[Hint | None]:
    if isinstance(error, NameError) and not isinstance(error, UnboundLocalError):
        yield name_hint(node, environment, called)
    elif isinstance(error, AttributeError):
        yield attribute_hint(
            error, node, values, text_of(node.value, lines) if isinstance(node, nodes.Attribute) else "", environment
        )
    elif isinstance(error, KeyError):
        yield key_hint(values)
    elif isinstance(error, ImportError):
        yield import_hint(error, message, environment)
    elif isinstance(error, TypeError) and (given := unexpected(message, values)) is not None:
        yield keyword_hint(given, values)
    else:
        hint = advise(message, _situation(node, values, pieces, lines, statement, message))
        if hint is None and isinstance(error, TypeError) and ARGUMENTS.search(message):
            hint = signature_hint(values)
        yield hint


def _situation(
    node: nodes.Node,
    values: dict[str, Any],
    pieces: list[_Piece],
    lines: list[str],
    statement: nodes.Node | None,
    message: str,
) -> Situation:
    operands = []
    for role, part, value in pieces:
        text, place = text_of(part, lines), _place_in(part, node, lines)
        operands.append(Operand(role, f"({text})" if isinstance(part, LOOSE) else text, describe(value), place))
    call = node.call if isinstance(node, nodes.Pipe) else node
    operation = ""
    if isinstance(node, nodes.BinOp):
        operation = node.op
    elif isinstance(node, nodes.AugAssign):
        operation = f"{node.op}="
    elif isinstance(node, nodes.Compare):
        operation = node.ops[0]
    elif isinstance(call, nodes.Call):
        operation = call.func.attr if isinstance(call.func, nodes.Attribute) else text_of(call.func, lines)
    if not operands and isinstance(call, nodes.Call):
        operands = [Operand("self", text_of(part, lines), describe(None)) for part in call.args[:1]]
    rule = getattr(operator_of(values.get("func")), "dtype", None)
    elementwise = isinstance(node, (nodes.BinOp, nodes.AugAssign, nodes.Compare)) or rule in (
        "promote",
        "float",
        "compare",
    )
    simple = (
        isinstance(statement, SIMPLE)
        and statement.span.line == statement.span.end_line
        and _covers(statement.span, node.span)
    )
    whole = text_of(node, lines)
    return Situation(
        operation,
        tuple(operands),
        whole,
        elementwise,
        text_of(statement, lines) if simple and statement else whole,
        _joined(node, statement),
        message,
    )


def _joined(node: nodes.Node, statement: nodes.Node | None) -> str:
    """`and`, `or` or `not`, if `node` is an operand of it."""
    todo = [node] if statement is None else [statement]
    while todo:
        part = todo.pop()
        if isinstance(part, nodes.BoolOp) and (part is node or node in part.values):
            return part.op
        if isinstance(part, nodes.UnaryOp) and part.op == "not" and node in (part, part.operand):
            return part.op
        todo += nodes.children(part)
    return ""


def _place_in(part: nodes.Node, whole: nodes.Node, lines: list[str]) -> tuple[int, int] | None:
    """Where `part` stands in the one line of `whole`, parentheses around it included."""
    span = whole.span
    if span.line != span.end_line or not _covers(span, part.span):
        return None
    text = text_of(whole, lines)
    start, end = part.span.column - span.column, part.span.end_column - span.column
    before = text[: max(start - 1, 0)].rstrip()
    # `(a + b) @ w`, but not `f(a + b)`.
    in_parentheses = text[start - 1 : start] == "(" and text[end : end + 1] == ")" and start > 0
    if isinstance(part, LOOSE) and in_parentheses and not (before[-1:].isalnum() or before[-1:] in ("_", ")", "]")):
        return start - 1, end + 1
    return start, end
