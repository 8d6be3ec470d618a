"""Advice about calls: what is no function, what was not called, arguments too many or too few."""

from __future__ import annotations

import builtins
import re

from tensorsh.diagnostics.failure import Hint
from tensorsh.diagnostics.situation import LONG, NUMBERS, Operand, Row, Situation, shown

# Reductions that take several dimensions, as one tuple.
OVER_DIMS = frozenset({"sum", "mean", "std", "var", "amax", "amin", "logsumexp", "squeeze", "flip"})


def _not_callable(match: re.Match[str], situation: Situation) -> Hint | None:
    """Parentheses after what is a value: `x.shape()`, `x(0)`."""
    function = situation.given("func")
    if function is None:
        return None
    text = function.text
    if function.value.kind == "torch.dtype" or text.startswith("torch.") and text.rpartition(".")[2] in ("float", "int", "bool"):
        return Hint(f"{text} is a dtype, not a function: x.to({text}) converts a tensor x.")
    if hasattr(builtins, text):
        kind = _a(function.value.kind)
        return Hint(f"{text} is {kind} here, which hides Python's own until it is deleted: del {text}.")
    numbers = [operand.number for operand in situation.operands if operand.role.startswith("argument")]
    tail = text.rpartition(".")[2]
    attribute = "." in text and tail.isidentifier()
    length = function.value.length if function.value.shape is None else next(iter(function.value.shape), None)
    inside = len(numbers) == 1 and numbers[0] is not None and length is not None and -length <= numbers[0] < length
    if inside:
        return Hint(
            f"{text} is {_a(function.value.kind)}, not a function: parts are picked with square brackets.",
            ((f"{text}[{numbers[0]}]", ""),),
        )
    if attribute:
        return Hint(
            f"{tail} is {_a(function.value.kind)}, not a method: it stands without parentheses.",
            ((text, ""),) if not numbers else (),
        )
    return Hint(f"{text} is {_a(function.value.kind)}, not a function.")


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _method_subscript(match: re.Match[str], situation: Situation) -> Hint | None:
    method, index = situation.given("value"), situation.given("index")
    if method is None:
        return None
    sentence = f"{method.text} is a method: its arguments stand in parentheses."
    return Hint(
        sentence, ((f"{method.text}({index.text})", ""),) if index is not None and index.number is not None else ()
    )


def _not_entered(match: re.Match[str], situation: Situation) -> Hint | None:
    if match[1] != "type":
        return None
    return Hint(f"{situation.whole} makes a context when it is called.", ((f"{situation.whole}()", ""),))


def _missing(match: re.Match[str], situation: Situation) -> Hint | None:
    """A required argument that was not given; along which dimension, most often."""
    if '"dim"' not in match[0] and '"dims"' not in match[0]:
        return None
    tensor = next(iter(situation.tensors), None)
    if tensor is None or not tensor.shape:
        return None
    name = "dims" if '"dims"' in match[0] else "dim"
    value = "(-1,)" if name == "dims" else "-1"
    sentence = f"Along which of the dimensions of {tensor.name}, {shown(tensor.shape)}? -1 is the last."
    return Hint(sentence, ((situation.with_argument(f"{name}={value}"), ""),))


def _dims_apart(match: re.Match[str], situation: Situation) -> Hint | None:
    """`x.sum(0, 1)`, whose second number would be `keepdim`."""
    numbers = [
        operand for operand in situation.operands if operand.role.startswith("argument") and operand.number is not None
    ]
    tensor = next(iter(situation.tensors), None)
    if situation.operation not in OVER_DIMS or len(numbers) < 2 or tensor is None:
        return None
    ndim = len(tensor.shape)
    dims = [operand.number or 0 for operand in numbers]
    if any(not -ndim <= dim < ndim for dim in dims) or len({dim % ndim for dim in dims}) < len(dims):
        return Hint("Several dimensions go in one tuple.")
    owner = (
        f"{tensor.text}.{situation.operation}("
        if tensor.role == "self"
        else f"torch.{situation.operation}({tensor.text}, "
    )
    return Hint("Several dimensions go in one tuple.", ((f"{owner}({', '.join(map(str, dims))}))", ""),))


def _tensor_expected(match: re.Match[str], situation: Situation) -> Hint | None:
    """`torch.sqrt(4)`, `torch.sum([1, 2])`."""
    found = [operand for operand in situation.operands if operand.role in (f"argument {match[2]}", match[1])]
    if match[3] in ("list", "tuple") and all(operand.place is not None for operand in found):
        return _list_as_tensor(situation, found)
    if len(found) != 1 or situation.operation.endswith("_"):
        return Hint("torch's functions take tensors: torch.tensor() makes one of a list.") if len(found) > 1 else None
    [operand] = found
    text = operand.value.text or ""
    flat = re.fullmatch(r"-?[\d.e+-]+|[\[(][-\d., e+]+[\])]", text)
    if flat is None or (situation.operation in ("mean", "std", "var") and "." not in text):
        return Hint(f"{operand.name} is {_a(operand.value.kind)}: torch.tensor() makes a tensor of numbers.")
    code = situation.instead(operand, f"torch.tensor({operand.text})")
    others = [other for other in situation.operands if other is not operand and other.role.startswith("argument")]
    if others:  # whose dtypes matter where the operator does not promote
        return Hint(f"{situation.operation}() takes tensors here.", ((code, ""),) if situation.elementwise else ())
    return Hint(
        "torch's functions take tensors; Python's numbers have math.sqrt, abs, sum and their like.", ((code, ""),)
    )


def _list_as_tensor(situation: Situation, items: list[Operand]) -> Hint | None:
    """A list of numbers where a tensor was needed; `items` are its elements, or the list if it has a name."""
    sentence = "torch's functions take tensors: torch.tensor() makes one of a list."
    [*places] = [operand.place for operand in items if operand.place is not None]
    whole = situation.whole
    if situation.operation.endswith("_"):  # which keeps shape and dtype
        return Hint(sentence)
    if len(items) == 1 and items[0].value.kind in ("list", "tuple"):
        if not NUMBERS.fullmatch(items[0].value.text or ""):
            return Hint(sentence)
        return Hint(sentence, ((situation.instead(items[0], f"torch.tensor({items[0].text})"), ""),))
    fractions = any("." in (operand.value.text or "") for operand in items)
    if fractions and any(tensor.value.dtype != "float32" for tensor in situation.tensors):
        return Hint(sentence)  # which are of another dtype
    if not places or any(operand.value.kind not in ("int", "float") for operand in items) or len(whole) > 2 * LONG:
        return Hint(sentence)
    start, end = max(whole.rfind(sign, 0, places[0][0]) for sign in "[("), places[-1][1]
    closing = whole[end:].lstrip(" ,")[:1]
    end = whole.index(closing, end) + 1 if closing in ("]", ")") else 0
    if not end:
        return Hint(sentence)
    return Hint(sentence, ((f"{whole[:start]}torch.tensor({whole[start:end]}){whole[end:]}", ""),))


def _overloaded_list(match: re.Match[str], situation: Situation) -> Hint | None:
    """A list for a tensor in a call of an operator with several signatures: `torch.quantile(x, [0.1, 0.5])`."""
    given = [part.strip() for part in match[1].split(",")]
    at = next((at for at, part in enumerate(given) if part in ("list", "tuple")), None)
    if at is None or given.count("list") + given.count("tuple") > 1:
        return None
    signatures = [line.split(", ") for line in re.findall(r"^ \* \((.*)\)$", situation.message, re.MULTILINE)]
    if not any(len(parts) > at and parts[at].startswith("Tensor ") for parts in signatures):
        return None
    return _list_as_tensor(situation, [operand for operand in situation.operands if operand.role == f"argument {at + 1}"])


def _counting_down(match: re.Match[str], situation: Situation) -> Hint | None:
    """`torch.arange(10, 0)`."""
    numbers = [operand.number for operand in situation.operands]
    if len(numbers) != 2 or None in numbers:
        return Hint("A step leads from the start towards the end: to count down, it is negative.")
    return Hint("The step is 1 unless one is given: to count down, it is negative.", ((situation.with_argument("-1"), ""),))


def _number_as_data(match: re.Match[str], situation: Situation) -> Hint | None:
    """`torch.Tensor(2.5)`."""
    if situation.operation != "Tensor":
        return None
    return Hint("Tensor() takes sizes or a list; tensor() takes numbers too.", ((situation.renamed("tensor"), ""),))


def _whole_sizes(match: re.Match[str], situation: Situation) -> Hint | None:
    """`torch.zeros(n / 2)`."""
    operand = next((x for x in situation.operands if x.value.kind == "float"), None)
    if operand is None:
        return None
    sentence = "Sizes are whole numbers."
    parts = re.fullmatch(r"\(?([\w.]+(?:\([\w.]*\))?) ?/ ?(\w+)\)?", operand.text)
    code = f"{parts[1]} // {parts[2]}" if parts is not None else f"int({operand.text})"
    return Hint(sentence, ((situation.instead(operand, code), ""),))


def _size_expected(match: re.Match[str], situation: Situation) -> Hint | None:
    """`torch.randint(0, 10)`, which lacks the shape."""
    if situation.operation.rpartition(".")[2] != "randint":
        return None
    return Hint("The shape comes last, as a tuple.", ((situation.with_argument("(1,)"), "[1]"),))


CALLS: tuple[Row, ...] = (
    (r"'[\w.]+' object is not callable", _not_callable),
    (r"'(builtin_function_or_)?method' object is not subscriptable", _method_subscript),
    (r"'(\w+)' object does not support the context manager protocol", _not_entered),
    (r"missing \d+ required positional argument.*", _missing),
    (
        r"takes from \d+ to \d+ positional arguments but|argument 'keepdim' \(position \d\) must be bool, not int",
        _dims_apart,
    ),
    (r"argument 'size' \(position \d\) must be tuple of ints, not int", _size_expected),
    (r"argument '(?:size|shape)' .*must be tuple of ints, (?:but found element of type|not) float", _whole_sizes),
    (r"argument '(\w+)' \(position (\d)\) must be Tensor, not (int|float|list|tuple)", _tensor_expected),
    (r"received an invalid combination of arguments - got \((.*)\), but expected one of", _overloaded_list),
    (r"^upper bound and lower bound inconsistent with step sign", _counting_down),
    (r"^new\(\): data must be a sequence \(got (?:int|float)\)", _number_as_data),
)
