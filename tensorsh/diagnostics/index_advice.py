"""Advice about dimensions and indices that are out of range or of the wrong kind."""

from __future__ import annotations

import re

from tensorsh.diagnostics.failure import Hint
from tensorsh.diagnostics.fitting import Shape
from tensorsh.diagnostics.situation import Operand, Row, Situation, shown

NAMES = "A tensor is indexed by numbers, slices, masks and index tensors; names belong to a dictionary."


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
        return Hint(f"{name} is {shown(shape)}: dimension {dim} has no elements.")
    text = f"in dimension {dim}, indices go from 0 to {size - 1}, or from -{size} to -1 from the end."
    return Hint(f"{name} is {shown(shape)}: {text}")


def _too_many(match: re.Match[str], situation: Situation) -> Hint | None:
    if not situation.tensors:
        return None
    if any(operand.role.startswith("index") and operand.value.kind == "str" for operand in situation.operands):
        return Hint(NAMES)
    name, shape = situation.tensors[0].name, situation.tensors[0].shape
    return Hint(
        f"{name} is {shown(shape)}, which takes {len(shape)} {'index' if len(shape) == 1 else 'indices'} at most."
    )


def _list_index(match: re.Match[str], situation: Situation) -> Hint | None:
    length = situation.operands[0].value.length if situation.operands else None
    if length is None:
        return None
    if not length:
        return Hint(f"{situation.first} is empty.")
    things = "characters" if situation.operands[0].value.kind == "str" else "items"
    return Hint(
        f"{situation.first} has {length} {things}: indices go from 0 to {length - 1}, or from -{length} to -1 from the end."
    )


def _permuted(match: re.Match[str], situation: Situation) -> Hint:
    have, given = int(match[1]), int(match[2])
    name = situation.operands[0].name if situation.operands else "the tensor"
    return Hint(
        f"permute names every dimension once: {name} has {have}, and {given} {'was' if given == 1 else 'were'} given."
    )


# --- indices of the wrong kind ------------------------------------------------------------------------------------------


def _index_dtype(match: re.Match[str], situation: Situation) -> Hint | None:
    wrong = [x for x in situation.tensors[1:] if str(x.value.dtype).startswith(("float", "bfloat", "complex"))]
    if not wrong:
        return None
    found, indexed = wrong[0], situation.tensors[0]
    sentence = f"Indices are whole numbers, and {found.name} is {found.value.dtype}."
    dim = next(
        (
            x.number
            for x in situation.operands
            if x.role in ("dim", "argument 1", "argument 2") and x.number is not None
        ),
        0,
    )
    if not _selects(situation, indexed.shape, found, dim):
        return Hint(sentence)
    return Hint(sentence, ((situation.instead(found, f"{found.text}.long()"), ""),))


def _selects(situation: Situation, shape: Shape, index: Operand, dim: int) -> bool:
    """Whether the values of an index, as whole numbers, would be good for a tensor of this shape."""
    if not -len(shape) <= dim < len(shape):
        return False
    bounds, size = index.value.bounds, shape[dim]
    if situation.operation == "":
        one = len(situation.operands) == 2
        return one and bounds is not None and -size <= bounds[0] and bounds[1] < size
    if bounds is None or not 0 <= bounds[0] <= bounds[1] < size:
        return False
    if situation.operation == "gather":
        others = [d for d in range(len(shape)) if d != dim % len(shape)]
        return len(index.shape) == len(shape) and all(index.shape[d] <= shape[d] for d in others)
    return situation.operation == "index_select" and len(index.shape) < 2


def _number_index(match: re.Match[str], situation: Situation) -> Hint | None:
    operand = situation.given("index", "index 0", "index 1")
    sentence = "An index is a whole number, a slice, a mask or an index tensor."
    if operand is None or not situation.tensors:
        return Hint(sentence)
    divided = re.fullmatch(
        r"([\w.()\[\]]+) ?/ ?([\w.()\[\]]+)", operand.text.strip("()") if "/" in operand.text else ""
    )
    if operand.value.kind == "float" and divided is not None:
        code = situation.instead(operand, f"{divided[1]} // {divided[2]}")
        return Hint(f"{sentence} / gives a fraction and // a whole number.", ((code, ""),))
    return Hint(sentence)


def _text_index(match: re.Match[str], situation: Situation) -> Hint | None:
    operand = situation.given("index")
    if operand is None or not situation.tensors:
        return Hint("A tensor holds numbers, and no text.")
    return Hint(NAMES)


def _backwards(match: re.Match[str], situation: Situation) -> Hint | None:
    """`x[::-1]`."""
    sentence = "Steps go forward only; flip() turns a dimension round."
    if not situation.tensors or not situation.whole.endswith("[::-1]"):
        return Hint(sentence)
    operand = situation.tensors[0]
    return Hint(sentence, ((f"{operand.text}.flip(0)", shown(operand.shape)),))


def _mask(match: re.Match[str], situation: Situation) -> Hint | None:
    if len(situation.tensors) != 2:
        return None
    indexed, mask = situation.tensors
    sentence = f"A mask has the sizes of the dimensions that it selects from: {mask.name} is {shown(mask.shape)}, {indexed.name} is {shown(indexed.shape)}."
    if situation.operation or len(mask.shape) != 1 or situation.given("index") is None:
        return Hint(sentence)
    for dim, extent in enumerate(indexed.shape):
        if extent == mask.shape[0]:
            code = situation.instead(mask, ", ".join([*[":"] * dim, mask.text]))
            return Hint(sentence, ((situation.with_statement(code), ""),))
    return Hint(sentence)


def _no_dimensions(match: re.Match[str], situation: Situation) -> Hint | None:
    if not situation.tensors or situation.tensors[0].shape:
        return None
    operand = situation.tensors[0]
    return Hint(f"{operand.name} has no dimensions: it is one number.", ((f"{operand.text}.item()", "the number"),))


def _index_rank(match: re.Match[str], situation: Situation) -> Hint | None:
    if len(situation.tensors) < 2:
        return None
    one, index = situation.tensors[:2]
    return Hint(
        f"{one.name} is {shown(one.shape)}, so the index needs {len(one.shape)} dimensions too; {index.name} is {shown(index.shape)}."
    )


def _rows(match: re.Match[str], situation: Situation) -> Hint | None:
    """Indices into the rows of a table (`embedding`), or along a dimension (`index_select`)."""
    if situation.operation == "embedding" and len(situation.tensors) > 1:
        table, indices = situation.tensors[1], situation.tensors[0]
    elif situation.operation == "index_select" and len(situation.tensors) > 1:
        table, indices = situation.tensors[0], situation.tensors[-1]
    else:
        return None
    dim = 0
    if situation.operation == "index_select":
        dim = next(
            (
                x.number
                for x in situation.operands
                if x.role in ("dim", "argument 1", "argument 2") and x.number is not None
            ),
            0,
        )
    size = table.shape[dim]
    found = indices.value.bounds
    goes = f", and {indices.name} goes from {found[0]:g} to {found[1]:g}" if found is not None else ""
    return Hint(f"{table.name} is {shown(table.shape)}: in dimension {dim}, indices go from 0 to {size - 1}{goes}.")


def _classes(match: re.Match[str], situation: Situation) -> Hint | None:
    if not situation.tensors or not situation.tensors[0].shape:
        return None
    scores = situation.tensors[0]
    count = scores.shape[1 if len(scores.shape) > 1 else 0]
    return Hint(
        f"{scores.name} is {shown(scores.shape)}, which scores {count} classes: targets go from 0 to {count - 1}."
    )


def _one_hot(match: re.Match[str], situation: Situation) -> Hint | None:
    indices = next(iter(situation.tensors), None)
    count = situation.given("num_classes", "argument 2")
    if indices is None or indices.value.bounds is None or count is None:
        return None
    needed = int(indices.value.bounds[1]) + 1
    sentence = f"{indices.name} goes up to {needed - 1}, which makes {needed} classes."
    return Hint(sentence, ((situation.instead(count, str(needed)), shown((*indices.shape, needed))),))


def _long_indices(match: re.Match[str], situation: Situation) -> Hint | None:
    """`one_hot` and `embedding` of classes that are written as floats."""
    indices = next(iter(situation.tensors), None)
    if indices is None:
        return None
    sentence = f"Indices are whole numbers, and {indices.name} is {indices.value.dtype}."
    size = (
        situation.tensors[1].shape[0] if situation.operation == "embedding" and len(situation.tensors) > 1 else 1 << 16
    )
    bounds = indices.value.bounds
    if bounds is None or not 0 <= bounds[0] <= bounds[1] < size:
        return Hint(sentence)
    return Hint(sentence, ((situation.instead(indices, f"{indices.text}.long()"), ""),))


def _top(match: re.Match[str], situation: Situation) -> Hint | None:
    if not situation.tensors or not situation.tensors[0].shape:
        return None
    operand = situation.tensors[0]
    return Hint(
        f"{operand.name} is {shown(operand.shape)}: k can be as large as the dimension that is searched, the last one if none is named."
    )


# --- the table ----------------------------------------------------------------------------------------------------------

INDICES: tuple[Row, ...] = (
    (r"Dimension out of range \(expected to be in range of \[(-?\d+), (-?\d+)\], but got (-?\d+)\)", _dimension),
    (r"index (-?\d+) is out of bounds for dimension (\d+) with size (\d+)", _bounds),
    (r"too many indices for tensor of dimension", _too_many),
    (r"^(list|tuple|string) index out of range", _list_index),
    (r"input.dim\(\) = (\d+) is not equal to len\(dims\) = (\d+)", _permuted),
    (r"Expected dtype int32(/| or )int64 for index|tensors used as indices must be long", _index_dtype),
    (r"long or byte Variables are valid indices", _number_index),
    (r"new\(\): invalid data type 'str'", _text_index),
    (r"The shape of the mask .* does not match the shape of the indexed tensor", _mask),
    (r"^step must be greater than zero", _backwards),
    (r"invalid index of a 0-dim tensor|len\(\) of a 0-d tensor|iteration over a 0-d tensor", _no_dimensions),
    (r"Index tensor must have the same number of dimensions", _index_rank),
    (r"^index out of range in self", _rows),
    (r"^Target -?\d+ is out of bounds", _classes),
    (r"^Class values must be smaller than num_classes", _one_hot),
    (r"only applicable to index tensor of type LongTensor|argument #1 'indices' to have one of", _long_indices),
    (r"selected index k out of range", _top),
)  # fmt: skip
