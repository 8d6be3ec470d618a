"""The session as a program: its cells, rewritten where a script means something else than the prompt does.

Two kinds of program. A tensorsh script keeps the text and only gives results names, where later cells use `_`, `_2` or `Out[2]`. A
Python program with PyTorch also has `torch.` before bare names, `|>` as a call, imports, and shows what the prompt showed.
Rewriting inserts and replaces pieces of the text as it was typed, so that comments and layout stay.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator
from typing import Any

from tensorsh.errors import TensorshError
from tensorsh.language import namespace, nodes
from tensorsh.language.context import MISSING
from tensorsh.language.parser import parse
from tensorsh.language.symbols import Scope, Symbols
from tensorsh.runtime.dtype import dtype
from tensorsh.runtime.tensor import Tensor
from tensorsh.session import SCRIPT_FUNCTIONS
from tensorsh.shell.source import Text

Edit = tuple[int, int, str]

_SCOPED = (nodes.FunctionDef, nodes.Lambda, nodes.ListComp, nodes.SetComp, nodes.DictComp, nodes.GeneratorExp)
_COMPREHENSIONS = (nodes.ListComp, nodes.SetComp, nodes.DictComp, nodes.GeneratorExp)
_COMPOUND = (nodes.If, nodes.While, nodes.For, nodes.With, nodes.Try)
_IMPORTS = {
    "torch": "import torch", "numpy": "import numpy", "np": "import numpy as np", "math": "import math", "F": "import torch.nn.functional as F",
}  # fmt: skip
_PRINTED_AS_SHOWN = (Tensor, bool, int, float, complex, list, tuple, dict, set, frozenset, dtype)
_RESULTS = ("_", "__", "___")
_STAND_INS = {
    name: f"def {name}(*arguments, **options):\n    pass  # shows something in tensorsh\n" for name in SCRIPT_FUNCTIONS
} | {"progress": "def progress(iterable, label='', total=None):\n    return iterable\n"}


class Program:
    """Cells to the text of a program. `troubles` are lines about what could not be carried over."""

    def __init__(self, shell: Any, for_python: bool) -> None:
        self.troubles: list[str] = []
        self._for_python = for_python
        self._environment = shell.session.environment
        self._outputs = dict(shell.outputs)
        self._cells = shell.record.program()
        self._bound: set[str] = set()
        self._needed: dict[str, None] = {}  # imports and stand-ins, in the order in which they are first used
        self._used_results: set[int] = set()
        self._results: list[int] = []  # the cells that have shown a value so far
        self._here: tuple[int, nodes.Module] = 0, parse("")

    def text(self) -> str:
        """The whole program."""
        trees = [_tree(cell.source) for cell in self._cells]
        self._all_bound = {name for tree in trees for name in _bound_names(tree.body)}
        self._bound, self._results = set(), []
        for cell, tree in zip(self._cells, trees, strict=True):
            self._find_results(cell.number, cell.source, tree)
        self._bound, self._results, self._needed = set(), [], {}
        pieces = []
        for cell, tree in zip(self._cells, trees, strict=True):
            body = self._cell(cell.number, Text(cell.source), tree).strip("\n").rstrip()
            if body:
                pieces.append(f"# {cell.origin}\n{body}" if cell.origin.startswith("%run") else body)
        return self._heading() + "\n\n".join(pieces) + "\n"

    def _heading(self) -> str:
        if not self._for_python:
            return "# A session of tensorsh, as a script: tensorsh run FILE\n\n"
        needed = dict.fromkeys([_IMPORTS["torch"], *self._needed])
        imports = [line for line in needed if line.startswith("import")]
        defined = [text for text in needed if not text.startswith("import")]
        parts = ['"""A session of tensorsh as a program for Python and PyTorch."""\n', "\n".join(imports) + "\n"]
        return "\n".join([*parts, *("\n" + text for text in defined)]) + ("\n\n" if defined else "\n")

    # Results

    def _find_results(self, number: int, source: str, tree: nodes.Module) -> None:
        """Notes which cells' results this one uses, and whether it has one."""
        symbols = Symbols(tree, source, "")
        for statement in tree.body:
            for part in self._steps(statement):
                for node, scope in _scoped(part, symbols, symbols.module):
                    used = self._result_of(node, scope)
                    if used is not None:
                        self._used_results.add(used)
        self._note_result(number, tree)

    def _steps(self, statement: nodes.stmt) -> Iterator[nodes.Node]:
        """A statement's parts in the order in which they run, with what they bind noted in between: the names that an
        assignment sets mean what they did before it on its right side only.
        """
        if isinstance(statement, _COMPOUND):
            self._bound |= _bound_names([statement])
        if isinstance(statement, nodes.Assign):
            yield statement.value
            self._bind(statement)
            yield from statement.targets
        else:
            yield statement
            self._bind(statement)

    def _bind(self, statement: nodes.stmt) -> None:
        """Notes what a statement leaves bound, and what no longer: `except … as e` forgets `e` at its end."""
        self._bound |= _bound_names([statement])
        self._bound -= _unbound_names(statement)

    def _note_result(self, number: int, tree: nodes.Module) -> None:
        if number in self._outputs and tree.body and isinstance(tree.body[-1], nodes.Expr):
            self._results.append(number)

    def _result_of(self, node: nodes.Node, scope: Scope) -> int | None:
        """The cell whose result `_`, `_2` or `Out[2]` means; None for any other node."""
        if isinstance(node, nodes.Name) and node.id[:1] == "_" and self._is_ours(node.id, scope):
            back = len(node.id)
            if node.id in _RESULTS and len(self._results) >= back:
                return self._results[-back]
            if node.id[1:].isdecimal() and int(node.id[1:]) in self._outputs:
                return int(node.id[1:])
        if isinstance(node, nodes.Subscript) and isinstance(node.value, nodes.Name) and node.value.id == "Out":
            index = node.slice.value if isinstance(node.slice, nodes.Constant) else None
            if index in self._outputs and self._is_ours("Out", scope):
                return index
        return None

    def _is_ours(self, name: str, scope: Scope) -> bool:
        """Whether the user has not given the name to something else."""
        return name not in self._bound and scope.find(name) is None

    # Cells

    def _cell(self, number: int, text: Text, tree: nodes.Module) -> str:
        symbols = Symbols(tree, text.source, "")
        edits: list[Edit] = []
        last = tree.body[-1] if tree.body else None
        for statement in tree.body:
            if isinstance(statement, nodes.Expr):
                self._expression(statement, number if statement is last else None, text, edits)
            for part in self._steps(statement):
                self._rewrite(part, symbols, symbols.module, text, edits)
        self._note_result(number, tree)
        return _applied(text.source, 0, len(text.source), edits)

    def _expression(self, statement: nodes.Expr, number: int | None, text: Text, edits: list[Edit]) -> None:
        if number is None or number not in self._outputs:
            return
        start, end = text.range(statement.span)
        end = start + len(text.source[start:end].rstrip().rstrip(";"))
        # What `print` writes of other values (texts, arrays) is not what the prompt shows.
        plain = isinstance(self._outputs[number], _PRINTED_AS_SHOWN)
        opening, closing = ("print(", ")") if plain else ("print(repr(", "))")
        if isinstance(statement.value, nodes.Tuple) and not _in_parentheses(text.source[start:end]):
            opening, closing = f"{opening}(", f"){closing}"
        shown = self._for_python and not statement.hidden
        if number in self._used_results:
            edits.append((start, start, f"out_{number} = "))
            if shown:
                edits.append((end, end, f"\n{opening}out_{number}{closing}"))
        elif shown:
            edits += [(start, start, opening), (end, end, closing)]

    def _rewrite(self, root: nodes.Node, symbols: Symbols, scope: Scope, text: Text, edits: list[Edit]) -> None:
        todo: list[tuple[nodes.Node, Scope]] = [(root, scope)]
        while todo:
            node, scope = todo.pop()
            used = self._result_of(node, scope)
            if used is not None:
                edits.append((*text.range(node.span), f"out_{used}"))
                continue
            if isinstance(node, nodes.Name):
                self._name(node, scope, text, edits)
                continue
            if isinstance(node, nodes.Pipe) and self._for_python:
                self._pipe(node, symbols, scope, text, edits)
                todo += [(part, scope) for part in (*node.call.keywords, *node.call.args, node.left)]
                continue
            todo += _below(node, symbols, scope)

    def _name(self, node: nodes.Name, scope: Scope, text: Text, edits: list[Edit]) -> None:
        if not self._for_python or scope.find(node.id) is not None:
            return
        # A function sees the names that are there when it is called.
        bound = self._bound if scope.owner.kind == "module" else self._all_bound
        name = node.id
        if name in bound or hasattr(builtins, name):
            return
        if name in _IMPORTS:
            self._need(_IMPORTS[name])
        elif name == "argv":
            self._need("import sys")
            edits.append((*text.range(node.span), "sys.argv[1:]"))
        elif namespace.bare(name, self._environment) is not MISSING:
            start, _ = text.range(node.span)
            edits.append((start, start, "torch."))
        elif name in _STAND_INS:
            self._need(_STAND_INS[name])
        elif name in ("In", "Out", *_RESULTS):
            self._trouble(f"{name} means something at tensorsh's prompt only")

    def _pipe(self, node: nodes.Pipe, symbols: Symbols, scope: Scope, text: Text, edits: list[Edit]) -> None:
        """`left |> f(y)` to `f(left, y)`: f goes to the front, what lies between left and y becomes a comma."""
        inner: list[Edit] = []
        self._rewrite(node.call.func, symbols, scope, text, inner)
        start, _ = text.range(node.span)
        _, left_end = text.range(node.left.span)
        func_start, func_end = text.range(node.call.func.span)
        bar = text.source.rindex("|>", left_end, func_start)
        opening = text.source.index("(", func_end)
        edits.append((start, start, _applied(text.source, func_start, func_end, inner) + "("))
        before = len(text.source[:bar].rstrip())
        edits.append((before, opening + 1, ", " if node.call.args or node.call.keywords else ""))

    def _need(self, text: str) -> None:
        self._needed.setdefault(text)

    def _trouble(self, text: str) -> None:
        if text not in self.troubles:
            self.troubles.append(text)


def _tree(source: str) -> nodes.Module:
    try:
        return parse(source)
    except TensorshError:  # it succeeded, so it parsed once; an empty program rather than none
        return parse("")


def _in_parentheses(source: str) -> bool:
    """Whether one pair of parentheses is around the whole of an expression."""
    if source[:1] != "(" or source[-1:] != ")":
        return False
    try:
        parse(f"[{source[1:-1]}]")
    except TensorshError:  # `(1), (2)` without its ends
        return False
    return True


def _walk(root: nodes.Node) -> Iterator[nodes.Node]:
    todo = [root]
    while todo:
        node = todo.pop()
        yield node
        todo += reversed(nodes.children(node))


def _scoped(root: nodes.Node, symbols: Symbols, scope: Scope) -> Iterator[tuple[nodes.Node, Scope]]:
    """The nodes of a tree, each with the scope that it stands in."""
    todo = [(root, scope)]
    while todo:
        node, scope = todo.pop()
        yield node, scope
        todo += _below(node, symbols, scope)


def _below(node: nodes.Node, symbols: Symbols, scope: Scope) -> list[tuple[nodes.Node, Scope]]:
    """The parts of a node with their scopes, the last one first."""
    if isinstance(node, _SCOPED):
        outside, inside = _split_scoped(node)
        return [(part, symbols.of(node)) for part in inside] + [(part, scope) for part in outside]
    return [(part, scope) for part in reversed(nodes.children(node))]


def _split_scoped(node: Any) -> tuple[list[nodes.Node], list[nodes.Node]]:
    """The parts of a function or comprehension that the scope around it computes, and those of its own scope."""
    if isinstance(node, _COMPREHENSIONS):
        first, *others = node.generators
        return [first.iter], [
            *others,
            first.target,
            *first.ifs,
            *(p for p in nodes.children(node) if p not in node.generators),
        ]
    defaults = [*node.args.defaults, *(default for default in node.args.kw_defaults if default is not None)]
    if isinstance(node, nodes.Lambda):
        return defaults, [node.body]
    args = [*node.args.posonlyargs, *node.args.args, node.args.vararg, *node.args.kwonlyargs, node.args.kwarg]
    annotations = [one.annotation for one in args if one is not None and one.annotation is not None]
    returns = [] if node.returns is None else [node.returns]
    return [*node.decorator_list, *defaults, *annotations, *returns], list(node.body)


def _bound_names(statements: Iterable[nodes.Node]) -> set[str]:
    """The global names that statements bind, wherever in them, but for those within functions."""
    found: set[str] = set()
    todo: list[nodes.Node] = list(statements)
    while todo:
        node = todo.pop()
        match node:
            case nodes.FunctionDef(name=name):
                found.add(name)
                found |= {name for part in _walk(node) if isinstance(part, nodes.Global) for name in part.names}
                continue
            case nodes.Lambda():
                continue
            case nodes.Import(names=names):
                found |= {one.asname or one.name.partition(".")[0] for one in names}
            case nodes.ImportFrom(names=names):
                found |= {one.asname or one.name for one in names}
            case nodes.Assign(targets=targets):
                found |= {part.id for target in targets for part in _targets(target)}
            case nodes.AugAssign(target=target) | nodes.AnnAssign(target=target) | nodes.For(target=target):
                found |= {part.id for part in _targets(target)}
            case nodes.NamedExpr(target=target):
                found.add(target.id)
            case nodes.withitem(optional_vars=target) if target is not None:
                found |= {part.id for part in _targets(target)}
            case nodes.ExceptHandler(name=name) if name is not None:
                found.add(name)
        todo += nodes.children(node)
    return found


def _unbound_names(statement: nodes.Node) -> set[str]:
    """The global names that a statement may leave without a value."""
    found: set[str] = set()
    todo = [statement]
    while todo:
        node = todo.pop()
        if isinstance(node, (nodes.FunctionDef, nodes.Lambda)):
            continue
        if isinstance(node, nodes.ExceptHandler) and node.name is not None:
            found.add(node.name)
        elif isinstance(node, nodes.Delete):
            found |= {name.id for target in node.targets for name in _targets(target)}
        todo += nodes.children(node)
    return found


def _targets(target: nodes.Node) -> Iterator[nodes.Name]:
    todo = [target]
    while todo:
        node = todo.pop()
        if isinstance(node, nodes.Name):
            yield node
        elif isinstance(node, (nodes.Tuple, nodes.List, nodes.Starred)):
            todo += nodes.children(node)


def _applied(source: str, start: int, end: int, edits: list[Edit]) -> str:
    """A piece of the source with the edits made that lie in it. An edit within a replaced piece is lost; of insertions at one place
    the first that was asked for comes first."""
    parts: list[str] = []
    at = start
    for first, last, text in sorted(edits, key=lambda edit: edit[:1]):
        if first < at or first < start or last > end:
            continue
        parts += [source[at:first], text]
        at = last
    return "".join([*parts, source[at:end]])
