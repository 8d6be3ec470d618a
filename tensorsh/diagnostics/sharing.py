"""Who looks at which memory: every storage with the tensors and NumPy arrays on it, pairs of them, and what a write would change.

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

from tensorsh.diagnostics.overlap import as_index, coverage, overlap, self_overlap, touched
from tensorsh.diagnostics.reach import memory_behind, root_of
from tensorsh.diagnostics.tensor_facts import named_values
from tensorsh.runtime.storage import address, byte_bounds
from tensorsh.runtime.tensor import Tensor, strides_of

Array = np.ndarray[Any, Any]
Index = tuple[int, ...]

ELEMENTS_SHOWN = 4096  # storages above that are described by counts alone
VALUES_SHOWN = 64
ELEMENTS_LISTED = 6


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


def array_of(value: Any) -> Array | None:
    """The window of a tensor, an array itself, None for anything else."""
    return value._array if isinstance(value, Tensor) else value if isinstance(value, np.ndarray) else None


class _Names:
    """The tensors and arrays that a program can name, each once, with all its names."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.values: dict[int, Any] = {}
        self.names: dict[int, list[str]] = {}
        for name, value in named_values(names):
            self.add(name, value)

    def add(self, name: str, value: Any) -> None:
        if array_of(value) is not None:
            self.values[id(value)] = value
            self.names.setdefault(id(value), []).append(name)

    def of(self, value: Any) -> str:
        """The first name of a value, or `""`."""
        return self.names.get(id(value), [""])[0]

    def describe(self, value: Any, otherwise: str) -> str:
        """A value's name, or how it came from a named one."""
        made = self.of(value) or self.made(value)
        return otherwise if not made or made.startswith("(") else made

    def made(self, value: Any) -> str:
        """How a value came from a named one: `x.t()[0]`, `x.detach()`, `x.numpy()`; `""` if that is not known."""
        if isinstance(value, Tensor) and value._view is not None:
            base, chain = value._view[0], value._view[3]
            steps: list[str] = []
            source = ""
            while chain is not None and not source:
                chain, name, arguments = chain
                steps.insert(0, step_text(name, arguments))
                source = self._with_history(base, chain, value)
            return (source or self.of(base) or f"(unnamed {list(base._array.shape)})") + "".join(steps)
        return self._made_without_view(value)

    def _with_history(self, base: Tensor, chain: Any, value: Tensor) -> str:
        """The name of a view of `base` that was made by `chain` and that `value` can be a window on."""
        if chain is None:
            return ""
        for key, other in self.values.items():
            view = other._view if isinstance(other, Tensor) else None
            # The parts of a `split` have one history; they lie apart.
            if view is not None and view[3] is chain and view[0] is base and other is not value:
                if overlap(other._array, value._array):
                    return self.names[key][0]
        return ""

    def _made_without_view(self, value: Any) -> str:
        window = array_of(value)
        assert window is not None
        memory = memory_behind(value)
        for key, other in self.values.items():
            seen = array_of(other)
            if other is value or seen is None or memory_behind(other) is not memory or not _same_window(seen, window):
                continue
            name = self.names[key][0]
            if isinstance(other, Tensor):
                if isinstance(value, np.ndarray):
                    return "" if self._from(other, value) else f"{name}.numpy()"
                if self._came_first(value, other):
                    continue
                same = value._storage is not None and value._storage is other._storage
                return f"{name}.detach()" if same else f"{name}.data"
            if isinstance(value, Tensor) and self._from(value, other):
                return f"from_numpy({name})"
        return ""

    def _from(self, tensor: Tensor, array: Array) -> bool:
        """Whether a tensor was made from an array and not the array from it: the array owns the memory, or was named first and the
        tensor has a Storage that begins with its own window."""
        if array is memory_behind(tensor):
            return True
        order = list(self.values)
        if tensor._storage is None or tensor._storage.memory is not tensor._array or tensor._array.base is None:
            return False
        return id(array) in order and (id(tensor) not in order or order.index(id(array)) < order.index(id(tensor)))

    def _came_first(self, one: Tensor, other: Tensor) -> bool:
        """Of a tensor and one that has the same window without being its view: what records, is a view, or was named first."""
        if one._requires_grad != other._requires_grad:
            return one._requires_grad
        if (one._view is None) != (other._view is None):
            return one._view is not None
        order = list(self.values)
        return id(other) not in self.values or (
            id(one) in self.values and order.index(id(one)) < order.index(id(other))
        )


def _same_window(one: Array, other: Array) -> bool:
    return address(one) == address(other) and one.shape == other.shape and one.strides == other.strides


def step_text(name: str, arguments: tuple[Any, ...]) -> str:
    """A view's step as it is written: `.t()`, `.view(2, 3)`, `[1]`, `[:, 0:2]`.

    >>> step_text("select", (0, 1)), step_text("slice", (1, 0, 2, 1)), step_text("expand", ((2, 3), False))
    ('[1]', '[:, 0:2]', '.expand(2, 3)')
    """
    if name == "[]":
        return f"[{index_text(arguments[0])}]"
    if name == "select" and arguments[0] >= 0:
        return f"[{', '.join([*[':'] * arguments[0], str(arguments[1])])}]"
    if name == "slice":
        dim, start, stop, step = arguments
        return f"[{', '.join([*[':'] * dim, index_text(slice(start, stop, None if step == 1 else step))])}]"
    if name == "alias":
        return "[...]"
    if name.strip("_") in _SEVERAL:
        return f".{name.strip('_')}({', '.join(map(_argument, arguments))})[…]"
    given = list(arguments)
    while given and (given[-1] is False or given[-1] is None):
        given.pop()
    if name == "diagonal" and given == [0, 0, 1]:
        given = []
    if name in ("view", "expand", "permute") and len(given) == 1 and isinstance(given[0], tuple):
        given = list(given[0])
    return f".{name.strip('_')}({', '.join(map(_argument, given))})"


_SEVERAL = frozenset(
    {"split", "split_with_sizes", "unbind", "unsafe_split"}
)  # operators that give several views at once


def _argument(value: Any) -> str:
    return str(list(value)) if isinstance(value, tuple) else str(value)


def index_text(index: Any) -> str:
    """An index as it is written between the brackets."""
    if isinstance(index, tuple):
        return ", ".join(map(index_text, index))
    if index is Ellipsis:
        return "..."
    if isinstance(index, slice):
        start, stop = ("" if end is None else str(end) for end in (index.start, index.stop))
        return f"{start}:{stop}" + ("" if index.step is None else f":{index.step}")
    return str(index)


# --- storages -----------------------------------------------------------------------------------------------------------


def storages(names: Mapping[str, Any], only: Iterable[Any] = ()) -> list[StorageFacts]:
    """Every storage that named tensors and arrays look at, in the order in which the names lead to them; those of `only` if given.

    >>> from tensorsh import torch
    >>> x = torch.arange(6).view(2, 3)
    >>> [one] = storages({"x": x, "column": x[:, 1]})
    >>> [(window.name, window.made, window.covers) for window in one.windows]
    [('x', '(unnamed [6]).view(2, 3)', (1, 1, 1, 1, 1, 1)), ('column', 'x[:, 1]', (0, 1, 0, 0, 1, 0))]
    """
    known = _Names(names)
    chosen = list(only)
    for number, value in enumerate(chosen, 1):
        if id(value) not in known.values:
            known.add(f"argument {number}", value)
    groups = _by_memory(list(known.values.values()))
    wanted = {id(value) for value in chosen}
    found = []
    for number, (low, high, values) in enumerate(groups, 1):
        if not wanted or any(id(value) in wanted for value in values):
            found.append(_storage(number, low, high, values, known))
    return found


def _by_memory(values: list[Any]) -> list[tuple[int, int, list[Any]]]:
    """The values grouped by the memory that they stand on, as (first byte, one past the last, values)."""
    regions: list[tuple[int, int, list[int]]] = []
    for order, value in enumerate(values):
        memory = memory_behind(value)
        assert memory is not None
        regions.append((*byte_bounds(memory), [order]))
    regions.sort(key=lambda region: region[:2])
    merged: list[tuple[int, int, list[int]]] = []
    for low, high, orders in regions:
        # Two arrays may look at memory that neither owns.
        if merged and low < merged[-1][1]:
            first, last, members = merged[-1]
            merged[-1] = first, max(last, high), members + orders
        elif merged and low == high and _same_memory(values[merged[-1][2][0]], values[orders[0]]):
            merged[-1][2].extend(orders)
        else:
            merged.append((low, high, orders))
    groups = [(low, high, sorted(orders)) for low, high, orders in merged]
    return [
        (low, high, [values[order] for order in orders])
        for low, high, orders in sorted(groups, key=lambda one: one[2][0])
    ]


def _same_memory(one: Any, other: Any) -> bool:
    return memory_behind(one) is memory_behind(other)


def _storage(number: int, low: int, high: int, values: list[Any], known: _Names) -> StorageFacts:
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


def _view_of(value: Any, known: _Names) -> str | None:
    if not isinstance(value, Tensor) or value._view is None:
        return None
    return known.of(value._view[0])


def _values(value: Any, low: int, size: int) -> tuple[str, ...] | None:
    if size > VALUES_SHOWN:
        return None
    array = array_of(value)
    memory = memory_behind(value)
    assert array is not None and memory is not None
    corner = memory[tuple(slice(None, None, -1) if stride < 0 else slice(None) for stride in memory.strides)]
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
    known = _Names(names)
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


def on_one_storage(one: Any, other: Any) -> bool:
    """Whether two tensors or arrays look at the same memory, be it at different elements of it."""
    if _same_memory(one, other):
        return True
    first, second = memory_behind(one), memory_behind(other)
    assert first is not None and second is not None
    (low, high), (start, end) = byte_bounds(first), byte_bounds(second)
    return low < end and start < high


def _view_relation(one: Any, other: Any, known: _Names) -> tuple[str, str]:
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


def _relation(one: Any, other: Any, known: _Names, view: str) -> tuple[str, str]:
    """How one of two came from the other (`y.t()`), and the name of the one that did; two empty texts if neither did."""
    labels = known.of(one), known.of(other)
    if view in ("one", "other"):
        return known.made(one if view == "one" else other), labels[0] if view == "one" else labels[1]
    order = list(known.values)
    both = _Names(dict(sorted(((labels[0], one), (labels[1], other)), key=lambda named: order.index(id(named[1])))))
    for value, label, source in ((other, labels[1], labels[0]), (one, labels[0], labels[1])):
        made = both.made(value)
        if made.startswith(source) or made == f"from_numpy({source})":
            return made, label
    return "", ""


# --- writes -------------------------------------------------------------------------------------------------------------


def writes(target: Any, names: Mapping[str, Any], title: str = "it") -> Writes:
    """Which elements of which variables change if all of `target` is written to; `target`'s own names come first.

    >>> from tensorsh import torch
    >>> x = torch.arange(6).view(2, 3)
    >>> c = x[:, 1]
    >>> [(effect.name, effect.index) for effect in writes(c, {"x": x, "c": c}).effects]
    [('c', ''), ('x', '[:, 1]')]
    """
    known = _Names(names)
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
    known = _Names(names)
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
