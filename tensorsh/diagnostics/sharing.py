"""Who looks at which memory: every storage with the tensors and NumPy arrays on it, and what two of them have to do with each other.

Three facts are kept apart: being on one storage, having elements in common, and being a view in autograd's sense. Two more hang on
them: whose version a write counts up (`detach()` shares its source's, `.data` has its own), and that NumPy counts nothing.

Storages are numbered in the order in which the user's names lead to them. Looking changes nothing: no Storage is made, no `grad_fn`
is brought up to date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorsh.diagnostics.origins import Origins
from tensorsh.diagnostics.overlap import coverage, overlap, touched
from tensorsh.diagnostics.reach import memory_behind
from tensorsh.diagnostics.regions import array_of, by_memory, on_one_storage
from tensorsh.runtime.storage import address
from tensorsh.runtime.tensor import Tensor, strides_of

Index = tuple[int, ...]

ELEMENTS_SHOWN = 4096  # storages above that are described by counts alone
VALUES_SHOWN = 64


@dataclass(frozen=True, slots=True)
class Window:
    """A tensor or an array on a storage. Strides and offset count elements of its own dtype.

    `names`: all the names of this very object. `made`: how it came from what it looks at (`x.t()`), `""` if that is not known.
    `view_of`: the name of its base in autograd's sense, `""` for a base without a name, None if it is no view. `version`: None
    for an array, which counts nothing; `counter`: which of the storage's counters that is, from 0. `covers`: how many of its
    elements lie on each place of the storage; None for a large one.
    """

    names: tuple[str, ...]
    kind: str  # "tensor" or "array"
    dtype: str
    shape: Index
    stride: Index
    offset: int
    contiguous: bool
    made: str
    view_of: str | None
    version: int | None
    counter: int | None
    covers: tuple[int, ...] | None

    @property
    def name(self) -> str:
        return self.names[0]


@dataclass(frozen=True, slots=True)
class StorageFacts:
    """A piece of memory, as a row of `elements` places of `dtype`. `values`: their texts, None for a large one."""

    number: int
    bytes: int
    dtype: str
    elements: int
    values: tuple[str, ...] | None
    windows: tuple[Window, ...]

    @property
    def title(self) -> str:
        return f"S{self.number}"

    @property
    def counters(self) -> int:
        return len({window.counter for window in self.windows if window.counter is not None})


@dataclass(frozen=True, slots=True)
class Pair:
    """Two tensors or arrays. `overlapping`: how many elements of the first lie where elements of the second do; None if that was
    not counted. `overlap` is None only where it could not be decided. `relation`: how one came from the other, `""` if it did not.
    """

    one: str
    other: str
    same_object: bool
    same_storage: bool
    overlap: bool | None
    overlapping: int | None
    elements: int
    view: str  # "one" if the first is a view of the second, "other", "both" if of the same base, or ""
    base: str  # the common base's name, where it has one
    relation: str
    made: str  # the one that `relation` is
    same_version: bool | None  # None if one of them is an array


# --- storages -----------------------------------------------------------------------------------------------------------


def storages(names: Mapping[str, Any], only: Iterable[Any] = ()) -> list[StorageFacts]:
    """Every storage that named tensors and arrays look at, in the order in which the names lead to them; those of `only` if given.

    >>> from tensorsh import torch
    >>> x = torch.arange(6).view(2, 3)
    >>> [one] = storages({"x": x, "column": x[:, 1]})
    >>> [(window.name, window.made, window.covers) for window in one.windows]
    [('x', '(unnamed [6]).view(2, 3)', (1, 1, 1, 1, 1, 1)), ('column', 'x[:, 1]', (0, 1, 0, 0, 1, 0))]
    """
    known = Origins(names)
    chosen = list(only)
    for number, value in enumerate(chosen, 1):
        if id(value) not in known.values:
            known.add(f"argument {number}", value)
    groups = by_memory(list(known.values.values()))
    wanted = {id(value) for value in chosen}
    found = []
    for number, (low, high, values) in enumerate(groups, 1):
        if not wanted or any(id(value) in wanted for value in values):
            found.append(_storage(number, low, high, values, known))
    return found


def _storage(number: int, low: int, high: int, values: list[Any], known: Origins) -> StorageFacts:
    first = array_of(values[0])
    assert first is not None
    width, size = first.itemsize, (high - low) // first.itemsize
    counters: dict[int, int] = {}
    windows = []
    for value in values:
        array = array_of(value)
        assert array is not None
        version = counter = None
        if isinstance(value, Tensor):
            # A tensor without a Storage is alone on its memory.
            counter = counters.setdefault(id(value._storage), len(counters))
            version = 0 if value._storage is None else value._storage.version
        windows.append(
            Window(
                tuple(known.names[id(value)]),
                "array" if isinstance(value, np.ndarray) else "tensor",
                _dtype(value),
                tuple(array.shape),
                strides_of(array),
                (address(array) - low) // array.itemsize if array.size else 0,
                bool(array.flags.c_contiguous),
                known.made(value),
                _view_of(value, known),
                version,
                counter,
                tuple(coverage(array, low, width, size).tolist()) if size <= ELEMENTS_SHOWN else None,
            )
        )
    return StorageFacts(number, high - low, _dtype(values[0]), size, _values(values[0], low, size), tuple(windows))


def _dtype(value: Any) -> str:
    return value._dtype.name if isinstance(value, Tensor) else value.dtype.name


def _view_of(value: Any, known: Origins) -> str | None:
    if not isinstance(value, Tensor) or value._view is None:
        return None
    return known.of(value._view[0])


def _values(value: Any, low: int, size: int) -> tuple[str, ...] | None:
    if size > VALUES_SHOWN:
        return None
    array = array_of(value)
    memory = memory_behind(value)
    assert array is not None and memory is not None
    corner = memory[*(slice(None, None, -1) if stride < 0 else slice(None) for stride in memory.strides), ...]
    if not size or address(corner) != low:
        return None if size else ()
    row = (
        np.lib.stride_tricks.as_strided(corner.view(), (size,), (array.itemsize,))
        if corner.itemsize == array.itemsize
        else None
    )
    if row is None:
        return None
    return tuple(number_text(item) for item in row.view(array.dtype).tolist())


def number_text(value: Any) -> str:
    """A number in few characters.

    >>> number_text(2.0), number_text(0.333333), number_text(True)
    ('2', '0.333', 'True')
    """
    return f"{value:.3g}" if isinstance(value, (float, complex)) else str(value)


# --- pairs --------------------------------------------------------------------------------------------------------------


def pair(one: Any, other: Any, names: Mapping[str, Any], titles: tuple[str, str] = ("", "")) -> Pair:
    """What two tensors or arrays have to do with each other. `titles` are what to call them where they have no name.

    >>> from tensorsh import torch
    >>> x = torch.arange(6)
    >>> facts = pair(x[::2], x[1::2], {"x": x})
    >>> facts.same_storage, facts.overlap, facts.view
    (True, False, 'both')
    """
    known = Origins(names)
    first, second = array_of(one), array_of(other)
    assert first is not None and second is not None
    labels = [known.describe(value, title) for value, title in zip((one, other), titles, strict=True)]
    same = on_one_storage(one, other)
    overlapping = overlap(first, second) if same else False
    marks = touched(first, second) if overlapping else None
    for value, label in zip((one, other), labels, strict=True):
        if not known.of(value):
            known.add(label, value)
    view, base = _view_relation(one, other, known)
    relation, made = _relation(one, other, known, view)
    same_version = None
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        same_version = one is other or (one._storage is not None and one._storage is other._storage)
    return Pair(
        labels[0],
        labels[1],
        one is other,
        same,
        overlapping,
        None if marks is None else int(marks.sum()),
        first.size,
        view,
        base,
        relation,
        made,
        same_version,
    )


def _view_relation(one: Any, other: Any, known: Origins) -> tuple[str, str]:
    bases = [
        value._view[0] if isinstance(value, Tensor) and value._view is not None else None for value in (one, other)
    ]
    if bases[0] is not None and bases[0] is other:
        return "one", ""
    if bases[1] is not None and bases[1] is one:
        return "other", ""
    if bases[0] is not None and bases[0] is bases[1]:
        return "both", known.of(bases[0])
    return "", ""


def _relation(one: Any, other: Any, known: Origins, view: str) -> tuple[str, str]:
    """How one of two came from the other (`y.t()`), and the name of the one that did; two empty texts if neither did."""
    labels = known.of(one), known.of(other)
    if view in ("one", "other"):
        return known.made(one if view == "one" else other), labels[0] if view == "one" else labels[1]
    order = list(known.values)
    both = Origins(dict(sorted(((labels[0], one), (labels[1], other)), key=lambda named: order.index(id(named[1])))))
    for value, label, source in ((other, labels[1], labels[0]), (one, labels[0], labels[1])):
        made = both.made(value)
        if made.startswith(source) or made == f"from_numpy({source})":
            return made, label
    return "", ""
