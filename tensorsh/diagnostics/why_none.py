"""Why a tensor has no gradient: what it is, and where the gradient stopped on its way back.

What left the graph is known in two ways: a tensor without gradient whose operand had one remembers the statement that made it
(`Tensor._cut`), and the session remembers the statements in which `detach()`, `.data` or `no_grad` was used (`State.cuts`). Which variables
those statements speak of comes from the source, through `Reading`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tensorsh.diagnostics.known import Known
from tensorsh.diagnostics.places import Place, PlaceOf, nowhere
from tensorsh.runtime.autograd import Node
from tensorsh.runtime.dtype import FLOAT
from tensorsh.runtime.tensor import Tensor

LONGEST_CHAIN = 6


class Reading(NamedTuple):
    """What the source says. `within(statement, names)` is the innermost statement in a statement that reads one of the names, None if there is
    none; `reads(statement)` lists the names that it reads; `made(name)` is the latest statement that assigns a name.
    """

    within: Callable[[Any, set[str]], Any]
    reads: Callable[[Any], list[str]]
    made: Callable[[str], Any]


NOTHING_READ = Reading(lambda statement, names: None, lambda statement: [], lambda name: None)


@dataclass(frozen=True, slots=True)
class Stop:
    """A place where a gradient does not come through: `kind` is `"detach"`, `"data"`, `"no_grad"` or `"integer"`. `result` is the name of what
    was made there, if it has one.
    """

    kind: str
    result: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class Made:
    """A result that a gradient could come from: its name, the line that made it, and whether a backward pass has freed its graph."""

    name: str
    place: Place | None
    freed: bool


@dataclass(frozen=True, slots=True)
class WhyNone:
    """The answer. `reason` is one of:

    `"has"` it has a gradient; `"integer"` its dtype has none; `"stopped"` it was made from what requires a gradient, at `stops`; `"plain"` it
    was made without `requires_grad`; `"not a leaf"` its gradient is passed on and not kept; `"used up"` a pass went through a result that
    depends on it; `"no backward"` results depend on it but no pass has gone through them; `"cut off"` what was made from it has left the graph,
    at `stops`; `"unused"` nothing that was recorded uses it.

    `chain` leads from the tensor to what was made in `stops[0]`, by name, where there are steps between.
    """

    name: str
    reason: str
    dtype: str
    place: Place | None
    results: tuple[Made, ...] = ()
    stops: tuple[Stop, ...] = ()
    chain: tuple[str, ...] = ()


def why_none(
    tensor: Tensor,
    names: Mapping[str, Any] | None = None,
    place_of: PlaceOf = nowhere,
    cuts: Mapping[Any, str] | None = None,
    reading: Reading = NOTHING_READ,
) -> WhyNone:
    """Why `tensor.grad` is None. `cuts` are the session's (`State.cuts`).

    >>> from tensorsh import torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> y = x * 2
    >>> why_none(y, {"y": y}).reason, why_none(x, {"x": x, "y": y}).reason, why_none(y.detach()).reason
    ('not a leaf', 'no backward', 'stopped')
    """
    known = Known(names or {})
    seen = _Seen(known, place_of, cuts or {}, reading)
    name, dtype = known.tensor(tensor), str(tensor._dtype).removeprefix("torch.")
    node = tensor._grad_fn
    place = None if node is None else place_of(node.where)

    def answer(reason: str, **facts: Any) -> WhyNone:
        return WhyNone(name, reason, dtype, place, **facts)

    if tensor._meta is not None and tensor._meta.grad is not None:
        return answer("has")
    if not tensor._requires_grad:
        stop = seen.stop_of(name, tensor)
        if stop is not None:
            return answer("stopped", stops=(stop,))
        if tensor._dtype.kind < FLOAT:
            return answer("integer")
        chain, stop = seen.back_from(name)
        return answer("stopped", stops=(stop,), chain=chain) if stop is not None else answer("plain")
    if node is not None:
        return answer("not a leaf")
    results, told = seen.results_of(tensor)
    stops = seen.stops_after({name} | told)
    if any(one.freed for one in results):
        return answer("used up", results=tuple(one for one in results if one.freed))
    if stops:
        return answer("cut off", results=tuple(results), stops=tuple(stops))
    return answer("no backward", results=tuple(results)) if results else answer("unused")


class _Seen:
    """What a program's names and source say about where gradients stop."""

    def __init__(self, known: Known, place_of: PlaceOf, cuts: Mapping[Any, str], reading: Reading) -> None:
        self._known = known
        self._place_of = place_of
        self._cuts = cuts
        self._reading = reading

    def stop_of(self, name: str, tensor: Tensor) -> Stop | None:
        """The stop that a tensor itself was made at."""
        try:
            where = tensor._cut
        except AttributeError:
            return None
        kind = "integer" if tensor._dtype.kind < FLOAT else self._cuts.get(where, "no_grad")
        return Stop(kind, name, self._place_of(where))

    def back_from(self, name: str) -> tuple[tuple[str, ...], Stop | None]:
        """From a variable back through the assignments that made it, to a variable that left the graph."""
        tensors = dict(self._known.tensors)
        todo: list[tuple[str, ...]] = [(name,)]
        seen = {name}
        while todo:
            chain = todo.pop(0)
            statement = self._reading.made(chain[-1])
            if statement is None or len(chain) > LONGEST_CHAIN:
                continue
            # An inline `y.detach() * 2` stops where it stands.
            if self._cuts.get(statement) in ("detach", "data"):
                return chain, Stop(self._cuts[statement], chain[-1], self._place_of(statement))
            for other in self._reading.reads(statement):
                if other not in tensors or other in seen:
                    continue
                stop = self.stop_of(other, tensors[other])
                if stop is not None:
                    return (*chain, other), stop
                if not tensors[other]._requires_grad:
                    seen.add(other)
                    todo.append((*chain, other))
        return (), None

    def results_of(self, leaf: Tensor) -> tuple[list[Made], set[str]]:
        """The last results that depend on a leaf (those that no other of them is made from), and the names of all that do."""
        meta = leaf._meta
        node = None if meta is None or meta.accumulator is None else meta.accumulator()
        if node is None:
            return [], set()
        depending = [(name, one._grad_fn) for name, one in self._known.tensors if one._grad_fn is not None and _behind(one._grad_fn, node)]
        inner: set[Node] = set()
        for _, made in depending:
            inner |= _all_behind(made) - {made}
        last = {made: name for name, made in reversed(depending) if made not in inner}
        found = [Made(name, self._place_of(made.where), _freed(made)) for made, name in reversed(last.items())]
        return found, {name for name, _ in depending}

    def stops_after(self, used: set[str]) -> list[Stop]:
        """Where what has one of these names left the graph."""
        found: dict[int, Stop] = {}
        for name, tensor in self._known.tensors:
            stop = self.stop_of(name, tensor)
            if stop is None:
                continue
            # The statement itself may stand in a function that calls the tensor something else.
            if self._reading.within(tensor._cut, used) is not None or used & set(self._reading.reads(self._reading.made(name))):
                found.setdefault(id(tensor._cut), stop)
        for statement, kind in self._cuts.items():
            inner = None if statement is None else self._reading.within(statement, used)
            if inner is not None and id(inner) not in found:
                found[id(inner)] = Stop(kind, "", self._place_of(inner))
        return sorted(found.values(), key=lambda stop: (not stop.result, 0 if stop.place is None else stop.place.line))


def _all_behind(root: Node) -> set[Node]:
    found = {root}
    todo = [root]
    while todo:
        for edge in todo.pop().edges:
            if edge is not None and edge[0] not in found:
                found.add(edge[0])
                todo.append(edge[0])
    return found


def _behind(root: Node, target: Node) -> bool:
    return target in _all_behind(root)


def _freed(root: Node) -> bool:
    return any(getattr(node, "released", False) for node in _all_behind(root))
