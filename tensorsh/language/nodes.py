"""The syntax tree: CPython's `ast` classes and field names, each node frozen, slotted and with its `span`.

What differs from `ast`: operators are their own text (`"+"`, `"not in"`), sequences are tuples, there are no contexts
(`Load`, `Store`) and no type comments, `Expr` knows whether a closing `;` hides its echo, and `Pipe` is new. Two nodes
are equal only if they are the same object; `sexpr` gives the form to compare and to read.

The classes are written as dataclasses are, but made by a metaclass of a few lines: `dataclasses` would generate and
compile source text for each of them at every start.
"""

from __future__ import annotations

from typing import Any, ClassVar, dataclass_transform

from tensorsh.errors import Span


@dataclass_transform(frozen_default=True, eq_default=False)
class _NodeType(type):
    """Turns annotations into slots, in the order in which the constructor takes them."""

    fields: tuple[str, ...]
    _setters: tuple[Any, ...]

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _NodeType:
        own = tuple(field for field, kind in namespace.get("__annotations__", {}).items() if kind[:8] != "ClassVar")
        namespace["__slots__"] = own if bases else (*own, "__weakref__")
        cls = super().__new__(mcs, name, bases, namespace)
        setters = tuple(cls.__dict__[field].__set__ for field in own)
        if bases:
            cls.fields = bases[0].fields + own  # type: ignore[attr-defined]
            cls._setters = bases[0]._setters + setters  # type: ignore[attr-defined]
        else:
            cls.fields = ()
            cls._setters = setters
        return cls


class Node(metaclass=_NodeType):
    """A node: its span comes first in the constructor, then its `fields` in order."""

    fields: ClassVar[tuple[str, ...]]
    _setters: ClassVar[tuple[Any, ...]]
    span: Span

    def __init__(self, *values: Any) -> None:
        for set_slot, value in zip(self._setters, values, strict=True):
            set_slot(self, value)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.span.line}:{self.span.column}>"


class stmt(Node):
    """A statement."""


class expr(Node):
    """An expression."""


class Module(Node):
    body: tuple[stmt, ...]


# Statements


class Expr(stmt):
    value: expr
    hidden: bool  # a closing `;` hides what the shell would echo


class Assign(stmt):
    targets: tuple[expr, ...]
    value: expr


class AugAssign(stmt):
    target: expr
    op: str  # without the `=`
    value: expr


class AnnAssign(stmt):
    target: expr
    annotation: expr
    value: expr | None
    simple: bool  # a bare name, not in parentheses


class Delete(stmt):
    targets: tuple[expr, ...]


class Pass(stmt):
    pass


class Break(stmt):
    pass


class Continue(stmt):
    pass


class Return(stmt):
    value: expr | None


class Raise(stmt):
    exc: expr | None
    cause: expr | None


class Assert(stmt):
    test: expr
    msg: expr | None


class Global(stmt):
    names: tuple[str, ...]


class Nonlocal(stmt):
    names: tuple[str, ...]


class Import(stmt):
    names: tuple[alias, ...]


class ImportFrom(stmt):
    module: str | None
    names: tuple[alias, ...]
    level: int


class If(stmt):
    test: expr
    body: tuple[stmt, ...]
    orelse: tuple[stmt, ...]


class While(stmt):
    test: expr
    body: tuple[stmt, ...]
    orelse: tuple[stmt, ...]


class For(stmt):
    target: expr
    iter: expr
    body: tuple[stmt, ...]
    orelse: tuple[stmt, ...]


class With(stmt):
    items: tuple[withitem, ...]
    body: tuple[stmt, ...]


class Try(stmt):
    body: tuple[stmt, ...]
    handlers: tuple[ExceptHandler, ...]
    orelse: tuple[stmt, ...]
    finalbody: tuple[stmt, ...]


class FunctionDef(stmt):
    name: str
    args: arguments
    body: tuple[stmt, ...]
    decorator_list: tuple[expr, ...]
    returns: expr | None


# Parts of statements and expressions


class alias(Node):
    name: str  # dotted, or `*`
    asname: str | None


class withitem(Node):
    context_expr: expr
    optional_vars: expr | None


class ExceptHandler(Node):
    type: expr | None
    name: str | None
    body: tuple[stmt, ...]


class arg(Node):
    arg: str
    annotation: expr | None


class arguments(Node):
    """Parameters. `defaults` belong to the last of `posonlyargs + args`; `kw_defaults` has None where there is none."""

    posonlyargs: tuple[arg, ...]
    args: tuple[arg, ...]
    vararg: arg | None
    kwonlyargs: tuple[arg, ...]
    kw_defaults: tuple[expr | None, ...]
    kwarg: arg | None
    defaults: tuple[expr, ...]


class keyword(Node):
    arg: str | None  # None for `**value`
    value: expr


class comprehension(Node):
    target: expr
    iter: expr
    ifs: tuple[expr, ...]


# Expressions


class Constant(expr):
    value: Any  # int, float, complex, str, bytes, bool, None or Ellipsis


class Name(expr):
    id: str


class Attribute(expr):
    value: expr
    attr: str


class Subscript(expr):
    value: expr
    slice: expr


class Slice(expr):
    lower: expr | None
    upper: expr | None
    step: expr | None


class Call(expr):
    func: expr
    args: tuple[expr, ...]
    keywords: tuple[keyword, ...]


class Starred(expr):
    value: expr


class BinOp(expr):
    left: expr
    op: str
    right: expr


class UnaryOp(expr):
    op: str  # "-", "+", "~" or "not"
    operand: expr


class BoolOp(expr):
    op: str  # "and" or "or"
    values: tuple[expr, ...]


class Compare(expr):
    left: expr
    ops: tuple[str, ...]  # "<", "==", "is not", "not in" …
    comparators: tuple[expr, ...]


class Pipe(expr):
    """`left |> f(y)`, which means `f(left, y)`."""

    left: expr
    call: Call


class IfExp(expr):
    test: expr
    body: expr
    orelse: expr


class NamedExpr(expr):
    target: Name
    value: expr


class Lambda(expr):
    args: arguments
    body: expr


class List(expr):
    elts: tuple[expr, ...]


class Tuple(expr):
    elts: tuple[expr, ...]


class Set(expr):
    elts: tuple[expr, ...]


class Dict(expr):
    keys: tuple[expr | None, ...]  # None where the value is unpacked: `{**value}`
    values: tuple[expr, ...]


class ListComp(expr):
    elt: expr
    generators: tuple[comprehension, ...]


class SetComp(expr):
    elt: expr
    generators: tuple[comprehension, ...]


class DictComp(expr):
    key: expr
    value: expr
    generators: tuple[comprehension, ...]


class GeneratorExp(expr):
    elt: expr
    generators: tuple[comprehension, ...]


class JoinedStr(expr):
    values: tuple[expr, ...]  # Constant and FormattedValue


class FormattedValue(expr):
    value: expr
    conversion: int  # -1, or the code of "s", "r" or "a"
    format_spec: JoinedStr | None


def children(node: Node) -> list[Node]:
    """The nodes directly below `node`, in the order of its fields."""
    found: list[Node] = []
    for field in node.fields:
        value = getattr(node, field)
        if isinstance(value, Node):
            found.append(value)
        elif type(value) is tuple:
            found.extend(item for item in value if isinstance(item, Node))
    return found


def sexpr(node: Any) -> str:
    """A readable form of a tree, for tests; it needs no recursion, so a tree may be as deep as it likes.

    >>> from tensorsh.language.parser import parse
    >>> sexpr(parse("x = f(1, *y)"))
    "(Module [(Assign [(Name 'x')] (Call (Name 'f') [(Constant 1) (Starred (Name 'y'))] []))])"
    """
    parts: list[str] = []
    todo: list[Any] = [node]
    while todo:
        item = todo.pop()
        if type(item) is _Text:
            parts.append(item)
        elif isinstance(item, Node):
            parts.append("(" + type(item).__name__)
            todo.append(_Text(")"))
            for field in reversed(item.fields):
                todo += [getattr(item, field), _Text(" ")]
        elif type(item) is tuple:
            parts.append("[")
            todo.append(_Text("]"))
            for position in range(len(item) - 1, -1, -1):
                todo.append(item[position])
                if position:
                    todo.append(_Text(" "))
        else:
            parts.append(repr(item))
    return "".join(parts)


class _Text(str):
    """Text that is already in its final form, as opposed to a string value in the tree."""
