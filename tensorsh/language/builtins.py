"""Python's builtins as a script has them, and those that it has not, each with the reason.

Host functions are used as they are wherever they are safe, so that their behaviour and error texts are Python's own.
Those that take a function get it through `callable_of`, those that could run for ever in one C loop through `limits`.
"""

from __future__ import annotations

import builtins
import operator
from collections.abc import Callable
from functools import reduce
from types import MethodType
from typing import TYPE_CHECKING, Any

from tensorsh.language import attributes, comparison, iterators, limits, python_values
from tensorsh.language.dictionaries import runnable
from tensorsh.language.exceptions import TYPES
from tensorsh.language.functions import Builtin
from tensorsh.language.iterators import collectable, source
from tensorsh.language.nesting import PRINTED, hashable, printable

if TYPE_CHECKING:
    from tensorsh.language.environment import Environment

AS_THEY_ARE = (
    "abs", "bin", "callable", "chr", "divmod", "hex", "id", "len", "next", "oct", "ord",
)  # fmt: skip
HOST_TYPES = (
    bool, bytes, complex, dict, float, frozenset, int, list, range, reversed, set, slice, str, tuple, type,
    iterators.enumerate_, iterators.filter_, iterators.map_, iterators.zip_,
)  # fmt: skip

REFUSED = {
    "__import__": "__import__ is not available in tensorsh; use an import statement",
    "breakpoint": "breakpoint is not available in tensorsh; after an error, %debug shows the values of its parts",
    "bytearray": "bytearray is not available in tensorsh",
    "classmethod": "classmethod is not available in tensorsh, which has no classes",
    "compile": "compile is not available in tensorsh",
    "eval": "eval is not available in tensorsh",
    "exec": "exec is not available in tensorsh",
    "exit": "exit is not available in a script, which ends at its last line or with 'raise SystemExit'",
    "globals": "globals is not available in tensorsh; dir() lists the names",
    "input": "input is not available in tensorsh: a script reads no keyboard",
    "locals": "locals is not available in tensorsh",
    "memoryview": "memoryview is not available in tensorsh",
    "object": "object is not available in tensorsh, which has no classes",
    "open": "open is not available in tensorsh: a script reaches only the files that it is given",
    "property": "property is not available in tensorsh, which has no classes",
    "quit": "quit is not available in a script, which ends at its last line or with 'raise SystemExit'",
    "staticmethod": "staticmethod is not available in tensorsh, which has no classes",
    "super": "super is not available in tensorsh, which has no classes",
    "vars": "vars is not available in tensorsh; dir(x) lists the attributes",
}


def map_(*args: Any, **kwargs: Any) -> Any:
    return iterators.map_(*((runnable(args[0]), *args[1:]) if args else args), **kwargs)


def filter_(*args: Any, **kwargs: Any) -> Any:
    return iterators.filter_(*((runnable(args[0]), *args[1:]) if args else args), **kwargs)


def iter_(*args: Any, **kwargs: Any) -> Any:
    if kwargs:
        iter(*args, **kwargs)  # which says so
    return iterators.iter_(*((runnable(args[0]), *args[1:]) if len(args) == 2 else args))


# What follows takes whatever it is given and leaves it to the host's function to say what is wrong with it, in Python's words.


def sorted_(*args: Any, **kwargs: Any) -> list[Any]:
    if kwargs.get("key") is not None:
        kwargs["key"] = runnable(kwargs["key"])
    if len(args) != 1 or not kwargs.keys() <= {"key", "reverse"}:
        return sorted(*args, **kwargs)  # which says so
    values = list(collectable(args[0]))
    comparison.sort(values, **kwargs)
    return values


def min_(*args: Any, **kwargs: Any) -> Any:
    return _extreme(builtins.min, args, kwargs)


def max_(*args: Any, **kwargs: Any) -> Any:
    return _extreme(builtins.max, args, kwargs)


def _extreme(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if kwargs.get("key") is not None:
        kwargs["key"] = runnable(kwargs["key"])
    return comparison.extreme(function, args, kwargs)


def sum_(*args: Any, **kwargs: Any) -> Any:
    start = args[1] if len(args) == 2 else kwargs.get("start")
    if type(start) is list or type(start) is tuple:
        return _joined(*args, **kwargs)
    if args:
        limits.check_finite(args[0])
        args = (source(args[0]), *args[1:])
    return sum(*args, **kwargs)


def _joined(iterable: Any, /, start: Any) -> Any:
    """The sum of lists or tuples, which can be long although no part of it is; in one pass, where the host copies at each step."""
    kind = type(start)
    items = list(start)
    parts = iter(iterable)
    for part in parts:
        if type(part) is not kind:
            return reduce(operator.add, parts, kind(items) + part)
        limits.check_length(len(items) + len(part))
        items += part
    return kind(items)


def all_(*args: Any, **kwargs: Any) -> bool:
    return all(*map(source, args), **kwargs)


def any_(*args: Any, **kwargs: Any) -> bool:
    return any(*map(source, args), **kwargs)


def pow_(*args: Any, **kwargs: Any) -> Any:
    given = {**dict(zip(("base", "exp", "mod"), args, strict=False)), **kwargs}
    if given.get("mod") is None:
        limits.check_power(given.get("base"), given.get("exp"))
    return pow(*args, **kwargs)


def round_(*args: Any, **kwargs: Any) -> Any:
    given = {**dict(zip(("number", "ndigits"), args, strict=False)), **kwargs}
    limits.check_rounding(given.get("number"), given.get("ndigits"))
    return round(*args, **kwargs)


def format_(*args: Any, **kwargs: Any) -> str:
    if len(args) == 2:
        limits.check_widths(args[1])
    return format(*map(printable, args), **kwargs)


def getattr_(*args: Any, **kwargs: Any) -> Any:
    if kwargs or not 2 <= len(args) <= 3:
        getattr(*args, **kwargs)  # which says so
    value, name, *default = args
    if not isinstance(name, str):
        raise TypeError(f"attribute name must be string, not {type(name).__name__!r}")
    try:
        return attributes.lookup(value, name)
    except AttributeError:
        if default:
            return default[0]
        raise


def hasattr_(*args: Any, **kwargs: Any) -> bool:
    if kwargs or len(args) != 2:
        hasattr(*args, **kwargs)  # which says so
    return getattr_(*args, limits) is not limits


def setattr_(*args: Any, **kwargs: Any) -> None:
    if kwargs or len(args) != 3:
        setattr(*args, **kwargs)  # which says so
    if not isinstance(args[1], str):
        raise TypeError(f"attribute name must be string, not {type(args[1]).__name__!r}")
    attributes.assign(*args)


def delattr_(*args: Any, **kwargs: Any) -> None:
    if kwargs or len(args) != 2:
        delattr(*args, **kwargs)  # which says so
    if not isinstance(args[1], str):
        raise TypeError(f"attribute name must be string, not {type(args[1]).__name__!r}")
    attributes.delete(*args)


def _first(guard: Callable[[Any], Any], function: Any) -> Any:
    """`function`, after `guard` has let its first argument pass."""

    def run(*args: Any, **kwargs: Any) -> Any:
        if args:
            guard(args[0])
        return function(*args, **kwargs)

    return run


def _of_kinds(function: Any) -> Any:
    """`isinstance` or `issubclass`, which walk through tuples of tuples."""

    def run(*args: Any, **kwargs: Any) -> bool:
        for kinds in args[1:]:
            hashable(kinds)
        return function(*args, **kwargs)

    return run


OWN: dict[str, Any] = {
    "all": all_,
    "any": any_,
    "ascii": _first(printable, ascii),
    "hash": _first(hashable, hash),
    "isinstance": _of_kinds(isinstance),
    "issubclass": _of_kinds(issubclass),
    "repr": _first(printable, repr),
    "delattr": delattr_,
    "format": format_,
    "getattr": getattr_,
    "hasattr": hasattr_,
    "iter": iter_,
    "max": max_,
    "min": min_,
    "pow": pow_,
    "round": round_,
    "setattr": setattr_,
    "sorted": sorted_,
    "sum": sum_,
}
SIGNATURES = {
    "print": "print(*values, sep=' ', end='\\n', flush=False)",
    "dir": "dir([value])",
    "help": "help(value)",
}

attributes.register(iterators.map_, constructor=map_)
attributes.register(iterators.filter_, constructor=filter_)
attributes.register(iterators.zip_, constructor=iterators.zip_)
attributes.register(iterators.enumerate_, constructor=iterators.enumerate_)


def _shared() -> dict[str, Any]:
    table: dict[str, Any] = dict(TYPES)
    table.update({kind.__name__: kind for kind in HOST_TYPES})
    for name in AS_THEY_ARE:
        table[name] = _wrap(name, getattr(builtins, name))
    for name, function in OWN.items():
        table[name] = _wrap(name, function)
    table.update({"NotImplemented": NotImplemented, "Ellipsis": ..., "__name__": "__main__", "__doc__": None})
    return table


def _wrap(name: str, function: Any) -> Builtin:
    host = getattr(builtins, name)
    return Builtin(name, function, host.__text_signature__, host.__doc__)


SHARED = _shared()


def make(environment: Environment) -> dict[str, Any]:
    """The table of builtins for one program: the shared ones and those that print."""

    def print_(
        *values: Any, sep: Any = None, end: Any = None, file: Any = None, flush: Any = False, **unknown: Any
    ) -> None:
        for name in unknown:
            raise TypeError(f"{name!r} is an invalid keyword argument for print()")
        if file is not None:
            raise ValueError("print() to a file is not available in tensorsh")
        for name, value in (("sep", sep), ("end", end)):
            if value is not None and not isinstance(value, str):
                raise TypeError(f"{name} must be None or a string, not {type(value).__name__}")
        if len(values) > 1 and not PRINTED.isdisjoint(map(type, values)):
            printable(values)
        text = (" " if sep is None else sep).join([text_of(value) for value in values])
        environment.write(text + ("\n" if end is None else end))

    def text_of(value: Any) -> str:
        if type(value) is MethodType:
            from tensorsh.runtime.methods import method_text

            return method_text(value)
        return str(printable(value))

    def dir_(*values: Any) -> list[str]:
        if len(values) > 1:
            raise TypeError(f"dir expected at most 1 argument, got {len(values)}")
        return attributes.names(values[0]) if values else sorted(environment.globals)

    def help_(*values: Any) -> None:
        from tensorsh.language.documentation import help_text, named

        if not values:
            environment.write("help(x) tells what x is; dir() lists your names.\n")
            return
        value = values[0]
        environment.write(help_text(named(value, environment) if isinstance(value, str) else value))

    own: dict[str, Any] = {"print": print_, "dir": dir_, "help": help_}
    docs = {
        "print": "Prints the values, with `sep` between them and `end` after the last.",
        "dir": "The names in scope, or the attributes of a value.",
        "help": "Prints the signature of a function and what it does.",
    }
    for name, function in own.items():
        function.__qualname__ = name  # as error texts name it
    printing = {name: Builtin(name, function, SIGNATURES[name], docs[name]) for name, function in own.items()}
    return {**SHARED, **printing}


_TABLES = python_values  # importing it registers the attributes of Python's types
