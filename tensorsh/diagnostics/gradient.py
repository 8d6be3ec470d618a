"""A gradient explained: how many passes added what, the local derivatives on the way with their numbers, what each path contributes.

The steps come from going through the backward pass again without leaving a trace (`flow`). Where that cannot be done honestly, because
values were large and freed or were written to since, the facts say so instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorsh.diagnostics.blame import changed_behind
from tensorsh.diagnostics.flow import Lost, Sent, Step, apply, aside, fitted, irregular_at, ones_at, walk, within
from tensorsh.diagnostics.graph import parameters
from tensorsh.diagnostics.known import Known
from tensorsh.diagnostics.numbers import Numbers, numbers
from tensorsh.diagnostics.places import Place, PlaceOf, nowhere
from tensorsh.runtime.autograd import Node, leading_to
from tensorsh.runtime.limits import finfo
from tensorsh.runtime.tape import SMALL, Added
from tensorsh.runtime.tensor import Tensor

MOST_WALKED = 2000  # nodes
MOST_STEPS = 60  # that are told: the first and the last of them
MOST_PATHS = 6


@dataclass(frozen=True, slots=True)
class Call:
    """A backward pass that reached the tensor: what it added, and what it found there (None for no `.grad`, or if that is large)."""

    place: Place | None
    added: Numbers | None
    before: Numbers | None


@dataclass(frozen=True, slots=True)
class Local:
    """One input of a step. `derivative` is that of the step's result by it, element by element, None where elements mix. `sent` is the
    gradient that goes on to `to`.
    """

    parameter: str
    to: str
    derivative: Numbers | None
    sent: Numbers


@dataclass(frozen=True, slots=True)
class Turn:
    """A node on the way from the result to the tensor: the gradient that has arrived at each of its outputs (None where none has), and
    what it makes of it. `label` is its name, or else its title, with a number where several have the same.
    """

    title: str
    name: str
    label: str
    place: Place | None
    arrived: tuple[Numbers | None, ...]
    inputs: tuple[Local, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """One way from the result to the tensor, by what it passes, and its part of the gradient."""

    through: tuple[str, ...]
    contribution: Numbers


@dataclass(frozen=True, slots=True)
class Way:
    """Nodes in a row that one statement made, by their titles."""

    place: Place | None
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gradient:
    """Everything about one gradient.

    `grad` is what `.grad` holds now (`leaf` says whether one is kept without `retain_grad()`); `calls` are the passes remembered of `passes` in
    all; `changed` says that `.grad` was written to by something else after the last of them. `root` is the result that the steps start from;
    `skipped` of them are left out after the first half. `gradient` is what the steps sum up to: the derivative of `root` (of its sum,
    where it has several elements). `ways` counts the paths; `paths` are all of them, if there are several but not too many, or else one for each
    time that the tensor was used, with what all paths through there contribute. `hooked` names what has hooks on the way, which the steps
    leave out; `rewritten` names saved values that were written to through `.data` since, of which they take what is there now. `lost` says why there are no steps: `"freed"`, `"written"` (to `culprit`) or `"failed"` (with the error `culprit`), and then `way` is what lies between, `"long"`,
    `"unused"`, `"apart"` (the result that was asked about does not depend on it).
    """

    name: str
    shape: tuple[int, ...]
    leaf: bool
    grad: Numbers | None
    passes: int
    calls: tuple[Call, ...]
    changed: bool
    root: str
    root_shape: tuple[int, ...]
    steps: tuple[Turn, ...]
    skipped: int
    gradient: Numbers | None
    ways: int
    paths: tuple[Path, ...]
    hooked: tuple[str, ...]
    rewritten: tuple[str, ...]
    lost: str
    culprit: str
    culprit_place: Place | None
    way: tuple[Way, ...]


def gradient(
    tensor: Tensor, names: Mapping[str, Any] | None = None, place_of: PlaceOf = nowhere, root: Tensor | None = None
) -> Gradient:
    """The facts about the gradient of `tensor`, by `root` (without it: by the latest named result that depends on it).

    ValueError if `tensor` requires no gradient.

    >>> from tensorsh import torch
    >>> x = torch.tensor(3., requires_grad=True)
    >>> y = x * x
    >>> facts = gradient(x, {"x": x, "y": y})
    >>> [(turn.title, [local.derivative.values for local in turn.inputs]) for turn in facts.steps]
    [('MulBackward0', [3.0, 3.0])]
    >>> facts.gradient.values, [path.contribution.values for path in facts.paths]
    (6.0, [3.0, 3.0])
    """
    if not tensor._requires_grad:
        raise ValueError("this tensor requires no gradient")
    known = Known(names or {})
    meta = tensor._meta
    held = None if meta is None else meta.grad
    calls, changed = _calls(tensor, place_of)
    target = tensor._grad_fn or _accumulator(tensor)
    start = None if target is None else _root(known, tensor, target, root)
    began = root if start is None else start
    found = _Walked()
    hooked: tuple[str, ...] = ()
    rewritten: tuple[str, ...] = ()
    way: tuple[Way, ...] = ()
    ways, lost, culprit, culprit_place = 0, "", "", None
    if start is None or target is None:
        lost = "unused" if root is None else "apart"
    else:
        between = within(start._grad_fn, target)
        ways = _ways(start._grad_fn, target, between)
        hooked = tuple(_hooked(between, tensor, known))
        behind = (saved for node in between for _, saved, _ in changed_behind(node))
        rewritten = tuple(dict.fromkeys(known.tensor(saved) or known.on_memory_of(saved) for saved in behind))
        if len(between) > MOST_WALKED:
            lost = "long"
        else:
            try:
                found = _walked(start, target, tensor, between, ways, known, place_of)
            except Lost as loss:
                lost = str(loss)
                culprit_place = place_of(loss.node.where)
                culprit = loss.words if lost == "failed" else ""
                if loss.tensor is not None:
                    culprit = known.tensor(loss.tensor) or known.on_memory_of(loss.tensor)
                way = _way(between - {target}, place_of)
    return Gradient(
        known.name(tensor),
        tuple(tensor._array.shape),
        tensor._grad_fn is None,
        None if held is None else numbers(held),
        0 if meta is None else meta.backward_calls,
        tuple(Call(place_of(where), added, before) for where, added, before in calls),
        changed,
        "" if began is None else known.tensor(began),
        () if start is None else tuple(start._array.shape),
        found.steps,
        found.skipped,
        found.total,
        ways,
        found.paths,
        hooked,
        rewritten,
        lost,
        culprit,
        culprit_place,
        way,
    )


@dataclass(frozen=True, slots=True)
class _Walked:
    """What is learnt by going through the backward pass: fields of `Gradient`."""

    steps: tuple[Turn, ...] = ()
    skipped: int = 0
    total: Numbers | None = None
    paths: tuple[Path, ...] = ()


def _walked(
    start: Tensor, target: Node, tensor: Tensor, between: set[Node], ways: int, known: Known, place_of: PlaceOf
) -> _Walked:
    """Go from `start` back to `tensor`, of which `target` is the node, through the nodes `between`; `Lost` where that ends before."""
    first = start._grad_fn
    assert first is not None
    with aside():
        begin = _begin(start)
        turns = list(walk([(first, begin)], between))
        last = next((turn for turn in turns if turn.node is target), None)
        arrived = None if last is None else _at(last.arrived, target, tensor)
        total = None if arrived is None else numbers(arrived)
        told = [turn for turn in turns if turn.node is not target]
        labels = _labels(turns, known)
        paths: tuple[Path, ...] = ()
        if 1 < ways <= MOST_PATHS and len(told) <= MOST_STEPS:
            paths = tuple(_paths(first, begin, target, tensor, between, labels))
        elif ways > 1:
            paths = tuple(_uses(told, target, tensor, labels))
        skipped = max(len(told) - MOST_STEPS, 0)
        if skipped:
            told[MOST_STEPS // 2 : -MOST_STEPS // 2] = []
        return _Walked(tuple(_turn(turn, known, labels, place_of) for turn in told), skipped, total, paths)


def _calls(tensor: Tensor, place_of: PlaceOf) -> tuple[list[tuple[Any, Numbers | None, Numbers | None]], bool]:
    """What each remembered pass added and found, and whether `.grad` has changed otherwise since the last."""
    meta = tensor._meta
    if meta is None or meta.grad is None or not meta.calls:
        return [], False
    notes = [Added(*fields) for fields in meta.calls]
    now = meta.grad._array
    found = []
    for at, note in enumerate(notes):
        value = note.value
        if value is None and note.before is None and now.size <= SMALL:
            # The first pass made `.grad`; the next one noted it before it added.
            value = notes[at + 1].before if at + 1 < len(notes) else now
        found.append((note.where, None if value is None else numbers(value), None if note.before is None else numbers(note.before)))
    last = notes[-1]
    if last.value is not None and last.before is not None:
        changed = not np.array_equal(last.before + last.value, now, equal_nan=True)
    else:
        written = meta.grad._storage is not None and meta.grad._storage.version > 0
        changed = len(notes) == 1 and written
    return found, changed


def _root(known: Known, tensor: Tensor, target: Node, root: Tensor | None) -> Any:
    """The result whose derivative is explained."""
    if root is not None:
        return root if root._grad_fn is not None and within(root._grad_fn, target) else None
    meta = tensor._meta
    begun = {number for fields in (meta.calls or ()) for number in fields[1]} if meta is not None else set()
    others = [other for _, other in known.tensors if other._grad_fn is not None and other is not tensor and other._grad_fn is not target]
    leading = leading_to([other._grad_fn for other in others if other._grad_fn is not None], {target})
    found = [(other._grad_fn.sequence, other) for other in others if other._grad_fn is not None and other._grad_fn in leading]
    # A result that a pass began at; else the one that was made last.
    return max(found, key=lambda one: (one[0] in begun, one[0]), default=(0, None))[1]


def _begin(root: Tensor) -> Any:
    node = root._grad_fn
    assert node is not None
    begin = ones_at(node)
    if node.many:
        return [value if number == root._output_nr else None for number, value in enumerate(begin)]
    return begin


def _at(arrived: Any, target: Node, tensor: Tensor) -> Any:
    return arrived[tensor._output_nr] if target.many else arrived


def _ways(root: Node, target: Node, between: set[Node]) -> int:
    """How many paths lead from `root` to `target`."""
    count = {target: 1}
    for node in sorted(between, key=lambda one: one.sequence):
        if node is not target:
            count[node] = sum(count.get(edge[0], 0) for edge in node.edges if edge is not None)
    return count.get(root, 0)


def _labels(walked: Sequence[Step], known: Known) -> dict[Node, str]:
    """What each node on the way is called: by its name, or by its title and a number."""
    titles = Counter(step.node.title for step in walked if not known.node(step.node))
    found: dict[Node, str] = {}
    given: Counter[str] = Counter()
    for step in walked:
        title = step.node.title
        found[step.node] = known.node(step.node) or title
        if found[step.node] == title and titles[title] > 1:
            given[title] += 1
            found[step.node] = f"{title} #{given[title]}"
    return found


def _turn(step: Step, known: Known, labels: Mapping[Node, str], place_of: PlaceOf) -> Turn:
    node = step.node
    named = parameters(node)
    arrived = step.arrived if node.many else [step.arrived]
    inputs = []
    for sent in step.sent:
        to = known.node(sent.target, sent.output if sent.target.many else None) or labels[sent.target]
        inputs.append(Local(named[sent.position], to, _derivative(step, sent), numbers(sent.value)))
    outputs = tuple(None if one is None else numbers(one) for one in arrived)
    return Turn(node.title, known.node(node), labels[node], place_of(node.where), outputs, tuple(inputs))


def _derivative(step: Step, sent: Sent) -> Numbers | None:
    """The derivative of a node's result by one input, where each element of it depends on one element of the result at most.

    What goes on from a gradient of ones is that derivative; that it is a factor is tried with an irregular gradient. A linear map that
    multiplies both of them, element by element, multiplies all (but for a coincidence); one that moves or sums elements does not.
    """
    node = step.node
    if node.many or (step.arrived._array.size != 1 and step.arrived._array.shape != sent.value._array.shape):
        return None
    value = _passed_on(node, ones_at(node), sent)
    if value is None:
        return None
    irregular = irregular_at(node)
    passed = _passed_on(node, irregular, sent)
    if passed is None or not _is_product(passed, irregular, value) or not _is_product(sent.value, step.arrived, value):
        return None
    return numbers(value)


def _passed_on(node: Node, arrived: Tensor, sent: Sent) -> Tensor | None:
    """What a node makes of a gradient for one input."""
    value = apply(node, arrived)[sent.position]
    return None if value is None else fitted(value, (sent.target, sent.output), node)


def _is_product(result: Tensor, one: Tensor, other: Tensor) -> bool:
    """Whether elements are products, up to some units in the last place, by which another order of computing may differ."""
    product = np.multiply(one._array, other._array)
    wide = np.result_type(product.dtype, np.float64)
    tolerance = 16 * float(finfo(result._dtype).eps)
    return bool(np.allclose(product.astype(wide), result._array.astype(wide), rtol=tolerance, atol=0, equal_nan=True))


def _uses(turns: Sequence[Step], target: Node, tensor: Tensor, labels: Mapping[Node, str]) -> Iterator[Path]:
    """What each step sends to the target itself; each stands for all paths through it."""
    for turn in turns:
        named = parameters(turn.node)
        for sent in turn.sent:
            if sent.target is target and (not target.many or sent.output == tensor._output_nr):
                name, step = named[sent.position], labels[turn.node]
                yield Path((f"{step} ({name})" if name and len(turn.sent) > 1 else step,), numbers(sent.value))


def _hooked(between: Iterable[Node], tensor: Tensor, known: Known) -> Iterator[str]:
    """What has hooks that may change a gradient on its way, the last first."""
    for node in sorted(between, key=lambda one: -one.sequence):
        hooks = node.hooks
        if hooks is not None and (hooks.tensor or hooks.pre or hooks.post):
            yield known.node(node) or node.title
        elif node is _accumulator(tensor) and tensor._meta is not None and tensor._meta.accumulate_hooks:
            yield known.node(node)


def _accumulator(tensor: Tensor) -> Node | None:
    meta = tensor._meta
    return None if meta is None or meta.accumulator is None else meta.accumulator()


def _way(between: Iterable[Node], place_of: PlaceOf) -> tuple[Way, ...]:
    ways: list[tuple[Place | None, list[str]]] = []
    for node in sorted(between, key=lambda one: -one.sequence)[:MOST_STEPS]:
        place = place_of(node.where)
        if not ways or ways[-1][0] != place:
            ways.append((place, []))
        ways[-1][1].append(node.title)
    return tuple(Way(place, tuple(titles)) for place, titles in ways)


def _paths(root: Node, begin: Any, target: Node, tensor: Tensor, between: set[Node], labels: Mapping[Node, str]) -> list[Path]:
    """Each path with its own part of the gradient: the gradient is sent on along one edge at a time."""
    found = []
    todo: list[tuple[Node, Any, tuple[str, ...]]] = [(root, begin, ())]
    while todo:
        node, arrived, through = todo.pop()
        if node is target:
            part = _at(arrived, target, tensor)
            if part is not None:
                found.append(Path(through, numbers(part)))
            continue
        grads = apply(node, arrived)
        named = parameters(node)
        onward = []
        for position, (edge, value) in enumerate(zip(node.edges, grads, strict=True)):
            if edge is None or edge[0] not in between or value is None:
                continue
            value = fitted(value, edge, node)
            several = sum(other is not None and other[0] in between for other in node.edges) > 1
            label = f"{labels[node]} ({named[position]})" if several and named[position] else labels[node]
            sent = [value if number == edge[1] else None for number in range(len(edge[0].shape))] if edge[0].many else value
            onward.append((edge[0], sent, (*through, label)))
        todo += reversed(onward)
    return found
