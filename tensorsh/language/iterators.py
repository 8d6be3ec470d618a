"""Lazy iterators as a script has them: Ctrl-C stops every walk over one, and they stand inside one another only so deep.

The host moves an iterator on in C, where nobody notices that Ctrl-C was pressed. What a walk without end needs is a source that
never ends (`iter(f, sentinel)`, a long `range`) or grows as it is read (a list that takes its own items). Both are handed over in
runs: within a run the host works as ever, between two there is a step of the interpreter's, at which signals are noticed and a
limit on what is collected can be kept.

Nested iterators are moved on by C recursion that nothing counts, so a loop that wraps an iterator in itself could overflow the C
stack. Iterators made here know how deep they are. The types look like Python's own.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any
from weakref import WeakKeyDictionary

from tensorsh.language import limits
from tensorsh.language.limits import ITERATOR_DEPTH, MAX_LENGTH

RUN_LENGTH = 2**16

_generator_depths: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
_GENERATOR = type(_ for _ in ())
_SIZED = frozenset({list, tuple, dict, set, frozenset, str, bytes})


def _runs(iterator: Iterator[Any], most: float) -> Iterator[Iterator[Any]]:
    taken = 0
    for first in iterator:
        taken += RUN_LENGTH
        if taken > most:
            raise MemoryError(f"the result would have more than {MAX_LENGTH:,} elements, where tensorsh stops")
        yield chain((first,), islice(iterator, RUN_LENGTH - 1))


def _is_long(value: range) -> bool:
    return not -RUN_LENGTH < (value.stop - value.start) // value.step < RUN_LENGTH


def source(value: Any) -> Any:
    """What an iterator may draw from instead of `value`, so that Ctrl-C can stop it."""
    return _walk_range(iter(value)) if type(value) is range and _is_long(value) else value


def _walk_range(iterator: Iterator[int]) -> Any:
    return range_iterator.from_iterable(_runs(iterator, math.inf))


def searched(item: Any, values: range) -> Any:
    """What to look for `item` in: the range itself for a whole number, which the host computes; it walks for all else."""
    return values if type(item) is int or type(item) is bool else source(values)


def collectable(value: Any) -> Any:
    """What a collection may be filled from instead of `value`: as many items as `limits` allows, Ctrl-C between them.

    Raises `MemoryError` at once for a `range` that is too long, for others when they turn out to be.
    """
    kind = type(value)
    if kind in _SIZED:
        return value
    if kind is range:
        limits.check_finite(value)
        return source(value)
    return chain.from_iterable(_runs(value, MAX_LENGTH)) if hasattr(kind, "__next__") else value


def depth_of(value: Any) -> int:
    kind = type(value)
    if kind in NESTING:
        return value.depth
    return _generator_depths.get(value, 1) if kind is _GENERATOR else 0


def nested(generator: Any, drawn_from: Any) -> Any:
    """`generator`, which draws from another iterator, with its depth noted."""
    inner = depth_of(drawn_from)
    if inner:
        _generator_depths[generator] = deeper(inner)
    return generator


def deeper(depth: int) -> int:
    if depth >= ITERATOR_DEPTH:
        raise RecursionError("maximum recursion depth exceeded: too many iterators within iterators")
    return depth + 1


def _nesting(base: type) -> type:
    def __new__(cls: type, *args: Any, **kwargs: Any) -> Any:
        depth = deeper(max(map(depth_of, args), default=0))
        made = base.__new__(cls, *map(source, args), **kwargs)
        made.depth = depth
        return made

    return type(base.__name__, (base,), {"__new__": __new__, "__slots__": ("depth",), "__module__": "builtins"})


map_, filter_, zip_, enumerate_ = (
    _nesting(base) for base in (builtins.map, builtins.filter, builtins.zip, builtins.enumerate)
)


def _run_iterator(name: str) -> Any:
    return type(name, (chain,), {"__slots__": ("depth",), "__module__": "builtins"})


range_iterator, callable_iterator = _run_iterator("range_iterator"), _run_iterator("callable_iterator")
NESTING = frozenset({map_, filter_, zip_, enumerate_, callable_iterator})


def iter_(*args: Any) -> Any:
    """`iter(iterable)` and `iter(function, sentinel)`."""
    if len(args) != 2:
        return iter(*map(source, args))
    depth = deeper(max(map(depth_of, args)))
    made = callable_iterator.from_iterable(_runs(iter(*args), math.inf))
    made.depth = depth
    return made


def reversed_(*args: Any, **kwargs: Any) -> Any:
    """`reversed(sequence)`."""
    long = len(args) == 1 and not kwargs and type(args[0]) is range and _is_long(args[0])
    return _walk_range(reversed(args[0])) if long else reversed(*args, **kwargs)
