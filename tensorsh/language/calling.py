"""What a call does with the callee and the values of its arguments, by the type of the callee: a function of the script, a wrapped
one of the host, or another callable value. There is one for each of the common numbers of arguments, so that no list is built.
"""

from __future__ import annotations

from typing import Any

from tensorsh.language.attributes import callable_of
from tensorsh.language.dictionaries import check_argument, check_call
from tensorsh.language.functions import Builtin, Function
from tensorsh.language.iterators import collectable
from tensorsh.language.limits import SCRIPT_DEPTH
from tensorsh.language.nesting import PRINTED


def call_0(callee: Any) -> Any:
    kind = type(callee)
    if kind is not Function:
        return callee.function() if kind is Builtin else callable_of(callee)()
    environment = callee.environment
    depth = environment.depth
    if 0 not in callee.tails or depth >= SCRIPT_DEPTH:
        return callee.invoke(())
    # `Function.run`, without a call of the host's.
    environment.depth = depth + 1
    state = environment.state
    where = state.where
    try:
        result = callee.code.body([None, *callee.tails[0]])
    finally:
        environment.depth = depth
    state.where = where
    return result


def call_1(callee: Any, a: Any) -> Any:
    kind = type(callee)
    if kind is not Function:
        if kind is Builtin:
            return callee.function(a)
        if type(a) in PRINTED:
            check_argument(callee, a)
        return callable_of(callee)(a)
    environment = callee.environment
    depth = environment.depth
    if 1 not in callee.tails or depth >= SCRIPT_DEPTH:
        return callee.invoke((a,))
    environment.depth = depth + 1
    state = environment.state
    where = state.where
    try:
        result = callee.code.body([None, a, *callee.tails[1]])
    finally:
        environment.depth = depth
    state.where = where
    return result


def call_2(callee: Any, a: Any, b: Any) -> Any:
    kind = type(callee)
    if kind is not Function:
        if kind is Builtin:
            return callee.function(a, b)
        if type(a) in PRINTED:
            check_call(callee, (a, b))
        return callable_of(callee)(a, b)
    environment = callee.environment
    depth = environment.depth
    if 2 not in callee.tails or depth >= SCRIPT_DEPTH:
        return callee.invoke((a, b))
    environment.depth = depth + 1
    state = environment.state
    where = state.where
    try:
        result = callee.code.body([None, a, b, *callee.tails[2]])
    finally:
        environment.depth = depth
    state.where = where
    return result


def call_3(callee: Any, a: Any, b: Any, c: Any) -> Any:
    kind = type(callee)
    if kind is Function:
        return callee.run([None, a, b, c, *callee.tails[3]]) if 3 in callee.tails else callee.invoke((a, b, c))
    if kind is Builtin:
        return callee.function(a, b, c)
    if type(a) in PRINTED:
        check_call(callee, (a, b, c))
    return callable_of(callee)(a, b, c)


def call_value(callee: Any, args: list[Any], keywords: dict[str, Any]) -> Any:
    kind = type(callee)
    if kind is Function:
        return callee.invoke(args, keywords)
    if kind is Builtin:
        return callee.function(*args, **keywords)
    if args:
        check_call(callee, args)
    return callable_of(callee)(*args, **keywords)


def merge_keywords(callee: Any, keywords: dict[str, Any], value: Any) -> None:
    """Add the keyword arguments that `**value` stands for."""
    if not hasattr(type(value), "keys"):
        raise TypeError(f"{call_text(callee)} argument after ** must be a mapping, not {type(value).__name__}")
    for key in value:
        if type(key) is not str:
            raise TypeError("keywords must be strings")
        add_keyword(callee, keywords, key, value[key])


def add_keyword(callee: Any, keywords: dict[str, Any], name: str, value: Any) -> None:
    if name in keywords:
        raise TypeError(f"{call_text(callee)} got multiple values for keyword argument {name!r}")
    keywords[name] = value


def spread(callee: Any, value: Any, alone: bool) -> list[Any]:
    """The positional arguments that `*value` stands for. Python names the callee only where no other argument stands beside."""
    kind = type(value)
    if kind is not tuple and kind is not list and not hasattr(kind, "__iter__") and not hasattr(kind, "__getitem__"):
        what = f"{call_text(callee)} argument" if alone else "Value"
        raise TypeError(f"{what} after * must be an iterable, not {kind.__name__}")
    return list(collectable(value))


def call_text(callee: Any) -> str:
    """How Python names a callee in an error about its arguments."""
    if type(callee) is Function:
        return f"__main__.{callee.code.qualname}()"
    if type(callee) is Builtin:
        return f"{callee.name}()"
    name = getattr(callee, "__qualname__", None) or getattr(callee, "__name__", None)
    return f"{name}()" if name else str(callee)
