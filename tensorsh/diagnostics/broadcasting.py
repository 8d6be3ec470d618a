"""How shapes broadcast: which dimension of which operand stretches, what the result takes, and where that is a trap.

Shapes are aligned at their last dimension. A dimension of size 1, or one that an operand does not have, stretches to the others'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tensorsh.errors import Advice

Shape = tuple[int, ...]


class SilentSquare(Advice):
    """A column and a row of one length made a square."""


@dataclass(frozen=True, slots=True)
class Operand:
    """`stretched`: the result's dimensions along which it repeats, those that it does not have among them."""

    name: str
    shape: Shape
    dtype: str
    stretched: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Broadcasting:
    """`shape` is None if the operands do not fit, `clash` then the dimension (of the aligned shapes, from the front) where they
    differ. `bytes` counts the result in the operands' common dtype, None where that is not known. `square`: whether a column
    and a row made it.
    """

    operands: tuple[Operand, ...]
    dims: int
    shape: Shape | None
    clash: int | None
    dtype: str
    bytes: int | None
    square: bool


def broadcasting(
    names: Sequence[str],
    shapes: Sequence[Shape],
    dtypes: Sequence[str] = (),
    dtype: str = "",
    itemsize: int | None = None,
) -> Broadcasting:
    """The facts for operands of these shapes.

    >>> facts = broadcasting(["a", "b"], [(100, 1), (100,)])
    >>> facts.shape, [operand.stretched for operand in facts.operands], facts.square
    ((100, 100), [(1,), (0,)], True)
    """
    dims = max((len(shape) for shape in shapes), default=0)
    aligned = [(1,) * (dims - len(shape)) + tuple(shape) for shape in shapes]
    result, clash = [], None
    for dim in range(dims):
        sizes = {shape[dim] for shape in aligned} - {1}
        if len(sizes) > 1:
            clash = dim
        result.append(max(sizes, default=1) if len(sizes) != 1 else next(iter(sizes)))
    operands = tuple(
        Operand(
            name,
            tuple(shape),
            kind,
            tuple(d for d in range(dims) if wide[d] == 1 and (result[d] != 1 or d < dims - len(shape))),
        )
        for name, shape, wide, kind in zip(names, shapes, aligned, dtypes or [""] * len(names), strict=True)
    )
    if clash is not None:
        return Broadcasting(operands, dims, None, clash, dtype, None, False)
    total = itemsize
    if total is not None:
        for extent in result:
            total *= extent
    square = len(shapes) == 2 and silent_square(*shapes)
    return Broadcasting(operands, dims, tuple(result), None, dtype, total, square)


def silent_square(one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether a column `[n, 1]` and a row `[n]` of one length make a square, as `[100, 1] - [100]` does.

    >>> silent_square((100, 1), (100,)), silent_square((100, 1), (1, 100)), silent_square((100, 3), (100,))
    (True, False, False)
    """
    column, row = (one, other) if len(one) == 2 else (other, one)
    return len(column) == 2 and len(row) == 1 and column[1] == 1 and column[0] == row[0] != 1
