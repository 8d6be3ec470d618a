"""Values as text inside a script: conversions, format specifications, and `str.format` without its way to host attributes.

`repr_of` and `str_of` are the host's `repr` and `str`: every value prints itself, so a list of tensors prints as in PyTorch.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from tensorsh.language import attributes, limits
from tensorsh.language.nesting import PRINTED, printable

CONVERSIONS: dict[int, Callable[[Any], str] | None] = {
    -1: None,
    ord("s"): lambda value: str(printable(value)),
    ord("r"): lambda value: repr(printable(value)),
    ord("a"): lambda value: ascii(printable(value)),
}


def format_value(value: Any, spec: str = "") -> str:
    """`format(value, spec)`, as f-strings and `str.format` use it."""
    limits.check_widths(spec)
    if type(value) in PRINTED:
        printable(value)
    return format(value, spec)


def modulo(left: Any, right: Any) -> Any:
    """`left % right`, where `left` may be a text."""
    if type(left) is str or type(left) is bytes:
        printable(right)
        limits.check_percent(left, right)
    return left % right


def modulo_in_place(left: Any, right: Any) -> Any:
    """`left %= right`."""
    return modulo(left, right) if type(left) is str or type(left) is bytes else operator.imod(left, right)


def format_string(template: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    """`template.format(*args, **kwargs)`, with attributes looked up in the tables.

    >>> format_string("{0:>4}|{name.real}", (1,), {"name": 2.5})
    '   1|2.5'
    """
    return _Fields(args, kwargs).expand(template, 2)


class _Fields:
    """The arguments of one `str.format` and the number of the next automatic field."""

    __slots__ = ("args", "kwargs", "next")

    def __init__(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        self.args = args
        self.kwargs = kwargs
        self.next: int | None = None  # None until known, -1 once fields are numbered by hand

    def expand(self, template: str, depth: int) -> str:
        from _string import formatter_parser

        if depth == 0:
            raise ValueError("Max string recursion exceeded")
        parts: list[str] = []
        length = 0
        for literal, field, spec, conversion in formatter_parser(template):
            parts.append(literal)
            if field is None:
                continue
            value = self.value(field)
            if conversion is not None:
                convert = CONVERSIONS.get(ord(conversion))
                if convert is None:
                    raise ValueError(f"Unknown conversion specifier {conversion}")
                value = convert(value)
            parts.append(format_value(value, self.expand(spec, depth - 1) if "{" in spec else spec))
            length += len(parts[-1])
            limits.check_length(length)
        return "".join(parts)

    def value(self, field: str) -> Any:
        from _string import formatter_field_name_split

        first, rest = formatter_field_name_split(field)
        value = self.argument(first)
        for is_attribute, key in rest:
            value = attributes.lookup(value, key) if is_attribute else value[key]
        return value

    def argument(self, first: int | str) -> Any:
        if first == "" or type(first) is int:
            automatic = first == ""
            if self.next is not None and automatic is (self.next < 0):
                now, then = ("manual", "automatic") if automatic else ("automatic", "manual")
                kinds = {"manual": "manual field specification", "automatic": "automatic field numbering"}
                raise ValueError(f"cannot switch from {kinds[now]} to {kinds[then]}")
            if automatic:
                first = self.next or 0
                self.next = first + 1
            else:
                self.next = -1
            assert type(first) is int
            if first >= len(self.args):
                raise IndexError(f"Replacement index {first} out of range for positional args tuple")
            return self.args[first]
        return self.kwargs[first]  # type: ignore[index]
