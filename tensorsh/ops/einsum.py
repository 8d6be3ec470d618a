"""`einsum`: sums of products written with subscripts, as PyTorch contracts them: from left to right, each pair as one `bmm`.

Source: aten/src/ATen/native/Linear.cpp (`einsum`, `sumproduct_pair`).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from tensorsh.ops.matrix import bmm
from tensorsh.ops.registry import composite
from tensorsh.runtime.tensor import Tensor

ELLIPSIS = -1
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@composite("einsum(any equation, Tensor[] operands) -> Tensor", variants="function")
def einsum(equation: Any, operands: tuple[Tensor, ...]) -> Tensor:
    """The sum of products that subscripts describe: `"ij,jk->ik"` is the product of two matrices.

    A repeated subscript takes a diagonal, one that the output does not name is summed over, `...` stands for dimensions that
    broadcast. Subscripts may be given as lists of numbers after each operand instead of in an equation.

    >>> torch.einsum("i,j->ij", torch.tensor([1, 2]), torch.tensor([1, 10]))
    tensor([[ 1, 10],
            [ 2, 20]])
    """
    return _contract(operands, *_read(equation, len(operands)))


_NOTHING = (
    "einsum(): must specify the equation string and at least one operand, or at least one operand and its subscripts list"
)


def _with_operands(*given: Any) -> Tensor:
    """The forms of a call: an equation and operands (or a list of them), or operands with lists of subscripts."""
    if len(given) < 2:
        raise ValueError(_NOTHING)
    if isinstance(given[0], Tensor):
        equation, operands = _equation(given)
    else:
        equation, operands = given[0], given[1:]
    if not isinstance(equation, str):
        raise TypeError(f"einsum(): argument 'equation' (position 1) must be str, not {type(equation).__name__}")
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    if not operands:
        raise ValueError(_NOTHING)
    for at, operand in enumerate(operands):
        if not isinstance(operand, Tensor):
            raise TypeError(f"expected Tensor as element {at} in argument 1, but got {type(operand).__name__}")
    return einsum.body(equation, operands)


_with_operands.__name__ = _with_operands.__qualname__ = "einsum"
_with_operands.__doc__, _with_operands.__module__ = einsum.doc, "torch"
_with_operands.operator = einsum  # type: ignore[attr-defined]
einsum._made["function"] = _with_operands


def _equation(given: tuple[Any, ...]) -> tuple[str, tuple[Tensor, ...]]:
    """The lists of subscripts of `einsum(a, [0, 1], b, [1, 2], [0, 2])`, as letters."""
    lists = [_letters(part) for part in given[1::2]]
    operands = tuple(given[::2])
    if len(given) % 2:
        return f"{','.join(lists)}->{_letters(given[-1])}", operands[:-1]
    return ",".join(lists), operands


def _letters(subscripts: Any) -> str:
    parts = []
    for subscript in subscripts:
        if subscript is Ellipsis:
            parts.append("...")
        elif 0 <= subscript < 52:
            parts.append(LETTERS[subscript])
        else:
            raise ValueError("einsum(): subscript in subscript list is not within the valid range [0, 52)")
    return "".join(parts)


def _labels(text: str, where: str, start: int) -> list[int]:
    """The subscripts of one operand (or of the output) as numbers, `ELLIPSIS` for `...`; it begins at `start` in the equation."""
    found: list[int] = []
    at = 0
    while at < len(text):
        c = text[at]
        if c == ".":
            if ELLIPSIS in found:
                raise RuntimeError(f"einsum(): found '.' for {where} for which an ellipsis was already found")
            if text[at : at + 3] != "...":
                raise RuntimeError(f"einsum(): found '.' for {where} that is not part of any ellipsis")
            found.append(ELLIPSIS)
            at += 2
        elif c in LETTERS:
            found.append(LETTERS.index(c))
        elif c != " ":
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {start + at} in the equation string, subscripts must be in [a-zA-Z]"
            )
        at += 1
    return found


@lru_cache
def _read(equation: str, operands: int) -> tuple[list[list[int]], list[int] | None]:
    """The subscripts of each operand, and of the output if there is one, none of which may be changed."""
    left, arrow, right = equation.partition("->")
    parts = left.split(",")
    inputs: list[list[int]] = []
    start = 0
    for at, part in enumerate(parts):
        if at == operands:
            raise RuntimeError("einsum(): fewer operands were provided than specified in the equation")
        inputs.append(_labels(part, f"operand {at}", start))
        start += len(part) + 1
    if len(parts) < operands:
        raise RuntimeError("einsum(): more operands were provided than specified in the equation")
    return inputs, _labels(right, "the output", start + 1) if arrow else None


def _contract(operands: tuple[Tensor, ...], inputs: list[list[int]], output: list[int] | None) -> Tensor:
    counts: dict[int, int] = {}
    hidden = 0  # how many dimensions `...` stands for
    for at, (operand, labels) in enumerate(zip(operands, inputs, strict=True)):
        ndim, named = operand._array.ndim, len(labels) - (ELLIPSIS in labels)
        if ELLIPSIS in labels:
            hidden = max(hidden, ndim - named)
        if named > ndim or (named < ndim and ELLIPSIS not in labels):
            if ELLIPSIS in labels:
                raise RuntimeError(
                    f"einsum(): the number of subscripts in the equation ({named}) is more than the number of dimensions ({ndim}) for "
                    f"operand {at}"
                )
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({named}) does not match the number of dimensions ({ndim}) for "
                f"operand {at} and no ellipsis was given"
            )
        for label in set(labels) - {ELLIPSIS}:
            counts[label] = counts.get(label, 0) + labels.count(label)
    if output is None:
        output = ([ELLIPSIS] if any(ELLIPSIS in labels for labels in inputs) else []) + sorted(k for k, n in counts.items() if n == 1)
    for label in output:
        if label != ELLIPSIS and output.count(label) > 1:
            raise RuntimeError(f"einsum(): output subscript {LETTERS[label]} appears more than once in the output")
        if label != ELLIPSIS and label not in counts:
            raise RuntimeError(
                f"einsum(): output subscript {LETTERS[label]} does not appear in the equation for any input operand"
            )
    # The order of dimensions that every operand is brought to: the output's, then what is summed over. A hidden dimension has a
    # label of its own, below ELLIPSIS.
    ellipsis = [ELLIPSIS - 1 - d for d in range(hidden)]
    order = [x for label in output for x in (ellipsis if label == ELLIPSIS else [label])]
    kept = len(order)
    if ELLIPSIS not in output:
        order += ellipsis
    order += sorted(label for label in counts if label not in order)
    aligned = [_align(operands, at, labels, order, ellipsis) for at, labels in enumerate(inputs)]
    _check_sizes(aligned, order, counts)
    return _reduce(aligned, kept)


def _align(operands: tuple[Tensor, ...], at: int, labels: list[int], order: list[int], ellipsis: list[int]) -> Tensor:
    """Operand `at` with a dimension for every label of `order`, of size one where it has none; repeated labels as diagonals."""
    operand = operands[at]
    dims: list[int] = []
    named = len(labels) - (ELLIPSIS in labels)
    for label in labels:
        hidden = operand._array.ndim - named
        dims += ellipsis[len(ellipsis) - hidden :] if label == ELLIPSIS else [label]
    original = list(dims)
    for label in original:
        while dims.count(label) > 1:
            first = dims.index(label)
            second = dims.index(label, first + 1)
            m, n = operand._array.shape[first], operand._array.shape[second]
            if m != n:
                raise RuntimeError(
                    f"einsum(): subscript {LETTERS[label]} is repeated for operand {at} but the sizes don't match, {n} != {m}"
                )
            operand = operand.diagonal(0, first, second).movedim(-1, first)
            del dims[second]
    missing = [label for label in order if label not in dims]
    dims += missing
    axes = [dims.index(label) for label in order]
    if len(operands) > 1 and not operand._requires_grad:  # nobody sees it: in one step, without the history of each
        widened = operand._array[(..., *[None] * len(missing))]
        return Tensor._fresh(widened.transpose(axes), operand._dtype)
    for _ in missing:
        operand = operand.unsqueeze(-1)
    return operand.permute(tuple(axes))


def _check_sizes(aligned: list[Tensor], order: list[int], counts: dict[int, int]) -> None:
    for dim, label in enumerate(order):
        seen = 1
        for at, operand in enumerate(aligned):
            size = operand._array.shape[dim]
            if size != 1 and seen != 1 and size != seen:
                name = LETTERS[label] if label >= 0 else "..."
                raise RuntimeError(
                    f"einsum(): subscript {name} has size {size} for operand {at} which does not broadcast with previously seen "
                    f"size {seen}"
                )
            seen = size if seen == 1 else seen


def _reduce(aligned: list[Tensor], kept: int) -> Tensor:
    result = aligned[0]
    ndim = result._array.ndim
    if len(aligned) == 1:
        return result.sum(tuple(range(kept, ndim))) if ndim > kept else result
    for at, other in enumerate(aligned[1:], 1):
        later = aligned[at + 1 :]
        both = []
        for dim in range(kept, ndim):
            if any(operand._array.shape[dim] != 1 for operand in later):
                continue
            m, n = result._array.shape[dim], other._array.shape[dim]
            if m != 1 and n != 1:
                both.append(dim)
            elif m != 1:
                result = result.sum(dim, keepdim=True)
            elif n != 1:
                other = other.sum(dim, keepdim=True)
        result = _pair(result, other, both) if both else result * other
    return result.view(result._array.shape[:kept]) if ndim > kept else result


def _pair(left: Tensor, right: Tensor, summed: list[int]) -> Tensor:
    """The product of two tensors of as many dimensions, summed over some (which stay, with size one): one `bmm`."""
    a, b = left._array.shape, right._array.shape
    others = [d for d in range(len(a)) if d not in summed]
    batch = [d for d in others if a[d] != 1 and b[d] != 1]
    rows = [d for d in others if a[d] != 1 and b[d] == 1]
    columns = [d for d in others if a[d] == 1]
    wide = [d for d in columns if b[d] != 1]
    if rows and wide and wide[-1] < rows[0]:
        return _pair(right, left, summed)  # so that the product lies in the order of the result
    order = [*batch, *rows, *summed, *columns]
    size = lambda shape, dims: math.prod([shape[d] for d in dims])  # noqa: E731 - a word for what is said six times
    first = _matrices(left, order, (size(a, batch), size(a, rows), size(a, summed)))
    second = _matrices(right, [*batch, *summed, *columns, *rows], (size(b, batch), size(b, summed), size(b, columns)))
    shape = (*[a[d] for d in batch], *[a[d] for d in rows], *[1 for _ in summed], *[b[d] for d in columns])
    result = bmm(first, second).view(shape)
    back = [order.index(d) for d in range(len(order))]
    return result.permute(*back) if back != sorted(back) or result._requires_grad else result


def _matrices(operand: Tensor, order: list[int], shape: tuple[int, int, int]) -> Tensor:
    """`operand.permute(order).reshape(shape)`, which nobody sees: in one step, if it has no history."""
    if operand._requires_grad:
        return operand.permute(*order).reshape(shape)
    return Tensor._fresh(operand._array.transpose(order).reshape(shape), operand._dtype)
