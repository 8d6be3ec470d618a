"""Advice where dtypes do not fit."""

from __future__ import annotations

import re

import numpy as np

from tensorsh.diagnostics.failure import Hint
from tensorsh.diagnostics.shape_advice import PRODUCTS
from tensorsh.diagnostics.situation import Row, Situation, new_value, said


def _same_dtype(match: re.Match[str], situation: Situation) -> Hint | None:
    tensors = situation.tensors
    if len(tensors) != 2 or tensors[0].value.dtype == tensors[1].value.dtype:
        return None
    left, right = tensors
    one, other = str(left.value.dtype), str(right.value.dtype)
    order = ["float16", "bfloat16", "float32", "float64", "complex64", "complex128"]
    code = [
        (situation.instead(right, f"{right.text}.to(torch.{one})"), one),
        (situation.instead(left, f"{left.text}.to(torch.{other})"), other),
    ]
    if other in order and (one not in order or order.index(other) > order.index(one)):
        code.reverse()  # first the one that loses nothing
    if (one in order) != (other in order):
        del code[1:]  # whole numbers would lose the fractions
    sentence = f"A matrix product needs one dtype: {left.name} is {one} and {right.name} is {other}."
    rule = PRODUCTS.get(situation.operation)
    fit = rule is not None and rule(left.shape, right.shape) is not None
    return Hint(sentence, tuple(code) if fit else ())


def _floating(match: re.Match[str], situation: Situation) -> Hint | None:
    if not situation.tensors:
        return None
    operand = situation.tensors[0]
    code = ((situation.instead(operand, f"{operand.text}.float()"), "float32"),)
    what = {"std": "a standard deviation", "var": "a variance", "norm": "a norm"}.get(situation.operation, "a mean")
    return Hint(f"{operand.name} is {operand.value.dtype}, and {what} has fractions.", code)


def _negative_power(match: re.Match[str], situation: Situation) -> Hint | None:
    if not situation.tensors:
        return None
    operand = situation.tensors[0]
    code = ((situation.instead(operand, f"{operand.text}.float()"), "float32"),)
    return Hint(f"{operand.name} is {operand.value.dtype}, and its negative powers are fractions.", code)


def _assigned(match: re.Match[str], situation: Situation) -> Hint | None:
    """`x[mask] = values`."""
    if not situation.tensors:
        return None
    operand = situation.tensors[0]
    return Hint(f"{operand.name} is {operand.value.dtype}, and takes values of that dtype: .to({operand.text}.dtype) makes them.")


def _too_large(match: re.Match[str], situation: Situation) -> Hint:
    low, high = np.iinfo(match[1]).min, np.iinfo(match[1]).max
    return Hint(f"{match[1]} holds whole numbers from {low:,} to {high:,}.")


def _result_cast(match: re.Match[str], situation: Situation) -> Hint | None:
    if len(situation.operands) < 2:
        return None
    target, other = situation.operands[0], situation.operands[-1]
    sentence = f"{target.text} is {target.value.dtype}, and in place it keeps its dtype."
    code = new_value(situation, target, other)
    return Hint(sentence, ((code, "a new tensor"),) if code else ())


NAMES = frozenset(
    "float16 bfloat16 float32 float64 half float double int8 int16 int32 int64 uint8 short int long bool complex64 complex128".split()
)


def _no_dtype(match: re.Match[str], situation: Situation) -> Hint | None:
    """A dtype given as text, or as NumPy's."""
    operand = next((x for x in situation.operands if x.role == "dtype"), None)
    if operand is None:
        operand = next((x for x in situation.operands if x.text.strip("'\"").rpartition(".")[2] in NAMES), None)
    if operand is None:
        return None
    name = operand.text.strip("'\"").rpartition(".")[2]
    sentence = "A dtype is one of torch's own."
    return Hint(sentence, ((situation.instead(operand, f"torch.{name}"), ""),)) if name in NAMES else Hint(sentence)


def _condition(match: re.Match[str], situation: Situation) -> Hint | None:
    """`torch.where(x, …)`, where `x` holds numbers."""
    numbers = [x for x in situation.tensors if x.role != "self" and x.value.dtype != "bool"]
    mask = next(iter(numbers), None) if situation.operation == "where" else next(reversed(numbers), None)
    if mask is None:
        return None
    sentence = f"A mask holds True and False, and {mask.name} is {mask.value.dtype}."
    return Hint(sentence, ((situation.instead(mask, f"{mask.text} != 0"), ""),))


def _kernel(match: re.Match[str], situation: Situation) -> Hint | None:
    """An operator that has no kernel for whole numbers, or for fractions."""
    kind = match[2]
    fractions = kind in ("Float", "Double", "Half", "BFloat16")
    dtypes = ("float", "bfloat") if fractions else ("int", "uint", "bool")
    operand = next((x for x in situation.tensors if str(x.value.dtype).startswith(dtypes)), None)
    if operand is None:
        return None
    if fractions:
        if situation.operation in ("&", "|", "^"):
            text = "combine truth values, or the bits of whole numbers: compare first, as in (x > 0) & (x < 1)."
            return Hint(f"{operand.name} is {operand.value.dtype}, and & | ^ {text}")
        return Hint(
            f"{operand.name} is {operand.value.dtype}, and {situation.operation or 'this'} is for whole numbers."
        )
    code = situation.instead(operand, f"{operand.text}.float()")
    checked = len(situation.tensors) == 1 and match[1].startswith(FRACTIONS)
    return Hint(
        f"{operand.name} is {operand.value.dtype}, and {situation.operation or 'this'} gives fractions.",
        ((code, ""),) if checked else (),
    )


# Kernels whose operators take any float in the place of a whole number.
FRACTIONS = (
    "softmax",
    "log_softmax",
    "mse",
    "std",
    "var",
    "norm",
    "erf",
    "sigmoid",
    "gelu",
    "silu",
    "elu",
    "leaky_relu",
    "dropout",
    "bernoulli",
)


def _targets(match: re.Match[str], situation: Situation) -> Hint | None:
    """`cross_entropy` with targets that are numbers of classes written as floats."""
    if len(situation.tensors) < 2:
        return None
    scores, target = situation.tensors[:2]
    sentence = f"Targets are the numbers of classes, and {target.name} is {target.value.dtype}."
    count = scores.shape[1 if len(scores.shape) > 1 else 0] if scores.shape else 0
    bounds = target.value.bounds
    wanted = (scores.shape[0], *scores.shape[2:]) if len(scores.shape) > 1 else ()
    if target.shape != wanted or bounds is None or not 0 <= bounds[0] <= bounds[1] < count:
        return Hint(sentence)
    return Hint(sentence, ((situation.instead(target, f"{target.text}.long()"), ""),))


def _probabilities(match: re.Match[str], situation: Situation) -> Hint | None:
    sentence = "It takes probabilities; for scores of any size there is binary_cross_entropy_with_logits."
    if situation.operation != "binary_cross_entropy":
        return None
    return Hint(sentence, ((situation.renamed("binary_cross_entropy_with_logits"), ""),))


def _array_expected(match: re.Match[str], situation: Situation) -> Hint | None:
    operand = situation.given("argument 1")
    if operand is None:
        return None
    if operand.value.kind == "tensor":
        return Hint(f"{operand.name} is a tensor already.")
    return Hint(
        "from_numpy() looks at an array's memory; tensor() copies anything that holds numbers.",
        ((situation.renamed("tensor"), ""),),
    )


def _no_device(match: re.Match[str], situation: Situation) -> Hint:
    return Hint("tensorsh computes on the CPU alone: every tensor is there already, and this call can be left out.")


# --- the table ----------------------------------------------------------------------------------------------------------

DTYPES: tuple[Row, ...] = (
    (
        r"expected m1 and m2 to have the same dtype|have (the )?same dtype, but (found|got)|expected scalar type",
        _same_dtype,
    ),
    (r"could not infer output dtype", _floating),
    (r"^std and var only support floating point|^linalg.vector_norm: Expected a floating point", _floating),
    (r"^Integers to negative integer powers are not allowed", _negative_power),
    (r"^Index put requires the source and destination dtypes match", _assigned),
    (r"^value cannot be converted to type (u?int\d+)(?:_t)? without overflow", _too_large),
    (r"^Overflow when unpacking long", said("int64 holds whole numbers from -2**63 to 2**63 - 1.")),
    (r"^~ \(operator.invert\) is only implemented on", said("~ is for masks and whole numbers; - negates.")),
    (r"can't be cast to the desired output type", _result_cast),
    (r"argument 'dtype' .*must be torch.dtype, not|invalid type: '", _no_dtype),
    (rf"^Invalid device string: '(?:{'|'.join(sorted(NAMES))})'|^to\(\) received .* got \((?:str|type)\)", _no_dtype),
    (r"^where expected condition to be a boolean tensor|expected BoolTensor for mask", _condition),
    (r'"(\w+)" not implemented for \'(\w+)\'', _kernel),
    (r"expected target dtype to be Long", _targets),
    (r"all elements of input should be between 0 and 1", _probabilities),
    (r"expected np.ndarray \(got", _array_expected),
    (r"Torch not compiled with CUDA|device type at start of device string", _no_device),
)
