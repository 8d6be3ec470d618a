"""Our words after PyTorch's: what the numbers of an error mean for the operands at hand, and what would work.

One table leads from the text of an error to a function that makes the hint from the operands' shapes and dtypes. A text that the
table does not know gets no hint; a suggestion that cannot be checked is not made.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import prod
from typing import NamedTuple

from tensorsh.diagnostics import fitting
from tensorsh.diagnostics.failure import Hint, Value
from tensorsh.diagnostics.fitting import Fit, Rule, Shape

LONG = 40  # characters of an operand's code that a sentence repeats
ROLES = {"left": "the left operand", "right": "the right operand", "self": "the tensor", "value": "the tensor"}


class Operand(NamedTuple):
    """A value that took part: `text` is code that can be followed by `.t()`, `place` where it stands in the failed code (None if
    that is on several lines).
    """

    role: str
    text: str
    value: Value
    place: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """What a sentence calls it."""
        return self.text if len(self.text) <= LONG else ROLES.get(self.role, self.role)

    @property
    def shape(self) -> Shape:
        assert self.value.shape is not None
        return self.value.shape


class Situation(NamedTuple):
    """What was being done. `operation` is an operator's sign, or the name of what was called; `whole` is the failed code.
    `elementwise` says that the operands are broadcast.
    """

    operation: str
    operands: tuple[Operand, ...]
    whole: str
    elementwise: bool = True

    @property
    def tensors(self) -> list[Operand]:
        return [operand for operand in self.operands if operand.value.shape is not None]

    @property
    def first(self) -> str:
        """The first operand's code."""
        return self.operands[0].text if self.operands else "x"

    def instead(self, operand: Operand, code: str) -> str:
        """The failed code with `code` in the place of an operand; `code` alone where that cannot be written on one line."""
        if operand.place is None or len(self.whole) > 2 * LONG:
            return code
        start, end = operand.place
        return self.whole[:start] + code + self.whole[end:]


Advise = Callable[[re.Match[str], Situation], "Hint | None"]
SIGNS = frozenset("+ - * / // % ** & | ^ << >> == != < <= > >=".split())


def advise(message: str, situation: Situation) -> Hint | None:
    """The hint for an error's text, or None."""
    for pattern, make in ADVICE:
        match = re.search(pattern, message)
        if match is not None:
            return make(match, situation)
    return None


def _shown(shape: Shape) -> str:
    return str(list(shape))


def _fitting(situation: Situation, sentence: str, left: Operand, right: Operand, found: list[Fit]) -> Hint:
    """A sentence about two operands, and the forms that fit."""
    code = []
    for fit in found:
        if fit.changed is None:
            text = f"{fit.left} {situation.operation} {fit.right}"
        else:
            text = situation.instead(*((right, fit.right) if fit.changed else (left, fit.left)))
        code.append((text, _shown(fit.shape)))
    return Hint(sentence, tuple(code))


# --- shapes -------------------------------------------------------------------------------------------------------------


def _broadcast(match: re.Match[str], situation: Situation) -> Hint | None:
    tensors = situation.tensors
    for at, left in enumerate(tensors):
        for right in tensors[at + 1 :]:
            a, b = left.shape, right.shape
            if fitting.broadcast_shape(a, b) is not None:
                continue
            wrong = next(
                i for i in range(-1, -len(a) - 1, -1) if i >= -len(b) and a[i] != b[i] and a[i] != 1 and b[i] != 1
            )
            sentence = (
                f"Shapes are compared from the right: in dimension {wrong}, {left.name} has {a[wrong]} and {right.name} has "
                f"{b[wrong]}. They must be equal, or one of them 1."
            )
            inplace = situation.operation.endswith(("=", "_")) and situation.operation not in SIGNS
            rule = fitting.into(a) if inplace else fitting.broadcast_shape
            # With a third operand, what fits two of them need not fit all.
            checked = len(tensors) == 2 and situation.elementwise
            found = fitting.fits(left.text, a, right.text, b, rule, only_right=inplace) if checked else []
            return _fitting(situation, sentence, left, right, found)
    return None


def _expanded(match: re.Match[str], situation: Situation) -> Hint | None:
    target = tuple(int(n) for n in match[1].split(",") if n.strip())
    source = tuple(int(n) for n in match[2].split(",") if n.strip())
    operand = next((operand for operand in reversed(situation.tensors) if operand.shape == source), None)
    if operand is None:
        return None
    sentence = f"{operand.name} is {_shown(source)}, and what it goes into is {_shown(target)}."
    found = fitting.fits("", target, operand.text, source, fitting.into(target), only_right=True)
    return Hint(sentence, tuple((fit.right, _shown(fit.shape)) for fit in found))


PRODUCTS: dict[str, Rule] = {
    "@": fitting.matmul_shape, "matmul": fitting.matmul_shape, "mm": fitting.mm_shape, "bmm": fitting.bmm_shape,
    "mv": fitting.mv_shape, "dot": fitting.matmul_shape, "addmm": fitting.mm_shape, "linear": fitting.linear_shape,
}  # fmt: skip


def _product(match: re.Match[str], situation: Situation) -> Hint | None:
    rule = PRODUCTS.get(situation.operation)
    tensors = situation.tensors[1:] if situation.operation == "addmm" else situation.tensors[:2]
    if rule is None or len(tensors) != 2:
        return None
    left, right = tensors
    a, b = left.shape, right.shape
    if rule(a, b) is not None or not a or not b:
        return None
    rows = b[-2] if len(b) > 1 else b[0]
    if len(a) == len(b) == 1:
        sentence = f"The product of two vectors needs equal lengths: {left.name} has {a[0]} and {right.name} has {rows}."
        return Hint(sentence, ((f"torch.outer({left.text}, {right.text})", _shown((*a, *b))),))
    if situation.operation == "linear":
        sentence = f"The last dimension of {left.name} ({a[-1]}) must equal the last of {right.name} ({b[-1]})."
    elif a[-1] != rows:
        which = "second last" if len(b) > 1 else "length"
        sentence = f"The last dimension of {left.name} ({a[-1]}) must equal the {which} of {right.name} ({rows})."
    else:
        sentence = f"The inner sizes fit, but the others do not: {left.name} is {_shown(a)} and {right.name} is {_shown(b)}."
    found = fitting.fits(left.text, a, right.text, b, rule, swap=situation.operation == "@")
    return _fitting(situation, sentence, left, right, found)


def _elements(match: re.Match[str], situation: Situation) -> Hint | None:
    size = tuple(int(n) for n in match[1].split(",") if n.strip())
    have = int(match[2])
    known = prod(n for n in size if n >= 0)
    name, first = situation.operands[0].name if situation.operands else "the tensor", situation.first
    if -1 in size:
        sentence = f"{name} has {have} elements, which do not divide by {known}."
    else:
        sentence = f"{name} has {have} elements, and {_shown(size)} holds {known}."
    code = [
        (f"{first}.{situation.operation}({', '.join(map(str, shape))})", "") for shape in fitting.views_of(have, size)
    ]
    return Hint(sentence, tuple(code))


def _strides(match: re.Match[str], situation: Situation) -> Hint:
    arguments = situation.whole[situation.whole.rfind("(") :]
    return Hint(
        f"The elements of {situation.first} do not lie in memory in the order of its dimensions, so that no view has this shape.",
        ((f"{situation.first}.reshape{arguments}", "copies where it must"),),
    )


def _join(match: re.Match[str], situation: Situation) -> Hint | None:
    shapes = [operand.shape for operand in situation.tensors]
    if len(shapes) < 2 or len({len(shape) for shape in shapes}) != 1:
        return None
    ndim = len(shapes[0])
    fitting_dims = [
        dim for dim in range(ndim) if len({(*shape[:dim], *shape[dim + 1 :]) for shape in shapes}) == 1
    ]
    sentence = "All sizes but the one that is joined must be equal; here they are " + " and ".join(map(_shown, shapes)) + "."
    if not fitting_dims:
        return Hint(sentence)
    dim = fitting_dims[0]
    total = (*shapes[0][:dim], sum(shape[dim] for shape in shapes), *shapes[0][dim + 1 :])
    return Hint(sentence, ((f"torch.cat(…, dim={dim})", _shown(total)),))


def _stack(match: re.Match[str], situation: Situation) -> Hint | None:
    hint = _join(match, situation)
    return None if hint is None or not hint.code else Hint("torch.stack needs equal shapes; torch.cat joins along one.", hint.code)


# --- dimensions and indices ---------------------------------------------------------------------------------------------


def _dimension(match: re.Match[str], situation: Situation) -> Hint | None:
    low, high, got = int(match[1]), int(match[2]), match[3]
    for operand in situation.tensors:
        ndim = len(operand.shape)
        count = f"{ndim} dimension{'' if ndim == 1 else 's'}" if ndim else "no dimensions"
        if max(ndim, 1) == high + 1:
            return Hint(f"dim {got} is out of range: {operand.name} has {count}, {_between(low, high)}.")
        if ndim == high:
            text = f"{operand.name} has {count}, and a new one can become {_between(low, high)}."
            return Hint(f"dim {got} is out of range: {text}")
    return Hint(f"dim {got} is out of range: {_between(low, high)}.")


def _between(low: int, high: int) -> str:
    return f"{low} … {high}" if low < high else str(high)


def _bounds(match: re.Match[str], situation: Situation) -> Hint | None:
    dim, size = int(match[2]), int(match[3])
    if not situation.tensors:
        return None
    name, shape = situation.tensors[0].name, situation.tensors[0].shape
    if size == 0:
        return Hint(f"{name} is {_shown(shape)}: dimension {dim} has no elements.")
    text = f"in dimension {dim}, indices go from 0 to {size - 1}, or from -{size} to -1 from the end."
    return Hint(f"{name} is {_shown(shape)}: {text}")


def _too_many(match: re.Match[str], situation: Situation) -> Hint | None:
    if not situation.tensors:
        return None
    name, shape = situation.tensors[0].name, situation.tensors[0].shape
    return Hint(f"{name} is {_shown(shape)}, which takes {len(shape)} {'index' if len(shape) == 1 else 'indices'} at most.")


def _list_index(match: re.Match[str], situation: Situation) -> Hint | None:
    length = situation.operands[0].value.length if situation.operands else None
    if length is None:
        return None
    if not length:
        return Hint(f"{situation.first} is empty.")
    return Hint(f"{situation.first} has {length} items: indices go from 0 to {length - 1}, or from -{length} to -1 from the end.")


def _permuted(match: re.Match[str], situation: Situation) -> Hint:
    have, given = int(match[1]), int(match[2])
    name = situation.operands[0].name if situation.operands else "the tensor"
    return Hint(f"permute names every dimension once: {name} has {have}, and {given} {'was' if given == 1 else 'were'} given.")


# --- dtypes -------------------------------------------------------------------------------------------------------------


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
    return Hint(f"A matrix product needs one dtype: {left.name} is {one} and {right.name} is {other}.", tuple(code))


def _index_dtype(match: re.Match[str], situation: Situation) -> Hint | None:
    wrong = [x for x in situation.tensors[1:] if str(x.value.dtype).startswith(("float", "bfloat", "complex"))]
    if not wrong:
        return None
    found = wrong[0]
    code = ((situation.instead(found, f"{found.text}.long()"), ""),)
    return Hint(f"Indices are whole numbers, and {found.name} is {found.value.dtype}.", code)


def _floating(match: re.Match[str], situation: Situation) -> Hint | None:
    if not situation.tensors:
        return None
    operand = situation.tensors[0]
    code = ((situation.instead(operand, f"{operand.text}.float()"), "float32"),)
    return Hint(f"{operand.name} is {operand.value.dtype}, and a mean has fractions.", code)


def _no_integer_grad(match: re.Match[str], situation: Situation) -> Hint:
    return Hint("Whole numbers have no derivative. Write the numbers with a point (1. for 1), or say dtype=torch.float32.")


def _result_cast(match: re.Match[str], situation: Situation) -> Hint | None:
    if len(situation.operands) < 2 or not situation.operation.endswith("="):
        return None
    sign = situation.operation[:-1]
    target, other = situation.operands[0], situation.operands[-1]
    return Hint(
        f"{target.text} is {target.value.dtype}, and in place it keeps its dtype.",
        ((f"{target.text} = {target.text} {sign} {other.text}", "a new tensor"),),
    )


# --- autograd -----------------------------------------------------------------------------------------------------------


def _said(text: str, *code: str) -> Advise:
    """A hint that says the same of any operand, whose code stands for `{}`."""

    def make(match: re.Match[str], situation: Situation) -> Hint:
        first = situation.first
        return Hint(text.replace("{}", first), tuple((line.replace("{}", first), "") for line in code))

    return make


def _leaf(match: re.Match[str], situation: Situation) -> Hint:
    text = " ".join(situation.whole.split())
    return Hint(
        f"{situation.first} is a leaf: writing to it would lose the value that its gradient belongs to.",
        ((f"with torch.no_grad(): {text}", "an update that is not recorded"),),
    )


# --- the table ----------------------------------------------------------------------------------------------------------

ADVICE: tuple[tuple[str, Advise], ...] = (
    (r"The size of tensor a \(\d+\) must match the size of tensor b", _broadcast),
    (r"output with shape .* doesn't match the broadcast shape", _broadcast),
    (r"mat1 and mat2 shapes cannot be multiplied|^size mismatch, got", _product),
    (r"inconsistent tensor size|Expected size for first two dimensions of batch2", _product),
    (r"must match the existing size .* Target sizes: \[([\d, ]*)\]\.  Tensor sizes: \[([\d, ]*)\]", _expanded),
    (r"shape '\[([-\d, ]*)\]' is invalid for input of size (\d+)", _elements),
    (r"view size is not compatible with input tensor's size and stride", _strides),
    (r"Sizes of tensors must match except in dimension", _join),
    (r"stack expects each tensor to be equal size", _stack),
    (r"Dimension out of range \(expected to be in range of \[(-?\d+), (-?\d+)\], but got (-?\d+)\)", _dimension),
    (r"index (-?\d+) is out of bounds for dimension (\d+) with size (\d+)", _bounds),
    (r"too many indices for tensor of dimension", _too_many),
    (r"^(list|tuple) index out of range", _list_index),
    (r"expected m1 and m2 to have the same dtype|have same dtype, but found|expected scalar type", _same_dtype),
    (r"could not infer output dtype", _floating),
    (r"only Tensors of floating point (and complex )?dtype can require gradients", _no_integer_grad),
    (r"can't be cast to the desired output type", _result_cast),
    (r"a leaf Variable that requires grad is being used in an in-place operation", _leaf),
    (
        r"grad can be implicitly created only for scalar outputs",
        _said("{} has several elements: say how each counts, or make one number of them.", "{}.sum().backward()",
              "{}.backward(torch.ones_like({}))"),
    ),
    (
        r"does not require grad and does not have a grad_fn",
        _said("Nothing that {} was made from requires grad, or recording was off when it was made. Make the inputs with "
              "requires_grad=True."),
    ),
    (
        r"Trying to backward through the graph a second time",
        _said("The first backward() freed what the graph had saved.", "backward(retain_graph=True)"),
    ),
    (
        r"elements cannot be converted to Scalar",
        _said("item() is for a tensor of one element.", "{}.tolist()", "{}.sum().item()"),
    ),
    (
        r"Boolean value of Tensor with more than one value is ambiguous",
        _said("A condition needs one truth value, and {} has several.", "{}.any()", "{}.all()"),
    ),
    (r"'(torch\.)?Size' object is not callable", _said("shape is no function.", "{}")),
    (r"input.dim\(\) = (\d+) is not equal to len\(dims\) = (\d+)", _permuted),
    (r"Expected dtype int32/int64 for index|tensors used as indices must be long", _index_dtype),
    (r"'(builtin_function_or_)?method' object is not subscriptable", _said("{} is a method: call it with parentheses first.")),
)  # fmt: skip
