"""Advice where NumPy and torch are mixed: arrays for tensors, one's dtypes and shapes for the other's."""

from __future__ import annotations

import re

from tensorsh.diagnostics.failure import Hint
from tensorsh.diagnostics.situation import Operand, Row, Situation

# Functions of NumPy that take several arrays, as one list.
JOINING = frozenset({"concatenate", "stack", "vstack", "hstack", "dstack", "column_stack"})
# Functions of torch that take tensors of several dtypes.
PROMOTING = frozenset({"cat", "concat", "concatenate", "stack", "vstack", "hstack", "dstack"})
# Functions of NumPy that take a shape.
SHAPED = frozenset({"zeros", "ones", "empty"})
# Kinds of elements that a tensor can have.
SHARED = ("bool", "uint8", "int", "float", "complex")


def array_as_tensor(situation: Situation, array: Operand) -> Hint:
    """For an array where a tensor was needed."""
    sentence = f"{array.name} is NumPy's array: torch.from_numpy() makes a tensor on its memory."
    fits = str(array.value.dtype).startswith(SHARED) and (
        situation.elementwise or len(situation.operands) == 1 or situation.operation in PROMOTING
    )
    return Hint(sentence, ((situation.instead(array, f"torch.from_numpy({array.text})"), ""),) if fits else ())


def _tensor_expected(match: re.Match[str], situation: Situation) -> Hint | None:
    arrays = [operand for operand in situation.operands if operand.value.kind == "array"]
    return array_as_tensor(situation, arrays[0]) if len(arrays) == 1 else None


def _shape_apart(match: re.Match[str], situation: Situation) -> Hint | None:
    """`np.zeros(2, 3)`, whose second number would be the dtype."""
    numbers = [operand for operand in situation.operands if operand.number is not None]
    if situation.operation not in SHAPED or len(numbers) != len(situation.operands):
        return None
    owner = situation.whole.partition("(")[0]
    return Hint(
        "NumPy takes a shape as one tuple.", ((f"{owner}(({', '.join(number.text for number in numbers)}))", ""),)
    )


def _other_dtype(match: re.Match[str], situation: Situation) -> Hint | None:
    """`a.astype(torch.float32)`."""
    name = match[1]
    written = f"torch.{name}"
    code = situation.whole.replace(written, f"np.{name}")
    return Hint(f"NumPy has dtypes of its own: np.{name}.", ((code, ""),) if situation.whole.count(written) == 1 else ())


def _viewed(match: re.Match[str], situation: Situation) -> Hint | None:
    if situation.operation != "view":
        return None
    return Hint("NumPy's view() is for dtypes; reshape() gives another shape.", ((situation.renamed("reshape"), ""),))


def _joined(match: re.Match[str], situation: Situation) -> Hint | None:
    return Hint("The arrays go in one list or tuple.") if situation.operation in JOINING else None


ARRAYS: tuple[Row, ...] = (
    (r"must be Tensor, not numpy\.ndarray|expected Tensor as element \d+ in argument \d+, but got numpy\.ndarray", _tensor_expected),
    (r"^Cannot interpret '\d+' as a data type", _shape_apart),
    (r"^Cannot interpret 'torch\.(\w+)' as a data type", _other_dtype),
    (r"^Type must be a sub-type of ndarray type", _viewed),
    (r"^only integer scalar arrays can be converted to a scalar index", _joined),
)  # fmt: skip
