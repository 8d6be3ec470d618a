"""Statements that write to a chain of selections, `a[mask][0] = 1` or `x[idx].add_(1)`, watched for a step that copies.

Only statements of that shape are compiled here, and all that they do besides their work is one look at what each step gave.
Where a step copied and the statement then wrote to that copy, a warning shows the step and a form that works. A step is judged
by the memory that it gave, so a chain of views never warns.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.language import nodes
from tensorsh.language.context import MISSING, Closure, Context, blame
from tensorsh.language.dictionaries import get_item, set_item
from tensorsh.language.functions import Frame
from tensorsh.runtime.tensor import Tensor

# Steps that select or rearrange: as statements, writes to what these give are meant for the tensor that they select from.
SELECTING = frozenset({"reshape", "reshape_as", "flatten", "ravel", "contiguous"})
# Steps that never copy, and names in `_` that write nothing.
VIEWING = frozenset(
    {"view", "t", "transpose", "permute", "detach", "squeeze", "unsqueeze", "expand", "narrow", "select"}
)
WRITING_NOTHING = frozenset(
    {
        "requires_grad_",
        "detach_",
        "t_",
        "transpose_",
        "squeeze_",
        "unsqueeze_",
        "swapaxes_",
        "swapdims_",
        "resize_",
        "as_strided_",
    }
)
ATTRIBUTES = frozenset({"T", "mT", "H", "mH", "real", "imag"})


class Copy:
    """A step that copied: its node, what it selected from, with which index, and what it gave."""

    __slots__ = ("index", "made", "node", "source")

    def __init__(self, node: nodes.expr, source: Any, index: Any, made: Any) -> None:
        self.node = node
        self.source = source
        self.index = index
        self.made = made


def may_lose(owner: nodes.expr) -> bool:
    """Whether a write to `owner[…]` may go to a copy that a step of `owner` made.

    >>> from tensorsh.language.parser import parse
    >>> targets = [parse(f"{text} = 1").body[0].targets[0].value for text in ("a[m][0]", "a[1:][0]", "a.reshape(6)[0]", "a[0]")]
    >>> [may_lose(owner) for owner in targets]
    [True, False, True, False]
    """
    while True:
        if isinstance(owner, nodes.Subscript):
            if not _fixed(owner.slice):
                return True
            owner = owner.value
        elif isinstance(owner, nodes.Call) and isinstance(owner.func, nodes.Attribute):
            if owner.func.attr not in VIEWING:
                return True
            owner = owner.func.value
        elif isinstance(owner, nodes.Attribute) and owner.attr in ATTRIBUTES:
            owner = owner.value
        else:
            return False


def _fixed(index: nodes.expr) -> bool:
    """Whether an index is one that never copies, by its text: numbers, slices, `...`, None, a key."""
    parts = index.elts if isinstance(index, nodes.Tuple) else (index,)
    return all(
        isinstance(part, nodes.Slice)
        or (isinstance(part, nodes.Constant) and not isinstance(part.value, bool))
        or (isinstance(part, nodes.UnaryOp) and part.op == "-" and isinstance(part.operand, nodes.Constant))
        for part in parts
    )


class Watched(Context):
    """A context in which one node is compiled already."""

    __slots__ = ("_closure", "_node")

    def __init__(self, context: Context, node: nodes.Node, closure: Closure) -> None:
        super().__init__(context.environment, context.symbols, context.scope, context.echoes)
        self._node = node
        self._closure = closure

    def expression(self, node: nodes.Node) -> Closure:
        return self._closure if node is self._node else super().expression(node)


def watched_owner(context: Context, owner: nodes.expr, copies: list[Copy]) -> Closure:
    """The closure of `owner`, which notes in `copies` each of its steps that copied."""
    if isinstance(owner, nodes.Subscript):
        return _subscript(context, owner, copies)
    if isinstance(owner, nodes.Call) and isinstance(owner.func, nodes.Attribute):
        return _method(context, owner, owner.func.value, copies)
    if isinstance(owner, nodes.Attribute) and owner.attr in ATTRIBUTES:
        return Watched(context, owner.value, watched_owner(context, owner.value, copies)).expression(owner)
    return context.expression(owner)


def _subscript(context: Context, node: nodes.Subscript, copies: list[Copy]) -> Closure:
    value, index = watched_owner(context, node.value, copies), context.expression(node.slice)

    def load_watched(frame: Frame) -> Any:
        a = i = MISSING
        try:
            a = value(frame)
            i = index(frame)
            made = get_item(a, i)
        except Exception as error:
            blame(error, node, {"value": a, "index": i})
            raise
        kind = type(made)
        if kind is list:
            return made
        if kind is Tensor:
            if made._view is None and type(a) is Tensor:
                copies.append(Copy(node, a, i, made))
        elif kind is np.ndarray and type(a) is np.ndarray and not np.may_share_memory(made, a):
            copies.append(Copy(node, a, i, made))
        return made

    return load_watched


def _method(context: Context, node: nodes.Call, receiver: nodes.expr, copies: list[Copy]) -> Closure:
    value = watched_owner(context, receiver, copies)
    held: list[Any] = []

    def load_receiver(frame: Frame) -> Any:
        a = value(frame)
        held.append(a)
        return a

    call = Watched(context, receiver, load_receiver).expression(node)

    def call_watched(frame: Frame) -> Any:
        try:
            made = call(frame)
        except BaseException:
            held.clear()
            raise
        a = held.pop()
        if type(made) is Tensor and type(a) is Tensor and made is not a and made._view is None:
            if made._storage is None or made._storage is not a._storage:
                copies.append(Copy(node, a, None, made))
        return made

    return call_watched


class Owner:
    """The owner of a chain, `a[mask]` of `a[mask][0] = 1`, computed with a look at each step until it turns out to be a list or a
    dictionary, and then as ever.

    A run that gives something else after all is not looked at itself, but every later one is. So loops over nested lists, which lose
    nothing, pay for one test of a type.
    """

    __slots__ = ("copies", "watched", "_context", "_plain", "_target")

    def __init__(self, context: Context, target: nodes.Subscript) -> None:
        self.copies: list[Copy] = []
        self.watched = watched_owner(context, target.value, self.copies)
        self._context = context
        self._plain: Closure | None = context.expression(target.value)
        self._target = target

    def look(self, owner: Any, closure: Closure) -> tuple[Closure, type | None]:
        """Report what was lost in a run that wrote to `owner`, which `closure` gave. Returns the closure for the next run, and the
        type for which that run need not be looked at."""
        if self.copies:
            report(self._context, self.copies, owner, self._target)
        elif self._plain is not None and type(owner) in CONTAINERS:
            return self._plain, type(owner)
        if closure is not self.watched:
            self._plain = None
        return self.watched, None


CONTAINERS = frozenset({list, dict})


def watched_store(context: Context, target: nodes.Subscript) -> Any:
    """What `compile_targets.store_item` gives for a target that may lose its write."""
    owner, index = Owner(context, target), context.expression(target.slice)
    closure: Closure = owner.watched
    expected: type | None = None

    def assign_watched(frame: Frame, value: Any) -> None:
        nonlocal closure, expected
        a = i = MISSING
        try:
            a = closure(frame)
            i = index(frame)
            set_item(a, i, value)
        except BaseException as error:
            owner.copies.clear()
            blame(error, target, {"value": a, "index": i, "assigned": value})
            raise
        if type(a) is not expected:
            closure, expected = owner.look(a, closure)

    return assign_watched


def watched_augmented(context: Context, node: nodes.AugAssign, apply: Any, value: Closure) -> Closure:
    """The closure of `a[mask][0] += 1`."""
    assert isinstance(node.target, nodes.Subscript)
    state = context.environment.state
    owner, index = Owner(context, node.target), context.expression(node.target.slice)
    closure: Closure = owner.watched
    expected: type | None = None

    def run_augmented_watched(frame: Frame) -> None:
        nonlocal closure, expected
        state.where = node
        a = i = old = b = MISSING
        try:
            a = closure(frame)
            i = index(frame)
            old = get_item(a, i)
            b = value(frame)
            set_item(a, i, apply(old, b))
        except BaseException as error:
            owner.copies.clear()
            blame(error, node, {"left": old, "right": b, "value": a, "index": i})
            raise
        if type(a) is not expected:
            closure, expected = owner.look(a, closure)

    return run_augmented_watched


def written_chain(node: nodes.expr) -> nodes.expr | None:
    """The chain that an expression statement writes to, `x[idx]` of `x[idx].add_(1)`; None if it writes to none."""
    if not isinstance(node, nodes.Call) or not isinstance(node.func, nodes.Attribute):
        return None
    name, owner = node.func.attr, node.func.value
    if not name.endswith("_") or name.endswith("__") or name in WRITING_NOTHING or not may_lose(owner):
        return None
    return owner


def watched_call(context: Context, node: nodes.Call, owner: nodes.expr) -> Closure:
    """The closure of an expression statement that writes in place to the chain `owner`."""
    copies: list[Copy] = []
    call = Watched(context, owner, watched_owner(context, owner, copies)).expression(node)

    def run_watched(frame: Frame) -> Any:
        try:
            result = call(frame)
        except BaseException:
            copies.clear()
            raise
        # `x.float().add_(1)` may be there for its value; a selection is there for what it selects from.
        if copies and all(isinstance(copy.node, nodes.Subscript) or _name(copy.node) in SELECTING for copy in copies):
            report(context, copies, result, node)
        copies.clear()
        return result

    return run_watched


def _name(node: nodes.expr) -> str:
    return node.func.attr if isinstance(node, nodes.Call) and isinstance(node.func, nodes.Attribute) else ""


def report(context: Context, copies: list[Copy], written: Any, node: nodes.expr) -> None:
    """Warn if `written` is, or is a window on, what the last of `copies` made. Forgets them."""
    from tensorsh.diagnostics.lost_writes import is_lost

    first, last = copies[0], copies[-1]
    copies.clear()
    if context.environment.state.advice and is_lost(last.source, last.made, written):
        from tensorsh.language.write_advice import warn

        warn(first, node, context.environment.state.where, context.symbols.source)
