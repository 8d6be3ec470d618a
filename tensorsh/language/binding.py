"""The arguments of a call to the parameters of a script's function, as Python binds them and with its error texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tensorsh.language.sentinels import UNBOUND

if TYPE_CHECKING:
    from tensorsh.language.functions import Function


def bind_quickly(function: Function, args: Sequence[Any], kwargs: dict[str, Any]) -> list[Any] | None:
    """What `bind` gives, for a call in which nothing is wrong; None if `bind` has to look closer."""
    form = (len(args), *kwargs)
    layout = function.layouts.get(form)
    if layout is None:
        layout = _layout(function, len(args), tuple(kwargs))
        if layout is None:
            return None
        function.layouts[form] = layout
    positions, rest = layout
    values = [*args, *rest]
    for position, value in zip(positions, kwargs.values(), strict=True):
        values[position] = value
    return values


def _layout(function: Function, count: int, names: tuple[str, ...]) -> tuple[list[int], list[Any]] | None:
    """For calls with `count` positional arguments and keywords `names`: where the keywords go in the frame, and the defaults that
    follow the positional arguments. None if such calls are wrong, or if a `*args` or `**kwargs` takes some."""
    code = function.code
    if code.variadic or count > code.argcount:
        return None
    places = {name: place for place, name in enumerate(code.parameters) if place >= max(count, code.positional_only)}
    defaults = dict(zip(code.positional[code.argcount - len(function.defaults) :], function.defaults, strict=True))
    defaults.update(function.kwdefaults)
    rest = code.parameters[count:]
    if any(name not in places for name in names) or any(name not in defaults and name not in names for name in rest):
        return None
    return [places[name] for name in names], [defaults.get(name) for name in rest]


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
