"""What a write changes: which elements of which variables, before it is done (`writes`) and after (`changes`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorsh.diagnostics.origins import Origins
from tensorsh.diagnostics.overlap import as_index, overlap, self_overlap, touched
from tensorsh.diagnostics.reach import memory_behind, root_of
from tensorsh.diagnostics.regions import Array, array_of
from tensorsh.runtime.storage import address, byte_bounds
from tensorsh.runtime.tensor import Tensor

Index = tuple[int, ...]

ELEMENTS_LISTED = 6


@dataclass(frozen=True, slots=True)
class Effect:
    """What a write changes in one variable: `count` of its elements, `index` as a subscript (`""`: all of it; None: no simple one
    selects them), `elements` if they are few. `counted`: whether its version counts the write; None for an array.
    """

    name: str
    index: str | None
    elements: tuple[Index, ...]
    count: int | None
    total: int
    counted: bool | None


@dataclass(frozen=True, slots=True)
class Writes:
    """What changes if `name` is written to. `refused`: why it cannot be, if so."""

    name: str
    effects: tuple[Effect, ...]
    refused: str


def writes(target: Any, names: Mapping[str, Any], title: str = "it") -> Writes:
    """Which elements of which variables change if all of `target` is written to; `target`'s own names come first.

    >>> from tensorsh import torch
    >>> x = torch.arange(6).view(2, 3)
    >>> c = x[:, 1]
    >>> [(effect.name, effect.index) for effect in writes(c, {"x": x, "c": c}).effects]
    [('c', ''), ('x', '[:, 1]')]
    """
    known = Origins(names)
    written = array_of(target)
    assert written is not None
    name = known.describe(target, title)
    if not known.of(target):
        known.add(name, target)
    own = target._storage if isinstance(target, Tensor) else None
    effects = []
    for key, value in known.values.items():
        array = array_of(value)
        assert array is not None
        counted = (
            None if isinstance(value, np.ndarray) else value is target or (own is not None and value._storage is own)
        )
        marks = touched(array, written)
        found = _effect(known.names[key][0], marks, array, counted, lambda array=array: overlap(array, written))
        if found is not None:
            effects.append((value is not target, found))
    refused = self_overlap(written) or ""
    if "stride 0" not in refused:
        refused = ""  # PyTorch refuses what it can tell at once: a step of zero
    effects.sort(key=lambda one: one[0])
    return Writes(name, tuple(found for _, found in effects), refused)


def _effect(name: str, marks: Array | None, array: Array, counted: bool | None, shares: Any) -> Effect | None:
    if marks is None:
        return Effect(name, None, (), None, array.size, counted) if shares() is not False else None
    count = int(marks.sum())
    if not count:
        return None
    elements = tuple(tuple(map(int, at)) for at in np.argwhere(marks)) if count <= ELEMENTS_LISTED else ()
    return Effect(name, as_index(marks), elements, count, array.size, counted)


def changes(names: Mapping[str, Any], before: Iterable[tuple[Array, Array]]) -> list[Effect]:
    """What differs from earlier copies of memory in each variable; `before` pairs the memory with its copy.

    >>> a = np.zeros((2, 2))
    >>> copy = a.copy()
    >>> a[0, 1] = 5
    >>> [(effect.name, effect.index) for effect in changes({"a": a, "row": a[1]}, [(a, copy)])]
    [('a', '[0, 1]')]
    """
    copies = {id(root_of(memory)): (memory, copy) for memory, copy in before}
    known = Origins(names)
    found = []
    for key, value in known.values.items():
        memory = memory_behind(value)
        kept = copies.get(id(memory))
        array = array_of(value)
        if kept is None or array is None or not array.size:
            continue
        old = _window_on_copy(array, *kept)
        if old is None:
            continue
        effect = _effect(known.names[key][0], _differs(array, old), array, None, lambda: False)
        if effect is not None:
            found.append(effect)
    return found


def _window_on_copy(window: Array, memory: Array, copy: Array) -> Array | None:
    """The same window on a copy of the memory; None if the copy is laid out otherwise."""
    if memory.strides != copy.strides:
        return None
    flat = copy.reshape(-1, order="A").view(np.uint8)
    start = flat[address(window) - byte_bounds(memory)[0] :]
    raw = np.lib.stride_tricks.as_strided(start, (*window.shape, window.itemsize), (*window.strides, 1))
    return np.ascontiguousarray(raw).view(window.dtype).reshape(window.shape)


def _differs(now: Array, before: Array) -> Array:
    # NaN is no change from NaN.
    with np.errstate(all="ignore"):
        return np.asarray((now != before) & ~((now != now) & (before != before)))
