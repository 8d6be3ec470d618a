"""The elements of a tensor, as far as an explanation tells them: all of a small one, the range of a large one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorsh.runtime.tape import SMALL
from tensorsh.runtime.tensor import Tensor


@dataclass(frozen=True, slots=True)
class Numbers:
    """The elements of a small tensor as nested lists (a number for a 0-dim one); of a large one `values` is None, and `lowest` and `highest`
    are those of its finite elements (None where there are none, or they are complex), `nans` and `infinities` count the others.
    """

    shape: tuple[int, ...]
    values: Any
    lowest: float | None = None
    highest: float | None = None
    nans: int = 0
    infinities: int = 0


def numbers(value: Any) -> Numbers:
    """What is told of a tensor or array.

    >>> numbers(np.float32([1, 2])).values, numbers(np.arange(100.)).highest
    ([1.0, 2.0], 99.0)
    """
    array = value._array if isinstance(value, Tensor) else value
    if array.dtype.kind == "V":
        array = array.astype(np.float32)
    shape = tuple(array.shape)
    if array.size <= SMALL:
        return Numbers(shape, array.tolist())
    if array.dtype.kind in "bc":
        return Numbers(shape, None)
    finite = np.isfinite(array)
    if finite.all():
        return Numbers(shape, None, float(array.min()), float(array.max()))
    nans = int(np.count_nonzero(array != array))
    rest = array[finite]
    lowest, highest = (float(rest.min()), float(rest.max())) if rest.size else (None, None)
    return Numbers(shape, None, lowest, highest, nans, array.size - rest.size - nans)
