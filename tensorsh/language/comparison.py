"""Comparing values that hold values, of any size: the host compares small ones, and large ones are gone through here.

Here Ctrl-C is noticed between two elements, and no pair of values is compared twice: `t = (t, t)` sixty times, built twice, is compared
in 120 steps. The answers are the host's: identical elements are equal, sequences differ as their first unequal elements do.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any

from tensorsh.language.context import MISSING
from tensorsh.language.iterators import searched, source
from tensorsh.language.limits import check_finite
from tensorsh.language.nesting import LARGE, NESTED, hashable, is_large, size_of

Sign = Callable[[Any, Any], Any]
Pairs = set[tuple[int, int]]

_SEQUENCES = frozenset({list, tuple})
_SETS = frozenset({set, frozenset})
HASHING = frozenset({dict, set, frozenset})


def compare(sign: Sign, left: Any, right: Any) -> Any:
    """`sign(left, right)` for one of the six comparisons of `operator`.

    >>> t = u = ()
    >>> for _ in range(60): t, u = (t, t), (u, u)
    >>> compare(operator.eq, t, u), compare(operator.lt, t, u)
    (True, False)
    """
    if type(left) in NESTED and type(right) in NESTED and is_large(left) and is_large(right):
        return _compare(sign, left, right, set())
    return sign(left, right)


def _compare(sign: Sign, left: Any, right: Any, equal: Pairs) -> Any:
    """`compare`, for parts of large values. `equal` holds the pairs that are known to be equal, by identity."""
    kind = type(left)
    if kind not in NESTED or (kind is not type(right) and not (kind in _SETS and type(right) in _SETS)):
        return sign(left, right)
    if sign is operator.ne:
        return not _compare(operator.eq, left, right, equal)
    if sign is operator.eq:
        pair = id(left), id(right)
        if pair not in equal:
            if not _is_equal(left, right, equal):
                return False
            equal.add(pair)
        return True
    if kind in _SETS:
        return _compare_sets(sign, left, right)
    if kind is slice:
        left, right = _parts_of_slice(left), _parts_of_slice(right)
    elif kind not in _SEQUENCES:
        return sign(left, right)  # which says that there is no order
    for one, other in zip(left, right, strict=False):
        if one is not other and not _compare(operator.eq, one, other, equal):
            return _compare(sign, one, other, equal)
    return sign(len(left), len(right))


def _is_equal(left: Any, right: Any, equal: Pairs) -> bool:
    kind = type(left)
    if kind in _SETS:
        return _compare_sets(operator.eq, left, right)
    if kind is slice:
        left, right = _parts_of_slice(left), _parts_of_slice(right)
    elif kind is dict:
        if len(left) != len(right):
            return False
        pairs: Iterable[tuple[Any, Any]] = ((value, right.get(key, MISSING)) for key, value in left.items())
        return all(one is other or _compare(operator.eq, one, other, equal) for one, other in pairs)
    elif kind not in _SEQUENCES:
        return bool(left == right)
    if len(left) != len(right):
        return False
    return all(one is other or _compare(operator.eq, one, other, equal) for one, other in zip(left, right, strict=True))


def _compare_sets(sign: Sign, left: Any, right: Any) -> bool:
    """Elements of sets are not too large for the host, but there may be many."""
    if not sign(len(left), len(right)):
        return False
    fewer, more = (right, left) if sign in (operator.gt, operator.ge) else (left, right)
    return all(item in more for item in fewer)


def _parts_of_slice(value: slice) -> tuple[Any, Any, Any]:
    return value.start, value.stop, value.step


def contains(item: Any, container: Any) -> bool:
    """`item in container`."""
    if type(item) in NESTED:
        kind = type(container)
        if kind in HASHING:
            return hashable(item) in container
        if kind in NESTED and is_large(container):
            return any(True for _ in _matches(item, container))
    return item in (container if type(container) is not range else searched(item, container))


def _matches(item: Any, values: Iterable[Any]) -> Iterable[int]:
    """The places at which `item` stands among `values`."""
    equal: Pairs = set()
    for place, value in enumerate(values):
        if value is item or _compare(operator.eq, value, item, equal):
            yield place


def count(values: Any, item: Any) -> int:
    """`values.count(item)` of a list or tuple."""
    if type(item) in NESTED and is_large(values):
        return sum(1 for _ in _matches(item, values))
    return int(values.count(item))


def index(values: Any, item: Any, *bounds: Any) -> int:
    """`values.index(item, start, stop)` of a list or tuple."""
    if type(item) in NESTED and (is_large(values) or is_large(item)):  # the host's error would print the item
        start, stop, _ = slice(*bounds, *(None,) * (2 - len(bounds))).indices(len(values))
        for place in _matches(item, values[start:stop]):
            return start + place
        raise ValueError(f"{type(values).__name__}.index(x): x not in {type(values).__name__}")
    return int(values.index(item, *bounds))


def remove(values: list[Any], item: Any) -> None:
    """`values.remove(item)`."""
    if type(item) in NESTED and is_large(values):
        for place in _matches(item, values):
            del values[place]
            return
        raise ValueError("list.remove(x): x not in list")
    values.remove(item)


class _Ordered:
    """A value among those that are sorted, compared here."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: Any) -> Any:
        return compare(operator.lt, self.value, other.value if type(other) is _Ordered else other)

    def __gt__(self, other: Any) -> Any:
        return compare(operator.gt, self.value, other.value if type(other) is _Ordered else other)


def sort(values: list[Any], *, key: Callable[[Any], Any] | None = None, reverse: Any = False) -> None:
    """`values.sort(key=key, reverse=reverse)`."""
    if key is None:
        values.sort(key=_Ordered if is_large(values) else None, reverse=reverse)
        return
    keys = list(map(key, values))
    if not NESTED.isdisjoint(map(type, keys)) and is_large(keys):
        keys = list(map(_Ordered, keys))
    values[:] = [values[place] for place in sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)]


def extreme(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`min` or `max` of these arguments."""
    values: Any = args
    if len(args) == 1:
        values = args[0]
        check_finite(values)
        args = (source(values),)
    key = kwargs.get("key")
    if key is not None or (type(values) not in _PLAIN and (type(values) not in NESTED or is_large(values))):
        kwargs = {**kwargs, "key": _measured(key)}
    return function(*args, **kwargs)


def _measured(key: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    """What to compare by instead of `key`, whose values may be large: the first of them are left to the host, as long as they have few
    elements together."""
    total = 0

    def value_of(item: Any) -> Any:
        nonlocal total
        value = item if key is None else key(item)
        if type(value) in NESTED:
            if total <= LARGE:
                total += size_of(value)
            if total > LARGE:
                return _Ordered(value)
        return value

    return value_of


_PLAIN = frozenset({str, bytes, range})
