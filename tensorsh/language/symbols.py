"""Which variable each name is, decided once for a module before any of it is compiled.

Python's rules: a name that a function binds is local to it unless declared otherwise; other names are looked up in the enclosing
functions and then globally. That declarations do not contradict each other has been seen to (`scopes`). A list, set or dict comprehension is a scope of its own but shares the frame of the function that it
stands in (its *owner*), so that it costs no call; a generator expression and a lambda own a frame. A variable that is used
from another frame than its own lives in a cell.
"""

from __future__ import annotations

from typing import Any

from tensorsh.errors import Span, TensorshError
from tensorsh.language import nodes
from tensorsh.language.nodes import Node

_SHARED_COMPREHENSIONS = (nodes.ListComp, nodes.SetComp, nodes.DictComp)


class Variable:
    """A local variable: the scope that binds it and, if another frame uses it, that it lives in a cell."""

    __slots__ = ("name", "scope", "captured", "deleted", "parameter", "rebound")

    def __init__(self, name: str, scope: Scope) -> None:
        self.name = name
        self.scope = scope
        self.captured = False
        self.deleted = False
        self.parameter = False
        self.rebound = False  # by `:=`, within an expression


class Scope:
    """A module, a function or a comprehension, with the names that it binds and uses."""

    __slots__ = (
        "kind",
        "parent",
        "owner",
        "variables",
        "globals",
        "nonlocals",
        "used",
        "resolved",
        "slots",
        "free",
        "size",
        "qualname",
    )

    def __init__(self, kind: str, parent: Scope | None, qualname: str, shares_frame: bool = False) -> None:
        self.kind = kind  # "module", "function", "comprehension" or "generator"
        self.parent = parent
        self.owner: Scope = parent.owner if shares_frame and parent is not None else self
        self.variables: dict[str, Variable] = {}
        self.globals: set[str] = set()
        self.nonlocals: dict[str, None] = {}  # dictionaries, as sets have no order, and slots are given in this one
        self.used: dict[str, None] = {}
        self.resolved: dict[str, Variable | None] = {}
        self.slots: dict[Variable, int] = {}
        self.free: list[Variable] = []
        self.size = 1  # slot 0 is the returned value
        self.qualname = qualname

    def bind(self, name: str) -> None:
        if self.kind == "module" or name in self.globals or name in self.nonlocals:
            self.used[name] = None
        elif name not in self.variables:
            self.variables[name] = Variable(name, self)

    def slot(self, variable: Variable) -> int:
        """The place of `variable`, or of the cell that holds it, in the frame of this scope's owner."""
        slots = self.owner.slots
        place = slots.get(variable)
        if place is None:
            place = slots[variable] = self.owner.size
            self.owner.size += 1
        return place

    def find(self, name: str) -> Variable | None:
        """The local variable that `name` means here; None if it is a global or a builtin."""
        return self.resolved.get(name) or self.variables.get(name)


# What is mostly called or indexed; anything else may be a slip.
USUAL = frozenset({nodes.Name, nodes.Attribute, nodes.Call, nodes.Subscript})


class Symbols:
    """The scopes of a module, by the node that opens each."""

    __slots__ = ("module", "scopes", "source", "filename", "looks", "slips", "_order")

    def __init__(self, module: nodes.Module, source: str, filename: str) -> None:
        self.source = source
        self.filename = filename
        self.module = Scope("module", None, "")
        self.scopes: dict[int, Scope] = {}
        self.looks: dict[Node, int] = {}  # operations -> how often they are still looked at (`column_meets_row`)
        self.slips: list[Node] = []  # what Python may warn about (`syntax_warnings`)
        self._order: list[Scope] = [self.module]
        self._walk(module)
        # All variables get their places before the first cell of an outer one does: cells come last in a frame.
        for scope in self._order:
            for variable in scope.variables.values():
                scope.slot(variable)
        for scope in self._order:
            self._resolve(scope)

    def of(self, node: Node) -> Scope:
        return self.scopes[id(node)]

    def error(self, message: str, span: Span) -> TensorshError:
        return TensorshError(message, span, "SyntaxError", source=self.source, filename=self.filename)

    # Collecting

    def _walk(self, module: nodes.Module) -> None:
        # A list of things still to visit instead of recursion: a sum of ten thousand terms is ten thousand nodes deep.
        todo: list[tuple[Any, Scope]] = [(statement, self.module) for statement in reversed(module.body)]
        collectors = self._COLLECTORS
        while todo:
            node, scope = todo.pop()
            collect = collectors.get(type(node))
            if collect is None:
                below = [(child, scope) for child in nodes.children(node)]
            else:
                below = collect(self, node, scope)
            below.reverse()
            todo += below

    def _open(self, node: Node, kind: str, parent: Scope, name: str, shares_frame: bool = False) -> Scope:
        prefix = parent
        while prefix.kind == "comprehension" and prefix.parent is not None:
            prefix = prefix.parent
        inside = {"module": "", "generator": f"{prefix.qualname}."}.get(prefix.kind, f"{prefix.qualname}.<locals>.")
        qualname = inside + name
        scope = Scope(kind, parent, qualname, shares_frame)
        self.scopes[id(node)] = scope
        self._order.append(scope)
        return scope

    def _name(self, node: nodes.Name, scope: Scope) -> list[tuple[Any, Scope]]:
        scope.used[node.id] = None
        return []

    def _nothing(self, node: Node, scope: Scope) -> list[tuple[Any, Scope]]:
        return []

    def _target(self, target: Node, scope: Scope) -> list[tuple[Any, Scope]]:
        """Bind the names of a target; what is left to visit are the expressions within it."""
        if isinstance(target, nodes.Name):
            scope.bind(target.id)
            return []
        if isinstance(target, (nodes.Tuple, nodes.List)):
            return [below for element in target.elts for below in self._target(element, scope)]
        if isinstance(target, nodes.Starred):
            return self._target(target.value, scope)
        return [(target, scope)]

    def _assign(self, node: nodes.Assign, scope: Scope) -> list[tuple[Any, Scope]]:
        below: list[tuple[Any, Scope]] = [(node.value, scope)]
        for target in node.targets:
            below += self._target(target, scope)
        return below

    def _aug_assign(self, node: nodes.AugAssign, scope: Scope) -> list[tuple[Any, Scope]]:
        return [*self._target(node.target, scope), (node.value, scope)]

    def _ann_assign(self, node: nodes.AnnAssign, scope: Scope) -> list[tuple[Any, Scope]]:
        below = self._target(node.target, scope)
        return below if node.value is None else [(node.value, scope), *below]

    def _delete(self, node: nodes.Delete, scope: Scope) -> list[tuple[Any, Scope]]:
        below: list[tuple[Any, Scope]] = []
        for target in node.targets:
            below += self._target(target, scope)
            for name in _names(target):
                if name in scope.variables:
                    scope.variables[name].deleted = True
        return below

    def _for(self, node: nodes.For, scope: Scope) -> list[tuple[Any, Scope]]:
        inside = [(statement, scope) for statement in (*node.body, *node.orelse)]
        return [(node.iter, scope), *self._target(node.target, scope), *inside]

    def _with_item(self, node: nodes.withitem, scope: Scope) -> list[tuple[Any, Scope]]:
        below: list[tuple[Any, Scope]] = [(node.context_expr, scope)]
        return below if node.optional_vars is None else below + self._target(node.optional_vars, scope)

    def _handler(self, node: nodes.ExceptHandler, scope: Scope) -> list[tuple[Any, Scope]]:
        if node.name is not None:
            scope.bind(node.name)
            if node.name in scope.variables:
                scope.variables[node.name].deleted = True
        below: list[tuple[Any, Scope]] = [(statement, scope) for statement in node.body]
        return below if node.type is None else [(node.type, scope), *below]

    def _import(self, node: nodes.Import, scope: Scope) -> list[tuple[Any, Scope]]:
        for alias in node.names:
            scope.bind(alias.asname or alias.name.partition(".")[0])
        return []

    def _import_from(self, node: nodes.ImportFrom, scope: Scope) -> list[tuple[Any, Scope]]:
        for alias in node.names:
            if alias.name != "*":
                scope.bind(alias.asname or alias.name)
        return []

    def _global(self, node: nodes.Global, scope: Scope) -> list[tuple[Any, Scope]]:
        scope.globals.update(node.names)
        return []

    def _nonlocal(self, node: nodes.Nonlocal, scope: Scope) -> list[tuple[Any, Scope]]:
        scope.nonlocals.update(dict.fromkeys(node.names))
        return []

    def _function(self, node: nodes.FunctionDef, scope: Scope) -> list[tuple[Any, Scope]]:
        scope.bind(node.name)
        inner = self._open(node, "function", scope, node.name)
        self._parameters(node.args, inner)
        outside = [(decorator, scope) for decorator in node.decorator_list]
        return outside + self._defaults(node.args, scope) + [(statement, inner) for statement in node.body]

    def _lambda(self, node: nodes.Lambda, scope: Scope) -> list[tuple[Any, Scope]]:
        inner = self._open(node, "function", scope, "<lambda>")
        self._parameters(node.args, inner)
        return [*self._defaults(node.args, scope), (node.body, inner)]

    def _parameters(self, arguments: nodes.arguments, scope: Scope) -> None:
        for parameter in parameters(arguments):
            scope.bind(parameter.arg)
            variable = scope.variables[parameter.arg]
            variable.parameter = True
            scope.slot(variable)

    def _defaults(self, arguments: nodes.arguments, scope: Scope) -> list[tuple[Any, Scope]]:
        keyword_defaults = [default for default in arguments.kw_defaults if default is not None]
        return [(default, scope) for default in (*arguments.defaults, *keyword_defaults)]

    def _comprehension(self, node: Any, scope: Scope) -> list[tuple[Any, Scope]]:
        shares = isinstance(node, _SHARED_COMPREHENSIONS)
        inner = self._open(node, "comprehension" if shares else "generator", scope, "<genexpr>", shares)
        below: list[tuple[Any, Scope]] = []
        for number, generator in enumerate(node.generators):
            below.append((generator.iter, inner if number else scope))
            below += self._target(generator.target, inner)
            below += [(condition, inner) for condition in generator.ifs]
        elements = (node.key, node.value) if isinstance(node, nodes.DictComp) else (node.elt,)
        return below + [(element, inner) for element in elements]

    def _named(self, node: nodes.NamedExpr, scope: Scope) -> list[tuple[Any, Scope]]:
        binder = scope
        while binder.kind in ("comprehension", "generator") and binder.parent is not None:
            binder.used[node.target.id] = None
            binder = binder.parent
        binder.bind(node.target.id)
        if node.target.id in binder.variables:
            binder.variables[node.target.id].rebound = True
        return [(node.value, scope)]

    def _call(self, node: nodes.Call, scope: Scope) -> list[tuple[Any, Scope]]:
        if type(node.func) not in USUAL:
            self.slips.append(node)
        return [(child, scope) for child in nodes.children(node)]

    def _subscript(self, node: nodes.Subscript, scope: Scope) -> list[tuple[Any, Scope]]:
        if type(node.value) not in USUAL:
            self.slips.append(node)
        return [(node.value, scope), (node.slice, scope)]

    def _compare(self, node: nodes.Compare, scope: Scope) -> list[tuple[Any, Scope]]:
        last = node.comparators[-1]
        if node.ops[-1] in ("is", "is not") and not (type(last) is nodes.Constant and last.value is None):
            self.slips.append(node)
        return [(child, scope) for child in nodes.children(node)]

    def _assert(self, node: nodes.Assert, scope: Scope) -> list[tuple[Any, Scope]]:
        if type(node.test) is nodes.Tuple:
            self.slips.append(node)
        return [(child, scope) for child in nodes.children(node)]

    _COLLECTORS: dict[type, Any] = {
        nodes.Name: _name,
        nodes.Constant: _nothing,
        nodes.Assign: _assign,
        nodes.AugAssign: _aug_assign,
        nodes.AnnAssign: _ann_assign,
        nodes.Delete: _delete,
        nodes.For: _for,
        nodes.withitem: _with_item,
        nodes.ExceptHandler: _handler,
        nodes.Import: _import,
        nodes.ImportFrom: _import_from,
        nodes.Global: _global,
        nodes.Nonlocal: _nonlocal,
        nodes.FunctionDef: _function,
        nodes.Lambda: _lambda,
        nodes.ListComp: _comprehension,
        nodes.SetComp: _comprehension,
        nodes.DictComp: _comprehension,
        nodes.GeneratorExp: _comprehension,
        nodes.NamedExpr: _named,
        nodes.Call: _call,
        nodes.Subscript: _subscript,
        nodes.Compare: _compare,
        nodes.Assert: _assert,
    }

    # Resolving

    def _resolve(self, scope: Scope) -> None:
        for name in [*scope.used, *scope.nonlocals]:
            if name not in scope.variables and name not in scope.globals:
                scope.resolved[name] = self._capture(scope, name)

    def _capture(self, scope: Scope, name: str) -> Variable | None:
        binder = scope.parent
        while binder is not None and name not in binder.variables:
            if name in binder.globals:
                return None
            binder = binder.parent
        if binder is None:
            return None
        variable = binder.variables[name]
        frame = scope.owner
        while frame is not binder.owner:
            variable.captured = True
            if variable not in frame.slots:
                frame.slot(variable)
                frame.free.append(variable)
            assert frame.parent is not None
            frame = frame.parent.owner
        return variable


def parameters(arguments: nodes.arguments) -> list[nodes.arg]:
    """All parameters in the order of the frame."""
    found = [*arguments.posonlyargs, *arguments.args]
    if arguments.vararg is not None:
        found.append(arguments.vararg)
    found += arguments.kwonlyargs
    if arguments.kwarg is not None:
        found.append(arguments.kwarg)
    return found


def _names(target: Node) -> list[str]:
    if isinstance(target, nodes.Name):
        return [target.id]
    if isinstance(target, (nodes.Tuple, nodes.List)):
        return [name for element in target.elts for name in _names(element)]
    if isinstance(target, nodes.Starred):
        return _names(target.value)
    return []
