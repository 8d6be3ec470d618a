"""Where a NaN or an infinity came from, in words. The facts are `diagnostics.nan`'s."""

from __future__ import annotations

from tensorsh.diagnostics.nan import Found, Given, Operand, Origin
from tensorsh.display.numbers import number_text, numbers_text
from tensorsh.display.screen import PLAIN, Screen
from tensorsh.display.tables import folded

_MOST_OPERANDS = 8
NOTHING = "No operator made a NaN, or an infinity from finite numbers."


def found_text(found: Found, screen: Screen = PLAIN) -> str:
    """All that was found, or that there was nothing.

    >>> from tensorsh import torch
    >>> from tensorsh.diagnostics.nan import Finder
    >>> from tensorsh.ops.watching import watch
    >>> x = torch.tensor([1., -1.])
    >>> finder = Finder({"x": x})
    >>> with watch(finder):
    ...     y = x.log()
    >>> print(found_text(finder.found))
    log made the first nan.
      element [1] of its result: log(-1) = nan
      self = x = [1, -1]
      A negative number has no logarithm.
    """
    blocks = [_origin(one, first=not at) for at, one in enumerate(found.origins)] or [NOTHING]
    if found.given is not None:
        blocks.append(_given(found.given))
    return folded("\n".join(blocks), screen.width)


def _origin(origin: Origin, first: bool) -> str:
    where = "" if origin.place is None else f"{origin.place.words}: {origin.place.text}"
    maker = origin.node or origin.operator
    start = f"{maker} made the first {origin.value}" if first else f"Then {maker} made the first {origin.value}"
    if origin.node:
        lines = [f"{start}, in a backward pass" + (f" that ran at {where}" if where else ".")]
        if origin.node_place is not None and origin.node_place != origin.place:
            lines.append(f"  the derivative of {origin.node_place.words}: {origin.node_place.text}")
    else:
        lines = [f"{start}" + (f" at {where}" if where else ".")]
    elements = [operand.element for operand in origin.operands]
    if elements and all(element is not None for element in elements):
        call = f"{origin.operator}({', '.join(map(_exactly, elements))}) = {origin.value}"
        place = f"element {list(origin.index)} of its result: " if origin.index else ""
        more = f" (the first of {origin.count:,})" if origin.count > 1 else ""
        lines.append(f"  {place}{call}{more}")
    elif origin.index:
        lines.append(f"  first at element {list(origin.index)} of its result {list(origin.shape)}, {origin.count:,} in all")
    lines += [f"  {_operand(operand)}" for operand in origin.operands[:_MOST_OPERANDS]]
    if len(origin.operands) > _MOST_OPERANDS:
        lines.append(f"  … and {len(origin.operands) - _MOST_OPERANDS:,} more operands")
    if origin.advice:
        lines.append(f"  {origin.advice}")
    return "\n".join(lines)


def _given(given: Given) -> str:
    where = "" if given.place is None else f" at {given.place.words}: {given.place.text}"
    holder = given.operand.name or f"its operand {given.operand.parameter}"
    at = f" at element {list(given.index)}" if given.index else ""
    more = f", the first of {given.count:,}," if given.count > 1 else ""
    return f"A nan was there before: {holder} holds one{at}{more} when it comes to {given.operator}{where}"


def _operand(operand: Operand) -> str:
    name = f" = {operand.name}" if operand.name else ""
    return f"{operand.parameter}{name} = {numbers_text(operand.numbers)}"


def _exactly(element: float | complex | None) -> str:
    """A number in as many digits as tell it from a whole one: acos(1.0000001) is no acos(1)."""
    text = number_text(element)
    if isinstance(element, float) and not element.is_integer() and "." not in text and "e" not in text:
        return str(element)
    return text
