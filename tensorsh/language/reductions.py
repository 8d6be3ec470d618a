"""What the parser builds when it has read a rule: one function (or node class) for each name in
`grammar/tensorsh.lark`.

`NODES` are called with the rule's span and its parts, `VALUES` with the parts alone; an optional part that is absent is
None. A reduction sees only its own parts, so what can be wrong about them is refused here, and what depends on where a
statement stands is refused later, in `scopes.py`. Lists grow in place until a node takes them as a tuple.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorsh.errors import Span
from tensorsh.language import nodes
from tensorsh.language.faults import Fault
from tensorsh.language.targets import check_assignable, check_deletable, check_no_star, describe

Exprs = list[nodes.expr]

# Statements


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


# Functions


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


# Expressions


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


# Lists and words


def more(items: list[Any], item: Any) -> list[Any]:
    items.append(item)
    return items


def extend(items: list[Any], others: list[Any]) -> list[Any]:
    items += others
    return items


def more_pairs(parts: list[Any], op: str, right: nodes.expr) -> list[Any]:
    parts += (op, right)
    return parts


def first(*items: Any) -> list[Any]:
    return list(items)


def itself(value: Any) -> Any:
    return value


def join_words(*words: str) -> str:
    return " ".join(words)


NODES: dict[str, Callable[..., Any]] = {
    "annotated_assign": annotated_assign,
    "and_": and_,
    "assert_": nodes.Assert,
    "assign": assign,
    "attribute": nodes.Attribute,
    "augmented_assign": augmented_assign,
    "binary": nodes.BinOp,
    "break_": nodes.Break,
    "call": call,
    "call_generator": call_generator,
    "compare": compare,
    "comprehension": comprehension,
    "comprehension_if": comprehension_if,
    "conditional": conditional,
    "constant": nodes.Constant,
    "continue_": nodes.Continue,
    "delete": delete,
    "dict_": dict_,
    "dict_comprehension": dict_comprehension,
    "double_star_argument": double_star_argument,
    "double_star_parameter": double_star_parameter,
    "elif_": elif_,
    "ellipsis": ellipsis,
    "empty_tuple": empty_tuple,
    "expression_statement": expression_statement,
    "false": false,
    "for_": for_,
    "function": function,
    "generator": generator,
    "global_": global_,
    "handler": handler,
    "if_": if_,
    "import_": import_,
    "import_alias": nodes.alias,
    "import_from": import_from,
    "import_relative": import_relative,
    "import_star": import_star,
    "keyword_argument": keyword_argument,
    "lambda_": lambda_,
    "lambda_parameter": lambda_parameter,
    "list_": list_,
    "list_comprehension": list_comprehension,
    "name": nodes.Name,
    "named_handler": named_handler,
    "none": none,
    "nonlocal_": nonlocal_,
    "not_": not_,
    "or_": or_,
    "parameter": parameter,
    "pass_": nodes.Pass,
    "pipe_": pipe_,
    "raise_": nodes.Raise,
    "return_": return_,
    "set_": set_,
    "set_comprehension": set_comprehension,
    "slash": slash,
    "slice_": nodes.Slice,
    "star_parameter": star_parameter,
    "starred": nodes.Starred,
    "subscript": subscript,
    "true": true,
    "try_": try_,
    "try_finally": try_finally,
    "tuple_": tuple_,
    "unary": nodes.UnaryOp,
    "walrus": walrus,
    "while_": while_,
    "with_": with_,
    "with_item": with_item,
}
VALUES: dict[str, Callable[..., Any]] = {
    "augmented": itself,
    "comparator": join_words,
    "decorated": decorated,
    "decorator": itself,
    "dots": lambda *dots: "".join(dots),
    "dotted_name": ".".join,
    "double_star_pair": double_star_pair,
    "extend": extend,
    "first": first,
    "fstring_field": fstring_field,
    "group": group,
    "hidden_line": hidden_line,
    "module": itself,
    "more": more,
    "more_pairs": more_pairs,
    "pair": pair,
    "simple_line": itself,
    "three": first,
    "two": first,
    "with_after": with_after,
    "with_first": with_first,
    "with_more": with_more,
    "with_next": with_next,
    "with_plain": with_plain,
}
