"""Advice where one number, one truth value or a text was needed, or where a list was taken for a tensor."""

from __future__ import annotations

import re

from tensorsh.diagnostics import fitting
from tensorsh.diagnostics.failure import Hint
from tensorsh.diagnostics.situation import NUMBERS, Operand, Row, Situation, said, shown

# Functions that math and torch both have.
SHARED = frozenset("sqrt exp log log2 log10 sin cos tan asin acos atan sinh cosh tanh floor ceil trunc isnan isinf isfinite".split())
NO_NUMBERS = frozenset({"size", "stride", "backward"})  # methods that give nothing to compute with
ARITHMETIC = frozenset("+ - * / // % ** @ < <= > >=".split())


def _one_number(match: re.Match[str], situation: Situation) -> Hint | None:
    if not situation.tensors:
        return None
    operand = situation.tensors[0]
    what = f"{operand.name} is {shown(operand.shape)}"
    if situation.operation in ARITHMETIC - {"%"}:
        return _list_operand(match, situation)
    if situation.operation == "tensor":
        return _stacked(situation)
    if situation.whole == f"math.{situation.operation}({operand.text})" and situation.operation in SHARED:
        code = situation.whole.replace("math.", "torch.", 1)
        return Hint(f"math's functions take one number, and {what}.", ((code, shown(operand.shape)),))
    return Hint(
        f"This takes a tensor of one element, and {what}.",
        ((f"{operand.text}.tolist()", "all of them"), (f"{operand.text}.sum().item()", "one number")),
    )


def _stacked(situation: Situation) -> Hint | None:
    """`torch.tensor([x, y])` of tensors that are no numbers."""
    tensors = situation.tensors
    listed = re.fullmatch(r"(?:torch\.)?tensor\(\[(.+)\]\)", situation.whole)
    if not tensors or listed is None:
        return None
    alike = len({operand.shape for operand in tensors}) == 1 and len(tensors) == len(situation.operands)
    code = f"torch.stack([{listed[1]}])"
    return Hint(
        "tensor() takes numbers; stack() joins tensors of one shape.",
        ((code, shown((len(tensors), *tensors[0].shape))),) if alike else (),
    )


def _whole_number(match: re.Match[str], situation: Situation) -> Hint | None:
    if situation.operation in ARITHMETIC:
        return _text_operand(situation) or _list_operand(match, situation)
    if situation.operation == "tensor":
        return _stacked(situation)
    if not situation.tensors:
        return None
    operand = situation.tensors[0]
    if operand.shape in ((), (1,)) and str(operand.value.dtype).startswith("float"):
        code = situation.instead(operand, f"int({operand.text})")
        return Hint(f"{operand.name} is {operand.value.dtype}, and a whole number is needed.", ((code, ""),))
    return Hint(f"A whole number is needed, and {operand.name} is {operand.value.dtype} {shown(operand.shape)}.")


def _joined_text(match: re.Match[str], situation: Situation) -> Hint | None:
    right = situation.given("right")
    if right is None:
        return None
    text = right.text.removeprefix("(").removesuffix(")") if right.text.startswith("(") else right.text
    code = situation.instead(right, f"str({text})")
    return Hint("+ joins texts; str() makes a text of a value, as an f-string does.", ((code, ""),))


def _list_operand(match: re.Match[str], situation: Situation) -> Hint | None:
    """Arithmetic with a list, whose `+` and `*` are no arithmetic."""
    operand = next((x for x in situation.operands if x.value.kind in ("list", "tuple")), None)
    if operand is None or situation.operation not in ARITHMETIC or any(x.value.kind == "torch.Size" for x in situation.operands):
        return None
    does = ", with which + joins and * repeats" if situation.operation in ("+", "*") else ""
    sentence = f"{operand.name} is a {operand.value.kind}{does}; tensors compute."
    return Hint(sentence, tuple(_as_tensor(situation, operand)))


def _as_tensor(situation: Situation, operand: Operand) -> list[tuple[str, str]]:
    """The failed code with a tensor in the place of a list of numbers, if the shapes then fit."""
    text = operand.value.text or ""
    if not NUMBERS.fullmatch(text) or sum(x.value.kind in ("list", "tuple") for x in situation.operands) > 1:
        return []
    shape: fitting.Shape | None = (operand.value.length or 0,)
    other = next((x for x in situation.tensors), None)
    if other is not None:
        rule = fitting.matmul_shape if situation.operation == "@" else fitting.broadcast_shape
        if situation.operation == "@" and (not str(other.value.dtype).startswith("int") or "." in text):
            return []  # the dtypes of a product must be equal too
        left = situation.operands[0] is other
        shape = rule(other.shape, shape or ()) if left else rule(shape or (), other.shape)
    return [] if shape is None else [(situation.instead(operand, f"torch.tensor({operand.text})"), shown(shape))]


def _unsupported(match: re.Match[str], situation: Situation) -> Hint | None:
    """`+` and its kin on what has none of it: None, a method that was not called, a list."""
    for operand in situation.operands:
        if operand.value.kind == "NoneType" and operand.text != "None":
            if operand.text.endswith(".grad"):
                return no_gradient(operand.text)
            why = (
                " A function without a return gives None."
                if operand.text.rstrip(")").endswith("(") or operand.text.endswith(")")
                else ""
            )
            return Hint(f"{operand.name} is None.{why}")
        if operand.value.kind in ("method", "builtin_function_or_method"):
            called = situation.instead(operand, f"{operand.text}()")
            return Hint(
                f"{operand.text} is a method, which has not been called.",
                () if operand.text.rpartition(".")[2] in NO_NUMBERS else ((called, ""),),
            )
        if operand.value.kind.startswith("torch.return_types"):
            code = situation.instead(operand, f"{operand.text}.values")
            return Hint(f"{operand.name} has values and indices.", ((code, ""),))
    with_array = _with_array(match, situation)
    if with_array is not None:
        return with_array
    number = _text_operand(situation) or _product_with_number(situation)
    return number or _list_operand(match, situation)


def _text_operand(situation: Situation) -> Hint | None:
    """Arithmetic with a text that spells a number."""
    operand = next((x for x in situation.operands if x.value.kind == "str"), None)
    if operand is None or situation.operation not in ARITHMETIC - {"@"}:
        return None
    spelt = re.fullmatch(r"'[-+]?(\d+|\d*\.\d+)'", operand.value.text or "")
    code = situation.instead(operand, f"float({operand.text})")
    alone = sum(x.value.kind == "str" for x in situation.operands) == 1
    return Hint(f"{operand.text} is a text, not a number.", ((code, ""),) if spelt and alone else ())


def _product_with_number(situation: Situation) -> Hint | None:
    """`x @ 2`."""
    operands = situation.operands
    if situation.operation != "@" or not any(x.value.kind in ("int", "float") for x in operands):
        return None
    shape = next((x.shape for x in situation.tensors), None)
    code = f"{operands[0].text} * {operands[-1].text}"
    return (
        None
        if shape is None
        else Hint("@ is for vectors and matrices; a number is multiplied with *.", ((code, shown(shape)),))
    )


def no_gradient(text: str) -> Hint:
    """For `w.grad` that is None."""
    owner = text.removesuffix(".grad")
    return Hint(f"{text} is None: no backward() has given {owner} a gradient.")


def _whole_text(match: re.Match[str], situation: Situation) -> Hint | None:
    """`int("3.5")`."""
    operand = situation.given("argument 1")
    if operand is None or not re.fullmatch(r"[-+]?\d*\.\d+", match[1]):
        return None
    return Hint("int() reads whole numbers only.", ((f"int(float({operand.text}))", match[1].partition(".")[0]),))


def _no_items(match: re.Match[str], situation: Situation) -> Hint | None:
    operand = next((x for x in situation.operands if x.value.kind == "int"), None)
    if operand is None or match[1] != "int":
        return None
    if operand.role != "value":  # no loop
        return Hint(f"{operand.name} is a number, which has no items.")
    return Hint(
        f"{operand.name} is a number, which has no items; range() counts up to it.",
        ((f"range({operand.text})", f"0 … {int(operand.value.text or 1) - 1}"),),
    )


def _unpacked(match: re.Match[str], situation: Situation) -> Hint | None:
    operand = situation.given("assigned", "item")
    if operand is None:
        return None
    value = operand.value
    count = value.length if value.shape is None else (value.shape[0] if value.shape else None)
    if count is None:
        return None
    what = "Each item" if operand.role == "item" else operand.name
    return Hint(f"{what} gives {count} part{'' if count == 1 else 's'}.")


def _truth(match: re.Match[str], situation: Situation) -> Hint:
    first, operation = situation.first, situation.operation
    chain = re.fullmatch(r"([\w.()]+) ?(<=?|>=?) ?([\w.()]+) ?(<=?|>=?) ?([\w.()]+)", situation.whole)
    if chain is not None:
        low, one, middle, other, high = chain.groups()
        code = f"({low} {one} {middle}) & ({middle} {other} {high})"
        return Hint("A chain of comparisons asks for one truth value between them.", ((code, ""),))
    bits = re.fullmatch(r"([^&|<>=!]+[<>=!]=?[^&|<>=!]+?) ?([&|]) ?([^&|<>=!]+[<>=!]=?[^&|<>=!]+)", situation.whole)
    if bits is not None:
        one, sign, other = bits.groups()
        return Hint(f"{sign} binds tighter than a comparison.", ((f"({one.strip()}) {sign} ({other.strip()})", ""),))
    kind = situation.operands[0].value.kind if situation.operands else "tensor"
    if kind not in ("tensor", "array"):
        return Hint("Each comparison of two items must give one truth value; torch.equal(a, b) does.")
    if operation in ("max", "min") and len(situation.operands) == 1:
        return Hint(
            f"Python's {operation}() asks whether one row is less than another.", ((f"{first}.{operation}()", "[]"),)
        )
    if operation in ("in", "not in"):
        return Hint(
            "`in` compares with one item after another, and each answer must be one truth value.", _is_in(situation)
        )
    if operation == "sorted":
        return Hint("Python's sorted() asks whether one row is less than another.", ((f"{first}.sort().values", ""),))
    sign = {"and": "&", "or": "|", "not": "~"}.get(situation.joined)
    truths = bool(situation.operands) and situation.operands[0].value.dtype == "bool"
    each = f" For an answer to each element, write {sign} instead of {situation.joined}." if sign and truths else ""
    return Hint(
        f"A condition needs one truth value, and {first} has several.{each}",
        ((f"{first}.any()", ""), (f"{first}.all()", "")),
    )


def _is_in(situation: Situation) -> tuple[tuple[str, str], ...]:
    tensor, items = situation.operands[0], situation.operands[-1]
    if (
        tensor.value.shape is None
        or items.value.kind not in ("list", "tuple")
        or not NUMBERS.fullmatch(items.value.text or "")
    ):
        return ()
    sign = "~" if situation.operation == "not in" else ""
    return ((f"{sign}torch.isin({tensor.text}, torch.tensor({items.text}))", shown(tensor.shape)),)


def _nested_list(match: re.Match[str], situation: Situation) -> Hint | None:
    """`rows[0, 1]` of a list of lists."""
    rows = situation.given("value")
    numbers = [operand for operand in situation.operands if operand.role.startswith("index")]
    if rows is None or not all(operand.number is not None for operand in numbers):
        return None
    code = rows.text + "".join(f"[{operand.text}]" for operand in numbers)
    return Hint("Lists within lists take one index after another; tensors take several.", ((code, ""),))


def _rounded(match: re.Match[str], situation: Situation) -> Hint | None:
    if situation.operation != "round" or not situation.tensors:
        return None
    digits = situation.given("argument 2")
    more = f", decimals={digits.text}" if digits is not None and digits.number is not None else ""
    operand = situation.tensors[0]
    return Hint("Python's round() is for numbers.", ((f"torch.round({operand.text}{more})", shown(operand.shape)),))


def _with_array(match: re.Match[str], situation: Situation) -> Hint | None:
    """A NumPy array and a tensor in one operation."""
    array = next((x for x in situation.operands if x.value.kind == "array"), None)
    tensor = next((x for x in situation.operands if x.value.kind == "tensor"), None)
    if array is None or tensor is None or situation.operation not in ARITHMETIC:
        return None
    rule = fitting.matmul_shape if situation.operation == "@" else fitting.broadcast_shape
    operands = (array, tensor) if situation.operands[0] is array else (tensor, array)
    shape = rule(operands[0].shape, operands[1].shape)
    sentence = f"{array.name} is NumPy's array {shown(array.shape)}, and {tensor.name} a tensor {shown(tensor.shape)}."
    if shape is None or (situation.operation == "@" and array.value.dtype != tensor.value.dtype):
        return Hint(sentence)
    return Hint(sentence, ((situation.instead(array, f"torch.from_numpy({array.text})"), shown(shape)),))


VALUES: tuple[Row, ...] = (
    (r"elements cannot be converted to Scalar|only one element tensors can be converted to Python scalars", _one_number),
    (r"only integer tensors of a single element can be converted to an index", _whole_number),
    (r"Boolean value of Tensor with more than one value is ambiguous", _truth),
    (r"doesn't define __round__", _rounded),
    (r"^list indices must be integers or slices, not tuple", _nested_list),
    (
        r"^cannot access local variable '(\w+)' where",
        lambda match, situation: Hint(
            f"{match[1]} is assigned to in this function, which makes it local there: it needs a value first, or "
            f"`global {match[1]}` where the program's is meant."
        ),
    ),
    (r"operation is not implemented for NumPy arrays|operands could not be broadcast together with shapes", _with_array),
    (r"invalid literal for int\(\) with base 10: '(.*)'", _whole_text),
    (r"can only concatenate str \(not", _joined_text),
    (r"can only concatenate (list|tuple) \(not|^can't multiply sequence", _unsupported),
    (r"unsupported operand type\(s\) for|not supported between instances of", _unsupported),
    (r"'NoneType' object is not subscriptable", _unsupported),
    (r"'(\w+)' object is not iterable", _no_items),
    (r"to unpack \(expected", _unpacked),
    (r"^ZeroDivisionError$", said("Whole numbers cannot be divided by 0; real numbers can, and give inf or nan.")),
    (r"the input matrix is singular", said("A singular matrix has no inverse; torch.linalg.pinv() gives the nearest to one.")),
    (r"the input is not positive-definite", said("Only a symmetric matrix whose eigenvalues are all above 0 has this factorization.")),
    (r"invalid multinomial distribution \(sum of probabilities", said("At least one of the weights must be above 0.")),
    (
        r"expected sequence of length (\d+) at dim \d+ \(got (\d+)\)|^not a sequence",
        said("A tensor is rectangular: lists at one depth have equal lengths, and hold numbers only or lists only."),
    ),
    (
        r"can't assign a (list|tuple) to a torch\.",
        said("A tensor takes tensors and numbers: torch.tensor() makes one of a list."),
    ),
    (r"can't assign a (\w+) to a torch\.", said("A tensor takes tensors and numbers.")),
    (
        r"unsupported format string passed to Tensor.__format__",
        said("A format is for a tensor of one element; torch.set_printoptions(precision=2) rounds what print() shows."),
    ),
)  # fmt: skip
