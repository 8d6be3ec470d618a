"""Writes to memory that a derivative still needs: who saved it, who wrote to it and through which name, and what to write instead.

Two cases. PyTorch notices a write through the tensor itself or a view of it, because they share a version; the error carries what was saved. It
does not notice one through `.data`, which counts apart: then a backward pass gives wrong numbers in silence, and `stale` says which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tensorsh.diagnostics.flow import Lost, aside, walk
from tensorsh.diagnostics.known import Known
from tensorsh.diagnostics.numbers import Numbers, numbers
from tensorsh.diagnostics.places import Place, PlaceOf, nowhere
from tensorsh.errors import Advice
from tensorsh.runtime.autograd import AccumulateGrad, Node, version_of
from tensorsh.runtime.storage import Shared, Storage, address, byte_bounds
from tensorsh.runtime.tensor import Tensor


class WrongGradient(Advice):
    """A gradient comes out wrong, because a saved value was written to where its version does not count it."""


MOST_NODES = 2000  # of a graph that is gone through again to tell the right gradients from the wrong ones


@dataclass(frozen=True, slots=True)
class Write:
    """A write. `operator` (`"add_"`) made version `version` (0: it was counted apart, through `.data`); `through` is the name that the statement writes through (nothing for a function's own),
    `relation` what that is to what was saved: `""` the same tensor, `"view"`, `"base"`, `"detach"`, `"data"`, `"memory"` another on its memory.
    """

    operator: str
    version: int
    place: Place | None
    through: str
    relation: str


@dataclass(frozen=True, slots=True)
class Blame:
    """A version error. `node` saved `saved` (a name, or nothing) in `slot` at `version`, by the statement at `place`; it has version `now`. `own`: it
    is the node's own result. `forgotten` counts writes that are no longer remembered. `instead` is a statement that would work in place of
    the write, or nothing.
    """

    saved: str
    slot: str
    own: bool
    node: str
    place: Place | None
    version: int
    now: int
    writes: tuple[Write, ...]
    forgotten: int
    instead: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """A write that is remembered, and the names of the tensors over that memory."""

    names: tuple[str, ...]
    write: Write


@dataclass(frozen=True, slots=True)
class Wrong:
    """A leaf whose gradient comes out wrong: what the pass adds, and what it would have added; the place where they are most apart, with the
    elements there, and how many elements differ.
    """

    name: str
    added: Numbers
    right: Numbers
    index: tuple[int, ...]
    added_there: Numbers
    right_there: Numbers
    count: int


@dataclass(frozen=True, slots=True)
class Stale:
    """A value that changed behind its version: `node` saved `saved` by the statement at `place`, `writes` came after. `leaves` are the
    gradients that come out wrong; None where what was saved is too large to be remembered.
    """

    saved: str
    node: str
    place: Place | None
    writes: tuple[Write, ...]
    leaves: tuple[Wrong, ...] | None


class Source:
    """What the source says about a write: the names that a statement writes through, and what could stand in its place."""

    def __init__(
        self, written: Callable[[Any], list[str]] = lambda where: [], elsewhere: Callable[[Any], str] = lambda where: ""
    ) -> None:
        self.written = written
        self.elsewhere = elsewhere


def version_error(
    error: BaseException, names: Mapping[str, Any] | None = None, place_of: PlaceOf = nowhere, source: Source | None = None
) -> Blame | None:
    """The facts behind a version error of a backward pass; None for any other error.

    >>> from tensorsh import torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> y = x * 2
    >>> z = y * y
    >>> y.zero_()
    tensor([0., 0.], grad_fn=<ZeroBackward0>)
    >>> try:
    ...     z.sum().backward()
    ... except RuntimeError as error:
    ...     facts = version_error(error, {"x": x, "y": y})
    >>> facts.saved, facts.node, facts.version, facts.now, [write.operator for write in facts.writes]
    ('y', 'MulBackward0', 0, 1, ['zero_'])
    """
    found = getattr(error, "tensorsh_saved", None)
    if found is None:
        return None
    tensor, version, node = found
    source = source or Source()
    known = Known(names or {})
    keeper = getattr(node, "function", node)
    slot = next((slot for slot in keeper.saved if _holds(getattr(keeper, slot, None), tensor)), "")
    own = slot == "result" or slot.startswith("result")
    log = list(tensor._storage.writes or ()) if tensor._storage is not None else []
    writes = [(number, operator, where) for number, operator, where in log if number > version]
    name = known.tensor(tensor) or (known.node(node) if own else "") or known.on_memory_of(tensor)
    now = version_of(tensor)
    told = tuple(_write(operator, number, where, tensor, name, known, place_of, source) for number, operator, where in writes)
    statements = {id(where) for _, _, where in writes}
    # New memory for a leaf would be another leaf, for a view it would leave the rest as it is, and for a function's own variable it
    # would leave the caller's: none is what was meant.
    direct = len(statements) == 1 and told[0].relation == "" and bool(told[0].through) == bool(name)
    direct = direct and not (tensor._requires_grad and tensor._grad_fn is None)
    instead = source.elsewhere(writes[0][2]) if direct else ""
    return Blame(
        name,
        slot,
        own,
        node.title,
        place_of(node.where),
        version,
        now,
        told,
        max(now - version - len(writes), 0),
        instead,
    )


def _holds(value: Any, tensor: Tensor) -> bool:
    return value is tensor or isinstance(value, (list, tuple)) and any(item is tensor for item in value)


def _write(
    operator: str, version: int, where: Any, tensor: Tensor, called: str, known: Known, place_of: PlaceOf, source: Source
) -> Write:
    """A write to the memory of `tensor`, which the explanation calls `called`."""
    operator = operator.rstrip("_") + "_"
    named = source.written(where)
    for name, other in known.aliases(tensor):
        if name in named:
            relation = "" if name == called else _relation(other, dict(known.tensors).get(called, tensor))
            return Write(operator, version, place_of(where), name, relation)
    return Write(operator, version, place_of(where), "", "")


def _relation(writer: Tensor, saved: Tensor) -> str:
    """What the tensor that was written to is to the one that was saved."""
    if writer is saved:
        return ""
    if writer._storage is not saved._storage:
        return "data"
    if writer._view is not None and saved._view is None:
        return "view"
    if saved._view is not None and saved._view[0] is writer:
        return "base"
    same = writer._array.shape == saved._array.shape and address(writer._array) == address(saved._array)
    if writer._grad_fn is None and not writer._requires_grad and saved._requires_grad:
        return "detach"
    if not same:
        return "view"
    return "" if writer._grad_fn is saved._grad_fn and writer._output_nr == saved._output_nr else "memory"


def log_of(
    names: Mapping[str, Any], place_of: PlaceOf = nowhere, source: Source | None = None, only: Tensor | None = None
) -> list[LogLine]:
    """The in-place writes that are remembered, those of one memory together, in order; of the memory of `only`, if it is given.

    >>> from tensorsh import torch
    >>> x = torch.zeros(2)
    >>> x += 1
    >>> [(line.names, line.write.operator, line.write.version) for line in log_of({"x": x})]
    [(('x',), 'add_', 1)]
    """
    source = source or Source()
    known = Known(names)
    tensors = [tensor for _, tensor in known.tensors] if only is None else [only]
    seen: set[int] = set()
    lines = []
    for tensor in tensors:
        storage = tensor._storage
        if storage is None or id(storage.shared or storage) in seen:
            continue
        seen.add(id(storage.shared or storage))
        over = list(known.aliases(tensor))
        holders = tuple(name for name, _ in over) or tuple(filter(None, [known.tensor(tensor)]))
        for version, operator, where, counter in _logged(storage):
            named = source.written(where)
            through = next((name for name, _ in over if name in named), "")
            if counter != id(storage):
                relation = "data"
            else:
                relation = _relation(dict(over)[through], dict(over)[holders[0]]) if through not in ("", *holders[:1]) else ""
            lines.append(LogLine(holders, Write(operator.rstrip("_") + "_", version, place_of(where), through, relation)))
    return lines


def _logged(storage: Storage) -> Iterator[tuple[int, str, Any, int]]:
    """The writes to the memory of a storage, in order: each with its version (0 where another counter counted it), and its counter."""
    own = list(storage.writes or ())
    shared = list(storage.shared.writes) if storage.shared is not None else []
    counted = sum(counter == id(storage) for _, counter, _, _ in shared)
    for version, operator, where in own[: len(own) - counted]:
        yield version, operator, where, id(storage)
    later = iter(own[len(own) - counted :])
    for _, counter, operator, where in shared:
        yield next(later)[0] if counter == id(storage) else 0, operator, where, counter


# --- behind a version ---------------------------------------------------------------------------------------------------


def stale(
    node: Node, grad: Any, arrived: Mapping[Node, Any], names: Mapping[str, Any], place_of: PlaceOf, source: Source | None = None
) -> Stale | None:
    """What `node` has saved that was written to through `.data` since; None if nothing was. `grad` has arrived at it in the backward pass that
    is under way, and `arrived` holds what has arrived at the nodes whose turn is still to come.
    """
    found = list(changed_behind(node))
    if not found:
        return None
    slot, tensor, writes = found[0]
    source = source or Source()
    known = Known(names)
    told = tuple(
        replace(_write(operator, 0, where, tensor, "", known, place_of, source), relation="data") for _, _, operator, where in writes
    )
    leaves = _both(node, grad, arrived, known)
    if leaves == ():
        return None  # the derivative does not depend on what changed
    name = known.tensor(tensor) or known.node(node) or known.on_memory_of(tensor)
    return Stale(name, node.title, place_of(node.where), told, leaves)


def changed_behind(node: Node) -> Iterator[tuple[str, Tensor, list[Any]]]:
    """The saved tensors of a node whose memory was written to, after it was made, through a version counter that is not theirs."""
    keeper = getattr(node, "function", node)
    for slot in keeper.saved:
        value = getattr(keeper, slot, None)
        if not isinstance(value, Tensor) or value._storage is None or value._storage.shared is None:
            continue
        shared = value._storage.shared
        writes = [write for write in shared.writes if write[0] > node.sequence and write[1] != id(value._storage)]
        if writes:
            yield slot, value, writes


def _both(node: Node, grad: Any, arrived: Mapping[Node, Any], known: Known) -> tuple[Wrong, ...] | None:
    """What the rest of the pass adds to each leaf, and what it would add if nothing had been written; None if that cannot be told."""
    roots = [(node, grad), *arrived.items()]
    substitutes: dict[tuple[Node, str], Tensor] = {}
    for other in _reached([root for root, _ in roots]):
        for slot, tensor, _ in changed_behind(other):
            before = _before(tensor, other.sequence)
            if before is None:
                return None
            substitutes[other, slot] = before
    try:
        with aside():
            wrong = _leaves(roots, {})
            right = _leaves(roots, substitutes)
    except Lost:
        return None
    differing = []
    for leaf, value in right.items():
        if not np.array_equal(value._array, wrong[leaf]._array, equal_nan=True):
            differing.append(_wrong(known.name(leaf.variable), wrong[leaf]._array, value._array))
    return tuple(differing)


def _wrong(name: str, added: Any, right: Any) -> Wrong:
    apart = np.abs(np.asarray(added, np.result_type(added.dtype, np.float64)) - right)
    apart[np.isnan(apart)] = np.inf  # a NaN in one of them; in both, nothing differs there
    apart[(added == right) | ((added != added) & (right != right))] = 0
    index = tuple(int(at) for at in np.unravel_index(int(apart.argmax()), apart.shape))
    there = (numbers(added[index or ...]), numbers(right[index or ...]))
    return Wrong(name, numbers(added), numbers(right), index, *there, int(np.count_nonzero(apart)))


def _reached(roots: list[Node]) -> list[Node]:
    seen = dict.fromkeys(roots)
    todo = list(roots)
    while todo and len(seen) <= MOST_NODES:
        for edge in todo.pop().edges:
            if edge is not None and edge[0] not in seen:
                seen[edge[0]] = None
                todo.append(edge[0])
    return list(seen)


def _leaves(roots: list[tuple[Node, Any]], substitutes: Mapping[tuple[Node, str], Tensor]) -> dict[AccumulateGrad, Tensor]:
    return {step.node: step.arrived for step in walk(roots, None, substitutes) if isinstance(step.node, AccumulateGrad)}


def _before(tensor: Tensor, number: int) -> Tensor | None:
    """A saved tensor as it was when node `number` was made, if its memory is remembered."""
    storage = tensor._storage
    assert storage is not None
    shared: Shared | None = storage.shared
    if shared is None or not shared.contents:
        return None
    # The memory's contents were first noted when it got its second version counter; nothing was written before without being counted.
    earlier = [content for at, content in shared.contents if at < number]
    content = earlier[-1] if earlier else shared.contents[0][1]
    offset = address(tensor._array) - byte_bounds(storage.memory)[0]
    if tensor._array.dtype != content.dtype:
        return None
    # As bytes, for the dtypes of `ml_dtypes` have no buffers.
    window = np.ndarray(tensor._array.shape, content.dtype, content.view(np.uint8), offset, tensor._array.strides)
    return Tensor._fresh(window.copy(), tensor._dtype)
