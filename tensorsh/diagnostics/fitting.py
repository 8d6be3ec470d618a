"""Shapes that do not fit, and what would: which transpose, unsqueeze, squeeze or reshape of one operand makes an operation
possible.

Works on shapes alone. A suggestion is never made by pattern: each is checked by computing the shape that it leads to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from math import prod
from typing import NamedTuple

Shape = tuple[int, ...]
Rule = Callable[[Shape, Shape], "Shape | None"]


class Fit(NamedTuple):
    """Operands that fit, as code, and the shape of what they give. `changed` is 0 or 1, the operand that was rearranged; None if
    the two changed places."""

    left: str
    right: str
    shape: Shape
    changed: int | None


def broadcast_shape(a: Shape, b: Shape) -> Shape | None:
    """The shape that two broadcast to, or None.

    >>> broadcast_shape((2, 1), (3,)), broadcast_shape((2, 3), (2,))
    ((2, 3), None)
    """
    ndim = max(len(a), len(b))
    a, b = (1,) * (ndim - len(a)) + a, (1,) * (ndim - len(b)) + b
    if any(m != n and m != 1 and n != 1 for m, n in zip(a, b, strict=True)):
        return None
    return tuple(n if m == 1 else m for m, n in zip(a, b, strict=True))


def matmul_shape(a: Shape, b: Shape) -> Shape | None:
    """The shape of `a @ b` for operands of at least one dimension, or None.

    >>> matmul_shape((2, 3), (3,)), matmul_shape((2, 3), (2, 3))
    ((2,), None)
    """
    if not a or not b or a[-1] != (b[-2] if len(b) > 1 else b[0]):
        return None
    batch = broadcast_shape(a[:-2], b[:-2])
    if batch is None:
        return None
    return (*batch, *a[-2:-1], *(b[-1:] if len(b) > 1 else ()))


def bmm_shape(a: Shape, b: Shape) -> Shape | None:
    """The shape of `torch.bmm(a, b)`, which broadcasts nothing, or None."""
    return matmul_shape(a, b) if len(a) == len(b) == 3 and a[0] == b[0] else None


def mm_shape(a: Shape, b: Shape) -> Shape | None:
    """The shape of `torch.mm(a, b)`, which takes matrices only, or None."""
    return matmul_shape(a, b) if len(a) == len(b) == 2 else None


def mv_shape(a: Shape, b: Shape) -> Shape | None:
    """The shape of `torch.mv(a, b)`, or None."""
    return matmul_shape(a, b) if len(a) == 2 and len(b) == 1 else None


def linear_shape(a: Shape, b: Shape) -> Shape | None:
    """The shape of `linear(a, b)`, where `b` is a weight of (outputs, inputs), or None."""
    return matmul_shape(a, b[::-1]) if len(b) == 2 else None


def into(target: Shape) -> Rule:
    """The rule of writing in place: what is written must broadcast to `target` and no further."""
    return lambda a, b: target if broadcast_shape(target, b) == target else None


# Calls of `rearrangements` → the endings of an operand that they undo.
UNDONE = {
    ".t()": re.compile(r"\.(t\(\)|T|mT|transpose\((0|-2), ?(1|-1)\)|transpose\((1|-1), ?(0|-2)\)|permute\(1, ?0\))$"),
    ".mT": re.compile(r"\.(mT|transpose\(-2, ?-1\)|transpose\(-1, ?-2\))$"),
    **{f".squeeze({at})": re.compile(rf"\.unsqueeze\({at}\)$") for at in range(4)},
}


def rearrangements(shape: Shape) -> Iterator[tuple[str, Shape]]:
    """What one call can make of a shape without mixing its elements, as (code after the operand, new shape)."""
    ndim = len(shape)
    if ndim == 2:
        yield ".t()", shape[::-1]
    if ndim > 2:
        yield ".mT", (*shape[:-2], shape[-1], shape[-2])
    for at in range(ndim + 1):
        yield f".unsqueeze({at})", (*shape[:at], 1, *shape[at:])
    for at, extent in enumerate(shape):
        if extent == 1:
            yield f".squeeze({at})", (*shape[:at], *shape[at + 1 :])
    if ndim > 2:
        for first in range(ndim):
            for second in range(first + 1, ndim):
                if (first, second) != (ndim - 2, ndim - 1):
                    moved = list(shape)
                    moved[first], moved[second] = moved[second], moved[first]
                    yield f".transpose({first}, {second})", tuple(moved)


def fits(
    left: str, a: Shape, right: str, b: Shape, rule: Rule, *, only_right: bool = False, swap: bool = False, most: int = 3
) -> list[Fit]:
    """The rearrangements of one operand that `rule` accepts: those with the smallest result first, at most `most`.

    `only_right`: the left operand must stay as it is. `swap`: the operands may also change places. A reshape, which mixes rows, is
    suggested only where nothing else fits.

    >>> fits("x", (2, 3), "y", (2,), broadcast_shape)[0]
    Fit(left='x', right='y.unsqueeze(1)', shape=(2, 3), changed=1)
    """
    found: list[Fit] = []
    spread = rule is broadcast_shape  # a matrix product takes a third dimension for a batch, which is seldom meant

    def add(new_left: str, new_right: str, shape: Shape | None, changed: int | None) -> None:
        if shape is not None and all(fit.shape != shape or fit.changed != changed for fit in found):
            found.append(Fit(new_left, new_right, shape, changed))

    for code, shape in rearrangements(b):
        if spread or len(shape) <= len(b) or len(b) == 1:
            add(left, _followed(right, code), rule(a, shape), 1)
    if not only_right:
        for code, shape in rearrangements(a):
            if spread or len(shape) <= len(a) or len(a) == 1:
                add(_followed(left, code), right, rule(shape, b), 0)
    if swap:
        add(right, left, rule(b, a), None)
    # All pairs of two vectors may be meant; any other form that makes more elements than it gets is seldom.
    most_elements = max(prod(a), prod(b))
    modest = [fit for fit in found if prod(fit.shape) <= most_elements] if spread else []
    if spread and (modest or not len(a) == len(b) == 1):
        found = modest
    if prod(a) == prod(b) and len(a) != len(b) and rule(a, a) is not None and not modest:
        found.insert(0, Fit(left, f"{right}.view({', '.join(map(str, a))})", a, 1))
    return found[:most]


def _followed(operand: str, code: str) -> str:
    """An operand's code with a call after it; `x` for `x.t()` that is turned again."""
    undone = UNDONE[code].search(operand) if code in UNDONE else None
    return operand + code if undone is None else operand[: undone.start()]


def views_of(elements: int, size: Shape) -> list[Shape]:
    """What `size` could have meant for so many elements: the shapes in which one extent has given way.

    >>> views_of(6, (4, 2))
    [(3, 2)]
    """
    found = []
    for at in range(len(size)):
        others = prod(extent for i, extent in enumerate(size) if i != at)
        if others > 0 and elements % others == 0:
            shape = (*size[:at], elements // others, *size[at + 1 :])
            if shape not in found:
                found.append(shape)
    return found
