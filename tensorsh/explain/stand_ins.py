"""The parts of an expression worked out on stand-ins: tensors over the user's windows without history, Storage or version.

So nothing of the user's changes. What could have an effect (a function of the user's, a write, a random number) is not run.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tensorsh.diagnostics.regions import on_one_storage
from tensorsh.errors import Span
from tensorsh.explain.session import Output, own_names
from tensorsh.language import attributes, nodes
from tensorsh.language.functions import Builtin
from tensorsh.language.namespace import Namespace
from tensorsh.ops.registry import Operator, overloads
from tensorsh.runtime import state as states
from tensorsh.runtime.tensor import Tensor

BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv, "%": operator.mod,
    "**": operator.pow, "@": operator.matmul, "&": operator.and_, "|": operator.or_, "^": operator.xor, "<<": operator.lshift,
    ">>": operator.rshift, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq,
    "!=": operator.ne,
}  # fmt: skip
UNARY: dict[str, Callable[[Any], Any]] = {"-": operator.neg, "+": operator.pos, "~": operator.invert, "not": operator.not_}
PURE = frozenset("len int float bool abs min max range slice list tuple sum round".split())


class CannotTell(Exception):
    """Nothing can be said without running something that may have an effect."""


class StandIns:
    """Works out the parts of one expression. `taken` has the parts that take memory on the way, with their bytes."""

    def __init__(self, session: Output, source: str) -> None:
        self._session = session
        self._lines = source.split("\n")
        self._stand_ins: dict[int, Tensor] = {}  # by the id of the tensor of the user's
        self._real: dict[int, Tensor] = {}  # the user's, by the id of the stand-in
        self._computed: list[Any] = []  # lists and tuples that parts gave
        self._values: dict[nodes.expr, Any] = {}
        self._made: list[Tensor] = []  # on memory that parts took
        self.taken: list[tuple[str, int]] = []

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Within this nothing is recorded, no random number is drawn from the session's, and nothing warns."""
        state = states.State(0)
        state.grad_enabled = False
        state.default_dtype = self._session.state.default_dtype
        with states.use(state), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield

    def text(self, node: nodes.Node) -> str:
        span: Span = node.span
        lines = self._lines[span.line - 1 : span.end_line]
        lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
        return " ".join(line.strip() for line in lines)

    def real(self, value: Any) -> Any:
        """The user's tensor that `value` stands for; any other value itself."""
        return self._real.get(id(value), value)

    def exists(self, value: Any) -> bool:
        """Whether `value` is, or stands for, a tensor that the user has."""
        return id(value) in self._real or id(value) in self._stand_ins

    def source_of(self, made: Tensor) -> Tensor | None:
        """The stand-in whose memory `made` looks at."""
        return next((self._stand_ins[id(real)] for real in self._real.values() if on_one_storage(real, made)), None)

    def callee(self, func: nodes.expr) -> tuple[str, Any, Any, nodes.expr | None]:
        """The name of what is called, the tensor it is a method of, how to call it, and the node of that tensor."""
        if isinstance(func, nodes.Attribute):
            owner = self.value(func.value)
            if isinstance(owner, Tensor):
                if func.attr.endswith("_"):
                    return func.attr, owner, None, func.value
                attributes.lookup(owner, func.attr)  # says what the program would say where it has no such name
                # `tolist`, `item` and their like are methods that no schema declares.
                return func.attr, owner, getattr(type(owner), func.attr), func.value
            if isinstance(owner, Namespace):
                return func.attr, None, owner.get(func.attr), None
            raise CannotTell(f"{self.text(func)} would have to run; give its result a name first")
        if isinstance(func, nodes.Name):
            return func.id, None, self._session.environment.lookup(func.id), None
        raise CannotTell(f"{self.text(func)} would have to run; give its result a name first")

    def value(self, node: nodes.expr) -> Any:
        """The value of a part, tensors as stand-ins."""
        if node in self._values:
            return self._values[node]
        value = self._values[node] = self._value(node)
        if isinstance(value, Tensor) and not isinstance(node, nodes.Name) and id(value) not in self._real:
            if not any(on_one_storage(value, other) for other in (*self._real.values(), *self._made)):
                self._made.append(value)
                self.taken.append((self.text(node), value.nbytes))
        return value

    def _value(self, node: nodes.expr) -> Any:
        if isinstance(node, nodes.Constant):
            return node.value
        if isinstance(node, nodes.Name):
            return self._stand_in(self._session.environment.lookup(node.id), node.id)
        if isinstance(node, (nodes.Tuple, nodes.List)):
            items = [self.value(item) for item in node.elts]
            return tuple(items) if isinstance(node, nodes.Tuple) else items
        if isinstance(node, nodes.Slice):
            return slice(*(None if part is None else self.value(part) for part in (node.lower, node.upper, node.step)))
        if isinstance(node, nodes.UnaryOp):
            return UNARY[node.op](self.value(node.operand))
        if isinstance(node, nodes.BinOp):
            return BINARY[node.op](self.value(node.left), self.value(node.right))
        if isinstance(node, nodes.Compare) and len(node.ops) == 1 and node.ops[0] in BINARY:
            return BINARY[node.ops[0]](self.value(node.left), self.value(node.comparators[0]))
        if isinstance(node, nodes.Subscript):
            owner = self.value(node.value)
            return self._part(owner, owner[self.value(node.slice)], node)
        if isinstance(node, nodes.Attribute):
            owner = self.value(node.value)
            if isinstance(owner, Tensor) and node.attr == "grad":
                meta = self._real.get(id(owner), owner)._meta
                return self._stand_in(None if meta is None else meta.grad, self.text(node))
            return self._part(owner, attributes.lookup(owner, node.attr), node)
        if isinstance(node, nodes.Call):
            return self._called(node)
        if isinstance(node, nodes.Pipe):
            return self._called(nodes.Call(node.span, node.call.func, (node.left, *node.call.args), node.call.keywords))
        raise CannotTell(f"{self.text(node)} would have to run; give its result a name first")

    def _called(self, node: nodes.Call) -> Any:
        doubt = CannotTell(f"{self.text(node)} would have to run; give its result a name first")
        name, owner, found, _ = self.callee(node.func)
        plain = isinstance(found, Builtin) and found.name in PURE
        declared = declared_as(name, found) if found is not None else None
        methods = owner is not None and name in ("size", "dim", "numel", "stride", "detach", "numpy", "tolist", "item")
        if not plain and not methods:
            if declared is None or name.endswith("_") or any(one.family.endswith(".random") for one in declared):
                raise doubt
        values, options = self.arguments(node)
        if "out" in options:
            raise doubt
        made = found(*([] if owner is None else [owner]), *values, **options)
        if isinstance(made, (list, tuple)):
            self._computed.append(made)
        return made

    def _part(self, owner: Any, found: Any, node: nodes.expr) -> Any:
        """An item or an attribute of `owner`: the user's, unless `owner` itself was computed here."""
        return found if any(owner is made for made in self._computed) else self._stand_in(found, self.text(node))

    def arguments(self, node: nodes.Call) -> tuple[list[Any], dict[str, Any]]:
        if any(isinstance(argument, nodes.Starred) for argument in node.args) or any(
            pair.arg is None for pair in node.keywords
        ):
            raise CannotTell("its arguments are unpacked")
        return [self.value(part) for part in node.args], {
            pair.arg or "": self.value(pair.value) for pair in node.keywords
        }

    def _stand_in(self, value: Any, name: str) -> Any:
        if not isinstance(value, Tensor) or id(value) in self._real:
            return value
        made = self._stand_ins.get(id(value))
        if made is None:
            made = self._stand_ins[id(value)] = Tensor._fresh(value._array, value._dtype)
            self._real[id(made)] = value
        return made

    def named(self, value: Tensor) -> str:
        """The user's name for a stand-in, `""` if it stands for nothing that has one."""
        real = self._real.get(id(value))
        names = (name for name, one in own_names(self._session.names).items() if one is real)
        return next(names, "") if real is not None else ""


def declared_as(name: str, found: Any) -> list[Operator] | None:
    """The declarations of the operator that `found` is, None if it is none."""
    own = getattr(found, "function", found)
    module = getattr(own, "__module__", "")
    if not (module or "").startswith(("torch", "tensorsh.ops", "tensorsh.torch")):
        return None
    namespace = getattr(getattr(own, "operator", None), "namespace", "")
    return overloads(name, namespace) or None
