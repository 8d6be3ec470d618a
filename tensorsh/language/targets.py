"""What may be assigned to, deleted or called, and Python's words for what may not: tables and the checks that read
them.
"""

from __future__ import annotations

from collections.abc import Sequence

from tensorsh.language import nodes
from tensorsh.language.faults import Fault

_NAMES = {
    "Attribute": "attribute",
    "Subscript": "subscript",
    "Starred": "starred",
    "Name": "name",
    "List": "list",
    "Tuple": "tuple",
    "Lambda": "lambda",
    "Call": "function call",
    "BoolOp": "expression",
    "BinOp": "expression",
    "UnaryOp": "expression",
    "Pipe": "expression",
    "GeneratorExp": "generator expression",
    "ListComp": "list comprehension",
    "SetComp": "set comprehension",
    "DictComp": "dict comprehension",
    "Dict": "dict literal",
    "Set": "set display",
    "JoinedStr": "f-string expression",
    "FormattedValue": "f-string expression",
    "Compare": "comparison",
    "IfExp": "conditional expression",
    "NamedExpr": "named expression",
}
_NO_HINT = frozenset(
    {
        "None",
        "True",
        "False",
        "comparison",
        "conditional expression",
        "lambda",
        "generator expression",
        "named expression",
    }
)
_WORDS = {None: "None", True: "True", False: "False", Ellipsis: "ellipsis"}


def describe(node: nodes.expr) -> str:
    """What Python calls an expression in its error messages.

    >>> from tensorsh.language.parser import parse
    >>> describe(parse("f(x)").body[0].value)
    'function call'
    """
    if isinstance(node, nodes.Constant):
        for word, name in _WORDS.items():
            if node.value is word:
                return name
        return "literal"
    return _NAMES[type(node).__name__]


def invalid_part(node: nodes.expr, starred: bool = True) -> nodes.expr | None:
    """The first part of a target that cannot be assigned to (or, with `starred` false, be deleted); None if there is
    none.
    """
    todo = [node]
    while todo:
        part = todo.pop()
        if isinstance(part, nodes.List | nodes.Tuple):
            todo += reversed(part.elts)
        elif isinstance(part, nodes.Starred) and starred:
            todo.append(part.value)
        elif not isinstance(part, nodes.Name | nodes.Attribute | nodes.Subscript):
            return part
    return None


def check_assignable(target: nodes.expr, *, single: bool = False) -> None:
    """Refuse a target of `=`, `for` or `as`. `single`: the hint for somebody who may have meant `==` fits."""
    bad = invalid_part(target)
    if bad is not None:
        # Python gives the hint where the expression stands directly before `=` and binds tighter than a comparison.
        if single and bad.span[2:] == target.span[2:] and describe(bad) not in _NO_HINT:
            raise Fault(f"cannot assign to {describe(bad)} here. Maybe you meant '==' instead of '='?", bad.span)
        raise Fault(f"cannot assign to {describe(bad)}", bad.span)
    if isinstance(target, nodes.Starred):
        raise Fault("starred assignment target must be in a list or tuple", target.span)
    _check_stars(target)


def _check_stars(target: nodes.expr) -> None:
    todo = [target]
    while todo:
        part = todo.pop()
        if isinstance(part, nodes.List | nodes.Tuple):
            if sum(isinstance(item, nodes.Starred) for item in part.elts) > 1:
                raise Fault("multiple starred expressions in assignment", part.span)
            todo += reversed(part.elts)
        elif isinstance(part, nodes.Starred):
            todo.append(part.value)


def check_deletable(targets: Sequence[nodes.expr]) -> None:
    for target in targets:
        bad = invalid_part(target, starred=False)
        if bad is not None:
            raise Fault(f"cannot delete {describe(bad)}", bad.span)


def check_no_star(node: nodes.expr | None) -> None:
    """Refuse `*x` where a single value belongs."""
    if isinstance(node, nodes.Starred):
        raise Fault("can't use starred expression here", node.span)
