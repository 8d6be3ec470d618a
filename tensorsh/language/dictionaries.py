"""Dictionaries, sets and subscripts by any value of a script: the host hashes it only after `nesting.hashable` has let it pass.

The views that `keys()` and `items()` give are types of our own, since the host's would hash whatever set operators bring them together
with (`d.items() - [t]`), and an operator's type is not looked at before. They look like Python's.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from types import BuiltinFunctionType, MethodDescriptorType
from typing import Any

from tensorsh.language import attributes
from tensorsh.language.comparison import compare, contains
from tensorsh.language.functions import Builtin
from tensorsh.language.iterators import collectable
from tensorsh.language.nesting import NESTED, hashable, hashed_items, printable


def check_index(owner: Any, index: Any) -> None:
    """Refuse to take an item of `owner` at an `index`, of a type in `NESTED`, that is too deep or too large for it."""
    if type(owner) is dict or isinstance(owner, type):
        hashable(index)


def get_item(owner: Any, index: Any) -> Any:
    """`owner[index]`."""
    if type(index) in NESTED:
        check_index(owner, index)
    return owner[index]


def set_item(owner: Any, index: Any, value: Any) -> None:
    """`owner[index] = value`."""
    if type(index) in NESTED:
        check_index(owner, index)
    owner[index] = value


def delete_item(owner: Any, index: Any) -> None:
    """`del owner[index]`."""
    if type(index) in NESTED:
        check_index(owner, index)
    del owner[index]


def check_argument(function: Any, argument: Any) -> None:
    """Refuse to call a function of the host's with an argument, of a type in `PRINTED`, that it could not hash or print: a bound
    method of a dictionary or set, or `str`."""
    if type(function) is BuiltinFunctionType:
        owner = type(function.__self__)
        if owner is dict or owner is set:
            hashable(argument)
    elif function is str:
        printable(argument)


def check_call(function: Any, args: Sequence[Any]) -> None:
    """The same for all arguments of any call: `dict.get(d, key)` too."""
    check_argument(function, args[0])
    if type(function) is MethodDescriptorType and function.__objclass__ in (dict, set) and len(args) > 1:
        hashable(args[1])


def runnable(function: Any) -> Any:
    """What the host may call instead of `function`, with any arguments."""
    if function is not str and type(function) not in (BuiltinFunctionType, MethodDescriptorType):
        return attributes.callable_of(function) if isinstance(function, type) else function

    def run(*args: Any, **kwargs: Any) -> Any:
        if args:
            check_call(function, args)
        return function(*args, **kwargs)

    return run


def pairs(value: Any) -> Any:
    """What a dictionary may be filled from instead of `value`: pairs whose first parts the host can hash."""
    kind = type(value)
    if kind is dict or not hasattr(kind, "__iter__") or hasattr(kind, "keys"):
        return value
    return map(_pair, collectable(value))


def _pair(pair: Any) -> Any:
    kind = type(pair)
    if kind is not tuple and kind is not list and hasattr(kind, "__iter__"):
        pair = tuple(pair)
    if (kind is tuple or kind is list) and pair:
        hashable(pair[0])
    return pair


def _set_of(values: Any) -> set[Any]:
    return set(hashed_items(values))


def _operators(sign: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
    """A set operator between a view and anything that can be walked, and its reflected form."""
    return (
        lambda self, other: sign(_set_of(self), _set_of(other)),
        lambda self, other: sign(_set_of(other), _set_of(self)),
    )


def _comparison(sign: Callable[[Any, Any], bool]) -> Any:
    """A comparison of a view with a set or another view: as many elements, and each of one in the other."""

    def compare(self: Any, other: Any) -> Any:
        if not isinstance(other, (set, frozenset, dict_keys, dict_items)):
            return NotImplemented
        fewer, more = (other, self) if sign in (operator.gt, operator.ge) else (self, other)
        return sign(len(self), len(other)) and all(contains(item, more) for item in fewer)

    return compare


class _View:
    """What `dict_keys` and `dict_items` have in common."""

    __slots__ = ("_dict", "__weakref__")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, owner: dict[Any, Any]) -> None:
        self._dict = owner

    def __len__(self) -> int:
        return len(self._dict)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({printable(list(self))!r})"  # type: ignore[call-overload]

    def __ne__(self, other: object) -> Any:
        equal = self == other
        return equal if equal is NotImplemented else not equal

    def isdisjoint(self, other: Any) -> bool:
        """Whether no element of `other` is in the view."""
        return not any(contains(item, self) for item in collectable(other))

    __eq__, __lt__, __le__ = _comparison(operator.eq), _comparison(operator.lt), _comparison(operator.le)
    __gt__, __ge__ = _comparison(operator.gt), _comparison(operator.ge)
    __and__, __rand__ = _operators(operator.and_)
    __or__, __ror__ = _operators(operator.or_)
    __sub__, __rsub__ = _operators(operator.sub)
    __xor__, __rxor__ = _operators(operator.xor)


class dict_keys(_View):  # noqa: N801 - Python's own name
    """The keys of a dictionary, as a set."""

    __slots__ = ()
    __module__ = "builtins"

    def __iter__(self) -> Iterator[Any]:
        return iter(self._dict)

    def __reversed__(self) -> Iterator[Any]:
        return reversed(self._dict)

    def __contains__(self, key: object) -> bool:
        return hashable(key) in self._dict


class dict_items(_View):  # noqa: N801 - Python's own name
    """The pairs of key and value of a dictionary, as a set."""

    __slots__ = ()
    __module__ = "builtins"

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return iter(self._dict.items())

    def __reversed__(self) -> Iterator[tuple[Any, Any]]:
        return reversed(self._dict.items())

    def __contains__(self, pair: object) -> bool:
        if type(pair) is not tuple or len(pair) != 2 or hashable(pair[0]) not in self._dict:
            return False
        value = self._dict[pair[0]]
        return value is pair[1] or bool(compare(operator.eq, value, pair[1]))


def _update(value: dict[Any, Any]) -> Builtin:
    def update(*args: Any, **kwargs: Any) -> None:
        value.update(*map(pairs, args), **kwargs)

    return Builtin("update", update, doc=dict.update.__doc__)


def _viewed(name: str, view: type) -> Callable[[dict[Any, Any]], Builtin]:
    doc = getattr(dict, name).__doc__
    return lambda value: Builtin(name, lambda *args: getattr(value, name)(*args) if args else view(value), doc=doc)


_from_keys = Builtin("fromkeys", lambda *args: dict.fromkeys(*map(hashed_items, args[:1]), *args[1:]), doc=dict.fromkeys.__doc__)

attributes.register(
    dict,
    ("clear", "copy", "get", "pop", "popitem", "setdefault", "values"),
    constructor=lambda *args, **kwargs: dict(*map(pairs, args), **kwargs),
    getters={
        "fromkeys": lambda value: _from_keys,
        "items": _viewed("items", dict_items),
        "keys": _viewed("keys", dict_keys),
        "update": _update,
    },
    class_getters={"fromkeys": lambda kind: _from_keys},
)
for _kind in (dict_keys, dict_items):
    attributes.register(_kind, ("isdisjoint",))
