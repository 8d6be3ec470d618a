"""Lazy iterators that may stand inside one another, with a limit on how deep.

The host moves nested iterators on by C recursion that nothing counts, so a loop that wraps an iterator in itself could overflow
the C stack. Iterators made here know how deep they are. The types look like Python's own.
"""

from __future__ import annotations

import builtins
from typing import Any
from weakref import WeakKeyDictionary

from tensorsh.language.limits import ITERATOR_DEPTH

_generator_depths: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
_GENERATOR = type(_ for _ in ())


def depth_of(value: Any) -> int:
    kind = type(value)
    if kind in NESTING:
        return value.depth
    return _generator_depths.get(value, 1) if kind is _GENERATOR else 0


def nested(generator: Any, source: Any) -> Any:
    """`generator`, which draws from `source`, with its depth noted."""
    inner = depth_of(source)
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
        made = base.__new__(cls, *args, **kwargs)
        made.depth = depth
        return made

    return type(base.__name__, (base,), {"__new__": __new__, "__slots__": ("depth",), "__module__": "builtins"})


map_, filter_, zip_, enumerate_ = (
    _nesting(base) for base in (builtins.map, builtins.filter, builtins.zip, builtins.enumerate)
)
NESTING = frozenset({map_, filter_, zip_, enumerate_})
