"""What an operator's declaration promises, in words for its help: shapes, dtypes, memory, gradient, errors.

Derived from the declaration, like the operator itself, so that help cannot say anything else than what runs. What only the
operator's own text can say (which dimensions must agree, say) stands there.
"""

from __future__ import annotations

from typing import Any

from tensorsh.ops.registry import DIM_NAMES, Operator
from tensorsh.runtime.dtype import BOOL, COMPLEX, FLOAT, INTEGER

_DTYPES = {
    "promote": "those of the operands promote; the result has the common one",
    "float": "integers and bools give the default dtype",
    "compare": "operands promote; the result is bool",
    "same": "all tensors must have one",
}
_KINDS = {BOOL: "bool", INTEGER: "integer", FLOAT: "floating", COMPLEX: "complex"}


def promises(overloads: list[Operator], inplace: bool) -> tuple[tuple[str, str], ...]:
    """Rows of (what it is about, what is promised) for an operator with these overloads, or for its in-place form.

    What differs from overload to overload is told of the first.

    >>> from tensorsh.ops.registry import overloads
    >>> promises(overloads("exp"), inplace=False)[:2]
    (('shape', 'that of input'), ('dtype', 'integers and bools give the default dtype'))
    """
    first = overloads[0]
    found = {
        "shape": "that of self" if inplace else _shape(first),
        "dtype": "that of self, which the result must be able to take" if inplace else _DTYPES.get(first.dtype or "", ""),
        "memory": _memory(first, inplace),
        "gradient": _gradient(overloads),
        "errors": "; ".join(_errors(overloads, inplace)),
    }
    return tuple((about, said) for about, said in found.items() if said)


def _tensors(operator: Operator) -> list[str]:
    return [_public(one.name) for one in operator.schema.parameters if one.is_tensor]


def _public(name: str) -> str:
    return "input" if name == "self" else name


def _shape(operator: Operator) -> str:
    if not operator.elementwise:
        return ""
    tensors = _tensors(operator)
    return f"that of {tensors[0]}" if len(tensors) == 1 else f"those of {_listed(tensors)} broadcast"


def _memory(operator: Operator, inplace: bool) -> str:
    if operator.kind == "view":
        return "the result is a view: it shares that of its input"
    return "the result is self, written to in place" if inplace or operator.kind == "write" else ""


def _gradient(overloads: list[Operator]) -> str:
    if any(one.kind == "factory" for one in overloads):
        return ""
    names = dict.fromkeys(
        _public(name.strip()) for one in overloads for formula in one.formulas for name in formula.split(",")
    )
    if names:
        return f"goes to {_listed(list(names))}"
    return "" if any(one.differentiable for one in overloads) else "none goes through it"


def _errors(overloads: list[Operator], inplace: bool) -> list[str]:
    first = overloads[0]
    found = []
    if first.elementwise and len(_tensors(first)) > 1:
        found.append("RuntimeError where the shapes do not broadcast")
    if first.dtype == "same":
        found.append("RuntimeError where the dtypes differ")
    refused = [word for kind, word in _KINDS.items() if kind in first.refuses]
    if refused:
        found.append(f"RuntimeError for {_listed(refused, 'or')} tensors")
    dims = dict.fromkeys(p.name for one in overloads for p in one.schema.parameters if p.name in DIM_NAMES)
    if dims:
        found.append(f"IndexError where {_listed(list(dims), 'or')} is out of range")
    if inplace or first.kind == "write":
        found.append("RuntimeError for a leaf that requires grad")
    return found


def _listed(words: list[Any], last: str = "and") -> str:
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
