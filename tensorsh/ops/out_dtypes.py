"""Which dtypes an operator's `out=` may have, where that is not just what the result can be cast to.

`out_dtypes.txt` is recorded from PyTorch (tests/parity/record_out_dtypes.py): a rule (`same`: the result's own dtype, `bool`:
that, or uint8, `cast`: one that the result can be cast to, `any`) and operators, and beneath them what PyTorch says of others, with places for the dtypes as it
names them (`Float`, and `float`). `[]` stands after an operator with several results. It is read when dtypes first differ.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tensorsh.runtime.dtype import can_cast, dtype, uint8

if TYPE_CHECKING:
    from tensorsh.ops.registry import Operator

_USUAL = ("cast", "result type {Found} can't be cast to the desired output type {Out}")


@cache
def _table() -> dict[str, tuple[str, str]]:
    table: dict[str, tuple[str, str]] = {}
    names: list[str] = []
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            table.update({name: (table[name][0], line.strip()) for name in names})
        else:
            rule, *names = line.split()
            table.update(dict.fromkeys(names, (rule, "")))
    return table


def refusal(op: Operator, several: bool, found: dtype, out: dtype) -> Exception | None:
    """The error for a result of dtype `found` that is to go to a tensor of another dtype; None if it may."""
    name = f"{op.namespace}.{op.name}" if op.namespace else op.name
    rule, text = _table().get(f"{name}[]" if several else name, _USUAL)
    if rule == "any" or (rule == "cast" and can_cast(found, out)) or (rule == "bool" and out is uint8):
        return None
    error, _, words = text.partition(": ") if text.partition(": ")[0] in ("TypeError", "NotImplementedError") else ("", "", text)
    kind = {"TypeError": TypeError, "NotImplementedError": NotImplementedError}.get(error, RuntimeError)
    return kind(words.format(Found=found.title, Out=out.title, found=found.cpp_name, out=out.cpp_name))
