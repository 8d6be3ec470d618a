"""Shapes drawn one below the other as they broadcast. The facts are `diagnostics.broadcasting`'s."""

from __future__ import annotations

from tensorsh.diagnostics.broadcasting import Broadcasting, Operand
from tensorsh.display.tables import byte_text


def broadcasting_text(facts: Broadcasting) -> str:
    """The shapes aligned at their last dimension, the result, and what stretches.

    >>> from tensorsh.diagnostics.broadcasting import broadcasting
    >>> print(broadcasting_text(broadcasting(["a", "bias"], [(2, 1, 3), (4, 1)], ["int64", "int64"], "int64", 8)))
    a       [2, 1, 3]  int64
    bias    [   4, 1]  int64
    result  [2, 4, 3]  int64, 192 B
      a stretches dimension 1 from 1 to 4
      bias repeats along dimension 0 (2 times), stretches dimension 2 from 1 to 3
    """
    rows = [(operand.name, operand.shape, operand.dtype) for operand in facts.operands]
    if facts.shape is not None:
        size = "" if facts.bytes is None else byte_text(facts.bytes)
        rows.append(("result", facts.shape, ", ".join(part for part in (facts.dtype, size) if part)))
    widths = [
        max(len(str(shape[at - facts.dims])) for _, shape, _ in rows if len(shape) >= facts.dims - at)
        for at in range(facts.dims)
    ]
    label = max(len(name) for name, _, _ in rows) + 2
    lines = [f"{name.ljust(label)}{_aligned(shape, widths)}  {kind}".rstrip() for name, shape, kind in rows]
    if facts.shape is None:
        lines.append(" " * label + _mark(widths, facts.clash or 0))
        sizes = [operand.shape[(facts.clash or 0) - facts.dims] for operand in facts.operands if _has(operand, facts)]
        lines.append(
            f"These do not broadcast: dimension {facts.clash} is {' and '.join(map(str, sizes))}, and neither is 1."
        )
        return "\n".join(lines)
    lines += [f"  {operand.name} {text}" for operand in facts.operands if (text := _stretching(operand, facts))]
    if facts.square:
        column = next(operand for operand in facts.operands if len(operand.shape) == 2)
        row = next(operand for operand in facts.operands if len(operand.shape) == 1)
        lines.append(f"A column and a row of one length make a square. {square_remedy(_name(column), _name(row))}")
    return "\n".join(lines)


def square_remedy(column: str, row: str) -> str:
    """What to write where the elements were meant to meet one by one.

    >>> square_remedy("pred", "target")
    'Element by element it is pred.squeeze(1) with target, or pred with target.unsqueeze(1).'
    """
    if not column or not row:
        return "Element by element, the column needs squeeze(1), or the row unsqueeze(1)."
    return f"Element by element it is {column}.squeeze(1) with {row}, or {column} with {row}.unsqueeze(1)."


def _name(operand: Operand) -> str:
    return operand.name if operand.name.isidentifier() else ""


def _has(operand: Operand, facts: Broadcasting) -> bool:
    return len(operand.shape) >= facts.dims - (facts.clash or 0) and operand.shape[(facts.clash or 0) - facts.dims] != 1


def _aligned(shape: tuple[int, ...], widths: list[int]) -> str:
    missing = len(widths) - len(shape)
    space = sum(widths[:missing]) + 2 * missing
    if not shape:
        return "[" + " " * max(space - 2, 0) + "]"
    return (
        "["
        + " " * space
        + ", ".join(str(extent).rjust(width) for extent, width in zip(shape, widths[missing:], strict=True))
        + "]"
    )


def _mark(widths: list[int], dim: int) -> str:
    return " " * (1 + sum(widths[:dim]) + 2 * dim) + "^" * widths[dim]


def _stretching(operand: Operand, facts: Broadcasting) -> str:
    assert facts.shape is not None
    parts = []
    missing = facts.dims - len(operand.shape)
    for dim in operand.stretched:
        extent = facts.shape[dim]
        if not operand.shape or extent == 1:
            continue  # a number goes with every element
        if dim < missing:
            parts.append(f"repeats along dimension {dim} ({extent} times)")
        else:
            parts.append(f"stretches dimension {dim} from 1 to {extent}")
    return ", ".join(parts)
