"""Expressions to closures: names, constants, attributes, subscripts, displays and f-strings. Operators are in `compile_operators`.

A closure that can fail computes its operands inside its `try`, so that `blame` sees those that were ready.
"""

from __future__ import annotations

import operator
from typing import Any

from tensorsh.language import attributes, formatting, nodes
from tensorsh.language.compile_keys import index_of
from tensorsh.language.compile_operators import constant_closure, constant_of
from tensorsh.language.context import MISSING, Closure, Context, blame, expression
from tensorsh.language.dictionaries import check_index
from tensorsh.language.functions import Frame
from tensorsh.language.iterators import collectable
from tensorsh.language.nesting import HASHED, NESTED, hashable, hashed_items
from tensorsh.language.sentinels import UNBOUND


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
            value = frame[slot].value
            if value is UNBOUND:
                error = unbound(node.id) if own else unbound_free(node.id)
                blame(error, node)
                raise error
            return value

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
    index, safe = index_of(context, node.slice)

    def load_item(frame: Frame) -> Any:
        nonlocal safe
        a = b = MISSING
        try:
            a = value(frame)
            b = index(frame)
            if type(b) is not safe:
                if type(b) in NESTED:
                    check_index(a, b)
                else:
                    safe = type(b)
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
    if any(isinstance(element, nodes.Starred) for element in node.elts):
        return spread_set(context, node)
    make = elements(context, node.elts)

    def run_set(frame: Frame) -> set[Any]:
        items = make(frame)
        try:
            return set(hashed_items(items))
        except Exception as error:
            blame(error, node, {})
            raise

    return run_set


def spread_set(context: Context, node: nodes.Set) -> Closure:
    """`{a, *b, c}`: from the first star on, each element is added as it is computed."""
    stars = [isinstance(element, nodes.Starred) for element in node.elts]
    first = stars.index(True)
    before = [context.expression(element) for element in node.elts[:first]]
    parts = [
        (context.expression(element.value if isinstance(element, nodes.Starred) else element), starred, element)
        for element, starred in zip(node.elts[first:], stars[first:], strict=True)
    ]

    def run_spread_set(frame: Frame) -> set[Any]:
        items = [value(frame) for value in before]
        try:
            result = set(hashed_items(items))
        except Exception as error:
            blame(error, node, {})
            raise
        for value, starred, part in parts:
            item = value(frame)
            try:
                if starred:
                    result.update(hashed_items(item))
                else:
                    result.add(hashable(item))
            except Exception as error:
                blame(error, part, {"value": item})
                raise
        return result

    return run_spread_set


FEW_PAIRS = 15  # CPython's compiler has this number


@expression(nodes.Dict)
def dict_(context: Context, node: nodes.Dict) -> Closure:
    # Python computes the pairs between two `**`, if they are few, before it puts the first in the dictionary.
    steps: list[tuple[Closure | None, Closure, nodes.expr, bool]] = []
    for place, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
        puts = key is None or place + 1 == len(node.keys) or node.keys[place + 1] is None or len(node.keys) > FEW_PAIRS
        part = value if key is None else key
        steps.append((None if key is None else context.expression(key), context.expression(value), part, puts))

    def run_dict(frame: Frame) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        ready: list[tuple[Any, Any, nodes.expr]] = []
        for key, value, part, puts in steps:
            k = v = MISSING
            try:
                if key is None:
                    v = value(frame)
                    if not hasattr(type(v), "keys"):
                        raise TypeError(f"'{type(v).__name__}' object is not a mapping")
                    result.update(v)
                    continue
                k = key(frame)
                v = value(frame)
                ready.append((k, v, part))
                if puts:
                    for k, v, part in ready:  # noqa: B007 - what fails is blamed
                        result[hashable(k) if type(k) in HASHED else k] = v
                    ready.clear()
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
