"""What the parser builds when it has read an expression: see `reductions.py`."""

from __future__ import annotations

from typing import Any

from tensorsh.errors import Span
from tensorsh.language import nodes
from tensorsh.language.faults import Fault
from tensorsh.language.targets import check_assignable, describe

Exprs = list[nodes.expr]


def tuple_(span: Span, elts: Exprs) -> nodes.Tuple:
    return nodes.Tuple(span, tuple(elts))


def empty_tuple(span: Span) -> nodes.Tuple:
    return nodes.Tuple(span, ())


def list_(span: Span, elts: Exprs | None) -> nodes.List:
    return nodes.List(span, tuple(elts or ()))


def set_(span: Span, elts: Exprs) -> nodes.Set:
    return nodes.Set(span, tuple(elts))


Pair = tuple[nodes.expr | None, nodes.expr]


def pair(key: nodes.expr, value: nodes.expr) -> Pair:
    return key, value


def double_star_pair(value: nodes.expr) -> Pair:
    return None, value


def dict_(span: Span, pairs: list[Pair] | None) -> nodes.Dict:
    pairs = pairs or []
    return nodes.Dict(span, tuple([key for key, _ in pairs]), tuple([value for _, value in pairs]))


def group(value: nodes.expr) -> nodes.expr:
    if isinstance(value, nodes.Starred):
        raise Fault("cannot use starred expression here", value.span)
    return value


def walrus(span: Span, target: nodes.expr, value: nodes.expr) -> nodes.NamedExpr:
    if not isinstance(target, nodes.Name) or target.span[:2] != span[:2]:
        raise Fault(f"cannot use assignment expressions with {describe(target)}", target.span)
    return nodes.NamedExpr(span, target, value)


def conditional(span: Span, body: nodes.expr, test: nodes.expr, orelse: nodes.expr) -> nodes.IfExp:
    return nodes.IfExp(span, test, body, orelse)


def pipe_(span: Span, left: nodes.expr, call_: nodes.expr) -> nodes.Pipe:
    if not isinstance(call_, nodes.Call):
        hint = f": write {call_.id}()" if isinstance(call_, nodes.Name) else ", as in `x |> relu()`"
        raise Fault(f"what follows '|>' must be a call{hint}", call_.span)
    return nodes.Pipe(span, left, call_)


def or_(span: Span, values: Exprs) -> nodes.BoolOp:
    return nodes.BoolOp(span, "or", tuple(values))


def and_(span: Span, values: Exprs) -> nodes.BoolOp:
    return nodes.BoolOp(span, "and", tuple(values))


def not_(span: Span, operand: nodes.expr) -> nodes.UnaryOp:
    return nodes.UnaryOp(span, "not", operand)


def compare(span: Span, parts: list[Any]) -> nodes.Compare:
    return nodes.Compare(span, parts[0], tuple(parts[1::2]), tuple(parts[2::2]))


def subscript(span: Span, value: nodes.expr, index: nodes.expr) -> nodes.Subscript:
    if isinstance(index, nodes.Starred):
        index = nodes.Tuple(index.span, (index,))
    return nodes.Subscript(span, value, index)


class Argument(tuple[Span, "str | None", nodes.expr]):
    """A keyword argument, or `**value` where the name is None, until the call takes it."""

    __slots__ = ()


def keyword_argument(span: Span, name: nodes.expr, value: nodes.expr) -> Argument:
    if not isinstance(name, nodes.Name) or name.span[:2] != span[:2]:
        if isinstance(name, nodes.Constant) and describe(name) in ("None", "True", "False"):
            raise Fault(f"cannot assign to {describe(name)}", name.span)
        raise Fault('expression cannot contain assignment, perhaps you meant "=="?', span)
    return Argument((span, name.id, value))


def double_star_argument(span: Span, value: nodes.expr) -> Argument:
    return Argument((span, None, value))


def call(span: Span, func: nodes.expr, arguments: list[Any] | None) -> nodes.Call:
    if arguments is None:
        return nodes.Call(span, func, (), ())
    args: Exprs = []
    keywords: list[nodes.keyword] = []
    names = set()
    unpacked = False
    for argument in arguments:
        if type(argument) is Argument:
            where, name, value = argument
            if name is None:
                unpacked = True
            elif name in names:
                raise Fault(f"keyword argument repeated: {name}", where)
            names.add(name)
            keywords.append(nodes.keyword(where, name, value))
        elif keywords and isinstance(argument, nodes.Starred):
            if unpacked:
                raise Fault("iterable argument unpacking follows keyword argument unpacking", argument.span)
            args.append(argument)
        elif keywords:
            kind = "keyword argument unpacking" if unpacked else "keyword argument"
            raise Fault(f"positional argument follows {kind}", argument.span)
        else:
            args.append(argument)
    return nodes.Call(span, func, tuple(args), tuple(keywords))


def call_generator(span: Span, func: nodes.expr, argument: nodes.GeneratorExp) -> nodes.Call:
    return nodes.Call(span, func, (argument,), ())


def comprehension(span: Span, target: nodes.expr, iterable: nodes.expr) -> nodes.comprehension:
    check_assignable(target)
    return nodes.comprehension(span, target, iterable, ())


def comprehension_if(span: Span, made: nodes.comprehension, test: nodes.expr) -> nodes.comprehension:
    return nodes.comprehension(span, made.target, made.iter, (*made.ifs, test))


def _unstarred(elt: nodes.expr) -> nodes.expr:
    if isinstance(elt, nodes.Starred):
        raise Fault("iterable unpacking cannot be used in comprehension", elt.span)
    return elt


def generator(span: Span, elt: nodes.expr, clauses: list[nodes.comprehension]) -> nodes.GeneratorExp:
    return nodes.GeneratorExp(span, _unstarred(elt), tuple(clauses))


def list_comprehension(span: Span, elt: nodes.expr, clauses: list[nodes.comprehension]) -> nodes.ListComp:
    return nodes.ListComp(span, _unstarred(elt), tuple(clauses))


def set_comprehension(span: Span, elt: nodes.expr, clauses: list[nodes.comprehension]) -> nodes.SetComp:
    return nodes.SetComp(span, _unstarred(elt), tuple(clauses))


def dict_comprehension(span: Span, made: Pair, clauses: list[nodes.comprehension]) -> nodes.DictComp:
    key, value = made
    if key is None:
        raise Fault("dict unpacking cannot be used in dict comprehension", span)
    return nodes.DictComp(span, key, value, tuple(clauses))


def none(span: Span) -> nodes.Constant:
    return nodes.Constant(span, None)


def true(span: Span) -> nodes.Constant:
    return nodes.Constant(span, True)


def false(span: Span) -> nodes.Constant:
    return nodes.Constant(span, False)


def ellipsis(span: Span) -> nodes.Constant:
    return nodes.Constant(span, ...)


def fstring_field(value: nodes.expr) -> nodes.expr:
    return group(value)
