"""Where a NaN or an infinity came from, in words. The facts are `diagnostics.nan`'s."""

from __future__ import annotations

from collections.abc import Sequence

from tensorsh.diagnostics.nan import Operand, Origin
from tensorsh.display.numbers import numbers_text

NOTHING = "No operator made a NaN or an infinity from finite numbers."


def origins_text(origins: Sequence[Origin]) -> str:
    """All that was found, or that there was nothing.

    >>> from tensorsh import torch
    >>> from tensorsh.diagnostics.nan import Finder
    >>> from tensorsh.ops.watching import watch
    >>> x = torch.tensor([1., 0.])
    >>> finder = Finder({"x": x})
    >>> with watch(finder):
    ...     y = x.log()
    >>> print(origins_text(finder.origins))
    log made the first -inf.
      element [1] of its result: log(0) = -inf
      self = x = [1, 0]
    """
    return "\n".join(_origin(one, first=not at) for at, one in enumerate(origins)) or NOTHING


def _origin(origin: Origin, first: bool) -> str:
    where = "" if origin.place is None else f" at {origin.place.words}: {origin.place.text}"
    start = f"{origin.operator} made the first {origin.value}" if first else f"Then {origin.operator} made the first {origin.value}"
    if origin.node:
        made = "" if origin.node_place is None else f" of {origin.node_place.words}, `{origin.node_place.text}`"
        lines = [f"{start}, backward, in the derivative {origin.node}{made}{where and ', run' + where}."]
    else:
        lines = [f"{start}{where}" + ("." if not where else "")]
    elements = [operand.element for operand in origin.operands]
    if elements and all(element is not None for element in elements):
        call = f"{origin.operator}({', '.join(f'{element:.4g}' for element in elements if element is not None)}) = {origin.value}"
        place = f"element {list(origin.index)} of its result: " if origin.index else ""
        more = f" (the first of {origin.count:,})" if origin.count > 1 else ""
        lines.append(f"  {place}{call}{more}")
    elif origin.index:
        lines.append(f"  first at element {list(origin.index)} of its result {list(origin.shape)}")
    lines += [f"  {_operand(operand)}" for operand in origin.operands]
    return "\n".join(lines)


def _operand(operand: Operand) -> str:
    name = f" = {operand.name}" if operand.name else ""
    return f"{operand.parameter}{name} = {numbers_text(operand.numbers)}"
