"""Values within values: how deep they stand in one another, and how many there are where a shared one counts each time it is met.

A few statements make a value that no computer gets to the end of: `t = (t, t)`, sixty times, has 2 ** 60 elements in sixty tuples, and
`t = (t,)` in a loop is as deep as one likes. The host hashes, compares and prints values in C. Its hashing recurses without a limit
and overflows the C stack; its hashing and comparing notice no Ctrl-C; what it prints may fill the memory. So what a script hashes,
compares or prints is measured first: level by level, each value once a level however often it stands there.

Only values of the types in `NESTED` can be large in this way. Whoever calls tests that first, so that others pay for no call.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Collection
from itertools import chain
from typing import Any

from tensorsh.language.exceptions import TYPES
from tensorsh.language.iterators import collectable
from tensorsh.language.limits import HOST_DEPTH, ITERATOR_DEPTH, MAX_LENGTH

Parts = Callable[[Any], Collection[Any]]

# What the host may hash, and what it then hashes. (Slices are hashed since Python 3.12.)
_HASHED: dict[type, Parts] = {
    tuple: lambda value: value,
    frozenset: lambda value: value,
    slice: lambda value: (value.start, value.stop, value.step),
    types.GenericAlias: lambda value: value.__args__,
}
_PARTS: dict[type, Parts] = {
    **_HASHED,
    list: lambda value: value,
    set: lambda value: value,
    dict: lambda value: [*value, *value.values()],
    types.UnionType: lambda value: value.__args__,
    type({}.values()): lambda value: value,
}
_PRINTED: dict[type, Parts] = {
    **_PARTS,
    **{kind: lambda error: error.args for kind in TYPES.values()},
}
HASHED, NESTED, PRINTED = frozenset(_HASHED), frozenset(_PARTS), frozenset(_PRINTED)
_SEQUENCES = frozenset({tuple, list})
_TEXTS = frozenset({str, bytes})
_LONG = PRINTED | _TEXTS
_ALREADY_HASHED = frozenset({set, frozenset, dict, str, bytes, range})

# More elements than this are not left to one call of the host's that nobody can interrupt; it takes a third of a second for so many.
LARGE = 2**24
# How far a value that stands within itself is followed, as the host's `repr` follows it.
MOST_VISITS = 10**5


def _levels(value: Any, table: dict[type, Parts], count: Callable[[Collection[Any], set[type]], int], most: int) -> tuple[int, bool]:
    """How many elements `value` has all told, by `count`, and whether that is all of them: it stops beyond `most`, and at a depth to
    which the host does not follow."""
    nested = table.keys()
    level = {id(value): (value, 1)}
    total = 0
    for _ in range(HOST_DEPTH):
        following: dict[int, tuple[Any, int]] = {}
        for one, times in level.values():
            parts = table[type(one)](one)
            kinds = set(map(type, parts))
            total += times * count(parts, kinds)
            if total > most:
                return total, False
            if nested.isdisjoint(kinds):
                continue
            if count is _length and kinds <= _SEQUENCES:  # pairs, say: their elements are looked at in one go
                length = sum(map(len, parts))
                if length < 8 * len(parts) and nested.isdisjoint(map(type, chain.from_iterable(parts))):
                    total += times * length
                    continue
            for part in parts:
                if type(part) in nested:
                    known = following.get(id(part))
                    following[id(part)] = (part, times if known is None else times + known[1])
        if not following:
            return total, True
        level = following
    return total, False


def _length(parts: Collection[Any], kinds: set[type]) -> int:
    return len(parts)


def is_large(value: Any) -> bool:
    """Whether comparing a value of a type in `NESTED` may take the host long.

    >>> t = u = ()
    >>> for _ in range(60): t, u = (t, t), (t, u)
    >>> is_large(t), is_large([1, (2, 3)])
    (True, False)
    """
    if NESTED.isdisjoint(map(type, _PARTS[type(value)](value))):
        return False
    return not _levels(value, _PARTS, _length, LARGE)[1]


def size_of(value: Any) -> int:
    """How many elements a value of a type in `NESTED` has all told, or more than `LARGE`.

    >>> size_of([1, (2, 3)])
    4
    """
    parts = _PARTS[type(value)](value)
    return len(parts) if NESTED.isdisjoint(map(type, parts)) else _levels(value, _PARTS, _length, LARGE)[0]


def hashable(value: Any) -> Any:
    """`value`, of any type, once it is known that the host can hash it.

    Raises `RecursionError` if it is too deep, `MemoryError` if it has too many elements.

    >>> hashable((1, (2, 3)))
    (1, (2, 3))
    """
    kind = type(value)
    if kind not in HASHED:
        return value
    if kind is tuple:
        for part in value:
            if type(part) in HASHED:
                break
        else:
            return value
    total, whole = _levels(value, _HASHED, _length, LARGE)
    if total > ITERATOR_DEPTH and (kind is types.GenericAlias or (kind is tuple and types.GenericAlias in map(type, value))):
        raise RecursionError("maximum recursion depth exceeded: too many types within types")
    if total > LARGE:
        what = f"hashing the {kind.__name__} would take {_number(total)} elements"
        raise MemoryError(f"{what}; tensorsh stops at {LARGE:,}")
    if not whole:
        raise RecursionError(f"maximum recursion depth exceeded while hashing a {kind.__name__}")
    return value


def hashed_items(iterable: Any) -> Any:
    """What a set may be filled from instead of `iterable`: the same items, each of which the host can hash, and not too many."""
    kind = type(iterable)
    if kind in _SEQUENCES:
        return iterable if HASHED.isdisjoint(map(type, iterable)) else map(hashable, iterable)
    if kind in _ALREADY_HASHED or not hasattr(kind, "__iter__"):
        return collectable(iterable)
    return map(hashable, collectable(iterable))


def printable(value: Any) -> Any:
    """`value`, of any type, once it is known that its text fits the limits.

    Raises `MemoryError` if the text would be too long. What is too deep is left to the host, which says so.
    """
    if type(value) not in PRINTED:
        return value
    parts = _PRINTED[type(value)](value)
    if len(parts) < 1000 and _LONG.isdisjoint(map(type, parts)):
        return value
    total, _ = _levels(value, _PRINTED, _characters, MAX_LENGTH)
    if total > MAX_LENGTH and not _repeats_itself(value):
        raise MemoryError(f"the text would have {_number(total)} characters or more; tensorsh stops at {MAX_LENGTH:,}")
    return value


def text_or_size(value: Any, text_of: Callable[[Any], str] = repr) -> str:
    """`text_of(value)`, for readers who get something in any case.

    >>> x = [1]
    >>> for _ in range(60): x = [x, x]
    >>> text_or_size(x)
    '<list, too large to print>'
    """
    try:
        return text_of(printable(value))
    except (MemoryError, RecursionError):
        return f"<{type(value).__name__}, too large to print>"


def message_of(error: BaseException) -> str:
    """`str(error)`, or what Python says where that fails."""
    try:
        return str(printable(error))
    except (MemoryError, RecursionError):
        return "<exception str() failed>"


def _characters(parts: Collection[Any], kinds: set[type]) -> int:
    """How many characters `parts` take at least, without what stands within them. Python prints at most 4,300 digits."""
    count = 3 * len(parts)
    if not _TEXTS.isdisjoint(kinds):
        count += sum([len(part) for part in parts if type(part) in _TEXTS])
    if int in kinds:
        count += sum([part.bit_length() for part in parts if type(part) is int]) // 4
    return count


def _repeats_itself(value: Any) -> bool:
    """Whether the text of `value` ends because it stands within itself, where the host prints `[...]`."""
    path = {id(value)}
    way = [(id(value), iter(_PRINTED[type(value)](value)))]
    visits = characters = 0
    while way:
        key, parts = way[-1]
        for part in parts:
            visits += 1
            characters += _characters((part,), {type(part)})
            if visits > MOST_VISITS or characters > MAX_LENGTH:
                return False
            if type(part) in PRINTED and id(part) not in path:
                path.add(id(part))
                way.append((id(part), iter(_PRINTED[type(part)](part))))
                break
        else:
            path.discard(key)
            way.pop()
    return True


def _number(count: int) -> str:
    return f"{count:,}" if count < 10**30 else "far too many"
