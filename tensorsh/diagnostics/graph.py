"""The autograd graph behind a tensor, as plain data: its nodes with the user's names and lines, what each saved, and how they hang together.

Walking is by edges alone; nothing is computed and nothing is kept alive. Long chains of nodes that only pass a gradient on, and that
nobody can name, are folded into the edge that leads past them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tensorsh.diagnostics.known import Known
from tensorsh.diagnostics.places import Place, PlaceOf, nowhere
from tensorsh.runtime.autograd import Node, version_of
from tensorsh.runtime.tensor import Tensor

FOLD_FROM = 4  # nodes in a row
MOST_NODES = 200  # that are described
_LONGEST = 24  # characters of a saved number or tuple


@dataclass(frozen=True, slots=True)
class Saved:
    """What a node keeps for its derivative. Of a tensor: its name (or how it came about, or nothing), shape, and the version that it had
    and has; of anything else `text`. `state` is `"kept"`, `"written"` (to, since it was saved) or `"freed"`.
    """

    slot: str
    name: str
    text: str
    shape: tuple[int, ...] | None
    version: int | None
    version_now: int | None
    state: str


@dataclass(frozen=True, slots=True)
class Input:
    """Where a node's gradient goes: the parameter that it is the gradient of, and the number of the node; None where nothing needs it.
    `folded` counts the nodes on the way that are not described, by title.
    """

    parameter: str
    node: int | None
    output: int = 0
    folded: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A node. `name` is what the user calls its result (a leaf's own name where `leaf`), `users` counts the edges that lead to it. `more` counts
    its inputs that lead to nodes which are left out.
    """

    number: int
    title: str
    name: str
    leaf: bool
    shape: tuple[int, ...] | None
    dtype: str
    place: Place | None
    saved: tuple[Saved, ...]
    inputs: tuple[Input, ...]
    users: int
    more: int


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph from its root (node 1) on, in the order in which it is drawn. `total` counts all its nodes, folded ones too; `cut` says
    that more than `MOST_NODES` would have to be described, and the rest is left out. `freed`: a backward pass has been through it.
    """

    name: str
    nodes: tuple[GraphNode, ...]
    total: int
    cut: bool
    freed: bool


def graph(tensor: Tensor, names: Mapping[str, Any] | None = None, place_of: PlaceOf = nowhere) -> Graph:
    """The graph behind `tensor`. ValueError if nothing was recorded for it.

    >>> from tensorsh import torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> y = (x * x).sum()
    >>> [(node.title, node.name, [to.node for to in node.inputs]) for node in graph(y, {"x": x, "y": y}).nodes]
    [('SumBackward0', 'y', [2]), ('MulBackward0', '', [3, 3]), ('AccumulateGrad', 'x', [])]
    """
    root = tensor._grad_fn
    if root is None:
        what = "is a leaf: it was made, not computed" if tensor._requires_grad else "requires no gradient"
        raise ValueError(f"there is no graph behind this tensor, for it {what}")
    known = Known(names or {})
    users, total, freed = _survey(root)
    numbers: dict[Node, int] = {}
    facts: list[GraphNode] = []
    # Nodes are described when they are numbered, in the order of the drawing; their inputs' numbers follow.
    order: list[tuple[Node, list[tuple[int, Node, int, tuple[tuple[str, int], ...]]]]] = []
    todo = [root]
    cut = False
    while todo:
        node = todo.pop()
        if node in numbers:
            continue
        if len(order) == MOST_NODES:
            cut = True
            break
        numbers[node] = len(order) + 1
        kept = [
            (position, *_unfolded(edge[0], edge[1], users, known)) for position, edge in enumerate(node.edges) if edge is not None
        ]
        order.append((node, kept))
        todo += [target for _, target, _, _ in reversed(kept)]
    for node, kept in order:
        reached = {position: (target, output, folded) for position, target, output, folded in kept}
        inputs = []
        more = 0
        for position, label in enumerate(parameters(node)):
            target, output, folded = reached.get(position, (None, 0, ()))
            if target is None or target in numbers:
                inputs.append(Input(label, None if target is None else numbers[target], output, folded))
            else:
                more += 1
        facts.append(
            GraphNode(
                numbers[node],
                node.title,
                known.node(node),
                not node.edges,
                *_described(node),
                place_of(node.where),
                tuple(_saved(node, known)),
                tuple(inputs),
                users.get(node, 0),
                more,
            )
        )
    return Graph(known.name(tensor) or known.node(root), tuple(facts), total, cut, freed)


def _survey(root: Node) -> tuple[dict[Node, int], int, bool]:
    """How many edges lead to each node, how many nodes there are, and whether one of them has been freed."""
    users: dict[Node, int] = {root: 0}
    todo = [root]
    freed = False
    while todo:
        node = todo.pop()
        freed = freed or getattr(node, "released", False)
        for edge in node.edges:
            if edge is not None:
                if edge[0] not in users:
                    users[edge[0]] = 0
                    todo.append(edge[0])
                users[edge[0]] += 1
    return users, len(users), freed


def _unfolded(
    node: Node, output: int, users: Mapping[Node, int], known: Known
) -> tuple[Node, int, tuple[tuple[str, int], ...]]:
    """Where an edge leads when it goes past a long chain, and what it goes past."""
    titles: dict[str, int] = {}
    passed = 0
    start = node, output
    while users[node] == 1 and not known.node(node):
        onward = [edge for edge in node.edges if edge is not None]
        if len(onward) != 1:
            break
        titles[node.title] = titles.get(node.title, 0) + 1
        passed += 1
        node, output = onward[0]
    if passed < FOLD_FROM:
        return (*start, ())
    return node, output, tuple(titles.items())


def parameters(node: Node) -> list[str]:
    """What each edge is the gradient of, by the names of the operator's parameters."""
    edges = len(node.edges)
    operator = node.operator or getattr(getattr(node, "function", None), "operator", None)
    if operator is None:
        return ["self", *[""] * (edges - 1)] if edges else []
    labels = []
    declared = [one for one in operator.schema.parameters if one.is_tensor or one.is_tensor_list]
    spare = edges - sum(not one.is_tensor_list for one in declared)
    for one in declared:
        labels += [f"{one.name}[{at}]" for at in range(spare)] if one.is_tensor_list else [one.name]
    return (labels + [""] * edges)[:edges]


def _described(node: Node) -> tuple[tuple[int, ...] | None, str]:
    """The shape and dtype of a node's result; None and nothing where there are several."""
    if node.many:
        return None, ""
    return tuple(node.shape), str(node.dtype).removeprefix("torch.")


def _saved(node: Node, known: Known) -> Iterator[Saved]:
    keeper = getattr(node, "function", node)
    freed = getattr(keeper, "released", False)
    for slot in keeper.saved:
        value = getattr(keeper, slot, None)
        version = getattr(keeper, f"{slot}_version", None)
        if freed:
            if version is not None:
                yield Saved(slot, "", "", None, None, None, "freed")
        elif isinstance(value, Tensor):
            yield _saved_tensor(slot, value, version, node, known)
        elif isinstance(value, (list, tuple)) and any(isinstance(item, Tensor) for item in value):
            versions = version if isinstance(version, tuple) else (None,) * len(value)
            for at, (item, its) in enumerate(zip(value, versions, strict=False)):
                if isinstance(item, Tensor):
                    yield _saved_tensor(f"{slot}[{at}]", item, its, node, known)
        elif value is not None and not slot.endswith(("_shape", "_dtype", "_strides")) and not _is_default(keeper, slot, value):
            text = str(value)
            yield Saved(slot, "", text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…", None, None, None, "kept")


def _is_default(node: Node, slot: str, value: Any) -> bool:
    """Whether an argument was left as it is when nobody gives it."""
    if node.operator is None or isinstance(value, Tensor):
        return False
    return any(one.name == slot and type(one.default) is type(value) and one.default == value for one in node.operator.schema.parameters)


def _saved_tensor(slot: str, tensor: Tensor, version: int | None, node: Node, known: Known) -> Saved:
    now = version_of(tensor)
    name = known.tensor(tensor)
    if not name and slot == "result":
        name = known.node(node)
    if not name:
        base = known.on_memory_of(tensor)
        name = f"{base}'s memory" if base else ""
    state = "kept" if version is None or version == now else "written"
    return Saved(slot, name, "", tensor._array.shape, version, now, state)
