"""Expressions to closures: names, constants, operators, displays, attributes, subscripts and f-strings.

A closure that can fail computes its operands inside its `try`, so that `blame` sees those that were ready. Common
operand kinds (constants, parameters) have closures of their own, since a call saved is most of what an operator
costs.
"""

from __future__ import annotations

import operator
from typing import Any

from tensorsh.language import attributes, formatting, limits, nodes
from tensorsh.language.column_meets_row import watched
from tensorsh.language.context import MISSING, Closure, Context, blame, expression
from tensorsh.language.functions import UNBOUND, Frame
from tensorsh.language.iterators import collectable, searched

BINARY: dict[str, Any] = {
    "+": operator.add,
    "-": operator.sub,
    "*": limits.multiply,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": limits.modulo,
    "**": limits.power,
    "@": operator.matmul,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "<<": limits.shift_left,
    ">>": operator.rshift,
}
# The guards of `limits` are for operands that can be large; beside a small constant the bare operator does.
BARE = {"*": operator.mul, "%": operator.mod}
SMALL = 1000

UNARY: dict[str, Any] = {"-": operator.neg, "+": operator.pos, "~": operator.invert, "not": operator.not_}

COMPARE: dict[str, Any] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "is": operator.is_,
    "is not": operator.is_not,
    "in": lambda item, container: item in (container if type(container) is not range else searched(item, container)),
    "not in": lambda item, container: item not in (
        container if type(container) is not range else searched(item, container)
    ),
}

NUMBERS = (int, float, complex)
LONG_CHAIN = 20


def constant_closure(value: Any) -> Closure:
    return lambda frame: value


def constant_of(node: nodes.Node) -> Any:
    """The value of a constant expression, folded if it is made of numbers; `MISSING` if it is none."""
    if isinstance(node, nodes.Constant):
        return node.value
    if isinstance(node, nodes.UnaryOp):
        value = constant_of(node.operand) if isinstance(node.operand, nodes.Constant) else MISSING
        if type(value) in NUMBERS and node.op != "not":
            try:
                return UNARY[node.op](value)
            except TypeError:
                return MISSING
    if isinstance(node, nodes.Tuple):
        values = tuple(constant_of(element) for element in node.elts)
        return MISSING if MISSING in values else values
    return MISSING


@expression(nodes.Constant)
def constant(context: Context, node: nodes.Constant) -> Closure:
    return constant_closure(node.value)


# Names


@expression(nodes.Name)
def name(context: Context, node: nodes.Name) -> Closure:
    variable = context.scope.find(node.id)
    if variable is None:
        return global_name(context, node)
    slot = context.scope.slot(variable)
    if variable.captured:
        own = variable.scope.owner is context.scope.owner

        def load_cell(frame: Frame) -> Any:
            try:
                return frame[slot].value
            except AttributeError:
                pass
            error = unbound(node.id) if own else unbound_free(node.id)
            blame(error, node)
            raise error

        return load_cell
    if variable.parameter and not variable.deleted:
        return operator.itemgetter(slot)

    def load_local(frame: Frame) -> Any:
        value = frame[slot]
        if value is UNBOUND:
            error = unbound(node.id)
            blame(error, node)
            raise error
        return value

    return load_local


def unbound(identifier: str) -> UnboundLocalError:
    return UnboundLocalError(f"cannot access local variable {identifier!r} where it is not associated with a value")


def unbound_free(identifier: str) -> NameError:
    text = f"cannot access free variable {identifier!r} where it is not associated with a value in enclosing scope"
    return NameError(text, name=identifier)


def global_name(context: Context, node: nodes.Name) -> Closure:
    identifier = node.id
    environment = context.environment
    values = environment.globals
    builtin = environment.builtins.get(identifier, MISSING)
    if builtin is not MISSING:
        get = values.get
        return lambda frame: get(identifier, builtin)
    lookup = environment.lookup

    def load_global(frame: Frame) -> Any:
        try:
            return values[identifier]
        except KeyError:
            pass
        try:
            return lookup(identifier)
        except Exception as error:
            blame(error, node)
            raise

    return load_global


@expression(nodes.NamedExpr)
def named_expression(context: Context, node: nodes.NamedExpr) -> Closure:
    from tensorsh.language.compile_targets import store

    value, assign = context.expression(node.value), store(context, node.target)

    def named(frame: Frame) -> Any:
        result = value(frame)
        assign(frame, result)
        return result

    return named


# Operators


@expression(nodes.BinOp)
def binary(context: Context, node: nodes.BinOp) -> Closure:
    chain = []
    first: nodes.Node = node
    while isinstance(first, nodes.BinOp):
        chain.append(first)
        first = first.left
    if len(chain) > LONG_CHAIN:
        return binary_chain(context, first, chain[::-1])
    return binary_one(context, node)


def binary_one(context: Context, node: nodes.BinOp) -> Closure:
    folded = fold(node)
    if folded is not MISSING:
        return constant_closure(folded)
    apply = BINARY[node.op]
    left = context.expression(node.left)
    fixed = constant_of(node.right)
    if fixed is not MISSING:
        if node.op in BARE and type(fixed) in NUMBERS and abs(fixed) < SMALL and not _is_text(node.left):
            apply = BARE[node.op] if node.op == "*" else apply

        def binary_constant(frame: Frame) -> Any:
            a = MISSING
            try:
                a = left(frame)
                return apply(a, fixed)
            except Exception as error:
                blame(error, node, {"left": a, "right": fixed})
                raise

        slot = local_slot(context, node.left)
        return binary_constant if slot is None else binary_local_constant(node, slot, left, apply, fixed)
    right = context.expression(node.right)
    slots = local_slot(context, node.left), local_slot(context, node.right)
    if None not in slots:
        return binary_locals(context, node, slots, left, right, apply)
    plain = apply

    def settle() -> None:
        nonlocal apply
        apply = plain

    apply = watched(context, node.left, node.right, plain, settle)

    def binary_general(frame: Frame) -> Any:
        a = b = MISSING
        try:
            a = left(frame)
            b = right(frame)
            return apply(a, b)
        except Exception as error:
            blame(error, node, {"left": a, "right": b})
            raise

    return binary_general


def binary_local_constant(node: nodes.BinOp, slot: int, left: Closure, apply: Any, fixed: Any) -> Closure:
    def run(frame: Frame) -> Any:
        a = frame[slot]
        try:
            if a is UNBOUND:
                a = left(frame)  # which raises, blaming the name
            return apply(a, fixed)
        except Exception as error:
            blame(error, node, {"left": MISSING if a is UNBOUND else a, "right": fixed})
            raise

    return run


def binary_locals(
    context: Context, node: nodes.BinOp, slots: Any, left: Closure, right: Closure, plain: Any
) -> Closure:
    first, second = slots
    apply = plain

    def settle() -> None:
        nonlocal apply
        apply = plain

    apply = watched(context, node.left, node.right, plain, settle)

    def run(frame: Frame) -> Any:
        a, b = frame[first], frame[second]
        try:
            if a is UNBOUND or b is UNBOUND:
                a, b = left(frame), right(frame)
            return apply(a, b)
        except Exception as error:
            blame(error, node, {"left": MISSING if a is UNBOUND else a, "right": MISSING if b is UNBOUND else b})
            raise

    return run


def local_slot(context: Context, target: nodes.Node) -> int | None:
    """The slot that `target` is, if it is a local variable of this frame alone."""
    variable = context.scope.find(target.id) if isinstance(target, nodes.Name) else None
    return None if variable is None or variable.captured else context.scope.slot(variable)


def _is_text(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Constant) and isinstance(node.value, (str, bytes))


def fold(node: nodes.BinOp) -> Any:
    left, right = constant_of(node.left), constant_of(node.right)
    if type(left) in NUMBERS and type(right) in NUMBERS:
        try:
            return BINARY[node.op](left, right)
        except Exception:
            return MISSING  # the error belongs to the moment when the expression runs
    return MISSING


def binary_chain(context: Context, first: nodes.Node, chain: list[nodes.BinOp]) -> Closure:
    """`a + b + c + …`: a loop instead of a closure within a closure for each term."""
    start = context.expression(first)
    steps = [(BINARY[link.op], context.expression(link.right), link) for link in chain]

    def run_chain(frame: Frame) -> Any:
        result = start(frame)
        for apply, right, link in steps:
            b = MISSING
            try:
                b = right(frame)
                result = apply(result, b)
            except Exception as error:
                blame(error, link, {"left": result, "right": b})
                raise
        return result

    return run_chain


@expression(nodes.UnaryOp)
def unary(context: Context, node: nodes.UnaryOp) -> Closure:
    folded = constant_of(node)
    if folded is not MISSING:
        return constant_closure(folded)
    apply = UNARY[node.op]
    operand = context.expression(node.operand)

    def run_unary(frame: Frame) -> Any:
        a = MISSING
        try:
            a = operand(frame)
            return apply(a)
        except Exception as error:
            blame(error, node, {"operand": a})
            raise

    return run_unary


@expression(nodes.BoolOp)
def boolean(context: Context, node: nodes.BoolOp) -> Closure:
    *first, last = [(context.expression(value), value) for value in node.values]
    stops_on = node.op == "or"
    final = last[0]

    def run_boolean(frame: Frame) -> Any:
        for value, part in first:
            result = value(frame)
            try:
                if (True if result else False) is stops_on:
                    return result
            except Exception as error:
                blame(error, part, {"value": result})
                raise
        return final(frame)

    return run_boolean


@expression(nodes.Compare)
def compare(context: Context, node: nodes.Compare) -> Closure:
    left = context.expression(node.left)
    if len(node.ops) > 1:
        return compare_chain(context, node, left)
    apply = COMPARE[node.ops[0]]
    fixed = constant_of(node.comparators[0])
    if fixed is not MISSING:

        def compare_constant(frame: Frame) -> Any:
            a = MISSING
            try:
                a = left(frame)
                return apply(a, fixed)
            except Exception as error:
                blame(error, node, {"left": a, "right": fixed})
                raise

        return compare_constant
    right = context.expression(node.comparators[0])
    plain = apply

    def settle() -> None:
        nonlocal apply
        apply = plain

    apply = watched(context, node.left, node.comparators[0], plain, settle)

    def run_compare(frame: Frame) -> Any:
        a = b = MISSING
        try:
            a = left(frame)
            b = right(frame)
            return apply(a, b)
        except Exception as error:
            blame(error, node, {"left": a, "right": b})
            raise

    return run_compare


def compare_chain(context: Context, node: nodes.Compare, left: Closure) -> Closure:
    steps = [(COMPARE[sign], context.expression(right)) for sign, right in zip(node.ops, node.comparators, strict=True)]
    last = len(steps) - 1

    def run_chain(frame: Frame) -> Any:
        a = b = MISSING
        try:
            a = left(frame)
            for number, (apply, right) in enumerate(steps):
                b = MISSING
                b = right(frame)
                result = apply(a, b)
                if number == last or not result:
                    return result
                a = b
        except Exception as error:
            blame(error, node, {"left": a, "right": b})
            raise

    return run_chain


@expression(nodes.IfExp)
def conditional(context: Context, node: nodes.IfExp) -> Closure:
    test, condition = context.expression(node.test), node.test
    body, otherwise = context.expression(node.body), context.expression(node.orelse)

    def run_conditional(frame: Frame) -> Any:
        result = test(frame)
        if result is True or (result is not False and truth_of(result, condition)):
            return body(frame)
        return otherwise(frame)

    return run_conditional


def truth_of(result: Any, node: nodes.Node) -> bool:
    """Whether a condition holds. Callers ask only for what is neither True nor False, the two that need no asking."""
    try:
        return True if result else False
    except Exception as error:
        blame(error, node, {"value": result})
        raise


def truth(context: Context, node: nodes.Node) -> Closure:
    """The condition of a filter or an assertion, as a bool."""
    value = context.expression(node)

    def test(frame: Frame) -> bool:
        result = value(frame)
        return result if result is True or result is False else truth_of(result, node)

    return test


# Attributes and subscripts


@expression(nodes.Attribute)
def attribute(context: Context, node: nodes.Attribute) -> Closure:
    value, wanted = context.expression(node.value), node.attr
    lookup, is_plain = attributes.lookup, attributes.is_plain
    known: Any = None

    def load_attribute(frame: Frame) -> Any:
        nonlocal known
        a = MISSING
        try:
            a = value(frame)
            kind = type(a)
            if kind is known:
                return getattr(a, wanted)
            result = lookup(a, wanted)
            if is_plain(kind, wanted):
                known = kind
            return result
        except Exception as error:
            blame(error, node, {"value": a})
            raise

    return load_attribute


@expression(nodes.Subscript)
def subscript(context: Context, node: nodes.Subscript) -> Closure:
    value = context.expression(node.value)
    fixed = constant_of(node.slice)
    if fixed is not MISSING:

        def load_fixed(frame: Frame) -> Any:
            a = MISSING
            try:
                a = value(frame)
                return a[fixed]
            except Exception as error:
                blame(error, node, {"value": a, "index": fixed})
                raise

        return load_fixed
    index = context.expression(node.slice)

    def load_item(frame: Frame) -> Any:
        a = b = MISSING
        try:
            a = value(frame)
            b = index(frame)
            return a[b]
        except Exception as error:
            blame(error, node, {"value": a, "index": b})
            raise

    return load_item


@expression(nodes.Slice)
def slice_(context: Context, node: nodes.Slice) -> Closure:
    parts = (node.lower, node.upper, node.step)
    fixed = tuple(None if part is None else constant_of(part) for part in parts)
    if MISSING not in fixed:
        return constant_closure(slice(*fixed))
    none = constant_closure(None)
    lower, upper, step = (none if part is None else context.expression(part) for part in parts)
    return lambda frame: slice(lower(frame), upper(frame), step(frame))


# Displays


def elements(context: Context, elts: tuple[nodes.expr, ...]) -> Closure:
    """The elements of a display as a fresh list."""
    if not any(isinstance(element, nodes.Starred) for element in elts):
        values = [context.expression(element) for element in elts]
        return lambda frame: [value(frame) for value in values]
    parts = []
    for element in elts:
        starred = isinstance(element, nodes.Starred)
        parts.append(
            (context.expression(element.value if isinstance(element, nodes.Starred) else element), starred, element)
        )

    def run_elements(frame: Frame) -> list[Any]:
        result: list[Any] = []
        for value, starred, element in parts:
            item = value(frame)
            if not starred:
                result.append(item)
                continue
            try:
                extend(result, item)
            except Exception as error:
                blame(error, element, {"value": item})
                raise
        return result

    return run_elements


def extend(result: list[Any], item: Any) -> None:
    kind = type(item)
    if not hasattr(kind, "__iter__") and not hasattr(kind, "__getitem__"):
        raise TypeError(f"Value after * must be an iterable, not {kind.__name__}")
    result.extend(collectable(item))


@expression(nodes.List)
def list_(context: Context, node: nodes.List) -> Closure:
    return elements(context, node.elts)


@expression(nodes.Tuple)
def tuple_(context: Context, node: nodes.Tuple) -> Closure:
    folded = constant_of(node)
    if folded is not MISSING:
        return constant_closure(folded)
    values = [context.expression(element) for element in node.elts if not isinstance(element, nodes.Starred)]
    if len(values) == len(node.elts) == 2:
        first, second = values
        return lambda frame: (first(frame), second(frame))
    make = elements(context, node.elts)
    return lambda frame: tuple(make(frame))


@expression(nodes.Set)
def set_(context: Context, node: nodes.Set) -> Closure:
    make = elements(context, node.elts)

    def run_set(frame: Frame) -> set[Any]:
        items = make(frame)
        try:
            return set(items)
        except Exception as error:
            blame(error, node, {})
            raise

    return run_set


@expression(nodes.Dict)
def dict_(context: Context, node: nodes.Dict) -> Closure:
    pairs = [
        (None if key is None else context.expression(key), context.expression(value), value if key is None else key)
        for key, value in zip(node.keys, node.values, strict=True)
    ]

    def run_dict(frame: Frame) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for key, value, part in pairs:
            k = v = MISSING
            try:
                if key is None:
                    v = value(frame)
                    if not hasattr(type(v), "keys"):
                        raise TypeError(f"'{type(v).__name__}' object is not a mapping")
                    result.update(v)
                else:
                    k = key(frame)
                    v = value(frame)
                    result[k] = v
            except Exception as error:
                blame(error, part, {"key": k, "value": v})
                raise
        return result

    return run_dict


@expression(nodes.Starred)
def starred(context: Context, node: nodes.Starred) -> Closure:
    raise context.error("can't use starred expression here", node.span)


# f-strings


@expression(nodes.JoinedStr)
def joined(context: Context, node: nodes.JoinedStr) -> Closure:
    parts = [context.expression(value) for value in node.values]
    if len(parts) == 1:
        return parts[0]
    return lambda frame: "".join([part(frame) for part in parts])


@expression(nodes.FormattedValue)
def formatted(context: Context, node: nodes.FormattedValue) -> Closure:
    value = context.expression(node.value)
    convert = formatting.CONVERSIONS[node.conversion]
    spec = constant_closure("") if node.format_spec is None else context.expression(node.format_spec)
    format_value = formatting.format_value

    def run_format(frame: Frame) -> str:
        a = MISSING
        try:
            a = value(frame)
            return format_value(a if convert is None else convert(a), spec(frame))
        except Exception as error:
            blame(error, node, {"value": a})
            raise

    return run_format
