"""Assignment targets to closures that take the frame and the value, and the deletion of targets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorsh.language import attributes, nodes
from tensorsh.language.compile_expressions import unbound
from tensorsh.language.compile_keys import index_of
from tensorsh.language.context import MISSING, Closure, Context, blame
from tensorsh.language.dictionaries import check_index, delete_item
from tensorsh.language.functions import Frame
from tensorsh.language.iterators import collectable
from tensorsh.language.nesting import NESTED
from tensorsh.language.sentinels import UNBOUND

Store = Callable[[Frame, Any], None]
CHAINED = (nodes.Subscript, nodes.Call, nodes.Attribute)  # what may select from a copy: `a[mask][0] = 1`


def store(context: Context, target: nodes.Node) -> Store:
    """The closure that assigns a value to `target`."""
    if isinstance(target, nodes.Name):
        return store_name(context, target.id)
    if isinstance(target, nodes.Attribute):
        return store_attribute(context, target)
    if isinstance(target, nodes.Subscript):
        return store_item(context, target)
    if isinstance(target, (nodes.Tuple, nodes.List)):
        return store_sequence(context, target)
    if isinstance(target, nodes.Starred):
        raise context.error("starred assignment target must be in a list or tuple", target.span)
    raise context.error(f"cannot assign to {type(target).__name__.lower()}", target.span)


def store_name(context: Context, identifier: str) -> Store:
    variable = context.scope.find(identifier)
    if variable is None:
        values = context.environment.globals

        def store_global(frame: Frame, value: Any) -> None:
            values[identifier] = value

        return store_global
    slot = context.scope.slot(variable)
    if variable.captured:

        def store_cell(frame: Frame, value: Any) -> None:
            frame[slot].value = value

        return store_cell

    def store_local(frame: Frame, value: Any) -> None:
        frame[slot] = value

    return store_local


def store_attribute(context: Context, target: nodes.Attribute) -> Store:
    owner, name = context.expression(target.value), target.attr
    known: Any = None  # the type for which the host's own assignment is right

    def assign_attribute(frame: Frame, value: Any) -> None:
        nonlocal known
        a = MISSING
        try:
            a = owner(frame)
            if type(a) is known:
                setattr(a, name, value)
                return
            attributes.assign(a, name, value)
            if attributes.is_plainly_assigned(type(a), name):
                known = type(a)
        except Exception as error:
            blame(error, target, {"value": a, "assigned": value})
            raise

    return assign_attribute


def store_item(context: Context, target: nodes.Subscript) -> Store:
    if isinstance(target.value, CHAINED):
        from tensorsh.language import chained_writes

        if chained_writes.may_lose(target.value):
            return chained_writes.watched_store(context, target)
    owner = context.expression(target.value)
    index, safe = index_of(context, target.slice)

    def assign_item(frame: Frame, value: Any) -> None:
        nonlocal safe
        a = i = MISSING
        try:
            a = owner(frame)
            i = index(frame)
            if type(i) is not safe:
                if type(i) in NESTED:
                    check_index(a, i)
                else:
                    safe = type(i)
            a[i] = value
        except Exception as error:
            blame(error, target, {"value": a, "index": i, "assigned": value})
            raise

    return assign_item


def store_sequence(context: Context, target: nodes.Tuple | nodes.List) -> Store:
    stars = [place for place, element in enumerate(target.elts) if isinstance(element, nodes.Starred)]
    if len(stars) > 1:
        raise context.error("multiple starred expressions in assignment", target.elts[stars[1]].span)
    stores = [
        store(context, element.value if isinstance(element, nodes.Starred) else element) for element in target.elts
    ]
    count, star = len(stores), stars[0] if stars else -1

    def assign_sequence(frame: Frame, value: Any) -> None:
        try:
            items = unpack(value, count) if star < 0 else unpack_starred(value, star, count - star - 1)
        except Exception as error:
            blame(error, target, {"assigned": value})
            raise
        for assign, item in zip(stores, items, strict=True):
            assign(frame, item)

    return assign_sequence


def unpack(value: Any, count: int) -> Any:
    """Exactly `count` items of `value`."""
    kind = type(value)
    if (kind is tuple or kind is list) and len(value) == count:
        return tuple(value)
    iterator = iterate(value)
    items: list[Any] = []
    for item in iterator:
        if len(items) == count:
            raise ValueError(f"too many values to unpack (expected {count})")
        items.append(item)
    if len(items) < count:
        raise ValueError(f"not enough values to unpack (expected {count}, got {len(items)})")
    return items


def unpack_starred(value: Any, before: int, after: int) -> list[Any]:
    items = list(collectable(iterate(value)))
    if len(items) < before + after:
        text = f"not enough values to unpack (expected at least {before + after}, got {len(items)})"
        raise ValueError(text)
    last = len(items) - after
    return [*items[:before], items[before:last], *items[last:]]


def iterate(value: Any) -> Any:
    kind = type(value)
    if not hasattr(kind, "__iter__") and not hasattr(kind, "__getitem__"):
        raise TypeError(f"cannot unpack non-iterable {kind.__name__} object")
    return iter(value)


def delete(context: Context, target: nodes.Node) -> Closure:
    """The closure that deletes `target`."""
    if isinstance(target, nodes.Name):
        return delete_name(context, target)
    if isinstance(target, (nodes.Tuple, nodes.List)):
        parts = [delete(context, element) for element in target.elts]

        def delete_all(frame: Frame) -> None:
            for part in parts:
                part(frame)

        return delete_all
    if isinstance(target, nodes.Subscript):
        owner, index = context.expression(target.value), context.expression(target.slice)

        def run_delete(frame: Frame) -> None:
            a = i = MISSING
            try:
                a = owner(frame)
                i = index(frame)
                delete_item(a, i)
            except Exception as error:
                blame(error, target, {"value": a, "index": i})
                raise

        return run_delete
    if isinstance(target, nodes.Attribute):
        holder, name = context.expression(target.value), target.attr

        def delete_attribute(frame: Frame) -> None:
            a = MISSING
            try:
                a = holder(frame)
                attributes.delete(a, name)
            except Exception as error:
                blame(error, target, {"value": a})
                raise

        return delete_attribute
    raise context.error(f"cannot delete {type(target).__name__.lower()}", target.span)


def delete_name(context: Context, target: nodes.Name) -> Closure:
    identifier = target.id
    variable = context.scope.find(identifier)
    if variable is None:
        values = context.environment.globals

        def delete_global(frame: Frame) -> None:
            if identifier not in values:
                error = NameError(f"name {identifier!r} is not defined", name=identifier)
                blame(error, target)
                raise error
            del values[identifier]

        return delete_global
    slot, captured = context.scope.slot(variable), variable.captured

    def delete_local(frame: Frame) -> None:
        value = frame[slot].value if captured else frame[slot]
        if value is UNBOUND:
            error = unbound(identifier)
            blame(error, target)
            raise error
        if captured:
            frame[slot].value = UNBOUND
        else:
            frame[slot] = UNBOUND

    return delete_local
