"""The first operator that makes a NaN or an infinity out of finite numbers, forward or backward.

A `Finder` watches a program as it runs (`ops.watching`). It looks at what goes in before a call, since a call may write to it, and at what comes
out after; a call that was given a NaN or an infinity, in a tensor or as a number, is not to blame for passing it on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensorsh.diagnostics.known import Known
from tensorsh.diagnostics.numbers import Numbers, numbers
from tensorsh.diagnostics.places import Place, PlaceOf, nowhere
from tensorsh.ops.watching import Call, Observer
from tensorsh.runtime.tensor import Tensor


@dataclass(frozen=True, slots=True)
class Operand:
    """What went in: the parameter, the user's name for it (or nothing), its elements if they are few (a plain number as it is), and the element
    at the place where the result went wrong, if elements correspond.
    """

    parameter: str
    name: str
    numbers: Numbers
    element: float | None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a NaN or an infinity came from. `value` is `"nan"`, `"inf"` or `"-inf"`; `operator` made it at element `index` of its result, the
    first of `count` such elements. `place` is the statement that ran. In a backward pass `node` is the node whose derivative was being computed and
    `node_place` the statement that had made it.
    """

    value: str
    operator: str
    operands: tuple[Operand, ...]
    shape: tuple[int, ...]
    index: tuple[int, ...]
    count: int
    place: Place | None
    node: str
    node_place: Place | None


class Finder(Observer):
    """Finds the first origin of an infinity and the first of a NaN among the calls that it watches.

    >>> from tensorsh import torch
    >>> from tensorsh.ops.watching import watch
    >>> x = torch.tensor([1., 0.])
    >>> finder = Finder({"x": x})
    >>> with watch(finder):
    ...     y = x.log() * 0
    >>> [(origin.operator, origin.value, origin.index) for origin in finder.origins]
    [('log', '-inf', (1,)), ('mul', 'nan', (1,))]
    """

    def __init__(self, names: Mapping[str, Any], place_of: PlaceOf = nowhere) -> None:
        self.origins: list[Origin] = []
        self._names = names
        self._place_of = place_of
        # Of each call under way: whether all that went in is finite, copies of what it writes to, and how many origins there were.
        self._open: list[tuple[bool, dict[str, Any], int]] = []
        self._nodes: list[Call] = []

    def begin(self, call: Call) -> None:
        given = {name: value for name, value in call.arguments.items() if name != "out"}
        finite = all(_finite(value) for value in given.values())
        copies = {}
        if finite and call.inplace:
            copies = {name: _copy(value) for name, value in given.items()}
        self._open.append((finite, copies, len(self.origins)))
        if call.kind == "node":
            self._nodes.append(call)

    def end(self, call: Call, result: Any, seconds: float) -> None:
        finite, copies, before = self._open.pop()
        if call.kind == "node":
            self._nodes.pop()
        if call.kind in ("node", "composite"):
            # Their own operators have been looked at. What they made and then masked away never came out.
            if next(_bad(result), None) is None:
                del self.origins[before:]
            return
        if call.kind in ("factory", "view"):
            return  # what is made of nothing was asked for
        bad = next(_bad(call.arguments["self"] if call.kind == "write" else result), None)
        # What made an infinity out of finite numbers comes first; a NaN made of that infinity is the second that a reader wants to know.
        if bad is not None and (finite or self._first_nan(bad)):
            self._note(call, bad, copies)

    def failed(self, call: Call, error: BaseException) -> None:
        self._open.pop()
        if call.kind == "node":
            self._nodes.pop()

    def _first_nan(self, array: Any) -> bool:
        """Whether this is the first NaN after an infinity that was found."""
        return bool(self.origins) and not any(one.value == "nan" for one in self.origins) and bool((array != array).any())

    def _note(self, call: Call, array: Any, copies: Mapping[str, Any]) -> None:
        nans = array != array
        places = nans if nans.any() else ~np.isfinite(array)
        index = tuple(int(at) for at in np.argwhere(places)[0])
        value = "nan" if nans.any() else str(float(np.real(array[index])))
        if any(one.value == value or one.value != "nan" and value != "nan" for one in self.origins):
            return
        known = Known(self._names)
        elementwise = call.operator is not None and call.operator.elementwise
        operands = tuple(_operands(call.arguments, copies, known, array.shape, index if elementwise else None))
        node = self._nodes[-1].node if self._nodes else None
        self.origins.append(
            Origin(
                value,
                call.name.replace("true_divide", "div"),  # what `/` is called within
                operands,
                tuple(array.shape),
                index,
                int(np.count_nonzero(places)),
                self._place_of(call.where),
                "" if node is None else node.title,
                None if node is None else self._place_of(node.where),
            )
        )


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


def _all_finite(array: Any) -> bool:
    return array.dtype.kind in "biuOSU" or bool(np.isfinite(array).all())


def _bad(value: Any) -> Iterator[Any]:
    """The arrays of a result that hold a NaN or an infinity."""
    for array in _arrays(value):
        if not _all_finite(array):
            yield array


def _copy(value: Any) -> Any:
    return Tensor._fresh(value._array.copy(), value._dtype) if isinstance(value, Tensor) else value


def _operands(
    given: Mapping[str, Any], copies: Mapping[str, Any], known: Known, shape: tuple[int, ...], index: tuple[int, ...] | None
) -> Iterator[Operand]:
    for parameter, value in given.items():
        if isinstance(value, Tensor):
            array = copies.get(parameter, value)._array
            element = None if index is None else _element(array, shape, index)
            yield Operand(parameter, known.tensor(value), numbers(array), element)
        elif isinstance(value, (list, tuple)) and any(isinstance(item, Tensor) for item in value):
            for at, item in enumerate(value):
                if isinstance(item, Tensor):
                    yield Operand(f"{parameter}[{at}]", known.tensor(item), numbers(item), None)
        elif type(value) in (int, float) and parameter in ("other", "exponent", "self", "value"):
            yield Operand(parameter, "", Numbers((), value), float(value))


def _element(array: Any, shape: tuple[int, ...], index: tuple[int, ...]) -> float | None:
    """The element of an operand that an element of an elementwise result was made of."""
    try:
        return float(np.real(np.broadcast_to(array, shape)[index]))
    except ValueError:
        return None
