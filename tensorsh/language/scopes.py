"""What Python refuses about a tree that its grammar allows: statements in the wrong place, and `global` and `nonlocal`
that contradict other uses of a name. Texts are CPython 3.11's. Nothing here recurses, so depth does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator

from tensorsh.errors import Span
from tensorsh.language import nodes
from tensorsh.language.faults import Fault

_FUNCTIONS = (nodes.FunctionDef, nodes.Lambda)
_COMPREHENSIONS = (nodes.ListComp, nodes.SetComp, nodes.DictComp, nodes.GeneratorExp)


def check(module: nodes.Module, *, declares: bool, rebinds: bool) -> None:
    """Raise `Fault` for the first misplaced statement or contradictory name.

    `declares` and `rebinds`: whether the text may have a `global` or `nonlocal`, and a `:=`; most texts save the walk.
    """
    if declares:
        _check_names(module)
    if rebinds:
        _check_rebinding(module)
    _check_places(module)


def _check_places(module: nodes.Module) -> None:
    todo: list[tuple[nodes.stmt, bool, bool]] = [(statement, False, False) for statement in reversed(module.body)]
    while todo:
        node, in_function, in_loop = todo.pop()
        body: tuple[nodes.stmt, ...] = ()
        if isinstance(node, nodes.FunctionDef):
            todo += [(inner, True, False) for inner in reversed(node.body)]
        elif isinstance(node, nodes.For | nodes.While):
            todo += [(inner, in_function, in_loop) for inner in reversed(node.orelse)]
            todo += [(inner, in_function, True) for inner in reversed(node.body)]
        elif isinstance(node, nodes.If):
            body = node.body + node.orelse
        elif isinstance(node, nodes.With):
            body = node.body
        elif isinstance(node, nodes.Try):
            handled = tuple(inner for handler in node.handlers for inner in handler.body)
            body = node.body + handled + node.orelse + node.finalbody
        elif isinstance(node, nodes.Return) and not in_function:
            raise Fault("'return' outside function", node.span)
        elif isinstance(node, nodes.Break) and not in_loop:
            raise Fault("'break' outside loop", node.span)
        elif isinstance(node, nodes.Continue) and not in_loop:
            raise Fault("'continue' not properly in loop", node.span)
        elif isinstance(node, nodes.ImportFrom) and in_function and node.names[0].name == "*":
            raise Fault("import * only allowed at module level", node.span)
        todo += [(inner, in_function, in_loop) for inner in reversed(body)]


def _walk(root: nodes.Node) -> Iterator[nodes.Node]:
    todo = [root]
    while todo:
        node = todo.pop()
        yield node
        todo += reversed(nodes.children(node))


def _check_rebinding(module: nodes.Module) -> None:
    """Refuse `:=` on a comprehension's own variable, and anywhere in what it iterates over."""
    for node in _walk(module):
        if isinstance(node, _COMPREHENSIONS):
            names = set()
            for clause in node.generators:
                names |= {part.id for part in _walk(clause.target) if isinstance(part, nodes.Name)}
                for part in _walk(clause.iter):
                    if isinstance(part, nodes.NamedExpr):
                        message = "assignment expression cannot be used in a comprehension iterable expression"
                        raise Fault(message, part.span)
            for part in _walk(node):
                if isinstance(part, nodes.NamedExpr) and part.target.id in names:
                    message = f"assignment expression cannot rebind comprehension iteration variable '{part.target.id}'"
                    raise Fault(message, part.span)


class _Scope:
    """The names of the module or of one function: its parameters, and what has happened to each name up to here."""

    def __init__(self, node: nodes.Module | nodes.FunctionDef | nodes.Lambda, parent: _Scope | None) -> None:
        self.node = node
        self.parent = parent
        self.is_module = parent is None
        self.parameters = set()
        if not isinstance(node, nodes.Module):
            args = node.args
            made = [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]
            self.parameters = {arg.arg for arg in made if arg is not None}
        self.bound: set[str] = set(self.parameters)
        self.used: set[str] = set()
        self.annotated: set[str] = set()
        self.globals: set[str] = set()
        self.nonlocals: dict[str, Span] = {}


def _check_names(module: nodes.Module) -> None:
    scopes = [_Scope(module, None)]
    for scope in scopes:  # grows while functions are found
        for event, name, node in _events(scope.node):
            if event == "scope":
                assert isinstance(node, _FUNCTIONS)
                scopes.append(_Scope(node, scope))
            elif event == "use":
                scope.used.add(name)
            elif event == "bind":
                scope.bound.add(name)
            elif event == "annotate":
                if name in scope.globals or name in scope.nonlocals:
                    kind = "global" if name in scope.globals else "nonlocal"
                    raise Fault(f"annotated name '{name}' can't be {kind}", node.span)
                scope.annotated.add(name)
                scope.bound.add(name)
            else:
                _declare(scope, event, name, node.span)
    for scope in scopes:
        for name, span in scope.nonlocals.items():
            if not _bound_outside(scope, name):
                raise Fault(f"no binding for nonlocal '{name}' found", span)


def _declare(scope: _Scope, kind: str, name: str, span: Span) -> None:
    if kind == "nonlocal" and scope.is_module:
        raise Fault("nonlocal declaration not allowed at module level", span)
    if name in scope.parameters:
        raise Fault(f"name '{name}' is parameter and {kind}", span)
    if name in scope.annotated:
        raise Fault(f"annotated name '{name}' can't be {kind}", span)
    if name in (scope.globals if kind == "nonlocal" else scope.nonlocals):
        raise Fault(f"name '{name}' is nonlocal and global", span)
    if name in scope.used:
        raise Fault(f"name '{name}' is used prior to {kind} declaration", span)
    if name in scope.bound:
        raise Fault(f"name '{name}' is assigned to before {kind} declaration", span)
    if kind == "global":
        scope.globals.add(name)
    else:
        scope.nonlocals[name] = span


def _bound_outside(scope: _Scope, name: str) -> bool:
    outer = scope.parent
    while outer is not None and not outer.is_module:
        if name in outer.bound and name not in outer.globals and name not in outer.nonlocals:
            return True
        outer = outer.parent
    return False


def _events(root: nodes.Module | nodes.FunctionDef | nodes.Lambda) -> Iterator[tuple[str, str, nodes.Node]]:
    """What happens to names in one scope, in the order of the text: use, bind, annotate, global, nonlocal; and inner
    scopes.

    A comprehension is a scope of its own, of which only the first iterable, and what `:=` binds, belong to this one.
    """
    body = root.body if isinstance(root.body, tuple) else (root.body,)
    todo: list[tuple[nodes.Node, str]] = [(node, "use") for node in reversed(body)]
    while todo:
        node, role = todo.pop()
        if isinstance(node, nodes.Name):
            yield role, node.id, node
        elif isinstance(node, nodes.Global | nodes.Nonlocal):
            kind = "global" if isinstance(node, nodes.Global) else "nonlocal"
            for name in node.names:
                yield kind, name, node
        elif isinstance(node, nodes.Import | nodes.ImportFrom):
            for alias in node.names:
                yield "bind", alias.asname or alias.name.partition(".")[0], node
        elif isinstance(node, _FUNCTIONS):
            args = node.args
            outside = [*args.defaults, *(default for default in args.kw_defaults if default is not None)]
            if isinstance(node, nodes.FunctionDef):
                yield "bind", node.name, node
                outside = [*node.decorator_list, *outside]
            todo += [(item, "use") for item in reversed(outside)]
            yield "scope", "", node
        elif isinstance(node, _COMPREHENSIONS):
            todo.append((node.generators[0].iter, "use"))
        elif role == "bind" and not isinstance(node, nodes.List | nodes.Tuple | nodes.Starred):
            todo += [(child, "use") for child in reversed(nodes.children(node))]
        else:
            if isinstance(node, nodes.ExceptHandler) and node.name is not None:
                yield "bind", node.name, node
            todo += reversed(list(_parts(node, role)))


def _parts(node: nodes.Node, role: str) -> Iterator[tuple[nodes.Node, str]]:
    """The children of a node in the order in which Python looks at their names, each with what it does to a bare name."""
    if role == "bind":
        for child in nodes.children(node):
            yield child, "bind"
    elif isinstance(node, nodes.Assign):
        yield from ((target, "bind") for target in node.targets)
        yield node.value, "use"
    elif isinstance(node, nodes.AnnAssign):
        yield node.target, "annotate" if node.simple else "bind"
        yield from ((part, "use") for part in (node.annotation, node.value) if part is not None)
    elif isinstance(node, nodes.Delete):
        yield from ((target, "bind") for target in node.targets)
    else:
        for field in node.fields:
            value = getattr(node, field)
            how = "bind" if field in ("target", "optional_vars") else "use"
            for item in value if type(value) is tuple else (value,):
                if isinstance(item, nodes.Node):
                    yield item, how
