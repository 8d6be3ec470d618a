"""What a cell may change, kept so that `%undo` can put it back: names, containers, the slots of tensors and graph nodes, `.grad`,
the elements in memory, the random generator, grad mode, default dtype and print options.

A snapshot costs what the cell can reach. A cell whose text shows that it only computes costs a copy of the dictionary of names.
Otherwise everything that its names lead to is looked through, and that memory is copied, as far as the limit goes; after the cell,
copies of what did not change are let go. What was too large to copy and was written to is in `lost`: such a cell cannot be taken
back whole, and `%undo` says so.

Out of reach: files, an iterator's position, `numpy.random`'s position, what was printed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np

from tensorsh.diagnostics.reach import is_ours, memory_behind, memory_of, root_of, slots_of, walk
from tensorsh.language import nodes
from tensorsh.language.functions import Function
from tensorsh.runtime.autograd import Node, version_of
from tensorsh.runtime.tensor import Tensor, TensorMeta

Array = np.ndarray[Any, Any]
# A piece of memory, the path to it, and the tensors and arrays that look at it with their versions.
Owner = tuple[str, Array, list[tuple[Any, int]]]

MOST_OBJECTS = 300_000
# Attributes of tensors that change something although their name does not end in `_`.
_WRITING_METHODS = frozenset(
    {"backward", "register_hook", "retain_grad", "register_post_accumulate_grad_hook", "set_state"}
)
_WRITING_FUNCTIONS = frozenset({"next", "setattr", "delattr", "map", "filter", "backward", "grad"})
_PIECE = 1 << 20
# What sets, lists and arrays have too, where it changes them.
_AMBIGUOUS = frozenset({"add", "put", "resize", "sort"})
_EMPTY: Any = object()


class Snapshot:
    """The values before a cell. `settle` is called after it, `restore` to go back."""

    def __init__(self, session: Any, source: str, limit: int) -> None:
        self.names = dict(session.names)
        self.lost: list[str] = []
        self.bytes = 0
        self._limit = limit
        self._slots: list[tuple[Any, tuple[Any, ...], dict[str, Any] | None]] = []
        self._containers: list[tuple[Any, Any]] = []
        self._copies: list[tuple[Array, Array]] = []
        self._too_large: list[Owner] = []
        self._untracked = False
        self._state = _settings(session)
        module = _parsed(source)
        if module is None or may_write(module, session.names):
            self._untracked = module is None or _writes_untracked(module)
            self._look_through(_reachable_names(module, session))

    def _look_through(self, roots: list[tuple[str, Any]]) -> None:
        owners: dict[int, Owner] = {}
        storages: set[int] = set()
        count = 0
        for path, value in walk(roots, most=MOST_OBJECTS):
            count += 1
            if isinstance(value, Tensor):
                self._keep_slots(value)
                if value._storage is not None and id(value._storage) not in storages:
                    storages.add(id(value._storage))
                    self._keep_slots(value._storage)
                    if value._storage.writes is not None:
                        self._containers.append((value._storage.writes, value._storage.writes.copy()))
                if not path.endswith("'s graph"):
                    _own(owners, path, value)
            elif isinstance(value, np.ndarray):
                _own(owners, path, value)
            elif isinstance(value, (list, dict, set, deque)):
                self._containers.append((value, value.copy()))
            elif isinstance(value, Node) or is_ours(value):
                self._keep_slots(value)
                # `backward()` adds to the gradients of leaves that only the graph leads to.
                if isinstance(value, TensorMeta) and value.grad is not None:
                    _own(owners, path, value.grad)
                if isinstance(value, Function):
                    self._untracked = self._untracked or _writes_untracked(value.code.node)
        if count >= MOST_OBJECTS:
            self.lost.append(f"what lies behind more than {MOST_OBJECTS:,} objects")
        room = self._limit
        for path, memory, users in sorted(owners.values(), key=lambda owner: owner[1].nbytes):
            if not memory.flags.writeable:
                continue
            if memory.nbytes > room:
                self._too_large.append((path, memory, users))
                continue
            room -= memory.nbytes
            self._copies.append((memory, memory.copy(order="K")))

    def _keep_slots(self, value: Any) -> None:
        names = slots_of(type(value))
        values = []
        for name in names:
            try:
                values.append(object.__getattribute__(value, name))
            except AttributeError:
                values.append(_EMPTY)
        attributes = getattr(value, "__dict__", None)
        self._slots.append((value, tuple(values), dict(attributes) if attributes is not None else None))

    def settle(self, session: Any) -> bool:
        """Let go of what the cell did not change; returns whether it changed anything. Sets `bytes`, what this snapshot keeps
        alive."""
        names = session.names
        self._copies = [(memory, copy) for memory, copy in self._copies if not _same_bytes(memory, copy)]
        for path, _, users in self._too_large:
            # NumPy's writes, and those through `.data`, are counted by nobody.
            if self._untracked or any(
                not isinstance(user, Tensor) or version_of(user) != version for user, version in users
            ):
                self.lost.append(path)
        self._too_large = []
        self._containers = [(value, copy) for value, copy in self._containers if not _same_items(value, copy)]
        slots, self._slots = self._slots, []
        for value, before, attributes in slots:
            now = tuple(_slot(value, name) for name in slots_of(type(value)))
            same = all(a is b for a, b in zip(before, now, strict=True))
            if not same or (attributes is not None and not _same_items(value.__dict__, attributes)):
                self._slots.append((value, before, attributes))
        held = {id(memory): copy.nbytes for memory, copy in self._copies}
        live = {id(memory) for memory in map(memory_behind, names.values()) if memory is not None}
        replaced = [(name, value) for name, value in self.names.items() if names.get(name, _EMPTY) is not value]
        for _, value in walk(replaced, most=MOST_OBJECTS):
            memory = memory_behind(value)
            if memory is not None and id(memory) not in live:
                held[id(memory)] = memory.nbytes
        self.bytes = sum(held.values())
        found = self._copies or self._containers or self._slots or self.lost or replaced
        return bool(found) or len(names) != len(self.names) or self._state != _settings(session)

    @property
    def written(self) -> list[tuple[Array, Array]]:
        """The memory that the cell wrote to, each piece with a copy of what was there before."""
        return self._copies

    def restore(self, session: Any) -> None:
        """Put everything back in place, so that whoever else holds these values sees it too."""
        session.names.clear()
        session.names.update(self.names)
        for value, items in self._containers:
            value.clear()
            (value.extend if isinstance(value, (list, deque)) else value.update)(items)
        for value, slots, attributes in self._slots:
            for name, content in zip(slots_of(type(value)), slots, strict=True):
                if content is not _EMPTY:
                    object.__setattr__(value, name, content)
                elif _slot(value, name) is not _EMPTY:
                    object.__delattr__(value, name)
            if attributes is not None:
                value.__dict__.clear()
                value.__dict__.update(attributes)
        for memory, copy in self._copies:
            memory[...] = copy
        _apply_settings(session, self._state)


def _own(owners: dict[int, Owner], path: str, value: Any) -> None:
    memory = memory_of(value) if isinstance(value, Tensor) else root_of(value)
    _, _, users = owners.setdefault(id(memory), (path, memory, []))
    users.append((value, version_of(value) if isinstance(value, Tensor) else 0))


def _slot(value: Any, name: str) -> Any:
    try:
        return object.__getattribute__(value, name)
    except AttributeError:
        return _EMPTY


def _same_bytes(memory: Array, copy: Array) -> bool:
    if memory.dtype.hasobject:
        return False
    # Bits, not values: NaN is equal to itself here, and 0.0 is not -0.0. By pieces, for the first one mostly decides.
    now, before = (array.reshape(-1, order="A").view(np.uint8) for array in (memory, copy))
    return all(np.array_equal(now[at : at + _PIECE], before[at : at + _PIECE]) for at in range(0, len(now), _PIECE))


def _same_items(value: Any, copy: Any) -> bool:
    if len(value) != len(copy):
        return False
    if isinstance(value, dict):
        return all(a is b and value[a] is copy[b] for a, b in zip(value, copy, strict=True))
    if isinstance(value, set):
        return {id(item) for item in value} == {id(item) for item in copy}
    return all(a is b for a, b in zip(value, copy, strict=True))


def _settings(session: Any) -> tuple[Any, ...]:
    state = session.state
    return (
        state.grad_enabled,
        state.inference,
        state.default_dtype,
        dict(state.print_options),
        state.generator.get_state().tobytes(),
    )


def _apply_settings(session: Any, kept: tuple[Any, ...]) -> None:
    state = session.state
    state.grad_enabled, state.inference, state.default_dtype, options, generator = kept
    state.print_options.clear()
    state.print_options.update(options)
    state.generator.set_state(np.frombuffer(generator, np.uint8))


# --- what a text may change --------------------------------------------------------------------------------------------


def _parsed(source: str) -> nodes.Module | None:
    from tensorsh.errors import TensorshError
    from tensorsh.language.parser import parse

    try:
        return parse(source)
    except TensorshError:
        return None


def may_write(module: nodes.Node, names: dict[str, Any]) -> bool:
    """Whether a text may change values that existed before it: it assigns to an element or attribute, uses an in-place operator
    or `out=`, or calls something that is no plain function of PyTorch or Python.

    >>> from tensorsh.language.parser import parse
    >>> may_write(parse("y = x.exp() + ones(2)"), {}), may_write(parse("x.add_(1)"), {})
    (False, True)
    """
    return any(_writes(node, names) for node in _nodes(module))


def _nodes(root: nodes.Node) -> Iterator[nodes.Node]:
    todo = [root]
    while todo:
        node = todo.pop()
        yield node
        todo += nodes.children(node)


def _writes(node: nodes.Node, names: dict[str, Any]) -> bool:
    match node:
        case nodes.AugAssign() | nodes.FunctionDef(decorator_list=(_, *_)) | nodes.ImportFrom():
            return not isinstance(node, nodes.ImportFrom)
        case nodes.Assign(targets=targets) | nodes.Delete(targets=targets):
            return any(_is_part(target) for target in targets)
        case nodes.AnnAssign(target=target) | nodes.For(target=target) | nodes.comprehension(target=target):
            # A loop over a generator moves it on.
            return _is_part(target)
        case nodes.withitem(optional_vars=target) if target is not None:
            return _is_part(target)
        case nodes.Call(func=func, keywords=keywords):
            return any(keyword.arg in ("out", None) for keyword in keywords) or _callee_writes(func, names)
    return False


def _is_part(target: nodes.Node) -> bool:
    """Whether a target is, or has in it, an element or an attribute of something."""
    return any(isinstance(node, (nodes.Subscript, nodes.Attribute)) for node in _nodes(target))


def _callee_writes(func: nodes.expr, names: dict[str, Any]) -> bool:
    if isinstance(func, nodes.Name):
        return func.id in names or func.id in _WRITING_FUNCTIONS or func.id.endswith("_")
    if isinstance(func, nodes.Attribute):
        if func.attr.endswith("_") or func.attr in _WRITING_METHODS or func.attr not in _method_names():
            return True
        owner = func.value
        known = isinstance(owner, nodes.Name) and isinstance(names.get(owner.id), Tensor)
        return not known and (func.attr in _AMBIGUOUS or _is_numpy(owner, names))
    return True


def _is_numpy(owner: nodes.expr, names: dict[str, Any]) -> bool:
    """Whether a function is one of NumPy's, many of which write to an argument."""
    while isinstance(owner, nodes.Attribute):
        owner = owner.value
    if not isinstance(owner, nodes.Name):
        return False
    return owner.id in ("np", "numpy") or getattr(names.get(owner.id), "name", "") == "numpy"


def _writes_untracked(root: nodes.Node) -> bool:
    """Whether a text may write to a tensor's memory in a way that leaves its version as it is."""
    return any(
        isinstance(node, nodes.Attribute) and node.attr in ("data", "numpy", "__array__") for node in _nodes(root)
    )


def _method_names() -> frozenset[str]:
    global _methods
    if _methods is None:
        from tensorsh import torch

        _methods = frozenset({*dir(Tensor), *dir(torch), *dir(str), *dir(float)})
    return _methods


_methods: frozenset[str] | None = None


def _reachable_names(module: nodes.Module | None, session: Any) -> list[tuple[str, Any]]:
    """The variables that a text names, and those that the functions among them name, and so on; all if it does not parse."""
    if module is None:
        return list(session.names.items())
    found: dict[str, Any] = {}
    todo = _mentioned(module)
    while todo:
        name = todo.pop()
        if name in found or not _has_value(session, name):
            continue
        value = found[name] = session.environment.lookup(name)
        if name == "Out" and name not in session.names:
            # The results, not the dict of them: that a cell adds one is the shell's affair.
            value = found[name] = tuple(value.values())
        for _, inner in walk([(name, value)], most=1000):
            if isinstance(inner, Function):
                todo |= _mentioned(inner.code.node)
    return list(found.items())


def _has_value(session: Any, name: str) -> bool:
    """Whether a name is a variable or one of the prompt's names for results (`_`, `_3`, `Out`)."""
    return name in session.names or ((name[:1] == "_" or name == "Out") and name in session.environment.builtins)


def _mentioned(root: nodes.Node) -> set[str]:
    return {node.id for node in _nodes(root) if isinstance(node, nodes.Name)}


def mentioned_names(source: str) -> set[str]:
    """The names that a text mentions; none if it does not parse."""
    module = _parsed(source)
    return set() if module is None else _mentioned(module)
