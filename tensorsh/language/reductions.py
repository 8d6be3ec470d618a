"""What the parser builds when it has read a rule: one function (or node class) for each name in `grammar/tensorsh.lark`.

`NODES` are called with the rule's span and its parts, `VALUES` with the parts alone; an optional part that is absent is
None. A reduction sees only its own parts, so what can be wrong about them is refused there, and what depends on where a
statement stands is refused later, in `scopes.py`. Lists grow in place until a node takes them as a tuple.
The functions stand in `reduce_statements.py`, `reduce_functions.py` and `reduce_expressions.py`; those of lists and words here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorsh.language import nodes
from tensorsh.language import reduce_expressions as expressions
from tensorsh.language import reduce_functions as functions
from tensorsh.language import reduce_statements as statements


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
    "annotated_assign": statements.annotated_assign,
    "and_": expressions.and_,
    "assert_": nodes.Assert,
    "assign": statements.assign,
    "attribute": nodes.Attribute,
    "augmented_assign": statements.augmented_assign,
    "binary": nodes.BinOp,
    "break_": nodes.Break,
    "call": expressions.call,
    "call_generator": expressions.call_generator,
    "compare": expressions.compare,
    "comprehension": expressions.comprehension,
    "comprehension_if": expressions.comprehension_if,
    "conditional": expressions.conditional,
    "constant": nodes.Constant,
    "continue_": nodes.Continue,
    "delete": statements.delete,
    "dict_": expressions.dict_,
    "dict_comprehension": expressions.dict_comprehension,
    "double_star_argument": expressions.double_star_argument,
    "double_star_parameter": functions.double_star_parameter,
    "elif_": statements.elif_,
    "ellipsis": expressions.ellipsis,
    "empty_tuple": expressions.empty_tuple,
    "expression_statement": statements.expression_statement,
    "false": expressions.false,
    "for_": statements.for_,
    "function": functions.function,
    "generator": expressions.generator,
    "global_": statements.global_,
    "handler": statements.handler,
    "if_": statements.if_,
    "import_": statements.import_,
    "import_alias": nodes.alias,
    "import_from": statements.import_from,
    "import_relative": statements.import_relative,
    "import_star": statements.import_star,
    "keyword_argument": expressions.keyword_argument,
    "lambda_": functions.lambda_,
    "lambda_parameter": functions.lambda_parameter,
    "list_": expressions.list_,
    "list_comprehension": expressions.list_comprehension,
    "name": nodes.Name,
    "named_handler": statements.named_handler,
    "none": expressions.none,
    "nonlocal_": statements.nonlocal_,
    "not_": expressions.not_,
    "or_": expressions.or_,
    "parameter": functions.parameter,
    "pass_": nodes.Pass,
    "pipe_": expressions.pipe_,
    "raise_": nodes.Raise,
    "return_": statements.return_,
    "set_": expressions.set_,
    "set_comprehension": expressions.set_comprehension,
    "slash": functions.slash,
    "slice_": nodes.Slice,
    "star_parameter": functions.star_parameter,
    "starred": nodes.Starred,
    "subscript": expressions.subscript,
    "true": expressions.true,
    "try_": statements.try_,
    "try_finally": statements.try_finally,
    "tuple_": expressions.tuple_,
    "unary": nodes.UnaryOp,
    "walrus": expressions.walrus,
    "while_": statements.while_,
    "with_": statements.with_,
    "with_item": statements.with_item,
}
VALUES: dict[str, Callable[..., Any]] = {
    "augmented": itself,
    "comparator": join_words,
    "decorated": functions.decorated,
    "decorator": itself,
    "dots": lambda *dots: "".join(dots),
    "dotted_name": ".".join,
    "double_star_pair": expressions.double_star_pair,
    "extend": extend,
    "first": first,
    "fstring_field": expressions.fstring_field,
    "group": expressions.group,
    "hidden_line": statements.hidden_line,
    "module": itself,
    "more": more,
    "more_pairs": more_pairs,
    "pair": expressions.pair,
    "simple_line": itself,
    "three": first,
    "two": first,
    "with_after": statements.with_after,
    "with_first": statements.with_first,
    "with_more": statements.with_more,
    "with_next": statements.with_next,
    "with_plain": statements.with_plain,
}
