"""What the source says about variables, for explanations: which statement reads a name, which one made it, how else a write could be
written. Nothing runs.
"""

from __future__ import annotations

from typing import Any

from tensorsh.diagnostics.why_none import Reading
from tensorsh.language import nodes
from tensorsh.language.sources import Sources


def reading(sources: Sources) -> Reading:
    """What `sources` say."""

    def made(name: str) -> Any:
        found = None
        for source in sources:
            if source.module is None:
                continue
            for statement in _statements(source.module):
                if name in assigned(statement):
                    found = statement
            if found is not None:
                return found
        return None

    return Reading(within, reads, made)


def within(statement: Any, names: set[str]) -> Any:
    """The innermost statement in `statement` that reads one of `names`; None if none does."""
    if not isinstance(statement, nodes.Node):
        return None
    for inner in _statements(statement):
        if names & set(_own_reads(inner)):
            return inner
    return None


def reads(statement: Any) -> list[str]:
    """The names that a statement reads, those in its block too."""
    if not isinstance(statement, nodes.Node):
        return []
    return list(dict.fromkeys(name for inner in _statements(statement) for name in _own_reads(inner)))


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


def _statements(root: nodes.Node) -> list[nodes.Node]:
    """`root` if it is a statement, and every statement in it, in the order of the source."""
    found: list[nodes.Node] = []
    todo = [root]
    while todo:
        node = todo.pop()
        if isinstance(node, nodes.stmt):
            found.append(node)
        todo += reversed(nodes.children(node))
    return found


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
