"""What is known about a failed expression, as plain data: the part that failed, the values of the parts that did not, the
calls that led there, and what would have worked.

`Failure` is made by `language.failures` from what an error noted on its way; `display.errors` draws it. It holds descriptions of
values, never the values, so that keeping an error keeps no tensor alive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorsh.errors import Span
from tensorsh.runtime.tensor import Tensor

FEW = 8  # elements of a vector whose values are shown; of a matrix, the shape says more
COUNTED = 1 << 16  # elements that are looked at for their bounds
SHORT = 40  # characters of a value's text


@dataclass(frozen=True, slots=True)
class Value:
    """A value in few words. `shape` and `dtype` are of tensors and arrays; `text` is what it prints as, None where that is long."""

    kind: str  # "tensor", "array", or the name of its type
    shape: tuple[int, ...] | None = None
    dtype: str | None = None  # "float32"
    text: str | None = None
    requires_grad: bool = False
    length: int | None = None  # of a list, a dictionary, a text …
    bounds: tuple[float, float] | None = None  # the least and the greatest element, of a tensor of few elements
    repeats: tuple[int, ...] = ()  # the dimensions along which a tensor shows one element several times

    @property
    def words(self) -> str:
        """One line: `float32 [2, 3]`, `int64 [2] = [1, 2]`, `'abc' (str)`, `list of 12`."""
        if self.shape is not None:
            kind = (
                f"{self.dtype} {list(self.shape)}"
                if self.kind == "tensor"
                else f"{self.kind} {self.dtype} {list(self.shape)}"
            )
            return kind + (f" = {self.text}" if self.text else "") + (", requires grad" if self.requires_grad else "")
        if self.text is not None:
            return self.text if self.text in ("None", "True", "False") else f"{self.text} ({self.kind})"
        return self.kind if self.length is None else f"{self.kind} of {self.length}"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the failed statement that had a value. `text` is its source on one line."""

    role: str  # "left", "right", "self", "argument 1", "dim" …
    text: str
    span: Span
    value: Value


@dataclass(frozen=True, slots=True)
class Caller:
    """A call of a script's function that was under way. `text` is the call's source on one line."""

    function: str
    filename: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Hint:
    """A sentence of ours, and code that would work, each with a word on what it gives (`"[2, 3]"`, or nothing)."""

    text: str
    code: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed run. `span` is exactly what to underline; `parts` come in the order of the source."""

    type_name: str
    message: str
    filename: str
    span: Span | None
    function: str | None
    parts: tuple[Part, ...]
    calls: tuple[Caller, ...]  # the innermost first, as many as are worth showing
    depth: int  # how many calls there were
    hints: tuple[Hint, ...]


def describe(value: Any) -> Value:
    """`value` in few words; nothing of it is kept and nothing of it changes.

    >>> from tensorsh import torch
    >>> describe(torch.ones(2, 3)).words, describe(torch.arange(2)).words, describe("ab").words
    ('float32 [2, 3]', 'int64 [2] = [0, 1]', "'ab' (str)")
    """
    if isinstance(value, Tensor):
        dtype = str(value._dtype).removeprefix("torch.")
        array = value._array
        text = _elements(array, value._dtype)
        return Value(
            "tensor", array.shape, dtype, text, value._requires_grad, bounds=_bounds(array), repeats=_repeats(array)
        )
    if isinstance(value, np.ndarray):
        few = value.size <= FEW and value.ndim < 2 and value.dtype.kind in "biufc"
        text = " ".join(str(value).split()) if few else None
        return Value("array", value.shape, value.dtype.name, text if text and len(text) <= SHORT else None)
    kind = type(value).__name__
    if isinstance(value, (list, tuple, dict, set, frozenset)):
        return Value(kind, text=_short(value) if len(value) <= FEW and _is_plain(value) else None, length=len(value))
    if isinstance(value, slice) and not _is_plain((value.start, value.stop, value.step)):
        return Value(kind)
    if isinstance(value, (int, float, complex, str, bytes, type(None), range, slice)):
        return Value(kind, text=_short(value), length=len(value) if isinstance(value, (str, bytes, range)) else None)
    return Value(kind)


def _elements(array: np.ndarray[Any, Any], dtype: Any) -> str | None:
    if array.size > FEW or array.ndim > 1:
        return None
    # Without a storage, a history or a gradient, which the tensor's own text would show.
    text = repr(Tensor._fresh(array, dtype))
    inside = text[text.index("(") + 1 : -1].partition(", dtype=")[0].partition(", size=")[0]
    inside = " ".join(inside.split())
    return inside if len(inside) <= SHORT else None


def _bounds(array: np.ndarray[Any, Any]) -> tuple[float, float] | None:
    if not 0 < array.size <= COUNTED or array.dtype.kind not in "iuf":
        return None
    low, high = float(array.min()), float(array.max())
    return (low, high) if low - low == high - high == 0 else None


def _repeats(array: np.ndarray[Any, Any]) -> tuple[int, ...]:
    return tuple(
        d
        for d, (extent, stride) in enumerate(zip(array.shape, array.strides, strict=True))
        if extent > 1 and not stride
    )


def _is_plain(value: Any) -> bool:
    items = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    return all(isinstance(item, (int, float, complex, str, type(None))) and not _is_long(item) for item in items)


def _is_long(value: Any) -> bool:
    if isinstance(value, int):
        return value.bit_length() > 4 * SHORT
    return isinstance(value, (str, bytes)) and len(value) > SHORT


def _short(value: Any) -> str | None:
    text = None if _is_long(value) else repr(value)
    return text if text is not None and len(text) <= SHORT else None
