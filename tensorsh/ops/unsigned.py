"""The kernels that PyTorch lacks for uint16, uint32 and uint64: a call of one ends in PyTorch's error.

`unsigned.txt` is recorded from PyTorch (tests/parity/record_unsigned.py): a line is a kernel's name and the operators that end there.
A condition may follow an operator, in brackets: `max[dim]` is `max` with `dim` given, `scatter_reduce[reduce=amin]` one with that
argument, `[weight=number]` one in which it is a number, `[dim=last]` one in which it is the last dimension, or has it; `[0d]`, `[1d]`
(at most one) and `[empty]` speak of the tensor. Of several rows for an operator the one with most conditions decides. What stands
after `-` is computed.

Nobody else pays for this: the first tensor of such a dtype calls `install`, which puts a guard before the kernels that the table
names. Our own kernel runs first, so that shapes which do not fit are refused as ever; where it would write, it does not run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tensorsh.ops import registry
from tensorsh.ops.registry import Operator
from tensorsh.runtime.dtype import dtype, uint16, uint32, uint64
from tensorsh.runtime.tensor import Tensor

_BY_ARRAY = {np.dtype(kind.name): kind for kind in (uint16, uint32, uint64)}
_COMPUTED = "-"


class Row(NamedTuple):
    """Where calls of an operator end that meet the conditions."""

    kernel: str
    conditions: tuple[str, ...]


@cache
def _table() -> dict[str, list[Row]]:
    table: dict[str, list[Row]] = {}
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        kernel, *operators = line.split()
        for operator in operators:
            name, _, conditions = operator.rstrip("]").partition("[")
            row = Row(kernel, tuple(filter(None, conditions.split(","))))
            table.setdefault(name, []).append(row)
    for rows in table.values():
        rows.sort(key=lambda row: (-len(row.conditions), -sum("=" in condition for condition in row.conditions)))
    return table


def install() -> None:
    """Guard the operators of the table, those in use and those that will be."""
    for wrapper in registry.WRAPPERS:
        _guard(wrapper)
    registry.BUILT.append(_guard)


def _guard(wrapper: Any) -> None:
    names = wrapper.__globals__
    op = names["OP"]
    rows = _table().get(f"{op.namespace}.{op.name}" if op.namespace else op.name)
    if rows is not None:
        slot = "WATCHED" if "WATCHED" in names else "KERNEL"
        names[slot] = _guarded(op, rows, names[slot], op.kind in ("write", "factory") or names["METHOD"] == "inplace")


def _guarded(op: Operator, rows: list[Row], kernel: Callable[..., Any], writes: bool) -> Callable[..., Any]:
    from tensorsh.ops.codegen.factories import OPTIONS

    parameters = [p for p in op.schema.parameters if op.kind != "factory" or p.name not in OPTIONS]
    names = [p.name for p in parameters] + (["dtype"] if op.kind == "factory" else [])
    defaults = {p.name: p.default for p in parameters}
    operands = [p.name for p in parameters if p.is_tensor or p.is_tensor_list]

    def guarded(*args: Any, **options: Any) -> Any:
        given = dict(zip(names, args, strict=False))
        first = next((found for name in operands if (found := _first(given.get(name))) is not None), None)
        kind = given.get("dtype") or (None if first is None else _kind(first))
        if kind is None or kind not in (uint16, uint32, uint64):
            return kernel(*args, **options)
        row = next((row for row in rows if all(_meets(c, given, defaults, first) for c in row.conditions)), None)
        if row is None or row.kernel == _COMPUTED:
            return kernel(*args, **options)
        if not writes and "out" not in options:
            try:
                kernel(*args, **options)
            except (NotImplementedError, RuntimeError) as error:
                if kind.title not in str(error):  # else: of an operator that our composite calls, where PyTorch's calls another
                    raise
        raise NotImplementedError(f"\"{row.kernel}\" not implemented for '{kind.title}'")

    return guarded


def _first(value: Any) -> Any:
    """The array or tensor that an operand is, the first of several; None for a number."""
    if isinstance(value, (list, tuple)):
        return next((found for part in value if (found := _first(part)) is not None), None)
    return value if isinstance(value, (Tensor, np.ndarray)) else None


def _kind(operand: Any) -> dtype | None:
    return operand._dtype if isinstance(operand, Tensor) else _BY_ARRAY.get(operand.dtype)


def _meets(condition: str, given: dict[str, Any], defaults: dict[str, Any], first: Any) -> bool:
    name, _, wanted = condition.partition("=")
    if name in ("0d", "1d"):
        return first is not None and first.ndim <= (name == "1d")
    if name == "empty":
        return first is not None and 0 in first.shape
    value = given.get(name, defaults.get(name))
    if not wanted:
        return value is not None and (isinstance(value, (Tensor, np.ndarray)) or value != defaults.get(name))
    if wanted == "number":
        return value is not None and getattr(value, "ndim", 0) == 0
    if wanted == "last":
        last = max(first.ndim - 1, 0)
        return last in value if isinstance(value, tuple) else value == last
    return str(value) == wanted
