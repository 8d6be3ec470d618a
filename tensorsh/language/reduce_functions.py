"""What the parser builds of functions: definitions, lambdas and their parameters, in Python's order. See `reductions.py`."""

from __future__ import annotations

from tensorsh.errors import Span
from tensorsh.language import nodes
from tensorsh.language.faults import Fault

Exprs = list[nodes.expr]


def function(
    span: Span, name: str, parameters: list[Parameter] | None, returns: nodes.expr | None, body: list[nodes.stmt]
) -> nodes.FunctionDef:
    args = _arguments(span, parameters or [])
    return nodes.FunctionDef(span, name, args, tuple(body), (), returns)


def decorated(decorators: Exprs, made: nodes.FunctionDef) -> nodes.FunctionDef:
    return nodes.FunctionDef(made.span, made.name, made.args, made.body, tuple(decorators), made.returns)


def lambda_(span: Span, parameters: list[Parameter] | None, body: nodes.expr) -> nodes.Lambda:
    return nodes.Lambda(span, _arguments(span, parameters or []), body)


# A parameter as written: its span, its mark ("", "*", "**" or "/"), the parameter (None for `/` and a bare `*`), its
# default.
Parameter = tuple[Span, str, nodes.arg | None, nodes.expr | None]


def parameter(span: Span, name: str, annotation: nodes.expr | None, default: nodes.expr | None) -> Parameter:
    where = annotation.span if annotation is not None else Span(*span[:3], span[1] + len(name))
    return span, "", nodes.arg(span.cover(where) if annotation else _name_span(span, name), name, annotation), default


def lambda_parameter(span: Span, name: str, default: nodes.expr | None) -> Parameter:
    return span, "", nodes.arg(_name_span(span, name), name, None), default


def star_parameter(span: Span, name: str | None, annotation: nodes.expr | None = None) -> Parameter:
    return span, "*", None if name is None else nodes.arg(_after_mark(span, 1), name, annotation), None


def double_star_parameter(span: Span, name: str, annotation: nodes.expr | None = None) -> Parameter:
    return span, "**", nodes.arg(_after_mark(span, 2), name, annotation), None


def slash(span: Span) -> Parameter:
    return span, "/", None, None


def _name_span(span: Span, name: str) -> Span:
    return Span(span.line, span.column, span.line, span.column + len(name))


def _after_mark(span: Span, size: int) -> Span:
    return Span(span.line, span.column + size, span.end_line, span.end_column)


def _arguments(span: Span, parameters: list[Parameter]) -> nodes.arguments:
    """Sort parameters into their kinds, with Python's rules about their order."""
    positional_only: list[nodes.arg] = []
    positional: list[nodes.arg] = []
    keyword_only: list[nodes.arg] = []
    defaults: Exprs = []
    keyword_defaults: list[nodes.expr | None] = []
    vararg = kwarg = None
    star: Span | None = None
    slashed = False
    for where, mark, made, default in parameters:
        if kwarg is not None:
            raise Fault("arguments cannot follow var-keyword argument", where)
        if mark == "/":
            if star is not None:
                raise Fault("/ must be ahead of *", where)
            if slashed:
                raise Fault("/ may appear only once", where)
            if not positional:
                raise Fault("at least one argument must precede /", where)
            slashed = True
            positional_only, positional = positional, []
        elif mark == "*":
            if star is not None:
                raise Fault("* argument may appear only once", where)
            star, vararg = where, made
        elif mark == "**":
            kwarg = made
        elif star is not None:
            assert made is not None
            keyword_only.append(made)
            keyword_defaults.append(default)
        else:
            assert made is not None
            if default is not None:
                defaults.append(default)
            elif defaults:
                raise Fault("non-default argument follows default argument", where)
            positional.append(made)
    if star is not None and vararg is None and not keyword_only:
        raise Fault("named arguments must follow bare *", star)
    seen = set()
    for made in [*positional_only, *positional, vararg, *keyword_only, kwarg]:
        if made is not None:
            if made.arg in seen:
                raise Fault(f"duplicate argument '{made.arg}' in function definition", made.span)
            seen.add(made.arg)
    where = parameters[0][0].cover(parameters[-1][0]) if parameters else span
    return nodes.arguments(
        where,
        tuple(positional_only),
        tuple(positional),
        vararg,
        tuple(keyword_only),
        tuple(keyword_defaults),
        kwarg,
        tuple(defaults),
    )
