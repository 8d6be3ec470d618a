"""The attribute tables of Python's own types: the everyday methods, each named.

What could be asked for a huge result goes through `limits`; `str.format` has a formatter of our own. No name that leads from a
value to the host's insides is here.
"""

from __future__ import annotations

import operator
import types
from collections.abc import Callable
from typing import Any

from tensorsh.language import comparison, iterators, limits
from tensorsh.language.attributes import missing, register
from tensorsh.language.dictionaries import runnable
from tensorsh.language.formatting import format_string
from tensorsh.language.functions import Builtin, Function
from tensorsh.language.iterators import collectable, searched
from tensorsh.language.nesting import NESTED, hashed_items

INT = ("as_integer_ratio", "bit_count", "bit_length", "conjugate", "denominator", "from_bytes", "imag", "numerator", "real")
FLOAT = ("as_integer_ratio", "conjugate", "fromhex", "hex", "imag", "is_integer", "real")
COMPLEX = ("conjugate", "imag", "real")
TEXT = (
    "capitalize", "count", "endswith", "find", "index", "isalnum", "isalpha", "isascii", "isdigit", "islower",
    "isspace", "istitle", "isupper", "lower", "lstrip", "partition", "removeprefix", "removesuffix", "rfind",
    "rindex", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title",
    "translate", "upper",
)  # fmt: skip
STR = (*TEXT, "casefold", "encode", "isdecimal", "isidentifier", "isnumeric", "isprintable", "maketrans")
BYTES = (*TEXT, "decode", "fromhex", "hex", "maketrans")
LIST = ("append", "clear", "copy", "insert", "pop", "reverse")
FROZENSET = ("copy",)
FROZENSET_WALKS = (
    "difference", "intersection", "isdisjoint", "issubset", "issuperset", "symmetric_difference", "union",
)  # fmt: skip
SET = ("add", "clear", "discard", "pop", "remove")
SET_WALKS = ("difference_update", "intersection_update", "symmetric_difference_update", "update")
RANGE = ("start", "step", "stop")
SLICE = ("indices", "start", "step", "stop")
EXCEPTION = ("__cause__", "__context__", "__suppress_context__", "add_note", "args")
HOST_FUNCTION = ("__name__", "__qualname__")

EXCEPTION_FIELDS: dict[type[BaseException], tuple[str, ...]] = {
    StopIteration: ("value",),
    ImportError: ("msg", "name", "path"),
    NameError: ("name",),
    AttributeError: ("name",),
    OSError: ("errno", "filename", "filename2", "strerror"),
    SyntaxError: ("filename", "lineno", "msg", "offset", "text"),
    UnicodeDecodeError: ("encoding", "end", "object", "reason", "start"),
    UnicodeEncodeError: ("encoding", "end", "object", "reason", "start"),
    SystemExit: ("code",),
}


def guarded(name: str, check: Callable[..., None]) -> Callable[[Any], Builtin]:
    """A method that is the host's own once `check(value, *args)` has let its arguments pass."""

    def get(value: Any) -> Builtin:
        method = getattr(value, name)

        def run(*args: Any, **kwargs: Any) -> Any:
            check(value, *args, **kwargs)
            return method(*args, **kwargs)

        return Builtin(f"{type(value).__name__}.{name}", run, doc=method.__doc__)

    return get


def check_first(value: Any, *args: Any, **kwargs: Any) -> None:
    for argument in (*args, *kwargs.values()):
        limits.check_width(argument)


def check_tabs(value: Any, *args: Any, **kwargs: Any) -> None:
    for tabsize in (*args, *kwargs.values()):
        if type(tabsize) is not int:
            continue
        limits.check_length(len(value) + tabsize * value.count("\t" if isinstance(value, str) else b"\t"))


def check_replace(value: Any, *args: Any, **kwargs: Any) -> None:
    if len(args) >= 2 and type(args[0]) is type(args[1]) is type(value):
        times = value.count(args[0])
        limits.check_length(len(value) + times * (len(args[1]) - len(args[0])))


def check_translation(value: str, table: Any) -> None:
    if type(table) is dict:
        longest = max([len(text) for text in table.values() if type(text) is str], default=1)
        limits.check_length(len(value) * longest)


def collecting(name: str, items: Callable[[Any], Any]) -> Callable[[Any], Builtin]:
    """A method that is the host's own, but for how it walks over its arguments: over `items(argument)`."""

    def get(value: Any) -> Builtin:
        method = getattr(value, name)
        def run(*args: Any, **kwargs: Any) -> Any:
            return method(*map(items, args), **kwargs)

        return Builtin(f"{type(value).__name__}.{name}", run, doc=method.__doc__)

    return get


def searching(kind: type, name: str, search: Callable[..., Any]) -> Callable[[Any], types.MethodType]:
    """A method of a list or tuple that compares what it holds: the host's own, except for `search(value, item, ...)` of what is large."""
    method = getattr(kind, name)

    def run(value: Any, *args: Any, **kwargs: Any) -> Any:
        if args and type(args[0]) in NESTED and not kwargs:
            return search(value, *args)
        return method(value, *args, **kwargs)

    return _method_of(method, run)


def _sort(values: list[Any], *args: Any, **kwargs: Any) -> None:
    if args or not kwargs.keys() <= {"key", "reverse"}:
        values.sort(*args, **kwargs)  # which says so
    if kwargs.get("key") is not None:
        kwargs["key"] = runnable(kwargs["key"])
    comparison.sort(values, **kwargs)


def _method_of(method: Any, run: Any) -> Callable[[Any], types.MethodType]:
    """What reads `run` from a value, as the method of the host's that it stands for."""
    run.__name__, run.__qualname__, run.__doc__ = method.__name__, method.__qualname__, method.__doc__
    return lambda value: types.MethodType(run, value)


def _join(text: Any) -> Builtin:
    def join(*args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != 1 or type(args[0]) is str or not hasattr(type(args[0]), "__iter__"):
            return text.join(*args, **kwargs)
        parts = list(collectable(args[0]))
        if all(map(type(text).__instancecheck__, parts)):
            limits.check_length(sum(map(len, parts)) + len(text) * len(parts))
        return text.join(parts)

    return Builtin(f"{type(text).__name__}.join", join, doc=text.join.__doc__)


def _range_search(name: str, search: Callable[[Any, Any], int]) -> Callable[[range], Builtin]:
    """`count` and `index`."""

    def get(value: range) -> Builtin:
        method = getattr(value, name)

        def run(*args: Any) -> int:
            values = searched(args[0], value) if len(args) == 1 else value
            return method(*args) if values is value else search(values, args[0])

        return Builtin(name, run, doc=method.__doc__)

    return get


WIDTHS = {name: guarded(name, check_first) for name in ("center", "ljust", "rjust", "zfill")}
TEXT_GUARDS = {
    **WIDTHS,
    "expandtabs": guarded("expandtabs", check_tabs),
    "join": _join,
    "replace": guarded("replace", check_replace),
}


def _format(value: str) -> Builtin:
    return Builtin("str.format", lambda *args, **kwargs: format_string(value, args, kwargs), doc=str.format.__doc__)


def _format_map(value: str) -> Builtin:
    return Builtin("str.format_map", lambda mapping: format_string(value, (), mapping), doc=str.format_map.__doc__)


def _function_attribute(function: Function, name: str) -> Any:
    if name in function.attributes:
        return function.attributes[name]
    raise missing(function, name)


def _set_function_attribute(function: Function, name: str, value: Any) -> None:
    if name.startswith("__"):
        raise missing(function, name)
    function.attributes[name] = value


def _set_name(function: Function, name: Any) -> None:
    if not isinstance(name, str):
        raise TypeError("__name__ must be set to a string object")
    function.name = name


def _set_doc(function: Function, doc: Any) -> None:
    function.doc = doc


def _notes(error: BaseException) -> list[str]:
    try:
        return error.__notes__
    except AttributeError:
        raise missing(error, "__notes__") from None


def one_type(*args: Any, **kwargs: Any) -> type:
    """`type(x)`. Its form with three arguments would make a class."""
    if len(args) != 1 or kwargs:
        raise TypeError("type() takes 1 argument: classes are not available in tensorsh")
    return type(args[0])


def collected(kind: Any, items: Callable[[Any], Any] = collectable) -> Callable[..., Any]:
    """The constructor of a collection, which is filled from `items(argument)`."""
    return lambda *args, **kwargs: kind(*map(items, args), **kwargs)


def _bytes(*args: Any, **kwargs: Any) -> bytes:
    if len(args) == 1:
        limits.check_width(args[0])
    return bytes(*map(collectable, args), **kwargs)


def _slice(*args: Any, **kwargs: Any) -> slice:
    """`slice(...)`. Slices within slices are let go of by C recursion, which nothing counts."""
    made = slice(*args, **kwargs)
    level = {id(made): made}
    for _ in range(limits.ITERATOR_DEPTH):
        parts = [part for one in level.values() for part in (one.start, one.stop, one.step)]
        level = {id(part): part for part in parts if type(part) is slice}
        if not level:
            return made
    raise RecursionError("maximum recursion depth exceeded: too many slices within slices")


register(int, INT, getters={"to_bytes": guarded("to_bytes", check_first)}, class_names=("from_bytes",), constructor=int)
register(bool, constructor=bool)
register(float, FLOAT, class_names=("fromhex",), constructor=float)
register(complex, COMPLEX, constructor=complex)
register(
    str,
    STR,
    getters={
        **TEXT_GUARDS, "format": _format, "format_map": _format_map,
        "translate": guarded("translate", check_translation),
    },  # fmt: skip
    class_names=("maketrans",),
    constructor=str,
)
register(bytes, BYTES, getters=TEXT_GUARDS, class_names=("fromhex", "maketrans"), constructor=_bytes)
register(
    list,
    LIST,
    constructor=collected(list),
    getters={
        "count": searching(list, "count", comparison.count), "extend": collecting("extend", collectable),
        "index": searching(list, "index", comparison.index), "remove": searching(list, "remove", comparison.remove), "sort": _method_of(list.sort, _sort),
    },  # fmt: skip
)
register(
    tuple,
    constructor=collected(tuple),
    getters={"count": searching(tuple, "count", comparison.count), "index": searching(tuple, "index", comparison.index)},
)
register(
    set,
    (*FROZENSET, *SET),
    constructor=collected(set, hashed_items),
    getters={name: collecting(name, hashed_items) for name in (*FROZENSET_WALKS, *SET_WALKS)},
)
register(
    frozenset,
    FROZENSET,
    constructor=collected(frozenset, hashed_items),
    getters={name: collecting(name, hashed_items) for name in FROZENSET_WALKS},
)
register(
    range,
    RANGE,
    getters={"count": _range_search("count", operator.countOf), "index": _range_search("index", operator.indexOf)},
    constructor=range,
)
register(slice, SLICE, constructor=_slice)
register(type, constructor=one_type)
register(reversed, constructor=iterators.reversed_)
for _kind in iterators.NESTING:
    register(_kind)
register(BaseException, EXCEPTION, getters={"__notes__": _notes})
for _error, _fields in EXCEPTION_FIELDS.items():
    register(_error, _fields)
register(
    Function,
    ("__name__", "__qualname__"),
    getters={
        "__module__": lambda function: "__main__",
        "__defaults__": lambda function: function.defaults or None,
        "__kwdefaults__": lambda function: function.kwdefaults or None,
    },
    setters={"__name__": _set_name, "__doc__": _set_doc},
    dynamic=_function_attribute,
    dynamic_names=lambda function: function.attributes,
    dynamic_assign=_set_function_attribute,
)
register(Builtin, ("__name__",))
for _host in (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodDescriptorType):
    register(_host, HOST_FUNCTION)
