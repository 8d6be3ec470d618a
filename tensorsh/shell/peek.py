"""The value that a chain of names, attributes and constant indices stands for, found without running anything.

Completion asks for it at any keystroke, so nothing with an effect may happen: names are looked up, containers indexed,
methods bound; no function is called and no property of a tensor computed. What a call or a property would give is
represented by a stand-in of the type that its declaration promises, good for its attributes and nothing else.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from tensorsh.language import attributes
from tensorsh.language.context import MISSING
from tensorsh.language.documentation import document, returned_type
from tensorsh.language.namespace import Namespace
from tensorsh.runtime import dtype as dtypes
from tensorsh.runtime.tensor import Tensor
from tensorsh.session import Session
from tensorsh.shell.cursor import UNKNOWN, Chain

SOME_TENSOR = Tensor._fresh(np.zeros((1,), np.float32), dtypes.float32)
STAND_INS: dict[str, Any] = {
    "Tensor": SOME_TENSOR,
    "Tensor[]": [SOME_TENSOR],
    "bool": False,
    "int": 0,
    "float": 0.0,
    "(Tensor, Tensor)": (SOME_TENSOR, SOME_TENSOR),
    "(Tensor, Tensor, Tensor)": (SOME_TENSOR, SOME_TENSOR, SOME_TENSOR),
}
# Properties of a tensor that are tensors again, and those that can be read with no effect.
TENSOR_PROPERTIES = frozenset({"H", "T", "_base", "data", "grad", "imag", "mH", "mT", "real"})
PURE_PROPERTIES = frozenset({"device", "dtype", "itemsize", "layout", "nbytes", "ndim", "requires_grad", "shape"})


def value_of(chain: Chain, session: Session) -> Any:
    """The value of `chain`, or a stand-in of its type, or `MISSING`."""
    (kind, first), *steps = chain
    if kind == "literal":
        value = first
    elif kind == "group":
        value = joined([value_of(operand, session) for operand in first])
    else:
        try:
            value = session.environment.lookup(first)
        except Exception:  # whatever a name's family says when it is loaded, it cannot be completed
            return MISSING
    for kind, detail in steps:
        if kind == "attribute":
            value = attribute(value, detail)
        elif kind == "index":
            value = item(value, detail)
        else:
            value = result(value)
        if value is MISSING:
            break
    return value


def joined(operands: list[Any]) -> Any:
    """What operators make of these: a tensor if one of them is a tensor, one operand alone is itself."""
    if len(operands) == 1:
        return operands[0]
    return SOME_TENSOR if any(isinstance(operand, Tensor) for operand in operands) else MISSING


def attribute(value: Any, name: str) -> Any:
    """The attribute `name`, if it can be had with no effect."""
    if isinstance(value, Namespace):
        return value.find(name)
    if isinstance(value, Tensor):
        if name in TENSOR_PROPERTIES:
            return SOME_TENSOR
        if name == "grad_fn":
            return MISSING if value._grad_fn is None else value._grad_fn
        if isinstance(inspect.getattr_static(type(value), name, None), property) and name not in PURE_PROPERTIES:
            return MISSING
    elif isinstance(inspect.getattr_static(type(value), name, None), property):
        return MISSING
    try:
        return attributes.lookup(value, name)
    except Exception:
        return MISSING


def item(value: Any, index: Any) -> Any:
    """`value[index]` of a container; any index of a tensor gives a tensor."""
    if isinstance(value, Tensor):
        return SOME_TENSOR
    if index is UNKNOWN:
        # One element stands for all: lists are mostly of one kind.
        return value[0] if type(value) in (list, tuple) and value else MISSING
    if type(value) in (list, tuple, dict, str) or (isinstance(value, tuple) and isinstance(index, int)):
        try:
            return value[index]
        except (LookupError, TypeError):
            return MISSING
    return MISSING


def result(function: Any) -> Any:
    """A stand-in for what calling `function` gives."""
    if isinstance(function, type):
        return MISSING
    found = document(function)
    if found is None:
        return MISSING
    if found.signatures[0].name in ("tensor", "as_tensor", "asarray", "from_numpy", "detach", "requires_grad_"):
        return SOME_TENSOR
    return STAND_INS.get(returned_type(found), MISSING)
