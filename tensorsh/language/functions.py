"""What a script can call: its own functions (`Function`) and the host's (`Builtin`).

A `Function` is called in two ways that mean the same: by the compiler through `invoke`, which costs no keyword dictionary and
no C stack, and by host code (`sorted(key=…)`, hooks) as an ordinary callable. Arguments are bound as Python binds them, with its
error texts. A frame is a list: slot 0 is the value that `return` leaves, then the parameters, then other locals and cells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tensorsh.language.iterators import collectable
from tensorsh.language.limits import SCRIPT_DEPTH

if TYPE_CHECKING:
    from tensorsh.language.environment import Environment

Frame = list[Any]


class _Unbound:
    __slots__ = ()

    def __repr__(self) -> str:
        return "<unbound>"


UNBOUND: Any = _Unbound()
RETURN: Any = type("Signal", (), {"__slots__": (), "__repr__": lambda self: "<return>"})()


def _look_like(kind: type, name: str) -> None:
    """Let a type of ours print as the type of Python's that it stands for, also in the host's error texts."""
    kind.__name__ = kind.__qualname__ = name
    kind.__module__ = "builtins"


class Cell:
    """A variable that more than one function can see. `value` is missing while the variable is unbound."""

    __slots__ = ("value",)
    value: Any


class Code:
    """What is the same for every function that one `def` or `lambda` makes."""

    __slots__ = (
        "name",
        "qualname",
        "doc",
        "positional",
        "positional_only",
        "vararg",
        "keyword_only",
        "kwarg",
        "argcount",
        "plain",
        "has_cells",
        "cell_parameters",
        "local_tail",
        "fresh_cells",
        "is_expression",
        "direct",
        "body",
        "compile_body",
        "node",
        "_slots",
    )

    def __init__(
        self,
        name: str,
        qualname: str,
        doc: str | None,
        positional: tuple[str, ...],
        positional_only: int,
        vararg: str | None,
        keyword_only: tuple[str, ...],
        kwarg: str | None,
        node: Any,
        compile_body: Callable[[], Callable[[Frame], Any]],
    ) -> None:
        self.name = name
        self.qualname = qualname
        self.doc = doc
        self.positional = positional
        self.positional_only = positional_only
        self.vararg = vararg
        self.keyword_only = keyword_only
        self.kwarg = kwarg
        self.argcount = len(positional)
        self.plain = vararg is None and kwarg is None and not keyword_only
        self.node = node
        self.compile_body = compile_body
        self.body: Callable[[Frame], Any] | None = None
        self.is_expression = False
        # How many positional arguments may be put in a frame as they are, once the body is compiled; else -1.
        self.direct = -1
        self.has_cells = False
        self.cell_parameters: tuple[int, ...] = ()
        self.local_tail: list[Any] = []
        self.fresh_cells: tuple[int, ...] = ()
        self._slots: dict[str, int] | None = None

    @property
    def parameters(self) -> tuple[str, ...]:
        names = self.positional
        if self.vararg is not None:
            names = (*names, self.vararg)
        names = (*names, *self.keyword_only)
        return names if self.kwarg is None else (*names, self.kwarg)


class Function:
    """A function of a script. Its type prints as Python's does: `<class 'function'>`."""

    __slots__ = ("code", "environment", "defaults", "kwdefaults", "tail", "attributes", "name", "doc", "__weakref__")

    def __init__(
        self,
        code: Code,
        environment: Environment,
        defaults: tuple[Any, ...],
        kwdefaults: dict[str, Any],
        cells: Sequence[Any],
    ) -> None:
        self.code = code
        self.environment = environment
        self.defaults = defaults
        self.kwdefaults = kwdefaults
        self.tail = [*code.local_tail, *cells]
        self.attributes: dict[str, Any] = {}
        self.name = code.name
        self.doc = code.doc

    def __repr__(self) -> str:
        return f"<function {self.code.qualname} at {id(self):#x}>"

    @property
    def __name__(self) -> str:
        return self.name

    def __getattr__(self, name: str) -> Any:
        # For host code that wraps functions; a class body cannot define `__qualname__` as a property.
        if name == "__qualname__":
            return self.code.qualname
        raise AttributeError(f"'function' object has no attribute {name!r}", name=name, obj=self)

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        return self.doc

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.invoke(args, kwargs)

    def invoke(self, args: Sequence[Any], kwargs: dict[str, Any] | None = None) -> Any:
        """Call with positional arguments and, where there are any, a dictionary of keyword arguments."""
        code = self.code
        if kwargs or not code.plain or len(args) != code.argcount:
            args = bind(self, args, kwargs or {})
        body = code.body
        if body is None:
            body = code.body = code.compile_body()
            code.direct = code.argcount if code.plain and not code.has_cells else -1
        frame = [None, *args, *self.tail]
        if code.has_cells:
            for slot in code.cell_parameters:
                cell = Cell()
                cell.value = frame[slot]
                frame[slot] = cell
            for slot in code.fresh_cells:
                frame[slot] = Cell()
        environment = self.environment
        depth = environment.depth
        if depth >= SCRIPT_DEPTH:
            raise RecursionError("maximum recursion depth exceeded")
        environment.depth = depth + 1
        state = environment.state
        where = state.where
        try:
            result = body(frame)
        finally:
            environment.depth = depth
        state.where = where  # what follows in the caller's statement is the caller's again
        if code.is_expression:
            return result
        return frame[0] if result is RETURN else None


_look_like(Function, "function")


class Builtin:
    """A host function as a script sees it: its name, how it is called and what it does, but none of its insides."""

    __slots__ = ("name", "function", "signature", "doc", "__weakref__")

    def __init__(
        self, name: str, function: Callable[..., Any], signature: str | None = None, doc: str | None = None
    ) -> None:
        self.name = name
        self.function = function
        self.signature = signature
        self.doc = doc

    def __repr__(self) -> str:
        return f"<built-in function {self.name.rpartition('.')[2]}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    @property
    def __name__(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        return self.doc


_look_like(Builtin, "builtin_function_or_method")


def bind(function: Function, args: Sequence[Any], kwargs: dict[str, Any]) -> list[Any]:
    """The values of all parameters, in the order of the frame, or Python's `TypeError`."""
    code = function.code
    names = code.positional
    values: list[Any] = [*args[: code.argcount]]
    values += [UNBOUND] * (code.argcount - len(values))
    extra: dict[str, Any] = {}
    keyword_values: dict[str, Any] = {}
    refused: list[str] = []
    for name, value in kwargs.items():
        position = names.index(name) if name in names else -1
        if position >= code.positional_only:
            if values[position] is not UNBOUND:
                raise TypeError(f"{code.qualname}() got multiple values for argument {name!r}")
            values[position] = value
        elif name in code.keyword_only:
            keyword_values[name] = value
        elif code.kwarg is not None:
            extra[name] = value
        elif position >= 0:
            refused.append(name)
        elif not any(other in names[: code.positional_only] for other in kwargs):
            raise TypeError(f"{code.qualname}() got an unexpected keyword argument {name!r}")
    if refused:
        listed = ", ".join(refused)
        raise TypeError(f"{code.qualname}() got some positional-only arguments passed as keyword arguments: '{listed}'")
    if len(args) > code.argcount and code.vararg is None:
        raise TypeError(_too_many(function, len(args), keyword_values))
    first_default = code.argcount - len(function.defaults)
    missing = []
    for position in range(code.argcount):
        if values[position] is UNBOUND:
            if position >= first_default:
                values[position] = function.defaults[position - first_default]
            else:
                missing.append(names[position])
    if missing:
        raise TypeError(_missing(code.qualname, "positional", missing))
    if code.vararg is not None:
        values.append(tuple(args[code.argcount :]))
    for name in code.keyword_only:
        if name in keyword_values:
            values.append(keyword_values[name])
        elif name in function.kwdefaults:
            values.append(function.kwdefaults[name])
        else:
            missing.append(name)
    if missing:
        raise TypeError(_missing(code.qualname, "keyword-only", missing))
    if code.kwarg is not None:
        values.append(extra)
    return values


def _too_many(function: Function, given: int, keyword_values: dict[str, Any]) -> str:
    code = function.code
    most = code.argcount
    least = most - len(function.defaults)
    takes = f"from {least} to {most}" if function.defaults else f"{most}"
    plural = "s" if function.defaults or most != 1 else ""
    if keyword_values:
        count = len(keyword_values)
        given_text = f"{given} positional argument{'s' if given != 1 else ''}"
        keyword_text = f"{count} keyword-only argument{'s' if count != 1 else ''}"
        return (
            f"{code.qualname}() takes {takes} positional argument{plural} but "
            f"{given_text} (and {keyword_text}) were given"
        )
    verb = "was" if given == 1 else "were"
    return f"{code.qualname}() takes {takes} positional argument{plural} but {given} {verb} given"


def _missing(qualname: str, kind: str, names: list[str]) -> str:
    quoted = [repr(name) for name in names]
    if len(quoted) == 1:
        listed = quoted[0]
    elif len(quoted) == 2:
        listed = f"{quoted[0]} and {quoted[1]}"
    else:
        listed = f"{', '.join(quoted[:-1])}, and {quoted[-1]}"
    plural = "s" if len(quoted) > 1 else ""
    return f"{qualname}() missing {len(quoted)} required {kind} argument{plural}: {listed}"


def merge_keywords(callee: Any, keywords: dict[str, Any], value: Any) -> None:
    """Add the keyword arguments that `**value` stands for."""
    if not hasattr(type(value), "keys"):
        raise TypeError(f"{call_text(callee)} argument after ** must be a mapping, not {type(value).__name__}")
    for key in value:
        if type(key) is not str:
            raise TypeError("keywords must be strings")
        add_keyword(callee, keywords, key, value[key])


def add_keyword(callee: Any, keywords: dict[str, Any], name: str, value: Any) -> None:
    if name in keywords:
        raise TypeError(f"{call_text(callee)} got multiple values for keyword argument {name!r}")
    keywords[name] = value


def spread(callee: Any, value: Any, alone: bool) -> list[Any]:
    """The positional arguments that `*value` stands for. Python names the callee only where no other argument stands beside."""
    kind = type(value)
    if kind is not tuple and kind is not list and not hasattr(kind, "__iter__") and not hasattr(kind, "__getitem__"):
        what = f"{call_text(callee)} argument" if alone else "Value"
        raise TypeError(f"{what} after * must be an iterable, not {kind.__name__}")
    return list(collectable(value))


def call_text(callee: Any) -> str:
    """How Python names a callee in an error about its arguments."""
    if type(callee) is Function:
        return f"__main__.{callee.code.qualname}()"
    name = getattr(callee, "__qualname__", None) or getattr(callee, "__name__", None)
    return f"{name}()" if name else str(callee)
