"""Calls to closures. A call is decided by the type of the callee: script function, wrapped host function, or another
callable value.

`Pipe` is a call whose first argument stands before it. The closures for up to two positional arguments build no
argument list; every call blames itself with the callee and the arguments that were ready.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

from tensorsh.language import nodes
from tensorsh.language.calling import add_keyword, call_0, call_1, call_2, call_value, merge_keywords, spread
from tensorsh.language.context import MISSING, Closure, Context, blame, expression
from tensorsh.language.functions import Builtin, Frame
from tensorsh.runtime.tensor import Tensor


@expression(nodes.Call)
def call(context: Context, node: nodes.Call) -> Closure:
    return make_call(context, node, node.func, node.args, node.keywords)


@expression(nodes.Pipe)
def pipe(context: Context, node: nodes.Pipe) -> Closure:
    return make_call(context, node, node.call.func, (node.left, *node.call.args), node.call.keywords)


def make_call(
    context: Context,
    node: nodes.Node,
    callee: nodes.expr,
    args: tuple[nodes.expr, ...],
    keywords: tuple[nodes.keyword, ...],
) -> Closure:
    # `x |> f(y)` computes x before f, as it reads; in every other call the callee comes first.
    func = context.expression(callee)
    if any(isinstance(argument, nodes.Starred) for argument in args) or any(pair.arg is None for pair in keywords):
        return call_spread(context, node, func, args, keywords)
    values = [context.expression(argument) for argument in args]
    if keywords:
        return call_keywords(context, node, func, values, keywords)
    fixed = _BY_COUNT.get(len(values))
    if fixed is None:
        return call_many(node, func, values)
    return fixed(node, func, *values)


def with_none(node: nodes.Node, func: Closure) -> Closure:
    def run(frame: Frame) -> Any:
        f = MISSING
        try:
            f = func(frame)
            return call_0(f)
        except Exception as error:
            blame_call(error, node, f, [])
            raise

    return run


def with_one(node: nodes.Node, func: Closure, first: Closure) -> Closure:
    def run(frame: Frame) -> Any:
        f = a = MISSING
        try:
            f = func(frame)
            a = first(frame)
            return call_1(f, a)
        except Exception as error:
            blame_call(error, node, f, computed(a))
            raise

    return run


def with_two(node: nodes.Node, func: Closure, first: Closure, second: Closure) -> Closure:
    def run(frame: Frame) -> Any:
        f = a = b = MISSING
        try:
            f = func(frame)
            a = first(frame)
            b = second(frame)
            return call_2(f, a, b)
        except Exception as error:
            blame_call(error, node, f, computed(a, b))
            raise

    return run


_BY_COUNT: dict[int, Any] = {0: with_none, 1: with_one, 2: with_two}


def computed(*values: Any) -> list[Any]:
    return [value for value in values if value is not MISSING]


def blame_call(
    error: Exception, node: nodes.Node, callee: Any, args: list[Any], keywords: dict[str, Any] | None = None
) -> None:
    """Blame a call. If an operator was called with arguments that it does not take, the error gets PyTorch's text first, which
    depends on how the call was written."""
    if type(error) is TypeError and "tensorsh_trail" not in error.__dict__:
        # The host names a function of its own in two ways, by how it was called.
        full = callee.name if type(callee) is Builtin else getattr(callee, "__qualname__", "")
        if error.args == (f"{full.rpartition('.')[2]}() takes no keyword arguments",):
            error.args = (f"{full}() takes no keyword arguments",)
        function = callee.function if type(callee) is Builtin else callee
        if isinstance(function, type) and ".__init__() " in str(error):
            from tensorsh.ops.call_errors import error_of_type

            made = error_of_type(function, args, keywords or {})
            error.args = error.args if made is None else made.args
        if isinstance(function, FunctionType) or isinstance(getattr(function, "__self__", None), Tensor):
            from tensorsh.ops.call_errors import error_for

            theirs = error_for(function, args, keywords or {})
            if type(theirs) is AttributeError:
                blame_values(theirs, node, callee, args, keywords)
                raise theirs from None
            if theirs is not None:
                error.args = theirs.args
    blame_values(error, node, callee, args, keywords)


def blame_values(
    error: Exception, node: nodes.Node, callee: Any, args: list[Any], keywords: dict[str, Any] | None
) -> None:
    values = {"func": callee, "args": args}
    blame(error, node, values if keywords is None else {**values, "keywords": keywords})


def call_many(node: nodes.Node, func: Closure, values: list[Closure]) -> Closure:
    def run(frame: Frame) -> Any:
        f = MISSING
        args: list[Any] = []
        try:
            f = func(frame)
            for value in values:
                args.append(value(frame))
            return call_value(f, args, {})
        except Exception as error:
            blame_call(error, node, f, args)
            raise

    return run


def call_keywords(
    context: Context, node: nodes.Node, func: Closure, values: list[Closure], keywords: tuple[nodes.keyword, ...]
) -> Closure:
    names = [(pair.arg, context.expression(pair.value)) for pair in keywords]

    def run(frame: Frame) -> Any:
        f = MISSING
        args: list[Any] = []
        named: dict[str, Any] = {}
        try:
            f = func(frame)
            for value in values:
                args.append(value(frame))
            for name, value in names:
                named[name] = value(frame)  # type: ignore[index]
            return call_value(f, args, named)
        except Exception as error:
            blame_call(error, node, f, args, named)
            raise

    return run


def call_spread(
    context: Context,
    node: nodes.Node,
    func: Closure,
    args: tuple[nodes.expr, ...],
    keywords: tuple[nodes.keyword, ...],
) -> Closure:
    values = []
    for argument in args:
        is_starred = isinstance(argument, nodes.Starred)
        values.append(
            (context.expression(argument.value if isinstance(argument, nodes.Starred) else argument), is_starred)
        )
    named = [(pair.arg, context.expression(pair.value)) for pair in keywords]
    alone = len(values) == 1

    def run(frame: Frame) -> Any:
        f = MISSING
        positional: list[Any] = []
        given: dict[str, Any] = {}
        try:
            f = func(frame)
            for value, is_starred in values:
                if is_starred:
                    positional += spread(f, value(frame), alone)
                else:
                    positional.append(value(frame))
            for name, value in named:
                if name is None:
                    merge_keywords(f, given, value(frame))
                else:
                    add_keyword(f, given, name, value(frame))
            return call_value(f, positional, given)
        except Exception as error:
            blame_call(error, node, f, positional, given)
            raise

    return run
