"""A backward pass that leaves no trace: the gradients that go along each edge, with nothing added to any `.grad`, nothing freed, no hook
called and nothing recorded.

Freed nodes still have their small saved values (`runtime.tape.SMALL`), so that a pass can be gone through again after it has been. Where a
value is gone, or was written to since, there is no honest answer and `Lost` says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from heapq import heappop, heappush
from typing import Any, NamedTuple

import numpy as np

from tensorsh.runtime.autograd import Edge, Node, fit
from tensorsh.runtime.dtype import COMPLEX
from tensorsh.runtime.state import State, use
from tensorsh.runtime.tensor import Tensor


class Lost(Exception):
    """A node's derivative cannot be computed: what it needs is `"freed"` or was `"written"` to (`tensor`), or it has `"failed"`, as it would
    in `backward()`, with `words`.
    """

    def __init__(self, reason: str, node: Node, tensor: Tensor | None = None, words: str = "") -> None:
        super().__init__(reason)
        self.node = node
        self.tensor = tensor
        self.words = words


class Sent(NamedTuple):
    """What a node sends along one of its edges."""

    position: int
    target: Node
    output: int
    value: Tensor


class Step(NamedTuple):
    """A node's turn: the gradient that arrived (a list where the node has several outputs), and what it sent."""

    node: Node
    arrived: Any
    sent: tuple[Sent, ...]


def ones_at(node: Node) -> Any:
    """The gradient that `backward()` begins with at a node, if its result has one element; ones for each element if it has several."""
    if node.many:
        return [_ones(shape, kind) for shape, kind in zip(node.shape, node.dtype, strict=True)]
    return _ones(node.shape, node.dtype)


def irregular_at(node: Node) -> Tensor:
    """A gradient for a node with one output, of elements around 1 that differ from each other."""
    count = int(np.prod(node.shape))
    values = 0.5 + np.arange(1, count + 1) * 0.6180339887498949 % 1  # the golden ratio spreads them evenly
    turned = values * 1j**0.7 if node.dtype.kind == COMPLEX else values
    return Tensor._fresh(turned.reshape(node.shape).astype(node.dtype.array_dtype), node.dtype)


def _ones(shape: Sequence[int], kind: Any) -> Tensor:
    return Tensor._fresh(np.ones(tuple(shape), kind.array_dtype), kind)


@contextmanager
def aside() -> Iterator[None]:
    """Within this, derivatives may run: in a state of its own that records nothing."""
    state = State(0)
    state.grad_enabled = False
    with use(state), np.errstate(all="ignore"):
        yield


def apply(node: Node, grad: Any, substitutes: Mapping[tuple[Node, str], Tensor] | None = None) -> Sequence[Any]:
    """The gradients of a node's inputs, though it may be freed; with `substitutes` for what it has saved. Must run `aside`."""
    keeper: Any = getattr(node, "function", node)
    replaced = {slot: value for (owner, slot), value in (substitutes or {}).items() if owner is node}
    kept = {slot: getattr(keeper, slot) for slot in replaced}
    kept |= {f"{slot}_version": getattr(keeper, f"{slot}_version") for slot in replaced}
    freed = getattr(keeper, "released", False)
    try:
        for slot, value in replaced.items():
            setattr(keeper, slot, value)
            setattr(keeper, f"{slot}_version", 0)
        if freed:
            keeper.released = False
        return node.apply(grad)
    except Exception as error:
        found = getattr(error, "tensorsh_saved", None)
        if found is not None:
            raise Lost("written", node, found[0]) from None
        raise Lost("freed" if freed else "failed", node, None, str(error)) from None
    finally:
        for slot, value in kept.items():
            setattr(keeper, slot, value)
        if freed:
            keeper.released = True


def walk(
    roots: Sequence[tuple[Node, Any]],
    within: set[Node] | None = None,
    substitutes: Mapping[tuple[Node, str], Tensor] | None = None,
) -> Iterator[Step]:
    """Every node's turn, in the order of a backward pass from `roots` (nodes with what has arrived there); nodes outside `within` are
    left out. A leaf's turn sends nothing. Must run `aside`.
    """
    heap: list[tuple[int, Node]] = []
    arrived: dict[Node, Any] = {}
    for node, grad in roots:
        arrived[node] = grad
        heappush(heap, (-node.sequence, node))
    while heap:
        node = heappop(heap)[1]
        grad = arrived.pop(node)
        sent: tuple[Sent, ...] = ()
        if node.edges:
            sent = tuple(_sent(node, apply(node, grad, substitutes), within))
        yield Step(node, grad, sent)
        for one in sent:
            if one.target.many:
                held = arrived.get(one.target)
                if held is None:
                    held = arrived[one.target] = [None] * len(one.target.shape)
                    heappush(heap, (-one.target.sequence, one.target))
                there = held[one.output]
                held[one.output] = one.value if there is None else there + one.value
            elif one.target in arrived:
                arrived[one.target] = arrived[one.target] + one.value
            else:
                arrived[one.target] = one.value
                heappush(heap, (-one.target.sequence, one.target))


def _sent(node: Node, grads: Sequence[Any], within: set[Node] | None) -> Iterator[Sent]:
    for position, (edge, value) in enumerate(zip(node.edges, grads, strict=True)):
        if edge is None or value is None or (within is not None and edge[0] not in within):
            continue
        yield Sent(position, *edge, fitted(value, edge, node))


def fitted(value: Tensor, edge: Edge, node: Node) -> Tensor:
    """A gradient in the shape and dtype of what it is the gradient of."""
    target, output = edge
    shape, kind = (target.shape[output], target.dtype[output]) if target.many else (target.shape, target.dtype)
    return value if value._dtype is kind and value._array.shape == shape else fit(value, shape, kind, node)


def within(root: Node, target: Node) -> set[Node]:
    """The nodes that lie between `root` and `target`, both included; none if `target` is not behind `root`."""
    from tensorsh.runtime.autograd import leading_to

    return leading_to([root], {target})
