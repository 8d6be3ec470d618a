"""Whether a step gives a view or a copy, and the condition on sizes and strides that decides it. Nothing is run to find out.

The rules are PyTorch's: a shape is possible without a copy if each of its dimensions stays within one run of the old ones, and
two neighbours form a run if `stride[i] == size[i + 1] * stride[i + 1]` (computeStride in ATen/TensorUtils.cpp).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Index = tuple[int, ...]
Kind = Literal["view", "copy", "same", "write", "present", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition for a view, with its two sides as numbers.

    >>> str(Condition("stride[0] == size[1] * stride[1]", 1, 6))
    'stride[0] == size[1] * stride[1], but 1 ≠ 6'
    """

    text: str
    left: int
    right: int

    @property
    def holds(self) -> bool:
        return self.left == self.right

    def __str__(self) -> str:
        return f"{self.text}, {'and' if self.holds else 'but'} {self.left} {'=' if self.holds else '≠'} {self.right}"


@dataclass(frozen=True, slots=True)
class Decision:
    """What an expression would give.

    `kind`: a view of `source`; a copy; `source` itself (`"same"`); a write to it; an error, whose text is `reason`; what exists
    already (`"present"`, `source` then says what it is); or `"unknown"`, with why in `reason`. `bytes`: the memory it would
    allocate, None if that is not known before it runs. `broken`: the condition that fails, where one does. `count`: how many
    views it gives.
    """

    expression: str
    kind: Kind
    source: str = ""
    reason: str = ""
    bytes: int | None = 0
    shape: Index | None = None
    stride: Index | None = None
    broken: Condition | None = None
    count: int = 1


def reshaped(size: Sequence[int], stride: Sequence[int], new: Sequence[int]) -> Index | Condition:
    """The strides that give a window another shape without a copy, or the first condition for them that does not hold.

    >>> reshaped((2, 3), (3, 1), (6,))
    (1,)
    >>> str(reshaped((3, 2), (1, 3), (6,)))
    'stride[0] == size[1] * stride[1], but 1 ≠ 6'
    """
    if 0 in size:
        return contiguous_strides(new)
    found = [0] * len(new)
    if not size:
        return (1,) * len(new)
    at = len(new) - 1
    step, run, filled = stride[-1], 1, 1
    for dim in range(len(size) - 1, -1, -1):
        run *= size[dim]
        if dim and (size[dim - 1] == 1 or stride[dim - 1] == run * step):
            continue
        while at >= 0 and (filled < run or new[at] == 1):
            found[at] = filled * step
            filled *= new[at]
            at -= 1
        if filled != run:
            return _neighbours(size, stride, dim - 1)
        if dim:
            step, run, filled = stride[dim - 1], 1, 1
    return tuple(found)


def _neighbours(size: Sequence[int], stride: Sequence[int], dim: int) -> Condition:
    """The condition under which `dim` and the next dimension that has more than one element are one run."""
    # A dimension of one element has a stride that nothing reads.
    inner = next((d for d in range(dim + 1, len(size)) if size[d] != 1), len(size) - 1)
    text = f"stride[{dim}] == size[{inner}] * stride[{inner}]"
    return Condition(text, stride[dim], size[inner] * stride[inner])


def contiguous(size: Sequence[int], stride: Sequence[int]) -> Condition | None:
    """The condition that keeps a window from being contiguous, None if it is.

    >>> contiguous((2, 3), (3, 1)), str(contiguous((3, 2), (1, 3)))
    (None, 'stride[1] == 1, but 3 ≠ 1')
    """
    if 0 in size:
        return None
    expected, inner = 1, None
    for dim in range(len(size) - 1, -1, -1):
        if size[dim] == 1:
            continue
        if stride[dim] != expected:
            text = f"stride[{dim}] == " + ("1" if inner is None else f"size[{inner}] * stride[{inner}]")
            return Condition(text, stride[dim], expected)
        expected *= size[dim]
        inner = dim
    return None


def contiguous_strides(size: Sequence[int]) -> Index:
    """The strides of a fresh tensor.

    >>> contiguous_strides((2, 3, 4))
    (12, 4, 1)
    """
    strides, step = [], 1
    for extent in reversed(size):
        strides.append(step)
        step *= max(extent, 1)
    return tuple(reversed(strides))
