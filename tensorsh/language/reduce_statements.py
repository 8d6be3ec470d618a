"""What the parser builds when it has read a statement, functions apart: see `reductions.py`."""

from __future__ import annotations

from tensorsh.errors import Span
from tensorsh.language import nodes
from tensorsh.language.faults import Fault
from tensorsh.language.targets import check_assignable, check_deletable, check_no_star, describe

Exprs = list[nodes.expr]


def expression_statement(span: Span, value: nodes.expr) -> nodes.Expr:
    check_no_star(value)
    return nodes.Expr(span, value, False)


def hidden_line(statements: list[nodes.stmt]) -> list[nodes.stmt]:
    last = statements[-1]
    if isinstance(last, nodes.Expr):
        statements[-1] = nodes.Expr(last.span, last.value, True)
    return statements


def assign(span: Span, targets: Exprs, value: nodes.expr) -> nodes.Assign:
    for target in targets:
        check_assignable(target, single=True)
    check_no_star(value)
    return nodes.Assign(span, tuple(targets), value)


def augmented_assign(span: Span, target: nodes.expr, op: str, value: nodes.expr) -> nodes.AugAssign:
    if not isinstance(target, nodes.Name | nodes.Attribute | nodes.Subscript):
        raise Fault(f"'{describe(target)}' is an illegal expression for augmented assignment", target.span)
    check_no_star(value)
    return nodes.AugAssign(span, target, op[:-1], value)


def annotated_assign(
    span: Span, target: nodes.expr, annotation: nodes.expr, value: nodes.expr | None
) -> nodes.AnnAssign:
    if isinstance(target, nodes.List | nodes.Tuple):
        raise Fault(f"only single target (not {describe(target)}) can be annotated", target.span)
    if not isinstance(target, nodes.Name | nodes.Attribute | nodes.Subscript):
        raise Fault("illegal target for annotation", target.span)
    check_no_star(value)
    bare = span[:2] == target.span[:2]
    return nodes.AnnAssign(span, target, annotation, value, isinstance(target, nodes.Name) and bare)


def delete(span: Span, targets: Exprs) -> nodes.Delete:
    check_deletable(targets)
    return nodes.Delete(span, tuple(targets))


def return_(span: Span, value: nodes.expr | None) -> nodes.Return:
    check_no_star(value)
    return nodes.Return(span, value)


def global_(span: Span, names: list[str]) -> nodes.Global:
    return nodes.Global(span, tuple(names))


def nonlocal_(span: Span, names: list[str]) -> nodes.Nonlocal:
    return nodes.Nonlocal(span, tuple(names))


def import_(span: Span, names: list[nodes.alias]) -> nodes.Import:
    return nodes.Import(span, tuple(names))


def import_from(span: Span, module: str, names: list[nodes.alias]) -> nodes.ImportFrom:
    return nodes.ImportFrom(span, module, tuple(names), 0)


def import_relative(span: Span, dots: str, module: str | None, names: list[nodes.alias]) -> nodes.ImportFrom:
    return nodes.ImportFrom(span, module, tuple(names), len(dots))


def import_star(span: Span) -> list[nodes.alias]:
    return [nodes.alias(span, "*", None)]


def if_(span: Span, test: nodes.expr, body: list[nodes.stmt], orelse: list[nodes.stmt] | None) -> nodes.If:
    return nodes.If(span, test, tuple(body), tuple(orelse or ()))


def elif_(span: Span, test: nodes.expr, body: list[nodes.stmt], orelse: list[nodes.stmt] | None) -> list[nodes.If]:
    return [if_(span, test, body, orelse)]


def while_(span: Span, test: nodes.expr, body: list[nodes.stmt], orelse: list[nodes.stmt] | None) -> nodes.While:
    return nodes.While(span, test, tuple(body), tuple(orelse or ()))


def for_(
    span: Span, target: nodes.expr, iterable: nodes.expr, body: list[nodes.stmt], orelse: list[nodes.stmt] | None
) -> nodes.For:
    check_assignable(target)
    check_no_star(iterable)
    return nodes.For(span, target, iterable, tuple(body), tuple(orelse or ()))


def try_(
    span: Span,
    body: list[nodes.stmt],
    handlers: list[nodes.ExceptHandler],
    orelse: list[nodes.stmt] | None,
    finalbody: list[nodes.stmt] | None,
) -> nodes.Try:
    for handler_ in handlers[:-1]:
        if handler_.type is None:
            raise Fault("default 'except:' must be last", handler_.span)
    return nodes.Try(span, tuple(body), tuple(handlers), tuple(orelse or ()), tuple(finalbody or ()))


def try_finally(span: Span, body: list[nodes.stmt], finalbody: list[nodes.stmt]) -> nodes.Try:
    return nodes.Try(span, tuple(body), (), (), tuple(finalbody))


def handler(span: Span, kind: nodes.expr | None, body: list[nodes.stmt]) -> nodes.ExceptHandler:
    return nodes.ExceptHandler(span, kind, None, tuple(body))


def named_handler(span: Span, kind: nodes.expr, name: str, body: list[nodes.stmt]) -> nodes.ExceptHandler:
    return nodes.ExceptHandler(span, kind, name, tuple(body))


def with_(span: Span, items: list[nodes.withitem], body: list[nodes.stmt]) -> nodes.With:
    only = items[0].context_expr if len(items) == 1 and items[0].optional_vars is None else None
    if isinstance(only, nodes.Tuple) and only.elts:
        # `with (a, b):` opens both, and no tuple; but a tuple it is if it unpacks something.
        if not any(isinstance(value, nodes.Starred) for value in only.elts):
            items = [_plain_item(value) for value in only.elts]
    return nodes.With(span, tuple(items), tuple(body))


def with_item(span: Span, value: nodes.expr, target: nodes.expr | None) -> nodes.withitem:
    if target is not None:
        check_assignable(target)
    check_no_star(value)
    return nodes.withitem(span, value, target)


def _plain_item(value: nodes.expr) -> nodes.withitem:
    return with_item(value.span, value, None)


def _as_item(value: nodes.expr, target: nodes.expr) -> nodes.withitem:
    return with_item(value.span.cover(target.span), value, target)


def with_first(value: nodes.expr, target: nodes.expr) -> list[nodes.withitem]:
    return [_as_item(value, target)]


def with_more(values: Exprs, value: nodes.expr, target: nodes.expr) -> list[nodes.withitem]:
    return [*map(_plain_item, values), _as_item(value, target)]


def with_next(items: list[nodes.withitem], value: nodes.expr, target: nodes.expr) -> list[nodes.withitem]:
    return [*items, _as_item(value, target)]


def with_after(
    items: list[nodes.withitem], values: Exprs, value: nodes.expr, target: nodes.expr
) -> list[nodes.withitem]:
    return [*items, *with_more(values, value, target)]


def with_plain(items: list[nodes.withitem], values: Exprs) -> list[nodes.withitem]:
    return [*items, *map(_plain_item, values)]
