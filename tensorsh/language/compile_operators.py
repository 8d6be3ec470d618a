"""Operators to closures: arithmetic, signs, `and` and `or`, comparisons, conditional expressions, and the constants they fold to.

A closure that can fail computes its operands inside its `try`, so that `blame` sees those that were ready.
"""

from __future__ import annotations

import operator
from functools import partial
from typing import Any

from tensorsh.language import comparison, formatting, limits, nodes
from tensorsh.language.column_meets_row import watched
from tensorsh.language.context import MISSING, Closure, Context, blame, expression
from tensorsh.language.functions import Frame
from tensorsh.language.iterators import searched
from tensorsh.language.nesting import NESTED

BINARY: dict[str, Any] = {
    "+": operator.add,
    "-": operator.sub,
    "*": limits.multiply,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": formatting.modulo,
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
# The same where the left operand is of a type in `NESTED`.
COMPARE_NESTED: dict[str, Any] = {
    **COMPARE,
    **{sign: partial(comparison.compare, COMPARE[sign]) for sign in ("==", "!=", "<", "<=", ">", ">=")},
    "in": comparison.contains,
    "not in": lambda item, container: not comparison.contains(item, container),
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
        return with_constant(node, left, apply, fixed)
    right = context.expression(node.right)
    plain = apply

    def settle() -> None:
        nonlocal apply
        apply = plain

    apply = watched(context, node, node.left, node.right, plain, settle)

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


def with_constant(node: nodes.BinOp | nodes.Compare, left: Closure, apply: Any, fixed: Any) -> Closure:
    """An operation whose right operand is a constant."""

    def run_with_constant(frame: Frame) -> Any:
        a = MISSING
        try:
            a = left(frame)
            return apply(a, fixed)
        except Exception as error:
            blame(error, node, {"left": a, "right": fixed})
            raise

    return run_with_constant


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
    if len(node.ops) > 1:
        return compare_chain(context, node, context.expression(node.left))
    apply = COMPARE[node.ops[0]]
    left = context.expression(node.left)
    fixed = constant_of(node.comparators[0])
    if fixed is not MISSING:
        return with_constant(node, left, apply, fixed)
    right = context.expression(node.comparators[0])
    if node.ops[0] in ("in", "not in") and isinstance(node.left, nodes.Tuple) and len(node.left.elts) == 2:
        return contains_pair(context, node, left, right)
    plain = apply

    def settle() -> None:
        nonlocal apply
        apply = plain

    apply = watched(context, node, node.left, node.comparators[0], plain, settle)
    nested = COMPARE_NESTED[node.ops[0]]
    safe: type = int

    def run_compare(frame: Frame) -> Any:
        nonlocal safe
        a = b = MISSING
        try:
            a = left(frame)
            b = right(frame)
            if type(a) is not safe:
                if type(a) in NESTED:
                    return nested(a, b)
                safe = type(a)
            return apply(a, b)
        except Exception as error:
            blame(error, node, {"left": a, "right": b})
            raise

    return run_compare


def contains_pair(context: Context, node: nodes.Compare, left: Closure, right: Closure) -> Closure:
    """`(i, j) in d`: numbers, most of the time, which need no measuring."""
    apply, nested = COMPARE[node.ops[0]], COMPARE_NESTED[node.ops[0]]

    def run_contains(frame: Frame) -> Any:
        a = b = MISSING
        try:
            a = left(frame)
            b = right(frame)
            first, second = a
            flat = type(first) is int and type(second) is int and type(b) in comparison.HASHING
            return apply(a, b) if flat else nested(a, b)
        except Exception as error:
            blame(error, node, {"left": a, "right": b})
            raise

    return run_contains


def compare_chain(context: Context, node: nodes.Compare, left: Closure) -> Closure:
    signs = zip(node.ops, node.comparators, strict=True)
    steps = [(COMPARE_NESTED[sign], context.expression(right)) for sign, right in signs]
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
