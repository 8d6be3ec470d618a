"""Why a tensor has no gradient: what it is, and where the gradient stopped on its way back.

What left the graph is known in two ways: a tensor without gradient whose operand had one remembers the statement that made it
(`Tensor._cut`), and the session remembers the statements that took values out of the graph (`State.cuts`). Which variables those
statements speak of comes from the source, through a `Reading`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tensorsh.diagnostics.known import Known
from tensorsh.diagnostics.places import Place, PlaceOf, nowhere
from tensorsh.runtime.autograd import Node, leading_to, version_of
from tensorsh.runtime.dtype import FLOAT
from tensorsh.runtime.tensor import Tensor

LONGEST_CHAIN = 6
MOST_TOLD = 3  # results, stops

# Ways out of the graph that are of no account in a statement that makes nothing: `print(loss.item())`, `if x > 0`.
_ASIDE = frozenset({"integer", "item", "copy"})
# What a statement must say to have meant them: operators use them for ends of their own.
_SAID = {"detach": frozenset({"detach", "detach_"}), "data": frozenset({"data"})}


class Reading:
    """What the source says; this one has read nothing."""

    def within(self, statement: Any, names: set[str]) -> Any:
        """The innermost statement in a statement that reads one of the names; None if none does."""

    def reads(self, statement: Any) -> list[str]:
        """The names that a statement reads, those in its block too."""
        return []

    def assigns(self, statement: Any) -> set[str]:
        """The names that it gives to something new, or to whose tensors it writes."""
        return set()

    def made(self, name: str) -> Any:
        """The latest statement that assigns a name."""

    def says(self, statement: Any, words: frozenset[str]) -> bool:
        """Whether one of the words stands in it as an attribute."""
        return False

    def runs(self, statement: Any) -> list[Any]:
        """A statement, those in its block, and those of the functions that they call by name."""
        return []

    def asked(self, name: str) -> tuple[Any, bool] | None:
        """The latest statement that asks for a gradient of a variable after it was made, or (False) takes that back."""

    def cleared(self, name: str) -> Any:
        """The latest statement that sets a variable's `.grad` to None."""

    def rebinds(self, statement: Any, name: str) -> tuple[str, str]:
        """Whether a statement gives a name to what it computes from the tensor of that name: `"update"` if it uses its `.grad`, with what
        would update it in place, else `"again"`, or nothing.
        """
        return "", ""


@dataclass(frozen=True, slots=True)
class Stop:
    """A place where a gradient does not come through: `kind` is `"detach"`, `"data"`, `"no_grad"`, `"inference"`, `"integer"`, `"item"` (a number was
    taken out) or `"copy"` (`torch.tensor(…)`). `result` is the name of what was made there, if it has one.
    """

    kind: str
    result: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class Made:
    """A result that a gradient could come from: its name, the line that made it, whether it is one number, and whether a backward pass has freed
    its graph.
    """

    name: str
    place: Place | None
    single: bool
    freed: bool


@dataclass(frozen=True, slots=True)
class WhyNone:
    """The answer. `reason` is one of:

    `"has"` it has a gradient, which is not 0 everywhere; `"zero"` it has one that is; `"integer"` its dtype has none; `"stopped"` it was made from what requires a gradient, at `stops`; `"switched off"`
    `requires_grad` was set to False, at `where`; `"plain"` it was made without `requires_grad`, of `operands` if it was computed; `"not a
    leaf"` its gradient is passed on and not kept; `"used up"` a pass went through a result that depends on it; `"no backward"` results depend
    on it but no pass has gone through them; `"cut off"` what was made from it has left the graph, at `stops`; `"late"` `results` were made
    from it before it required a gradient, which it does from `where` on; `"unused"` nothing that was recorded uses it.

    `chain` leads from the tensor to what was made in `stops[0]`, by name, where there are steps between. `rebound` says that the name stood for
    another tensor before: `"update"` if its gradient was used for that, and then `instead` would have kept it, or `"again"`. `unnamed` says that
    a leaf that it was made from has no name. `passed` is the latest
    result at which a backward pass began, if it has a name, and was not computed from this one.
    """

    name: str
    reason: str
    dtype: str
    place: Place | None
    results: tuple[Made, ...] = ()
    stops: tuple[Stop, ...] = ()
    chain: tuple[str, ...] = ()
    operands: tuple[str, ...] = ()
    where: Place | None = None
    rebound: str = ""
    instead: str = ""
    unnamed: bool = False
    passed: tuple[Made, ...] = ()


def why_none(
    tensor: Tensor,
    names: Mapping[str, Any] | None = None,
    place_of: PlaceOf = nowhere,
    cuts: Mapping[Any, str] | None = None,
    reading: Reading | None = None,
) -> WhyNone:
    """Why `tensor.grad` is None. `cuts` are the session's (`State.cuts`).

    >>> from tensorsh import torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> y = x * 2
    >>> why_none(y, {"y": y}).reason, why_none(x, {"x": x, "y": y}).reason, why_none(y.detach()).reason
    ('not a leaf', 'no backward', 'stopped')
    """
    known = Known(names or {})
    reading = reading or Reading()
    seen = _Seen(known, place_of, cuts or {}, reading)
    name, dtype = known.tensor(tensor), str(tensor._dtype).removeprefix("torch.")
    node = tensor._grad_fn
    statement = reading.made(name) if node is None else node.where

    def answer(reason: str, **facts: Any) -> WhyNone:
        return WhyNone(name, reason, dtype, place_of(statement), **facts)

    if tensor._meta is not None and tensor._meta.grad is not None:
        return answer("has" if tensor._meta.grad._array.any() or not tensor._array.size else "zero")
    rebound, instead = reading.rebinds(statement, name)
    if not tensor._requires_grad:
        stop = seen.stop_of(name, tensor)
        if stop is not None:
            return answer("stopped", stops=(stop,), rebound=rebound, instead=instead)
        if tensor._dtype.kind < FLOAT:
            return answer("integer")
        asked = reading.asked(name)
        if asked is not None and not asked[1]:
            return answer("switched off", where=place_of(asked[0]))
        chain, stop = seen.back_from(name)
        if stop is not None:
            return answer("stopped", stops=(stop,), chain=chain)
        return answer("plain", operands=seen.operands_of(name))
    if node is not None:
        leaves = [one for one in _all_behind(node) if not one.edges]
        return answer("not a leaf", rebound=rebound, instead=instead, unnamed=any(not known.node(one) for one in leaves))
    results, told = seen.results_of(tensor)
    freed = tuple(one for one in results if one.freed)
    if freed:
        return answer("used up", results=freed, where=place_of(reading.cleared(name)))
    stops = seen.stops_after({name} | told)
    if results:
        since = seen.number_of(results[0])
        if stops and any(number > since for number in seen.begun):
            return answer("cut off", results=results, stops=stops)
        return answer("no backward", results=results, passed=seen.passed(since))
    if stops:
        return answer("cut off", stops=stops)
    late = seen.made_before_asking(name)
    return answer("late", results=late[0], where=late[1]) if late is not None else answer("unused", passed=seen.passed())


class _Seen:
    """What a program's names and source say about where gradients stop."""

    def __init__(self, known: Known, place_of: PlaceOf, cuts: Mapping[Any, str], reading: Reading) -> None:
        self._known = known
        self._tensors = dict(known.tensors)
        self._place_of = place_of
        self._cuts = cuts
        self._reading = reading

    @cached_property
    def _freed(self) -> set[Node]:
        """The nodes behind which a backward pass has freed something."""
        found: set[Node] = set()
        roots = [one._grad_fn for _, one in self._known.tensors if one._grad_fn is not None]
        for node in sorted(_all_behind(*roots), key=lambda one: one.sequence):
            if getattr(node, "released", False) or any(edge is not None and edge[0] in found for edge in node.edges):
                found.add(node)
        return found

    def stop_of(self, name: str, tensor: Tensor) -> Stop | None:
        """The stop that a tensor itself was made at."""
        if tensor._requires_grad:
            return None
        try:
            where = tensor._cut
        except AttributeError:
            return None
        kind = "integer" if tensor._dtype.kind < FLOAT else self._cuts.get(where, "no_grad")
        return Stop(kind, name, self._place_of(where))

    def _kind(self, statement: Any) -> str:
        """In what way a statement left the graph, if it did."""
        kind = self._cuts.get(statement, "")
        if kind in _SAID and not self._reading.says(statement, _SAID[kind]):
            made = [self._tensors[name] for name in self._reading.assigns(statement) if name in self._tensors]
            return "integer" if made and all(one._dtype.kind < FLOAT for one in made) else ""
        return kind

    def back_from(self, name: str) -> tuple[tuple[str, ...], Stop | None]:
        """From a variable back through the assignments that made it, to a variable or a statement that left the graph."""
        todo: list[tuple[str, ...]] = [(name,)]
        seen = {name}
        while todo:
            chain = todo.pop(0)
            statement = self._reading.made(chain[-1])
            if statement is None or len(chain) > LONGEST_CHAIN:
                continue
            # An inline `y.detach() * 2` stops where it stands, and so does one in a function that the statement calls.
            for inner in self._reading.runs(statement):
                kind = self._kind(inner)
                if kind:
                    return chain, Stop(kind, chain[-1] if inner is statement else "", self._place_of(inner))
            for other in self._reading.reads(statement):
                if other not in self._tensors or other in seen:
                    continue
                stop = self.stop_of(other, self._tensors[other])
                if stop is not None:
                    return (*chain, other), stop
                if not self._tensors[other]._requires_grad:
                    seen.add(other)
                    todo.append((*chain, other))
        return (), None

    def operands_of(self, name: str) -> tuple[str, ...]:
        """The floating point tensors that a variable was computed from, by name; none of them requires a gradient."""
        names = (other for other in self._reading.reads(self._reading.made(name)) if other != name and other in self._tensors)
        return tuple(other for other in names if self._tensors[other]._dtype.kind >= FLOAT)

    def results_of(self, leaf: Tensor) -> tuple[tuple[Made, ...], set[str]]:
        """The last results that depend on a leaf (those that no other of them is made from), single numbers and late ones first, and the names
        of all that do.
        """
        meta = leaf._meta
        node = None if meta is None or meta.accumulator is None else meta.accumulator()
        if node is None:
            return (), set()
        leading = leading_to([one._grad_fn for _, one in self._known.tensors if one._grad_fn is not None], {node})
        depending = [(name, one) for name, one in self._known.tensors if one._grad_fn in leading and not _outdated(one)]
        inner = {edge[0] for made in _all_behind(*(one._grad_fn for _, one in depending)) for edge in made.edges if edge is not None}
        last = {one._grad_fn: (name, one) for name, one in reversed(depending) if one._grad_fn not in inner}
        ordered = sorted(last.values(), key=lambda item: (item[1]._array.size != 1, -_number_of(item[1])))
        return tuple(self._result(name, one) for name, one in ordered), {name for name, _ in depending}

    def _result(self, name: str, one: Tensor) -> Made:
        node = one._grad_fn
        if node is None:
            return Made(name, self._place_of(self._reading.made(name)), one._array.size == 1, False)
        return Made(name, self._place_of(node.where), one._array.size == 1, node in self._freed)

    @cached_property
    def begun(self) -> set[int]:
        """The numbers of the nodes at which the latest backward passes that reached a named leaf began."""
        metas = [tensor._meta for _, tensor in self._known.tensors if tensor._meta is not None]
        return {number for meta in metas for fields in meta.calls or () for number in fields[1]}

    def passed(self, since: int = 0) -> tuple[Made, ...]:
        """The latest result at which one began, made after node `since`, if it has a name."""
        begun = [(name, one) for name, one in self._known.tensors if _number_of(one) in self.begun and _number_of(one) > since]
        return tuple(self._result(*one) for one in sorted(begun, key=lambda one: _number_of(one[1]))[-1:])

    def number_of(self, result: Made) -> int:
        """The number of the node that made a result."""
        return _number_of(self._tensors[result.name])

    def stops_after(self, used: set[str]) -> tuple[Stop, ...]:
        """Where what has one of these names left the graph."""
        found: dict[int, Stop] = {}
        for name, tensor in self._known.tensors:
            stop = self.stop_of(name, tensor)
            if stop is None:
                continue
            # The statement itself may stand in a function that calls the tensor something else.
            if self._reading.within(tensor._cut, used) is not None or used & set(self._reading.reads(self._reading.made(name))):
                found.setdefault(id(tensor._cut), stop)
        for statement in self._cuts:
            inner = None if statement is None else self._reading.within(statement, used)
            kind = "" if inner is None or id(inner) in found else self._kind(inner)
            made = self._reading.assigns(inner)
            # What brings the gradient back by another way has not stopped it: `x * (x > 0)`.
            if kind and not made & used and (made or kind not in _ASIDE):
                found[id(inner)] = Stop(kind, "", self._place_of(inner))
        return tuple(sorted(found.values(), key=lambda stop: (not stop.result, 0 if stop.place is None else stop.place.line)))

    def made_before_asking(self, name: str) -> tuple[tuple[Made, ...], Place | None] | None:
        """What was computed from a variable before a statement asked for its gradient, and that statement."""
        asked = self._reading.asked(name)
        place = None if asked is None or not asked[1] else self._place_of(asked[0])
        if place is None:
            return None
        found = []
        for other, tensor in self._known.tensors:
            if tensor._requires_grad or tensor._dtype.kind < FLOAT or other == name:
                continue
            statement = self._reading.made(other)
            made = self._place_of(statement)
            if made is not None and name in self._reading.reads(statement) and (made.filename != place.filename or made.line < place.line):
                found.append(self._result(other, tensor))
        return (tuple(found), place) if found else None


def _outdated(tensor: Tensor) -> bool:
    """Whether a view's own history is older than a write to its base."""
    view = tensor._view
    return view is not None and version_of(tensor) != view[1]


def _number_of(tensor: Tensor) -> int:
    return 0 if tensor._grad_fn is None else tensor._grad_fn.sequence


def _all_behind(*roots: Any) -> set[Node]:
    """The nodes that lie behind others, and these."""
    found = set(roots)
    todo = list(found)
    while todo:
        for edge in todo.pop().edges:
            if edge is not None and edge[0] not in found:
                found.add(edge[0])
                todo.append(edge[0])
    return found
