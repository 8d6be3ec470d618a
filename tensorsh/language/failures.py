"""From what an error noted on its way (`context.blame`) to the facts of a `Failure`: parts, calls, names that were meant.

Here the syntax tree meets the facts of `diagnostics`, which know no language. Nothing of the script runs; values are described and
let go.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from tensorsh.diagnostics.advice import Operand, Situation, advise
from tensorsh.diagnostics.failure import Caller, Failure, Hint, Part, describe
from tensorsh.diagnostics.similar import similar
from tensorsh.errors import Span
from tensorsh.language import attributes, nodes
from tensorsh.language.documentation import document
from tensorsh.language.environment import Environment
from tensorsh.language.functions import Builtin, Function
from tensorsh.language.namespace import ROOTS, Namespace

Trail = list[tuple[nodes.Node, dict[str, Any]]]
Place = Callable[[nodes.Node], tuple[str, str]]  # a node's source text and the name of its file

PARTS_SHOWN = 8
CALLS_SHOWN = 20
# Followed by `.t()`, code of these kinds must stand in parentheses.
LOOSE = (nodes.BinOp, nodes.UnaryOp, nodes.BoolOp, nodes.Compare, nodes.IfExp, nodes.Lambda, nodes.Pipe, nodes.NamedExpr)
# Values that say nothing which the source does not say.
PLAIN = (Function, Builtin, Namespace, type, types.FunctionType, types.BuiltinFunctionType, types.MethodType)

# Short names that programs usually import.
USUAL_IMPORTS = {"F": "import torch.nn.functional as F", "optim": "import torch.optim as optim"}

SAID_ALREADY = frozenset({"dtype", "device", "layout", "memory_format"})

# What other libraries call what a tensor has under another name.
TENSOR_SYNONYMS = {
    "astype": "to(dtype)", "copy": "clone()", "length": "numel()", "len": "numel()", "rank": "dim()", "ndims": "ndim",
    "dims": "ndim", "dot_product": "dot(other)", "tofloat": "float()", "append": "torch.cat([x, y])", "fill": "fill_(value)",
    "swapaxis": "swapaxes(0, 1)", "to_list": "tolist()", "to_numpy": "numpy()", "as_numpy": "numpy()", "gradient": "grad",
}  # fmt: skip


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
    message = str(error)
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
    hints = [hint for hint in _hints(error, message, node, values, pieces, lines, environment, called) if hint is not None]
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
    own_value = isinstance(error, AttributeError) or "assigned" in values or isinstance(node, nodes.FormattedValue)
    if "value" in values and not ("index" in values or (own_value and hasattr(node, "value"))):
        yield _Piece("value", node, values["value"])  # the node's own: what a condition or a loop could not use
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


def _assigned(node: nodes.Node, values: dict[str, Any], statement: nodes.Node | None) -> Iterator[_Piece]:
    """The value that was being assigned to `node`."""
    if "assigned" in values and isinstance(statement, nodes.Assign) and node in statement.targets:
        yield _Piece("assigned", statement.value, values["assigned"])


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
        if isinstance(part, (nodes.List, nodes.Tuple)) and type(value) in (list, tuple) and len(part.elts) == len(value):
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


def _exact(
    error: BaseException, message: str, node: nodes.Node, values: dict[str, Any], pieces: list[_Piece]
) -> Span:
    span = node.span
    if isinstance(error, AttributeError) and isinstance(node, nodes.Attribute):
        return Span(span.end_line, span.end_column - len(node.attr), span.end_line, span.end_column)
    call = node.call if isinstance(node, nodes.Pipe) else node
    keyword = _UNEXPECTED.search(message)
    if isinstance(call, nodes.Call) and keyword is not None:
        return next((pair.span for pair in call.keywords if pair.arg == keyword[1]), span)
    if isinstance(error, IndexError):
        number = re.search(r"but got (-?\d+)\)|^index (-?\d+) ", message)
        if number is not None:
            wanted = int(number[1] or number[2])
            for where, value in _numbers(node, values, pieces):
                if type(value) is int and value == wanted:
                    return where.span
    return span


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

_UNEXPECTED = re.compile(r"unexpected keyword argument '(\w+)'|'(\w+)' is an invalid keyword argument")


def _hints(
    error: BaseException,
    message: str,
    node: nodes.Node,
    values: dict[str, Any],
    pieces: list[_Piece],
    lines: list[str],
    environment: Environment,
    called: Function | None,
) -> Iterator[Hint | None]:
    if isinstance(error, NameError):
        yield _name_hint(node, environment, called)
    elif isinstance(error, AttributeError):
        yield _attribute_hint(error, node, values, lines)
    elif isinstance(error, KeyError):
        yield _key_hint(values)
    elif isinstance(error, ImportError):
        yield _import_hint(error, message, environment)
    elif isinstance(error, TypeError) and (given := _unexpected(message, values)) is not None:
        yield _keyword_hint(given, values)
    else:
        yield advise(message, _situation(node, values, pieces, lines))


def _situation(node: nodes.Node, values: dict[str, Any], pieces: list[_Piece], lines: list[str]) -> Situation:
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
    elementwise = isinstance(node, (nodes.BinOp, nodes.AugAssign, nodes.Compare)) or rule in ("promote", "float", "compare")
    return Situation(operation, tuple(operands), text_of(node, lines), elementwise)


def operator_of(function: Any) -> Any:
    """The declaration behind a function or method of `torch`; None for any other value."""
    function = function.function if isinstance(function, Builtin) else function
    return getattr(getattr(function, "__func__", function), "operator", None)


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


def _meant(found: list[str], form: str = "{}") -> Hint | None:
    """`Did you mean …?`"""
    if not found:
        return None
    shown = [form.format(name) for name in found]
    return Hint(f"Did you mean {' or '.join([', '.join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)}?")


def _name_hint(node: nodes.Node, environment: Environment, called: Function | None) -> Hint | None:
    name = node.id if isinstance(node, nodes.Name) else None
    if name is None:
        return None
    own = _local_names(called) if called is not None else []
    # A script's own names come first: they are nearer at hand than a thousand functions.
    scripts = similar(name, {*own, *environment.globals})
    if scripts:
        return _meant(scripts)
    if name in USUAL_IMPORTS:
        return Hint(f"{name} must be imported first.", ((USUAL_IMPORTS[name], ""),))
    inner = _in_submodules(name)
    if inner:
        return Hint(f"{name} is in a submodule: {' or '.join(inner)}.")
    found = similar(name, (n for n in environment.names() if not n.startswith("_")))
    return _meant(found or [path for near in similar(name, _submodule_names()) for path in _in_submodules(near)])


def _submodule_names() -> set[str]:
    from tensorsh.ops.index import FAMILIES

    return {path.rpartition(".")[2] for path in FAMILIES if "." in path and "._" not in f".{path}"}


def _local_names(function: Function) -> set[str]:
    found = set(function.code.parameters)
    todo: list[nodes.Node] = [function.code.node]
    while todo:
        part = todo.pop()
        if isinstance(part, nodes.Assign):
            found.update(target.id for target in part.targets if isinstance(target, nodes.Name))
        todo += nodes.children(part)
    return found


def _in_submodules(name: str) -> list[str]:
    """Where in `torch`'s submodules a name is that `torch` itself does not have: `torch.nn.functional.softplus`."""
    from tensorsh.ops.index import FAMILIES

    found = {f"torch.{path}" for path in FAMILIES if path.endswith(f".{name}") and "._" not in f".{path}"}
    return sorted(found)[:3]


def _attribute_hint(error: AttributeError, node: nodes.Node, values: dict[str, Any], lines: list[str]) -> Hint | None:
    # On an assignment, and on a call's method, the value noted is the one that lacks the name.
    name = error.name or (node.attr if isinstance(node, nodes.Attribute) else None)
    if name is None or "value" not in values:
        return None
    value = values["value"]
    text = text_of(node.value, lines) if isinstance(node, nodes.Attribute) else ""
    known = [known for known in attributes.names(value) if not known.startswith("_")]
    if describe(value).kind == "tensor" and name in TENSOR_SYNONYMS:
        return Hint(f"A tensor has {name} as {TENSOR_SYNONYMS[name]}.")
    # A name that PyTorch has was hardly mistyped; the error's note says that it is missing here.
    found = [] if getattr(error, "__notes__", None) else similar(name, known)
    if found:
        return _meant(found, f"{text}.{{}}" if len(text) <= 30 else "{}")
    if describe(value).kind == "tensor" and similar(name, TENSOR_SYNONYMS):
        return Hint(f"A tensor has {similar(name, TENSOR_SYNONYMS)[0]} as {TENSOR_SYNONYMS[similar(name, TENSOR_SYNONYMS)[0]]}.")
    if isinstance(value, Namespace):
        inner = _in_submodules(name)
        if inner:
            return Hint(f"{name} is in a submodule: {' or '.join(inner)}.")
    return None


def _key_hint(values: dict[str, Any]) -> Hint | None:
    container, key = values.get("value"), values.get("index")
    if not isinstance(container, dict) or not isinstance(key, str):
        return None
    keys = [key for key in container if isinstance(key, str)]
    found = similar(key, keys)
    if found:
        return _meant(found, "{!r}")
    few = len(keys) == len(container) <= 8
    return Hint(f"It has {', '.join(map(repr, keys))}.") if few and keys else None


def _import_hint(error: ImportError, message: str, environment: Environment) -> Hint | None:
    wanted = re.search(r"cannot import name '(\w+)' from '([\w.]+)'", message)
    if wanted is None:
        return _meant(similar(error.name or "", ROOTS))
    from tensorsh.language.namespace import import_module

    space = import_module(wanted[2], environment)[1]
    return _meant(similar(wanted[1], (name for name in space.names if not name.startswith("_"))))


def _unexpected(message: str, values: dict[str, Any]) -> str | None:
    """The keyword that a call has and its callee has not."""
    matched = _UNEXPECTED.search(message)
    if matched is not None:
        return matched[1] or matched[2]
    op = operator_of(values.get("func"))
    if op is None or "invalid combination of arguments" not in message:
        return None
    from tensorsh.ops import registry

    known = {parameter.name for overload in registry.overloads(op.name, op.namespace) for parameter in overload.arguments}
    return next((name for name in values.get("keywords", ()) if name not in known), None)


def _keyword_hint(given: str, values: dict[str, Any]) -> Hint | None:
    found = document(values["func"]) if "func" in values else None
    if found is None:
        return None
    func = values["func"]
    if isinstance(func, Builtin) and operator_of(func) is None:
        from tensorsh.ops import registry

        if any(parameter.name == given for overload in registry.overloads(func.name) for parameter in overload.arguments):
            return Hint(f"{func.name} is Python's own. PyTorch's is torch.{func.name}, or a tensor's method.")
    known = {
        argument.name
        for signature in found.signatures
        for argument in signature.arguments or ()
        if not argument.star and not argument.positional_only
    }
    meant = similar(given, known)
    # `dims` for `dim`, which differ by more than a third of their letters.
    meant = meant or sorted(name for name in known if len(name) > 2 and (name in given or given in name))
    if meant:
        return _meant(meant, "{}=")
    return Hint(f"It takes {found.signatures[0].text.partition(' -> ')[0]}.") if found.signatures else None
