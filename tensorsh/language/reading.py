"""What the source says about variables, for explanations: which statement reads a name, which one made it, how else a write could be
written. Nothing runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tensorsh.diagnostics.why_none import Reading
from tensorsh.language import nodes
from tensorsh.language.sources import Sources


class SourceReading(Reading):
    """What the sources of a session say."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def within(self, statement: Any, names: set[str]) -> Any:
        if not isinstance(statement, nodes.Node):
            return None
        for inner in _statements(statement):
            if names & set(_own_reads(inner)):
                return inner
        return None

    def reads(self, statement: Any) -> list[str]:
        if not isinstance(statement, nodes.Node):
            return []
        return list(dict.fromkeys(name for inner in _statements(statement) for name in _own_reads(inner)))

    def assigns(self, statement: Any) -> set[str]:
        if not isinstance(statement, nodes.Node) or isinstance(statement, nodes.AugAssign):
            return set()  # `total += loss.item()` makes nothing new of the loss
        return assigned(statement) | set(written(statement))

    def made(self, name: str) -> Any:
        return self._latest(lambda statement: name in assigned(statement))

    def says(self, statement: Any, words: frozenset[str]) -> bool:
        return isinstance(statement, nodes.Node) and any(isinstance(part, nodes.Attribute) and part.attr in words for part in _parts(statement))

    def runs(self, statement: Any) -> list[Any]:
        if not isinstance(statement, nodes.Node):
            return []
        found: dict[int, Any] = {}
        todo = [statement]
        while todo:
            node = todo.pop()
            for inner in _statements(node):
                if id(inner) in found:
                    continue
                found[id(inner)] = inner
                for call in _calls(inner):
                    defined = self._latest(lambda one, name=call: isinstance(one, nodes.FunctionDef) and one.name == name)
                    if defined is not None and id(defined) not in found:
                        todo.append(defined)
        return list(found.values())

    def asked(self, name: str) -> tuple[Any, bool] | None:
        found = self._latest(lambda statement: _asks(statement, name) is not None)
        return None if found is None else (found, bool(_asks(found, name)))

    def cleared(self, name: str) -> Any:
        return self._latest(lambda statement: _clears(statement, name))

    def rebinds(self, statement: Any, name: str) -> tuple[str, str]:
        if not isinstance(statement, nodes.Assign) or name not in assigned(statement) or name not in _own_reads(statement):
            return "", ""
        value = statement.value
        if not any(isinstance(part, nodes.Attribute) and part.attr == "grad" and _is(part.value, name) for part in _parts(value)):
            return "again", ""
        source = self._sources.of(statement)
        if source is not None and isinstance(value, nodes.BinOp) and _is(value.left, name):
            return "update", f"{name} {value.op}= {source.piece(value.right)}"
        return "update", ""

    def _latest(self, wanted: Any) -> Any:
        """The latest statement outside functions that is wanted: what stands in a function speaks of its own variables."""
        for source in self._sources:
            found = None
            if source.module is not None:
                for statement in _statements(source.module, functions=False):
                    if wanted(statement):
                        found = statement
            if found is not None:
                return found
        return None


def written(statement: Any) -> list[str]:
    """The names whose tensors a statement writes to, as far as its form tells: `x += 1`, `x[0] = 1`, `x.add_(1)`, `f(out=x)`."""
    if not isinstance(statement, nodes.Node):
        return []
    found: list[str] = []

    def base(node: nodes.Node) -> None:
        while isinstance(node, (nodes.Subscript, nodes.Attribute, nodes.Call)):
            node = node.func if isinstance(node, nodes.Call) else node.value
        if isinstance(node, nodes.Name):
            found.append(node.id)

    todo = [statement]
    while todo:
        node = todo.pop()
        if isinstance(node, nodes.AugAssign):
            base(node.target)
        elif isinstance(node, nodes.Assign):
            for target in node.targets:
                if isinstance(target, nodes.Subscript):
                    base(target)
        elif isinstance(node, nodes.Call) and isinstance(node.func, nodes.Attribute) and node.func.attr.endswith("_"):
            base(node.func.value)
        elif isinstance(node, nodes.keyword) and node.arg == "out":
            base(node.value)
        todo += reversed(nodes.children(node))
    return list(dict.fromkeys(found))


def elsewhere(statement: Any, sources: Sources) -> str:
    """The statement that computes what a write would have written, into new memory: `y = y + 1` for `y += 1`, `y = y.add(1)` for
    `y.add_(1)`; nothing where there is no such short form.
    """
    source = sources.of(statement)
    if source is None:
        return ""
    if isinstance(statement, nodes.AugAssign) and isinstance(statement.target, nodes.Name):
        value = source.piece(statement.value)
        simple = isinstance(statement.value, (nodes.Name, nodes.Constant, nodes.Call, nodes.Attribute, nodes.Subscript))
        name = statement.target.id
        return f"{name} = {name} {statement.op} {value if simple else f'({value})'}"
    if isinstance(statement, nodes.Expr) and isinstance(statement.value, nodes.Call):
        call = statement.value
        if isinstance(call.func, nodes.Attribute) and isinstance(call.func.value, nodes.Name):
            return _method_elsewhere(call.func.value.id, call.func.attr, source.piece(statement).partition("(")[2])
    return ""


def _method_elsewhere(name: str, method: str, arguments: str) -> str:
    from tensorsh.ops.registry import overloads

    if method == "zero_":
        return f"{name} = torch.zeros_like({name})"
    if method == "fill_":
        return f"{name} = torch.full_like({name}, {arguments}"
    if method.endswith("_") and any("method" in one.variants for one in overloads(method[:-1])):
        return f"{name} = {name}.{method[:-1]}({arguments}"
    return ""


def assigned(statement: nodes.Node) -> set[str]:
    """The names that a statement assigns."""
    if isinstance(statement, nodes.Assign):
        targets: tuple[nodes.Node, ...] = statement.targets
    elif isinstance(statement, (nodes.AugAssign, nodes.AnnAssign, nodes.For)):
        targets = (statement.target,)
    else:
        return set()
    found: set[str] = set()
    todo = list(targets)
    while todo:
        target = todo.pop()
        if isinstance(target, nodes.Name):
            found.add(target.id)
        elif isinstance(target, (nodes.Tuple, nodes.List, nodes.Starred)):
            todo += nodes.children(target)
    return found


def _statements(root: nodes.Node, functions: bool = True) -> list[nodes.Node]:
    """`root` if it is a statement, and every statement in it, in the order of the source; without those in functions, if not `functions`."""
    found: list[nodes.Node] = []
    todo = [root]
    while todo:
        node = todo.pop()
        if isinstance(node, nodes.stmt):
            found.append(node)
        if functions or not isinstance(node, nodes.FunctionDef):
            todo += reversed(nodes.children(node))
    return found


def _parts(root: nodes.Node) -> Iterator[nodes.Node]:
    todo = [root]
    while todo:
        node = todo.pop()
        yield node
        todo += nodes.children(node)


def _calls(statement: nodes.Node) -> set[str]:
    """The names that a statement calls as functions."""
    return {part.func.id for part in _parts(statement) if isinstance(part, nodes.Call) and isinstance(part.func, nodes.Name)}


def _is(node: Any, name: str) -> bool:
    return isinstance(node, nodes.Name) and node.id == name


def _asks(statement: nodes.Node, name: str) -> bool | None:
    """Whether a statement asks for a gradient of a variable (`x.requires_grad_()`), or takes the wish back; None if it does neither."""
    if isinstance(statement, nodes.Expr) and isinstance(statement.value, nodes.Call):
        call = statement.value
        if isinstance(call.func, nodes.Attribute) and call.func.attr == "requires_grad_" and _is(call.func.value, name):
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            return not given or not (isinstance(given[0], nodes.Constant) and given[0].value is False)
    target = _attribute_set(statement, name, "requires_grad")
    return None if target is None else not (isinstance(target, nodes.Constant) and target.value is False)


def _clears(statement: nodes.Node, name: str) -> bool:
    value = _attribute_set(statement, name, "grad")
    return isinstance(value, nodes.Constant) and value.value is None


def _attribute_set(statement: nodes.Node, name: str, attribute: str) -> nodes.Node | None:
    """The value that a statement gives to an attribute of a variable, if it does."""
    if isinstance(statement, nodes.Assign):
        for target in statement.targets:
            if isinstance(target, nodes.Attribute) and target.attr == attribute and _is(target.value, name):
                return statement.value
    return None


def _own_reads(statement: nodes.Node) -> list[str]:
    """The names that a statement reads itself, those of the statements in its block left out."""
    written: set[int] = set()
    if isinstance(statement, (nodes.Assign, nodes.AnnAssign, nodes.For)):
        targets = statement.targets if isinstance(statement, nodes.Assign) else (statement.target,)
        written = {id(target) for target in targets if isinstance(target, nodes.Name)}
    found = []
    todo = list(nodes.children(statement))
    while todo:
        node = todo.pop()
        if isinstance(node, nodes.Name) and id(node) not in written:
            found.append(node.id)
        elif not isinstance(node, nodes.stmt):
            todo += reversed(nodes.children(node))
    return found
