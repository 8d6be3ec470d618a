"""Simple statements to closures, and blocks of statements.

Each statement notes itself as the one that runs (`state.where`) before it starts. It gives None, or a signal that ends the block
(`compile_flow`).
"""

from __future__ import annotations

import operator
from typing import Any

from tensorsh.language import formatting, limits, namespace, nodes
from tensorsh.language.compile_keys import index_of
from tensorsh.language.compile_operators import SMALL, constant_of, truth
from tensorsh.language.compile_targets import CHAINED, delete, store, store_name
from tensorsh.language.context import MISSING, Closure, Context, blame, statement
from tensorsh.language.dictionaries import get_item, set_item
from tensorsh.language.functions import Frame
from tensorsh.language.iterators import collectable
from tensorsh.language.nesting import printable


def add_in_place(left: Any, right: Any) -> Any:
    return operator.iadd(left, collectable(right) if type(left) is list else right)


IN_PLACE: dict[str, Any] = {
    "+": add_in_place,
    "-": operator.isub,
    "*": limits.multiply_in_place,
    "/": operator.itruediv,
    "//": operator.ifloordiv,
    "%": formatting.modulo_in_place,
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
                environment.echo(printable(result))

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


def _place(context: Context, target: nodes.Node) -> tuple[Any, Any, Closure]:
    """How an attribute or an item is read and written, and the closure for its name or index."""
    from tensorsh.language import attributes

    if isinstance(target, nodes.Attribute):
        name = target.attr
        return attributes.lookup, attributes.assign, lambda frame: name
    if isinstance(target, nodes.Subscript):
        index, checked = index_of(context, target.slice)
        return *((operator.getitem, operator.setitem) if checked is tuple else (get_item, set_item)), index
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
