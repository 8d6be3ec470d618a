"""The first operator that makes an infinity out of finite numbers, and the first that makes a NaN where there was none, forward or backward.

A `Finder` watches a program as it runs (`ops.watching`). It looks at what goes in before a call, since a call may write to it, and at what comes
out after; a call that was given a NaN, in a tensor or as a number, is not to blame for passing it on, nor one that was given an infinity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from tensorsh.diagnostics.known import Known
from tensorsh.diagnostics.nan_advice import advice
from tensorsh.diagnostics.numbers import Numbers, numbers
from tensorsh.diagnostics.places import Place, PlaceOf, nowhere
from tensorsh.ops.engine import narrow
from tensorsh.ops.watching import Call, Observer
from tensorsh.runtime.creation import convert
from tensorsh.runtime.tensor import Tensor

PUBLIC = {"true_divide": "div", "true_divide_": "div_", "_to_copy": "to"}  # what operators of ours are called by those who use them


@dataclass(frozen=True, slots=True)
class Operand:
    """What went in: the parameter, the user's name for it (or nothing), its elements, and the element at the place where the result went wrong, if
    elements correspond.
    """

    parameter: str
    name: str
    numbers: Numbers
    element: float | complex | None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a NaN or an infinity came from. `value` is `"nan"`, `"inf"` or `"-inf"`; `operator` made it at element `index` of its result, the
    first of `count` such elements, of a result of `shape` and `dtype`. `place` is the statement that ran. In a backward pass `node` is the
    node whose derivative was being computed and `node_place` the statement that had made it. `advice` says why, and what helps, or is empty.
    """

    value: str
    operator: str
    operands: tuple[Operand, ...]
    shape: tuple[int, ...]
    dtype: str
    index: tuple[int, ...]
    count: int
    place: Place | None
    node: str
    node_place: Place | None
    advice: str


@dataclass(frozen=True, slots=True)
class Given:
    """A NaN that was there before: the first call that it went into, and the operand that holds it, first at `index`."""

    operator: str
    operand: Operand
    index: tuple[int, ...]
    count: int
    place: Place | None


@dataclass(frozen=True, slots=True)
class Found:
    """All that a `Finder` found: an infinity, a NaN, or both, in the order in which they came; and a NaN that nobody made, if no other was."""

    origins: tuple[Origin, ...]
    given: Given | None


class _Open(NamedTuple):
    """A call under way: whether what went in had no NaN, and no infinity either; copies of what it may write to; how many origins there were."""

    number: bool
    finite: bool
    copies: dict[str, Any]
    before: int


class Finder(Observer):
    """Finds the first origin of an infinity and the first of a NaN among the calls that it watches.

    >>> from tensorsh import torch
    >>> from tensorsh.ops.watching import watch
    >>> x = torch.tensor([1., 0.])
    >>> finder = Finder({"x": x})
    >>> with watch(finder):
    ...     y = x.log() * 0
    >>> [(origin.operator, origin.value, origin.index) for origin in finder.found.origins]
    [('log', '-inf', (1,)), ('mul', 'nan', (1,))]
    """

    def __init__(self, names: Mapping[str, Any], place_of: PlaceOf = nowhere) -> None:
        self._origins: list[Origin] = []
        self._given: Given | None = None
        self._names = names
        self._place_of = place_of
        self._open: list[_Open] = []
        self._nodes: list[Call] = []

    @property
    def found(self) -> Found:
        made = any(origin.value == "nan" for origin in self._origins)
        return Found(tuple(self._origins), None if made else self._given)

    def begin(self, call: Call) -> None:
        given = {name: value for name, value in call.arguments.items() if name != "out"}
        number = not any(_any_nan(value) for value in given.values())
        finite = number and all(_finite(value) for value in given.values())
        if not (number or self._given or call.kind == "node" or any(one.value == "nan" for one in self._origins)):
            self._note_given(call, given)
        copies = {name: _copy(value) for name, value in given.items()} if number and call.inplace else {}
        self._open.append(_Open(number, finite, copies, len(self._origins)))
        if call.kind == "node":
            self._nodes.append(call)

    def end(self, call: Call, result: Any, seconds: float) -> None:
        opened = self._open.pop()
        if call.kind == "node":
            self._nodes.pop()
        if call.kind in ("node", "composite"):
            # Their own operators have been looked at. What they made and then masked away never came out.
            if next(_bad(result), None) is None:
                del self._origins[opened.before :]
            return
        if call.kind in ("factory", "view") or not opened.number:
            return  # what is made of nothing was asked for
        for array in _bad(_stored(call, result)):
            if opened.finite or (array != array).any():
                self._note(call, array, opened.copies)
                return

    def failed(self, call: Call, error: BaseException) -> None:
        self._open.pop()
        if call.kind == "node":
            self._nodes.pop()

    def _note(self, call: Call, array: Any, copies: Mapping[str, Any]) -> None:
        nans = array != array
        places = nans if nans.any() else ~np.isfinite(array)
        index = tuple(int(at) for at in np.argwhere(places)[0])
        value = "nan" if nans.any() else str(float(np.real(array[index])))
        if any((one.value == "nan") == (value == "nan") for one in self._origins):
            return
        elementwise = call.operator is not None and call.operator.elementwise
        operands = tuple(_operands(call.arguments, copies, Known(self._names), array.shape, index if elementwise else None))
        node = self._nodes[-1].node if self._nodes else None
        operator = PUBLIC.get(call.name, call.name)
        title = "" if node is None else node.title
        dtype = str(call.rounded or array.dtype).removeprefix("torch.")
        self._origins.append(
            Origin(
                value,
                operator,
                operands,
                tuple(array.shape),
                dtype,
                index,
                int(np.count_nonzero(places)),
                self._place_of(call.where),
                title,
                None if node is None else self._place_of(node.where),
                advice(value, operator.rstrip("_"), title, [operand.element for operand in operands], dtype),
            )
        )

    def _note_given(self, call: Call, given: Mapping[str, Any]) -> None:
        for label, tensor in _labelled(given):
            nans = tensor._array != tensor._array if isinstance(tensor, Tensor) else np.False_
            if nans.any():
                index = tuple(int(at) for at in np.argwhere(nans)[0])
                operand = Operand(label, Known(self._names).tensor(tensor), numbers(tensor), None)
                self._given = Given(PUBLIC.get(call.name, call.name), operand, index, int(np.count_nonzero(nans)), self._place_of(call.where))
                return


def _stored(call: Call, result: Any) -> Any:
    """What comes of what a kernel gave, which may have more digits: the elements as they are kept."""
    if call.kind == "write":
        return call.arguments["self"]
    if call.rounded is not None:
        result = narrow(result, call.rounded)
    if call.inplace and isinstance(result, np.ndarray):
        result = convert(result, call.arguments["self"]._dtype, copy=False)
    return result


def _arrays(value: Any) -> Iterator[Any]:
    if isinstance(value, Tensor):
        yield value._array
    elif isinstance(value, (np.ndarray, np.generic)):
        yield np.asarray(value)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _arrays(item)


def _finite(value: Any) -> bool:
    """Whether a value holds no NaN and no infinity."""
    if isinstance(value, (float, complex)):
        return bool(np.isfinite(value))
    return all(_all_finite(array) for array in _arrays(value))


def _any_nan(value: Any) -> bool:
    if isinstance(value, (float, complex)):
        return value != value
    return any(bool((array != array).any()) for array in _arrays(value) if array.dtype.kind not in "OSU")


def _all_finite(array: Any) -> bool:
    return array.dtype.kind in "biuOSU" or bool(np.isfinite(array).all())


def _bad(value: Any) -> Iterator[Any]:
    """The arrays of a result that hold a NaN or an infinity."""
    for array in _arrays(value):
        if not _all_finite(array):
            yield array


def _copy(value: Any) -> Any:
    return Tensor._fresh(value._array.copy(), value._dtype) if isinstance(value, Tensor) else value


def _labelled(given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What went in by its parameter: tensors, those in lists too, and the numbers that are operands."""
    for parameter, value in given.items():
        if isinstance(value, Tensor) or (type(value) in (int, float) and parameter in ("other", "exponent", "self", "value")):
            yield parameter, value
        elif isinstance(value, (list, tuple)):
            for at, item in enumerate(value):
                if isinstance(item, Tensor):
                    yield f"{parameter}[{at}]", item


def _operands(
    given: Mapping[str, Any], copies: Mapping[str, Any], known: Known, shape: tuple[int, ...], index: tuple[int, ...] | None
) -> Iterator[Operand]:
    for label, value in _labelled(given):
        if isinstance(value, Tensor):
            array = copies.get(label, value)._array
            yield Operand(label, known.tensor(value), numbers(array), None if index is None else _element(array, shape, index))
        else:
            yield Operand(label, "", Numbers((), value), float(value))


def _element(array: Any, shape: tuple[int, ...], index: tuple[int, ...]) -> float | complex | None:
    """The element of an operand that an element of an elementwise result was made of, in the digits that its dtype has."""
    try:
        value = np.broadcast_to(array, shape)[index]
    except ValueError:
        return None
    return complex(value) if array.dtype.kind == "c" else float(str(value)) if array.dtype.kind in "fV" else float(value)
