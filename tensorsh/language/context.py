"""What compiling one scope needs to know, and how an error remembers the nodes that it passed.

Each `compile_*` module adds to the two tables here: node type to the function that turns such a node into a closure. An
expression's closure takes the frame and returns the value; a statement's returns None, or a signal (`BREAK`, `CONTINUE`,
`RETURN`) that the statements around it pass on, so that ordinary control flow raises nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tensorsh.language.functions import Frame
from tensorsh.language.nodes import Node

if TYPE_CHECKING:
    from tensorsh.errors import Span, TensorshError
    from tensorsh.language.environment import Environment
    from tensorsh.language.symbols import Scope, Symbols

Closure = Callable[[Frame], Any]

EXPRESSIONS: dict[type, Callable[[Context, Any], Closure]] = {}
STATEMENTS: dict[type, Callable[[Context, Any], Closure]] = {}

MISSING: Any = type("Missing", (), {"__slots__": (), "__repr__": lambda self: "<not computed>"})()
TRAIL_LENGTH = 1000


class Context:
    """The scope being compiled, within an environment. `echoes` says whether expression statements echo their value."""

    __slots__ = ("environment", "symbols", "scope", "echoes")

    def __init__(self, environment: Environment, symbols: Symbols, scope: Scope, echoes: bool = False) -> None:
        self.environment = environment
        self.symbols = symbols
        self.scope = scope
        self.echoes = echoes

    def inside(self, scope: Scope) -> Context:
        return Context(self.environment, self.symbols, scope)

    def expression(self, node: Node) -> Closure:
        return EXPRESSIONS[type(node)](self, node)

    def statement(self, node: Node) -> Closure:
        return STATEMENTS[type(node)](self, node)

    def error(self, message: str, span: Span) -> TensorshError:
        return self.symbols.error(message, span)


def expression(*kinds: type) -> Callable[[Any], Any]:
    """Register a function that compiles expressions of these node types."""

    def register(function: Any) -> Any:
        for kind in kinds:
            EXPRESSIONS[kind] = function
        return function

    return register


def statement(*kinds: type) -> Callable[[Any], Any]:
    """Register a function that compiles statements of these node types."""

    def register(function: Any) -> Any:
        for kind in kinds:
            STATEMENTS[kind] = function
        return function

    return register


def blame(error: BaseException, node: Node, values: dict[str, Any] | None = None) -> None:
    """Note on `error` that it passed `node`, with those operands that had been computed; the innermost node comes
    first."""
    notes = error.__dict__
    trail = notes.get("tensorsh_trail")
    if trail is None:
        trail = notes["tensorsh_trail"] = []
        if values and error.args and type(error.args[0]) is str and "method" in error.args[0]:
            from tensorsh.language.method_errors import reword

            reword(error, values)
    if len(trail) < TRAIL_LENGTH:
        computed = {role: value for role, value in values.items() if value is not MISSING} if values else {}
        trail.append((node, computed))


def blame_if_new(error: BaseException, node: Node) -> None:
    """Blame `node` for an error that no part of it has taken: one that an iterator or a context manager raised."""
    if "tensorsh_trail" not in error.__dict__:
        blame(error, node)
