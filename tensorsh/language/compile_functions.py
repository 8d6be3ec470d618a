"""`def` and `lambda`: the code that all functions of one definition share, and the closure that makes a function of it.

The body is compiled when the function is first called. Annotations are not evaluated.
"""

from __future__ import annotations

import sys

from tensorsh.language import nodes
from tensorsh.language.calling import call_value
from tensorsh.language.compile_statements import block
from tensorsh.language.compile_targets import store_name
from tensorsh.language.context import Closure, Context, blame, expression, statement
from tensorsh.language.functions import Code, Frame, Function
from tensorsh.language.sentinels import UNBOUND
from tensorsh.language.symbols import parameters


@statement(nodes.FunctionDef)
def function_definition(context: Context, node: nodes.FunctionDef) -> Closure:
    make = maker(context, node, node.name, docstring(node.body))
    decorators = [(context.expression(decorator), decorator) for decorator in node.decorator_list]
    assign = store_name(context, node.name)
    state = context.environment.state

    def define(frame: Frame) -> None:
        state.where = node
        wraps = [(decorator(frame), part) for decorator, part in decorators]
        value = make(frame)
        for wrap, part in reversed(wraps):
            try:
                value = call_value(wrap, [value], {})
            except Exception as error:
                blame(error, part, {"func": wrap, "args": [value]})
                raise
        assign(frame, value)

    return define


@expression(nodes.Lambda)
def lambda_(context: Context, node: nodes.Lambda) -> Closure:
    return maker(context, node, "<lambda>", None)


def docstring(body: tuple[nodes.stmt, ...]) -> str | None:
    first = body[0] if body else None
    if isinstance(first, nodes.Expr) and isinstance(first.value, nodes.Constant) and isinstance(first.value.value, str):
        return first.value.value
    return None


def maker(
    context: Context,
    node: nodes.FunctionDef | nodes.Lambda,
    name: str,
    doc: str | None,
) -> Closure:
    """The closure that makes a `Function` each time the definition runs."""
    scope = context.symbols.of(node)
    arguments = node.args
    inner = context.inside(scope)

    def compile_body() -> Closure:
        if isinstance(node, nodes.Lambda):
            return inner.expression(node.body)
        return block([inner.statement(part) for part in node.body])

    def fuse_body() -> Closure:
        from tensorsh.language.fused_statements import fuse_body, fuse_expression

        return fuse_expression(inner, node.body) if isinstance(node, nodes.Lambda) else fuse_body(inner, node.body)

    positional = (*arguments.posonlyargs, *arguments.args)
    code = Code(
        sys.intern(name),
        scope.qualname,
        doc,
        tuple(parameter.arg for parameter in positional),
        len(arguments.posonlyargs),
        arguments.vararg.arg if arguments.vararg is not None else None,
        tuple(parameter.arg for parameter in arguments.kwonlyargs),
        arguments.kwarg.arg if arguments.kwarg is not None else None,
        node,
        compile_body,
        fuse_body,
    )
    code.gives_value = isinstance(node, nodes.Lambda)
    count = len(parameters(arguments))
    variables = list(scope.variables.values())
    code.cell_parameters = tuple(scope.slot(variable) for variable in variables[:count] if variable.captured)
    code.fresh_cells = tuple(scope.slot(variable) for variable in variables[count:] if variable.captured)
    code.has_cells = bool(code.cell_parameters or code.fresh_cells)
    code.local_tail = [UNBOUND] * (scope.size - 1 - count - len(scope.free))
    outer_slots = tuple(context.scope.slot(variable) for variable in scope.free)
    defaults = [context.expression(default) for default in arguments.defaults]
    kw_defaults = [
        (parameter.arg, context.expression(default))
        for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is not None
    ]
    environment = context.environment

    def make(frame: Frame) -> Function:
        return Function(
            code,
            environment,
            tuple([default(frame) for default in defaults]),
            {keyword: default(frame) for keyword, default in kw_defaults},
            [frame[slot] for slot in outer_slots],
        )

    return make
