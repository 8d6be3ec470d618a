"""The syntax tree to a program that runs: every node becomes one Python closure.

Closures were chosen over a tree walk (three to five times slower) and over host code for whole programs (whose compilation costs more
than most statements take to run). Only code that turns out to be hot becomes host code: see `fused_code`. The parts: `symbols` decides what each name is, the `compile_*` modules each know some node
types, `context` holds what they share.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorsh.language import (
    compile_calls,
    compile_comprehensions,
    compile_exceptions,
    compile_expressions,
    compile_flow,
    compile_functions,
    compile_operators,
    compile_statements,
    nodes,
)
from tensorsh.language.context import Context, blame, blame_if_new
from tensorsh.language.environment import Environment
from tensorsh.language.limits import raise_host_depth
from tensorsh.language.sentinels import UNBOUND
from tensorsh.language.symbols import Symbols

__all__ = ["Program", "blame", "compile_module"]

# Importing these fills the tables of `context`.
_PARTS = (
    compile_calls,
    compile_comprehensions,
    compile_exceptions,
    compile_expressions,
    compile_flow,
    compile_functions,
    compile_operators,
    compile_statements,
)
TOO_DEEP = "maximum recursion depth exceeded during compilation"


class Program:
    """A module whose names are resolved. It may run more than once, in any environment."""

    __slots__ = ("module", "symbols")

    def __init__(self, module: nodes.Module, symbols: Symbols) -> None:
        self.module = module
        self.symbols = symbols

    def run(self, environment: Environment, echo: str = "none") -> None:
        """Run in `environment`.

        `environment.echo` receives the values of expression statements that are not None and not hidden by `;`: with
        `"all"` of every one outside functions, as at Python's prompt; with `"last"` only that of the last statement
        of the module.
        """
        self.prepare(environment, echo)()

    def prepare(self, environment: Environment, echo: str = "none") -> Callable[[], None]:
        """A function that does what `run` does each time that it is called, compiled once."""
        raise_host_depth()
        if self.symbols.slips:
            from tensorsh.language.syntax_warnings import warn

            for node in self.symbols.slips:
                warn(environment.state, node)
        closures = self._closures(environment, echo)

        def run() -> None:
            for closure, frame in closures:
                try:
                    closure(frame)
                except Exception as error:
                    if environment.state.where is not None:
                        blame_if_new(error, environment.state.where)
                    raise

        return run

    def _closures(self, environment: Environment, echo: str) -> list[tuple[Any, list[Any]]]:
        quiet = Context(environment, self.symbols, self.symbols.module)
        loud = Context(environment, self.symbols, self.symbols.module, echoes=True)
        body = self.module.body
        last = body[-1] if body else None
        frame = [None, *[UNBOUND] * (self.symbols.module.size - 1)]
        closures = []
        for statement in body:
            echoes = echo == "all" or (echo == "last" and statement is last and isinstance(statement, nodes.Expr))
            try:
                closures.append(((loud if echoes else quiet).statement(statement), frame))
            except RecursionError:
                error = RecursionError(TOO_DEEP)
                blame(error, statement)
                raise error from None
        return closures


def compile_module(module: nodes.Module, source: str, filename: str = "<input>") -> Program:
    """Check the names of `module` and make a program of it.

    Raises `TensorshError` (`SyntaxError`) for what Python's compiler refuses.

    >>> from tensorsh.language.environment import Environment
    >>> from tensorsh.language.parser import parse
    >>> shown = []
    >>> compile_module(parse("2 + 3"), "2 + 3").run(Environment(echo=shown.append), "last")
    >>> shown
    [5]
    """
    raise_host_depth()
    return Program(module, Symbols(module, source, filename))
