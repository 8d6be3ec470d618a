"""`broadcast(a, b)`: how shapes fit together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tensorsh.diagnostics.broadcasting import broadcasting
from tensorsh.diagnostics.plain import json_text
from tensorsh.display.broadcasting import broadcasting_text
from tensorsh.display.screen import PLAIN, Screen
from tensorsh.display.tables import folded
from tensorsh.explain.session import Output, argument_names, own_names
from tensorsh.runtime.creation import tensor
from tensorsh.runtime.promotion import result_type
from tensorsh.runtime.tensor import Tensor


def broadcast(session: Output, *operands: Any, json: bool = False) -> None:
    """Draws how tensors, arrays, numbers or shapes (lists of ints) broadcast: which dimension stretches, what the result takes;
    with `json`, as a line of JSON."""
    names = {**own_names(session.names), **argument_names(session, "broadcast", operands)}
    session.environment.write(broadcast_text(names, operands, screen=session.screen(), json=json) + "\n")


def broadcast_text(
    names: Mapping[str, Any], operands: Sequence[Any], titles: Sequence[str] = (), screen: Screen = PLAIN, json: bool = False
) -> str:
    """The text of `broadcast`; with `json`, its facts. `titles` name what has no name."""
    if len(operands) < 2:
        raise TypeError("broadcast() expects two or more tensors or shapes")
    labels, shapes, dtypes, values = [], [], [], []
    for number, operand in enumerate(operands):
        known = next((name for name, value in names.items() if value is operand and not _is_number(value)), "")
        labels.append(known or (titles[number] if number < len(titles) else f"operand {number + 1}"))
        value = _tensor(operand)
        if value is not None:
            values.append(operand if _is_number(operand) else value)
        shapes.append(tuple(map(int, operand)) if value is None else tuple(value._array.shape))
        dtypes.append("" if value is None else value._dtype.name)
    kind = result_type(*values) if len(values) == len(operands) else None
    facts = broadcasting(labels, shapes, dtypes, kind.name if kind else "", kind.itemsize if kind else None)
    return json_text(facts) if json else folded(broadcasting_text(facts), screen.width)


def _is_number(value: Any) -> bool:
    return isinstance(value, (bool, int, float, complex))


def _tensor(operand: Any) -> Tensor | None:
    """An operand as a tensor; None for one that is a shape."""
    if isinstance(operand, Tensor):
        return operand
    if _is_number(operand) or isinstance(operand, (np.ndarray, np.generic)):
        return tensor(operand)
    if isinstance(operand, (list, tuple)) and all(type(extent) is int and extent >= 0 for extent in operand):
        return None
    raise TypeError(f"broadcast() expects tensors, numbers or shapes, not {type(operand).__name__}")
