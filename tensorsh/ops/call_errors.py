"""What PyTorch says of a call whose arguments fit none of an operator's signatures.

PyTorch parses arguments by Python signatures, of which one name may have several where one schema of ours serves; `signatures.py`
has those. `message` parses a call by them as PyTorch does and gives the error's text, or None for a call that fits. It needs the
call as it was written, since a text says whether an argument came by position: the language has that, and asks here after a
`TypeError`. Nothing of this is loaded before a call fails.

Source: torch/csrc/utils/python_arg_parser.cpp and invalid_arguments.cpp.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tensorsh.ops import registry
from tensorsh.ops.arguments import ALIASES, CONVERTERS, NUMBER_KIND, base_type, called, signature
from tensorsh.ops.python_calls import mistake
from tensorsh.ops.registry import Operator
from tensorsh.ops.schema import Parameter
from tensorsh.ops.signatures import of_function, of_method
from tensorsh.runtime.layout import Size, device
from tensorsh.runtime.tensor import Tensor


class Slot(NamedTuple):
    """One parameter of a signature as PyTorch shows it."""

    kind: str
    name: str
    required: bool
    keyword_only: bool
    nullable: bool
    parameter: Parameter | None  # ours of that name, which knows more: how many ints one int stands for
    operator: Operator

    def names(self) -> tuple[str, ...]:
        own = self.parameter.name if self.parameter is not None else self.name
        return (self.name, *[alias for alias, target in ALIASES.items() if target == own and alias != "input"])

    def accepts(self, value: Any) -> bool:
        if value is None:
            return self.nullable
        if self.kind == "Number":
            return type(value) in NUMBER_KIND or _converts("Scalar", value, self)
        if self.kind == "Tensor":
            return isinstance(value, Tensor) or (
                type(value) in NUMBER_KIND
                and self.parameter is not None
                and (self.operator.takes_number(self.parameter.name) or self.parameter.name == self.operator.wraps)
                and not _tells_numbers_apart(self.operator)
            )
        if self.kind == "tuple of ints":
            if isinstance(value, (list, tuple)):
                return not value or _converts("int", value[0], self)
            counted = self.parameter is not None and "[" in self.parameter.type and "[]" not in self.parameter.type
            return counted and _converts("int", value, self)
        if self.kind == "tuple of Tensors":
            return isinstance(value, (list, tuple)) and _converts("Tensor[]", value, self)
        if self.kind == "int":
            return _converts("int", value, self)
        if self.kind == "torch.device":
            return isinstance(value, (str, device)) or type(value) is int
        if self.parameter is not None and base_type(self.parameter.type) not in ("any", "Device"):
            return _converts(base_type(self.parameter.type), value, self)
        wanted = _SCHEMA_TYPES.get(self.kind)
        return wanted is None or _converts(wanted, value, self)


_SCHEMA_TYPES = {
    "float": "float", "bool": "bool", "str": "str", "torch.dtype": "ScalarType", "torch.Generator": "Generator",
    "tuple of Tensors": "Tensor[]", "torch.memory_format": "MemoryFormat",
}  # fmt: skip


def _converts(schema_type: str, value: Any, slot: Slot) -> bool:
    if schema_type == "int" and isinstance(value, Tensor) and value._array.ndim:
        return False
    name = slot.operator.arguments[0].name if slot.parameter is None else slot.parameter.name
    try:
        CONVERTERS[schema_type](value, slot.operator, name, 0, False)
    except TypeError:
        return False
    return True


def _tells_numbers_apart(op: Operator) -> bool:
    """Whether PyTorch has a signature of its own for a number in a tensor's place."""
    return any("Number other" in text or "Number self" in text for text in of_function(op.name))


def message(op: Operator, method: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str | None:
    """The text of PyTorch's TypeError for a call of `op` (`method`: False, True, or "inplace"); None if it fits a signature.

    `args` are the positional arguments as written, without a method's `self`.
    """
    overloads = registry.OPERATORS[op.namespace, op.name]
    texts = list((of_method if method else of_function)(op.name)) if not op.namespace else []
    if not texts:
        texts = [signature(one, bool(method)) for one in sorted(overloads, key=lambda one: one.overload != "dtype")]
    name = called(op, method)
    every = [_slots(text, overloads) for text in texts]
    if method and every == [[]] and (args or kwargs):
        return _takes_nothing(name, args, kwargs)
    errors = [_misfit(name, slots, args, kwargs) for slots in every]
    if None in errors:
        return None
    if len(every) == 1 and not of_function(op.name):
        return errors[0]
    count = len(args) + len(kwargs)
    plausible = [at for at, slots in enumerate(every) if sum(s.required for s in slots) <= count <= len(slots)]
    if len(plausible) == 1:
        return errors[plausible[0]]
    return invalid_combination(name, texts, args, kwargs)


def error_of(op: Operator, method: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Exception | None:
    """PyTorch's error for a call of `op`, as `message` takes it; None if it fits. `method` may be `"function in place"`, too."""
    if method == "function in place":
        text = message(op, False, args, kwargs)
        return None if text is None else TypeError(text.replace(f"{op.public_name}()", f"{op.public_name}_()", 1))
    path = f"Tensor.{op.name}" if method else f"{op.namespace}.{op.name}".removeprefix(".")
    found = mistake(path, [None, *args] if method else args, kwargs) if method != "inplace" else None
    if found is not None:
        return found
    text = message(op, method, args, kwargs)
    return None if text is None else TypeError(text)


def error_for(function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Exception | None:
    """`error_of` for a callable as a script has it: `torch.add`, or the method `x.add`."""
    wrapper = getattr(function, "__func__", function)
    method: Any = wrapper is not function
    op = getattr(wrapper, "operator", None)
    if op is not None:
        if wrapper.__name__ == f"{op.public_name}_":
            method = "inplace" if method else "function in place"
        return error_of(op, method, args, kwargs)
    found = mistake(f"Tensor.{wrapper.__name__}", [None, *args], kwargs) if method else None
    if found is not None:
        return found
    text = _text_of(wrapper, method, args, kwargs)
    return None if text is None else TypeError(text)


# The types of PyTorch's that parse what they are made of as functions do.
_CONSTRUCTORS = {
    "device": ("(torch.device device)", "(str type, int index = -1)"),
    "finfo": ("(torch.dtype type)", "()"),
    "iinfo": ("(torch.dtype type)",),
    "Generator": ("(torch.device device = None)",),
}


def error_of_type(kind: type, args: Sequence[Any], kwargs: Mapping[str, Any]) -> TypeError | None:
    """PyTorch's error for a call of one of its types that has too few or too many arguments; None for another type.

    >>> from tensorsh.runtime.limits import iinfo
    >>> error_of_type(iinfo, [], {})
    TypeError('iinfo() missing 1 required positional arguments: "type"')
    """
    name = kind.__name__.rpartition(".")[2]
    texts = _CONSTRUCTORS.get(name, ())
    if not texts:
        return None
    if len(texts) > 1:
        return TypeError(invalid_combination(name, list(texts), args, kwargs))
    [(_, parameter)] = _parts(texts[0].replace(" = None", ""))
    fewest = " = " not in texts[0]
    if len(args) > 1:
        return TypeError(_too_many(name, int(fewest), 1, len(args)))
    if fewest and not args and parameter not in kwargs:
        return TypeError(f'{name}() missing 1 required positional arguments: "{parameter}"')
    unknown = next((given for given in kwargs if given != parameter), None)
    return None if unknown is None else TypeError(f"{name}() got an unexpected keyword argument '{unknown}'")


def _text_of(wrapper: Any, method: bool, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str | None:
    """The same for what is no operator: the text."""
    code = getattr(wrapper, "__code__", None)
    if wrapper.__name__ in ("tensor", "as_tensor") and not args and "data" not in kwargs:
        return f'{wrapper.__name__}() missing 1 required positional arguments: "data"'
    if wrapper.__name__ == "result_type":
        return invalid_combination("result_type", _RESULT_TYPE, args, kwargs)
    if not method or code is None:
        return None
    name, most = wrapper.__name__, code.co_argcount - 1
    if most == 0 and not code.co_kwonlyargcount and (args or kwargs):
        return _takes_nothing(name, args, kwargs)
    if len(args) > most and name in _PARSED:
        return _too_many(name, most - len(wrapper.__defaults__ or ()), most, len(args))
    return None


_RESULT_TYPE = [
    "(Tensor tensor, Tensor other)", "(Number scalar, Tensor tensor)", "(Tensor tensor, Number other)", "(Number scalar1, Number scalar2)",
]  # fmt: skip

# The methods of `Tensor` itself whose arguments PyTorch parses as it does an operator's.
_PARSED = frozenset({"size", "stride", "numpy", "requires_grad_", "is_contiguous"})


def _takes_nothing(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    return f"TensorBase.{name}() takes no {'keyword arguments' if kwargs else f'arguments ({len(args)} given)'}"


def _slots(text: str, overloads: Sequence[Operator]) -> list[Slot]:
    """The parameters of a signature such as `(Tensor input, *, Number alpha = 1)`."""
    slots = []
    keyword_only = False
    for part in text[1:-1].split(", ") if text != "()" else ():
        if part == "*":
            keyword_only = True
            continue
        declared, _, default = part.partition(" = ")
        kind, _, name = declared.rpartition(" ")
        ours = "self" if name == "input" else "from_" if name == "from" else name
        op = next((one for one in overloads if any(p.name == ours for p in one.arguments)), overloads[0])
        parameter = next((p for p in op.arguments if p.name == ours), None)
        nullable = default == "None" or (parameter is not None and parameter.type.endswith("?"))
        slots.append(Slot(kind, name, not default, keyword_only, nullable, parameter, op))
    return slots


def _misfit(name: str, slots: list[Slot], args: Sequence[Any], kwargs: Mapping[str, Any]) -> str | None:
    """Why a call does not fit one signature; None if it does."""
    positional = [slot for slot in slots if not slot.keyword_only]
    fewest = sum(slot.required for slot in slots)
    gathers = len(positional) == 1 and positional[0].kind == "tuple of ints"
    if len(args) > len(positional) and not gathers:
        return _too_many(name, fewest, len(positional), len(args))
    at = 0
    used = 0
    for index, slot in enumerate(slots):
        by_keyword = at >= len(args)
        if not by_keyword and slot.keyword_only:
            return _too_many(name, fewest, len(positional), len(args))
        given = True
        value = None
        if not by_keyword:
            value = args[at]
        else:
            found = next((spelling for spelling in slot.names() if spelling in kwargs), None)
            given = found is not None
            value = kwargs[found] if found is not None else None
        if not given and slot.required:
            missing = [f'"{s.name}"' for s in slots[index:] if s.required]
            plural = "s" if len(missing) == 1 else ""  # so in PyTorch
            return f"{name}() missing {len(missing)} required positional argument{plural}: {', '.join(missing)}"
        if given and not slot.accepts(value):
            if gathers and at == 0 and not by_keyword and _converts("int", value, slot):
                at = len(args)  # what comes after the first is looked at when it is unpacked
                continue
            return _wrong_type(name, slot, value, None if by_keyword else at + 1)
        if not by_keyword:
            at += 1
        elif given:
            used += 1
    if used < len(kwargs):
        for given_name in kwargs:
            # NumPy's names for arguments are found above, but not known here: with another that does not fit, they do not either.
            index = next((i for i, slot in enumerate(slots) if given_name == slot.name), -1)
            if index < 0:
                return f"{name}() got an unexpected keyword argument '{given_name}'"
            if index < len(args):
                return f"{name}() got multiple values for argument '{given_name}'"
    return None


def _too_many(name: str, fewest: int, most: int, given: int) -> str:
    if fewest != most:
        return f"{name}() takes from {fewest} to {most} positional arguments but {given} were given"
    return (
        f"{name}() takes {most} positional argument{'' if most == 1 else 's'} but {given} {'was' if given == 1 else 'were'} given"
    )


def _wrong_type(name: str, slot: Slot, value: Any, position: int | None) -> str:
    place = "" if position is None else f" (position {position})"
    head = f"{name}(): argument '{slot.name}'{place} must be {slot.kind}"
    if isinstance(value, (list, tuple)) and slot.kind == "tuple of ints" and position is not None:
        return f"{head}, but found element of type {python_type(value[0])} at pos 0"
    if isinstance(value, (list, tuple)) and slot.kind == "tuple of Tensors":
        at = next(i for i, item in enumerate(value) if not isinstance(item, Tensor))
        return f"expected Tensor as element {at} in argument {(position or 1) - 1}, but got {python_type(value[at])}"
    return f"{head}, not {python_type(value)}"


def python_type(value: Any) -> str:
    """The name that a value's type has in C: `numpy.ndarray`, `torch.Size`, `NoneType`."""
    kind = type(value)
    if isinstance(value, Tensor):
        return "Tensor"
    if isinstance(value, Size):
        return "torch.Size"
    if isinstance(value, (np.generic, np.ndarray)):
        return f"numpy.{kind.__name__}"
    return kind.__name__.lower() if kind.__name__ in ("Function", "Builtin") else kind.__name__


# --- no signature fits --------------------------------------------------------------------------------------------------


def invalid_combination(name: str, signatures: list[str], args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """The text that lists an operator's signatures, with what was wrong under those that have as many parts as the call."""
    got = ", ".join([python_type(value) for value in args])
    # PyTorch goes through the keywords as a C++ hash table has them: the last one first.
    given = dict(reversed(kwargs.items()))
    named = "".join(f"{key}={python_type(value)}, " for key, value in given.items())
    described = f"({f'{got}, {named}'.removesuffix(', ') if args else named})"
    head = f"{name}() received an invalid combination of arguments - got "
    if len(signatures) == 1 and not kwargs:
        if len(_parts(signatures[0])) == len(args):
            described = _marked(signatures[0], args, given)
        return f"{head}{described}, but expected {signatures[0]}"
    lines = []
    for text in signatures:
        lines.append(f" * {text}\n")
        if len(_parts(text)) == len(args) + len(kwargs):
            wrong = _unmatched(text, given)
            reason = f"keywords were incorrect: {', '.join(wrong)}" if wrong else f"arguments have invalid types: {_marked(text, args, given)}"
            lines.append(f"      didn't match because some of the {reason}\n")
    return f"{head}{described}, but expected one of:\n{''.join(lines)}"


def _parts(text: str) -> list[tuple[str, str]]:
    """The (type, name) pairs that PyTorch's description cuts a signature into: at the last space, whatever stands there."""
    pairs = []
    for part in text[1:-1].split(", "):
        kind, _, name = part.rpartition(" ")
        pairs.append((kind, name))
    return pairs


def _unmatched(text: str, given: Mapping[str, Any]) -> list[str]:
    parts = _parts(text)
    names = [name for _, name in parts[max(len(parts) - len(given), 0) :]]
    return [key for key in given if key not in names]


def _marked(text: str, args: Sequence[Any], given: Mapping[str, Any]) -> str:
    shown = []
    values: list[tuple[str, Any]] = [("", value) for value in args]
    parts = _parts(text)
    values += [(f"{name}=", given[name]) for _, name in parts[len(args) :] if name in given]
    for (label, value), (kind, _) in zip(values, parts, strict=False):
        described = f"{label}{_described(value)}"
        matches = python_type(value) in ("float", "int") if kind == "float" else python_type(value) == kind
        shown.append(described if matches else f"!{described}!")
    return f"({', '.join(shown)}{'' if args else ', '})"


def _described(value: Any) -> str:
    if not isinstance(value, (list, tuple)):
        return python_type(value)
    inside = ", ".join(python_type(item) for item in value)
    if isinstance(value, tuple):
        return f"{python_type(value)} of ({inside}{',' if len(value) == 1 else ''})"
    return f"{python_type(value)} of [{inside}]"
