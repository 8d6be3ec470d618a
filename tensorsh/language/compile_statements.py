"""Statements to closures, and blocks of them.

Each statement notes itself as the one that runs (`state.where`) before it starts. A signal other than None ends the
block that it comes up in: `BREAK` and `CONTINUE` as far as the loop, `RETURN` as far as the function, with the value
in slot 0 of the frame.
"""

from __future__ import annotations

import operator
import sys
from typing import Any

from tensorsh.language import limits, namespace, nodes
from tensorsh.language.attributes import callable_of
from tensorsh.language.compile_comprehensions import walk
from tensorsh.language.compile_expressions import SMALL, constant_of, local_slot, truth, truth_of
from tensorsh.language.compile_targets import CHAINED, delete, store, store_name
from tensorsh.language.context import MISSING, Closure, Context, blame, blame_if_new, statement
from tensorsh.language.functions import RETURN, UNBOUND, Frame
from tensorsh.language.iterators import collectable

BREAK: Any = type("Signal", (), {"__slots__": (), "__repr__": lambda self: "<break>"})()
CONTINUE: Any = type("Signal", (), {"__slots__": (), "__repr__": lambda self: "<continue>"})()



def add_in_place(left: Any, right: Any) -> Any:
    return operator.iadd(left, collectable(right) if type(left) is list else right)


IN_PLACE: dict[str, Any] = {
    "+": add_in_place,
    "-": operator.isub,
    "*": limits.multiply_in_place,
    "/": operator.itruediv,
    "//": operator.ifloordiv,
    "%": limits.modulo_in_place,
    "**": limits.power_in_place,
    "@": operator.imatmul,
    "&": operator.iand,
    "|": operator.ior,
    "^": operator.ixor,
    "<<": limits.shift_left_in_place,
    ">>": operator.irshift,
}


# Beside a small number the guards have nothing to do.
BARE_IN_PLACE = {"+": operator.iadd, "*": operator.imul}


def block(statements: list[Closure]) -> Closure:
    """Run statements in order until one gives a signal."""
    if len(statements) == 1:
        return statements[0]
    if len(statements) == 2:
        first, second = statements

        def run_two(frame: Frame) -> Any:
            signal = first(frame)
            return second(frame) if signal is None else signal

        return run_two

    def run_block(frame: Frame) -> Any:
        for part in statements:
            signal = part(frame)
            if signal is not None:
                return signal
        return None

    return run_block


def suite(context: Context, body: tuple[nodes.stmt, ...]) -> Closure:
    return block([context.statement(part) for part in body])


# Simple statements


@statement(nodes.Expr)
def expression_statement(context: Context, node: nodes.Expr) -> Closure:
    state = context.environment.state
    if isinstance(node.value, nodes.Constant) and not context.echoes:
        return nothing(context, node)
    value = in_place_call(context, node.value) or context.expression(node.value)
    if context.echoes and not node.hidden:
        environment = context.environment

        def run_echo(frame: Frame) -> None:
            state.where = node
            result = value(frame)
            if result is not None:
                environment.echo(result)

        return run_echo

    def run_expression(frame: Frame) -> None:
        state.where = node
        value(frame)

    return run_expression


def in_place_call(context: Context, node: nodes.expr) -> Closure | None:
    """The closure of a statement like `x[idx].add_(1)`, which may write to a copy; None for any other."""
    if not (isinstance(node, nodes.Call) and isinstance(node.func, nodes.Attribute) and node.func.attr[-1] == "_"):
        return None
    from tensorsh.language import chained_writes

    owner = chained_writes.written_chain(node)
    return None if owner is None else chained_writes.watched_call(context, node, owner)


@statement(nodes.Pass, nodes.Global, nodes.Nonlocal)
def nothing(context: Context, node: nodes.Node) -> Closure:
    state = context.environment.state

    def run_nothing(frame: Frame) -> None:
        state.where = node

    return run_nothing


@statement(nodes.Assign)
def assign(context: Context, node: nodes.Assign) -> Closure:
    state = context.environment.state
    value = context.expression(node.value)
    target = node.targets[0]
    if len(node.targets) > 1:
        stores = [store(context, part) for part in node.targets]

        def run_assign_all(frame: Frame) -> None:
            state.where = node
            result = value(frame)
            for put in stores:
                put(frame, result)

        return run_assign_all
    if isinstance(target, nodes.Name):
        variable = context.scope.find(target.id)
        if variable is None:
            values, name = context.environment.globals, target.id

            def run_assign_global(frame: Frame) -> None:
                state.where = node
                values[name] = value(frame)

            return run_assign_global
        if not variable.captured:
            slot = context.scope.slot(variable)

            def run_assign_local(frame: Frame) -> None:
                state.where = node
                frame[slot] = value(frame)

            return run_assign_local
    put_one = store(context, target)

    def run_assign(frame: Frame) -> None:
        state.where = node
        put_one(frame, value(frame))

    return run_assign


@statement(nodes.AnnAssign)
def annotated_assign(context: Context, node: nodes.AnnAssign) -> Closure:
    if node.value is None:
        return nothing(context, node)
    state = context.environment.state
    value, put = context.expression(node.value), store(context, node.target)

    def run_annotated(frame: Frame) -> None:
        state.where = node
        put(frame, value(frame))

    return run_annotated


@statement(nodes.AugAssign)
def augmented_assign(context: Context, node: nodes.AugAssign) -> Closure:
    state = context.environment.state
    apply = IN_PLACE[node.op]
    value = context.expression(node.value)
    fixed = constant_of(node.value)
    if node.op in BARE_IN_PLACE and type(fixed) in (int, float) and abs(fixed) < SMALL:
        apply = BARE_IN_PLACE[node.op]
    if isinstance(node.target, nodes.Name):
        load, put = context.expression(node.target), store_name(context, node.target.id)
        slot = local_slot(context, node.target)
        if slot is not None:
            return augmented_local(context, node, slot, load, apply, value)

        def run_augmented(frame: Frame) -> None:
            state.where = node
            a = b = MISSING
            try:
                a = load(frame)
                b = value(frame)
                result = apply(a, b)
            except Exception as error:
                blame(error, node, {"left": a, "right": b})
                raise
            put(frame, result)

        return run_augmented
    target: Any = node.target
    if isinstance(target, nodes.Subscript) and isinstance(target.value, CHAINED):
        from tensorsh.language import chained_writes

        if chained_writes.may_lose(target.value):
            return chained_writes.watched_augmented(context, node, apply, value)
    read, write, part = _place(context, target)
    owner = context.expression(target.value)

    def run_augmented_place(frame: Frame) -> None:
        state.where = node
        a = i = old = b = MISSING
        try:
            a = owner(frame)
            i = part(frame)
            old = read(a, i)
            b = value(frame)
            write(a, i, apply(old, b))
        except Exception as error:
            blame(error, node, {"left": old, "right": b, "value": a, "index": i})
            raise

    return run_augmented_place


def augmented_local(
    context: Context, node: nodes.AugAssign, slot: int, load: Closure, apply: Any, value: Closure
) -> Closure:
    state = context.environment.state

    def run_augmented_local(frame: Frame) -> None:
        state.where = node
        a = b = MISSING
        try:
            a = frame[slot]
            if a is UNBOUND:
                a = MISSING
                a = load(frame)  # which raises, blaming the name
            b = value(frame)
            frame[slot] = apply(a, b)
        except Exception as error:
            blame(error, node, {"left": a, "right": b})
            raise

    return run_augmented_local


def _place(context: Context, target: nodes.Node) -> tuple[Any, Any, Closure]:
    """How an attribute or an item is read and written, and the closure for its name or index."""
    from tensorsh.language import attributes

    if isinstance(target, nodes.Attribute):
        name = target.attr
        return attributes.lookup, attributes.assign, lambda frame: name
    if isinstance(target, nodes.Subscript):
        return operator.getitem, operator.setitem, context.expression(target.slice)
    raise context.error(
        f"'{type(target).__name__.lower()}' is an illegal expression for augmented assignment", target.span
    )


@statement(nodes.Delete)
def delete_statement(context: Context, node: nodes.Delete) -> Closure:
    state = context.environment.state
    parts = [delete(context, target) for target in node.targets]

    def run_delete(frame: Frame) -> None:
        state.where = node
        for part in parts:
            part(frame)

    return run_delete


@statement(nodes.Assert)
def assert_statement(context: Context, node: nodes.Assert) -> Closure:
    state = context.environment.state
    test = truth(context, node.test)
    message = None if node.msg is None else context.expression(node.msg)

    def run_assert(frame: Frame) -> None:
        state.where = node
        if not test(frame):
            error = AssertionError() if message is None else AssertionError(message(frame))
            blame(error, node)
            raise error

    return run_assert


@statement(nodes.Import)
def import_statement(context: Context, node: nodes.Import) -> Closure:
    state, environment = context.environment.state, context.environment
    steps = []
    for alias in node.names:
        put = store_name(context, alias.asname or alias.name.partition(".")[0])
        steps.append((alias, put))

    def run_import(frame: Frame) -> None:
        state.where = node
        for alias, put in steps:
            try:
                root, found = namespace.import_module(alias.name, environment)
            except Exception as error:
                blame(error, alias)
                raise
            put(frame, root if alias.asname is None else found)

    return run_import


@statement(nodes.ImportFrom)
def import_from(context: Context, node: nodes.ImportFrom) -> Closure:
    state, environment = context.environment.state, context.environment
    steps = [
        (alias, None if alias.name == "*" else store_name(context, alias.asname or alias.name)) for alias in node.names
    ]

    def run_import_from(frame: Frame) -> None:
        state.where = node
        try:
            if node.level:
                raise ImportError("attempted relative import with no known parent package")
            _, found = namespace.import_module(node.module or "", environment)
        except Exception as error:
            blame(error, node)
            raise
        for alias, put in steps:
            try:
                if put is None:
                    environment.globals.update(namespace.public_values(found))
                else:
                    put(frame, namespace.import_name(found, alias.name))
            except Exception as error:
                blame(error, alias)
                raise

    return run_import_from


# Control flow


@statement(nodes.If)
def if_statement(context: Context, node: nodes.If) -> Closure:
    # An `elif` is an `if` alone in the `else`: a long ladder of them is walked, not nested.
    state = context.environment.state
    branches = []
    rung: nodes.If = node
    while True:
        branches.append((rung, truth(context, rung.test), suite(context, rung.body)))
        if len(rung.orelse) == 1 and isinstance(rung.orelse[0], nodes.If):
            rung = rung.orelse[0]
        else:
            break
    otherwise = suite(context, rung.orelse) if rung.orelse else None
    if len(branches) == 1:
        body = branches[0][2]
        value, condition = context.expression(node.test), node.test

        def run_if(frame: Frame) -> Any:
            state.where = node
            result = value(frame)
            if result is True or (result is not False and truth_of(result, condition)):
                return body(frame)
            return None if otherwise is None else otherwise(frame)

        return run_if

    def run_ladder(frame: Frame) -> Any:
        for part, test, body in branches:
            state.where = part
            if test(frame):
                return body(frame)
        return None if otherwise is None else otherwise(frame)

    return run_ladder


@statement(nodes.While)
def while_statement(context: Context, node: nodes.While) -> Closure:
    state = context.environment.state
    value, condition = context.expression(node.test), node.test
    body = suite(context.in_loop(), node.body)
    otherwise = suite(context, node.orelse) if node.orelse else None

    def run_while(frame: Frame) -> Any:
        state.where = node
        while True:
            result = value(frame)
            if result is False or (result is not True and not truth_of(result, condition)):
                break
            signal = body(frame)
            if signal is not None:
                if signal is BREAK:
                    return None
                if signal is RETURN:
                    return signal
            state.where = node
        return None if otherwise is None else otherwise(frame)

    return run_while


@statement(nodes.For)
def for_statement(context: Context, node: nodes.For) -> Closure:
    state = context.environment.state
    iterable = context.expression(node.iter)
    put = store(context, node.target)
    body = suite(context.in_loop(), node.body)
    otherwise = suite(context, node.orelse) if node.orelse else None
    slot: Any = local_slot(context, node.target)

    def run_for_local(frame: Frame) -> Any:
        state.where = node
        try:
            for frame[slot] in walk(iterable(frame), node):  # noqa: B020 - the item goes straight to its slot
                signal = body(frame)
                if signal is not None:
                    if signal is BREAK:
                        return None
                    if signal is RETURN:
                        return signal
        except Exception as error:
            blame_if_new(error, node.iter)
            raise
        return None if otherwise is None else otherwise(frame)

    def run_for(frame: Frame) -> Any:
        state.where = node
        try:
            for item in walk(iterable(frame), node):
                put(frame, item)
                signal = body(frame)
                if signal is not None:
                    if signal is BREAK:
                        return None
                    if signal is RETURN:
                        return signal
        except Exception as error:
            blame_if_new(error, node.iter)
            raise
        return None if otherwise is None else otherwise(frame)

    return run_for if slot is None else run_for_local


@statement(nodes.Break)
def break_statement(context: Context, node: nodes.Break) -> Closure:
    if not context.loop:
        raise context.error("'break' outside loop", node.span)
    return lambda frame: BREAK


@statement(nodes.Continue)
def continue_statement(context: Context, node: nodes.Continue) -> Closure:
    if not context.loop:
        raise context.error("'continue' not properly in loop", node.span)
    return lambda frame: CONTINUE


@statement(nodes.Return)
def return_statement(context: Context, node: nodes.Return) -> Closure:
    if context.scope.kind != "function":
        raise context.error("'return' outside function", node.span)
    state = context.environment.state
    value = (lambda frame: None) if node.value is None else context.expression(node.value)

    def run_return(frame: Frame) -> Any:
        state.where = node
        frame[0] = value(frame)
        return RETURN

    return run_return


# Exceptions and contexts


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
            frame[slot].value = None
            del frame[slot].value

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
