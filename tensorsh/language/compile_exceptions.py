"""`raise`, `try` and `with` to closures.

The host's own exceptions carry a script's. A `finally` or an `except` that ends in `break`, `continue` or `return` gives that signal
instead of what was under way, as in Python.
"""

from __future__ import annotations

import sys
from typing import Any

from tensorsh.language import nodes
from tensorsh.language.attributes import callable_of
from tensorsh.language.compile_statements import suite
from tensorsh.language.compile_targets import store, store_name
from tensorsh.language.context import MISSING, Closure, Context, blame, statement
from tensorsh.language.functions import Frame
from tensorsh.language.sentinels import UNBOUND


@statement(nodes.Raise)
def raise_statement(context: Context, node: nodes.Raise) -> Closure:
    state = context.environment.state
    value = None if node.exc is None else context.expression(node.exc)
    cause = None if node.cause is None else context.expression(node.cause)

    def run_raise(frame: Frame) -> Any:
        state.where = node
        if value is None:
            active = sys.exc_info()[1]
            error = RuntimeError("No active exception to reraise") if active is None else active
            blame(error, node)
            raise error
        try:
            error = exception_of(value(frame), "exceptions must derive from BaseException")
            if cause is not None:
                reason = cause(frame)
                if reason is not None:
                    reason = exception_of(reason, "exception causes must derive from BaseException")
                error.__cause__ = reason
            raise error
        except Exception as error:
            blame(error, node)
            raise

    return run_raise


def exception_of(value: Any, otherwise: str) -> BaseException:
    if isinstance(value, type) and issubclass(value, BaseException):
        return callable_of(value)()
    if isinstance(value, BaseException):
        return value
    raise TypeError(otherwise)


@statement(nodes.Try)
def try_statement(context: Context, node: nodes.Try) -> Closure:
    state = context.environment.state
    body = suite(context, node.body)
    if node.handlers:
        body = with_handlers(context, node, body)
    if not node.finalbody:
        return body
    final = suite(context, node.finalbody)

    def run_finally(frame: Frame) -> Any:
        state.where = node
        overruled = None
        try:
            signal = body(frame)
            returned = frame[0]
        except BaseException:
            overruled = final(frame)
            if overruled is None:
                raise
            return overruled
        overruled = final(frame)
        if overruled is not None:
            return overruled
        frame[0] = returned
        return signal

    return run_finally


def with_handlers(context: Context, node: nodes.Try, body: Closure) -> Closure:
    state = context.environment.state
    handlers = []
    for number, handler in enumerate(node.handlers):
        if handler.type is None and number < len(node.handlers) - 1:
            raise context.error("default 'except:' must be last", handler.span)
        kinds = None if handler.type is None else context.expression(handler.type)
        bind: Any = None
        unbind: Any = None
        if handler.name is not None:
            bind = store_name(context, handler.name)
            unbind = forget(context, handler.name)
        handlers.append((handler, kinds, bind, unbind, suite(context, handler.body)))
    otherwise = suite(context, node.orelse) if node.orelse else None

    def run_try(frame: Frame) -> Any:
        state.where = node
        try:
            signal = body(frame)
        except BaseException as error:
            for handler, kinds, bind, unbind, run in handlers:
                if kinds is not None and not catches(error, kinds(frame), handler):
                    continue
                if bind is None:
                    return run(frame)
                bind(frame, error)
                try:
                    return run(frame)
                finally:
                    unbind(frame)
            raise
        return otherwise(frame) if otherwise is not None and signal is None else signal

    return run_try


def catches(error: BaseException, kinds: Any, handler: nodes.ExceptHandler) -> bool:
    for kind in kinds if type(kinds) is tuple else (kinds,):
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            wrong = TypeError("catching classes that do not inherit from BaseException is not allowed")
            blame(wrong, handler.type or handler)
            raise wrong
    return isinstance(error, kinds)


def forget(context: Context, name: str) -> Closure:
    """Unbind the name of a handler, whether or not the handler itself has done so."""
    variable = context.scope.find(name)
    if variable is None:
        values = context.environment.globals
        return lambda frame: values.pop(name, None)
    slot = context.scope.slot(variable)
    if variable.captured:

        def forget_cell(frame: Frame) -> None:
            frame[slot].value = UNBOUND

        return forget_cell

    def forget_local(frame: Frame) -> None:
        frame[slot] = UNBOUND

    return forget_local


@statement(nodes.With)
def with_statement(context: Context, node: nodes.With) -> Closure:
    body = suite(context, node.body)
    for item in reversed(node.items):
        body = with_item(context, node, item, body)
    return body


def with_item(context: Context, node: nodes.With, item: nodes.withitem, body: Closure) -> Closure:
    state = context.environment.state
    value = context.expression(item.context_expr)
    put = None if item.optional_vars is None else store(context, item.optional_vars)

    def run_with(frame: Frame) -> Any:
        state.where = node
        manager = MISSING
        try:
            manager = value(frame)
            kind = type(manager)
            if not hasattr(kind, "__enter__") or not hasattr(kind, "__exit__"):
                raise TypeError(f"'{kind.__name__}' object does not support the context manager protocol")
            entered = kind.__enter__(manager)
        except Exception as error:
            blame(error, item.context_expr, {"value": manager})
            raise
        try:
            if put is not None:
                put(frame, entered)
            signal = body(frame)
        except BaseException as error:
            if not kind.__exit__(manager, type(error), error, error.__traceback__):
                raise
            return None
        kind.__exit__(manager, None, None, None)
        return signal

    return run_with
