"""Advice where shapes do not fit: which transpose, unsqueeze or reshape of an operand would.

A suggestion is never made by pattern: the shape that it leads to has been computed.
"""

from __future__ import annotations

import re
from math import prod

from tensorsh.diagnostics import fitting
from tensorsh.diagnostics.failure import Hint
from tensorsh.diagnostics.fitting import Fit, Rule, Shape
from tensorsh.diagnostics.situation import LONG, Operand, Row, Situation, new_value, said, shown

SIGNS = frozenset("+ - * / // % ** & | ^ << >> == != < <= > >=".split())


def _fitting(situation: Situation, sentence: str, left: Operand, right: Operand, found: list[Fit]) -> Hint:
    """A sentence about two operands, and the forms that fit."""
    code = []
    for fit in found:
        if fit.changed is None:
            text = f"{fit.left} {situation.operation} {fit.right}"
        else:
            text = situation.instead(*((right, fit.right) if fit.changed else (left, fit.left)))
        code.append((text, shown(fit.shape)))
    return Hint(sentence, tuple(code))


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


def _grown(match: re.Match[str], situation: Situation) -> Hint | None:
    """In place, where the result would have another shape."""
    hint = _broadcast(match, situation)
    if hint is not None or len(situation.tensors) != 2 or len(situation.operands) != 2:
        return hint
    target, other = situation.operands
    shape = fitting.broadcast_shape(target.shape, other.shape)
    if shape is None:
        return None
    code = new_value(situation, target, other)
    sentence = f"{target.name} is {shown(target.shape)}, and in place it keeps its shape."
    return Hint(sentence, ((code, shown(shape)),) if code and situation.elementwise else ())


def _expanded(match: re.Match[str], situation: Situation) -> Hint | None:
    target = tuple(int(n) for n in match[1].split(",") if n.strip())
    source = tuple(int(n) for n in match[2].split(",") if n.strip())
    operand = next((operand for operand in reversed(situation.tensors) if operand.shape == source), None)
    if operand is None:
        return None
    if situation.operation.startswith(("expand", "broadcast_to")):
        wanted = f"only a dimension of size 1 can be stretched, so it does not fit {shown(target)}"
        return Hint(f"{operand.name} is {shown(source)}: {wanted}.")
    sentence = f"{operand.name} is {shown(source)}, and what it goes into is {shown(target)}."
    found = fitting.fits("", target, operand.text, source, fitting.into(target), only_right=True)
    before = situation.statement.removesuffix(operand.text)
    if before == situation.statement:
        before = ""  # the operand does not end the statement: its own code must do
    return Hint(sentence, tuple((before + fit.right, shown(fit.shape)) for fit in found))


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
        sentence = (
            f"The product of two vectors needs equal lengths: {left.name} has {a[0]} and {right.name} has {rows}."
        )
        return Hint(sentence, ((f"torch.outer({left.text}, {right.text})", shown((*a, *b))),))
    if situation.operation == "linear":
        sentence = f"The last dimension of {left.name} ({a[-1]}) must equal the last of {right.name} ({b[-1]})."
    elif a[-1] != rows:
        which = "second last" if len(b) > 1 else "length"
        sentence = f"The last dimension of {left.name} ({a[-1]}) must equal the {which} of {right.name} ({rows})."
    else:
        sentence = (
            f"The inner sizes fit, but the others do not: {left.name} is {shown(a)} and {right.name} is {shown(b)}."
        )
    found = fitting.fits(left.text, a, right.text, b, rule, swap=situation.operation == "@")
    if situation.operation == "addmm":
        added = situation.tensors[0].shape
        found = [fit for fit in found if fitting.broadcast_shape(added, fit.shape) == fit.shape]
    return _fitting(situation, sentence, left, right, found)


def _elements(match: re.Match[str], situation: Situation) -> Hint | None:
    size = tuple(int(n) for n in match[1].split(",") if n.strip())
    have = int(match[2])
    known = prod(n for n in size if n >= 0)
    name, first = situation.operands[0].name if situation.operands else "the tensor", situation.first
    if -1 in size:
        sentence = f"{name} has {have} elements, which do not divide by {known}."
    else:
        sentence = f"{name} has {have} elements, and {shown(size)} holds {known}."
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


def _dim_of(situation: Situation, ndim: int) -> int:
    """The dimension along which a call joins."""
    if situation.operation in ("hstack", "column_stack"):
        return 1 if ndim > 1 else 0
    operand = next((x for x in situation.operands if x.role == "dim" or x.role == "argument 2"), None)
    found = None if operand is None else operand.number
    return 0 if found is None else found % max(ndim, 1)


def _joined(situation: Situation, dim: int) -> Shape | None:
    """The shape that joining the tensors along `dim` gives, or None."""
    shapes = [operand.shape for operand in situation.tensors]
    if len({(len(shape), shape[:dim], shape[dim + 1 :]) for shape in shapes}) != 1 or dim >= len(shapes[0]):
        return None
    return (*shapes[0][:dim], sum(shape[dim] for shape in shapes), *shapes[0][dim + 1 :])


def _cat(situation: Situation, dim: int) -> tuple[str, str] | None:
    """A call of `torch.cat` along `dim` with the same tensors, and what it gives."""
    shape = _joined(situation, dim)
    code = f"torch.cat([{', '.join(operand.text for operand in situation.tensors)}], dim={dim})"
    return None if shape is None or len(code) > 2 * LONG else (code, shown(shape))


def _join(match: re.Match[str], situation: Situation) -> Hint | None:
    shapes = [operand.shape for operand in situation.tensors]
    if len(shapes) < 2 or len({len(shape) for shape in shapes}) != 1:
        return None
    sentence = (
        "All sizes but the one that is joined must be equal; here they are " + " and ".join(map(shown, shapes)) + "."
    )
    found = filter(None, (_cat(situation, dim) for dim in range(len(shapes[0]))))
    return Hint(sentence, tuple(found)[:1])


def _stack(match: re.Match[str], situation: Situation) -> Hint | None:
    hint = _join(match, situation)
    if hint is not None and hint.code:
        return Hint("torch.stack needs equal shapes; torch.cat joins along one.", hint.code)
    shapes = " and ".join(f"{operand.name} is {shown(operand.shape)}" for operand in situation.tensors[:3])
    return Hint(f"torch.stack needs equal shapes: {shapes}.") if len(situation.tensors) > 1 else None


def _join_ranks(match: re.Match[str], situation: Situation) -> Hint | None:
    """One of the tensors has a dimension too few: give it one of size 1 where the others are joined."""
    tensors = situation.tensors
    if len(tensors) < 2:
        return None
    ndim = max(len(operand.shape) for operand in tensors)
    dim = _dim_of(situation, ndim)
    low = [operand for operand in tensors if len(operand.shape) == ndim - 1]
    sentence = "Tensors that are joined need equal numbers of dimensions: " + " and ".join(
        f"{operand.name} is {shown(operand.shape)}" for operand in tensors[:3]
    )
    if len(low) != 1 or any(len(operand.shape) < ndim - 1 for operand in tensors):
        return Hint(sentence + ".")
    one = low[0]
    wide = (*one.shape[:dim], 1, *one.shape[dim:])
    shapes = [wide if operand is one else operand.shape for operand in tensors]
    if len({(shape[:dim], shape[dim + 1 :]) for shape in shapes}) != 1:
        return Hint(sentence + ".")
    total = (*wide[:dim], sum(shape[dim] for shape in shapes), *wide[dim + 1 :])
    return Hint(sentence + ".", ((situation.instead(one, f"{one.text}.unsqueeze({dim})"), shown(total)),))


def _join_one_list(match: re.Match[str], situation: Situation) -> Hint | None:
    """`torch.cat(x, y)`: the tensors belong in one list."""
    sentence = "The tensors go in one list or tuple."
    tensors = situation.tensors
    if len(tensors) < 2 or len(tensors) != len(situation.operands):
        return Hint(sentence)
    shapes = [operand.shape for operand in tensors]
    result = _joined(situation, 0) if situation.operation == "cat" else None
    if situation.operation == "stack" and len(set(shapes)) == 1:
        result = (len(shapes), *shapes[0])
    if result is None:
        return Hint(sentence)
    texts = ", ".join(operand.text for operand in tensors)
    return Hint(sentence, ((f"torch.{situation.operation}([{texts}])", shown(result)),))


# --- sizes that are asked for -------------------------------------------------------------------------------------------


def _expands(match: re.Match[str], situation: Situation) -> Hint | None:
    if not situation.tensors:
        return None
    assigned = situation.given("assigned")
    if assigned is not None:
        return Hint(f"{assigned.name} is {shown(assigned.shape)}, and what it goes into is [{match[1]}].")
    operand = situation.tensors[0]
    sentence = f"{operand.name} is {shown(operand.shape)}: a size is needed for each of its dimensions, new ones in front of them."
    return Hint(sentence)


def _repeats(match: re.Match[str], situation: Situation) -> Hint | None:
    if not situation.tensors:
        return None
    operand = situation.tensors[0]
    counts = [x.number for x in situation.operands if x.role.startswith("argument")]
    sentence = f"{operand.name} is {shown(operand.shape)}: repeat() needs a count for each of its dimensions."
    if not counts or any(count is None or count < 0 for count in counts):
        return Hint(sentence)
    missing = len(operand.shape) - len(counts)
    every = [count or 0 for count in counts] + [1] * missing
    shape = tuple(count * extent for count, extent in zip(every, operand.shape, strict=True))
    return Hint(sentence, ((f"{operand.text}.repeat({', '.join(map(str, every))})", shown(shape)),))


def _matrix_only(match: re.Match[str], situation: Situation) -> Hint | None:
    """`mm`, `mv`, `bmm` and `dot` are for certain numbers of dimensions; `matmul` is for all."""
    wanted = {
        "mm": "two matrices",
        "mv": "a matrix and a vector",
        "bmm": "two batches of matrices",
        "dot": "two vectors",
    }
    tensors = situation.tensors
    if situation.operation not in wanted or len(tensors) != 2:
        return None
    one, other = tensors
    sentence = (
        f"{situation.operation} is for {wanted[situation.operation]}; {one.name} is {shown(one.shape)} and {other.name} is "
        f"{shown(other.shape)}."
    )
    if situation.operation == "dot":
        if one.shape != other.shape:
            return Hint(sentence)
        return Hint(sentence, ((f"({one.text} * {other.text}).sum()", "[]"),))
    shape = fitting.matmul_shape(one.shape, other.shape)
    return Hint(sentence, () if shape is None else ((situation.renamed("matmul"), shown(shape)),))


def _transposes(match: re.Match[str], situation: Situation) -> Hint | None:
    if not situation.tensors or len(situation.tensors[0].shape) < 2:
        return None
    operand = situation.tensors[0]
    shape = (*operand.shape[:-2], operand.shape[-1], operand.shape[-2])
    sentence = "t() is for matrices; .mT turns the last two dimensions, transpose(a, b) any two."
    return Hint(sentence, ((f"{operand.text}.mT", shown(shape)),))


def _square(match: re.Match[str], situation: Situation) -> Hint | None:
    if not situation.tensors:
        return None
    operand = situation.tensors[0]
    return Hint(f"{operand.name} is {shown(operand.shape)}: the last two sizes must be equal.")


def _inferred(match: re.Match[str], situation: Situation) -> Hint:
    return Hint("-1 stands for the size that is left over, so that only one can be -1.")


# --- the table ----------------------------------------------------------------------------------------------------------

SHAPES: tuple[Row, ...] = (
    (r"The size of tensor a \(\d+\) must match the size of tensor b", _broadcast),
    (r"output with shape .* doesn't match the broadcast shape", _grown),
    (r"mat1 and mat2 shapes cannot be multiplied|^size mismatch, got", _product),
    (r"inconsistent tensor size|Expected size for first two dimensions of batch2", _product),
    (r"must match the existing size .* Target sizes: \[([-\d, ]*)\]\.  Tensor sizes: \[([\d, ]*)\]", _expanded),
    (r"shape '\[([-\d, ]*)\]' is invalid for input of size (\d+)", _elements),
    (r"view size is not compatible with input tensor's size and stride", _strides),
    (r"Sizes of tensors must match except in dimension", _join),
    (r"stack expects each tensor to be equal size", _stack),
    (r"Tensors must have same number of dimensions", _join_ranks),
    (r"argument 'tensors' \(position 1\) must be tuple of Tensors, not Tensor", _join_one_list),
    (r"size=\[([\d, ]*)\]\): the number of sizes provided \(\d+\) must be greater or equal to the number of dimensions", _expands),
    (r"Number of dimensions of repeat dims can not be smaller", _repeats),
    (r"mat2 must be a matrix|self must be a matrix|vector \+ matrix @ vector expected|1D tensors expected|batch[12] must be a 3D", _matrix_only),
    (r"t\(\) expects a tensor with <= 2 dimensions", _transposes),
    (r"must be batches of square matrices", _square),
    (r"only one dimension can be inferred", _inferred),
    (
        r"Dimension size must be non-negative|Trying to create tensor with negative dimension",
        said("A size is 0 or more; -1 stands for what is left over in view() and reshape() alone."),
    ),
    (r"both arguments to matmul need to be at least 1D", said("A number is multiplied with *: @ is for vectors and matrices.")),
)  # fmt: skip
