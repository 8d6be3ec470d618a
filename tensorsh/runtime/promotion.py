"""Which dtype an operator works in, from its operands: PyTorch's rule, in which dimensions and kinds decide together.

Operands fall into three classes: tensors with dimensions, 0-dim tensors, Python numbers. Inside a class dtypes promote by
`promote_types`. A later class counts only if its kind (bool < integer < float < complex) is higher than what the earlier
classes gave. The state of the default dtype enters only where a Python float meets integers.
Source: c10/core/ScalarType and aten/src/ATen/native/TypeProperties.cpp (`result_type`).
"""

from __future__ import annotations

from typing import Any

from tensorsh.runtime.dtype import COMPLEX, FLOAT, dtype, of_number, promote_types
from tensorsh.runtime.state import current

NUMBERS = (bool, int, float, complex)


def result_type(*operands: Any) -> dtype:
    """The dtype that `operands` (tensors and Python numbers) promote to.

    >>> from tensorsh.runtime.creation import tensor
    >>> result_type(tensor([1, 2]), 1.5)
    torch.float32
    """
    dims: dtype | None = None
    zero_dim: dtype | None = None
    number: dtype | None = None
    for operand in operands:
        if type(operand) in NUMBERS:
            own = of_number(operand, current().default_dtype)
            number = own if number is None else promote_types(number, own)
        elif operand._array.ndim:
            own = operand._dtype
            dims = own if dims is None or dims is own else promote_types(dims, own)
        else:
            own = operand._dtype
            zero_dim = own if zero_dim is None or zero_dim is own else promote_types(zero_dim, own)
    result = dims
    for lower in (zero_dim, number):
        if lower is None:
            continue
        if result is None:
            result = lower
        elif lower.kind > result.kind:
            # A complex number meeting float16 tensors takes their precision class, not the number's own.
            result = result.to_complex() if lower.kind == COMPLEX and result.kind == FLOAT else lower
    assert result is not None, "result_type needs an operand"
    return result


def float_type(found: dtype) -> dtype:
    """`found`, or the default dtype where `found` is an integer or bool: the rule of `exp`, `true_divide`, `mean` …"""
    return found if found.kind >= FLOAT else current().default_dtype
