"""What operators accept: each schema type's check and conversion, and PyTorch's texts for what does not fit.

Generated wrappers call these only for a value that is not already of the exact type, and `rebind` only for a call that Python's own
argument binding could not place (an alias such as `axis`, a missing, surplus or unknown argument).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tensorsh.ops.schema import REQUIRED, Parameter
from tensorsh.runtime.dtype import BY_ARRAY, dtype
from tensorsh.runtime.layout import Size, memory_format
from tensorsh.runtime.tensor import Tensor

if TYPE_CHECKING:
    from tensorsh.ops.registry import Operator

NUMBER_KIND: dict[type, int] = {bool: 0, int: 1, float: 2, complex: 3}

# Python's, NumPy's and older PyTorch's names for arguments, tried where the argument itself was not given.
ALIASES = {
    "input": "self", "axis": "dim", "axes": "dims", "keepdims": "keepdim", "x": "self", "x1": "self", "x2": "other",
    "axis0": "dim0", "axis1": "dim1", "a": "self", "from": "from_",
}  # fmt: skip

_TYPE_NAMES = {
    "Tensor": "Tensor", "Tensor[]": "tuple of Tensors", "int": "int", "int[]": "tuple of ints", "float": "float",
    "bool": "bool", "str": "str", "Scalar": "Number", "ScalarType": "torch.dtype", "Generator": "torch.Generator",
    "Device": "torch.device", "Layout": "torch.layout", "MemoryFormat": "torch.memory_format", "Scalar[]": "tuple of Scalars",
    "float[]": "tuple of floats", "bool[]": "tuple of bools",
}  # fmt: skip


def base_type(kind: str) -> str:
    """The type without its optional mark and list length: `int[1]?` is `int[]`."""
    kind = kind.rstrip("?")
    if kind.endswith("]") and not kind.endswith("[]"):
        kind = kind[: kind.index("[")] + "[]"
    return kind.replace("?[]", "[]")


def python_name(parameter_name: str, method: bool) -> str:
    # `from` is no name in Python; the schema has it with an underscore.
    return "input" if parameter_name == "self" and not method else parameter_name.rstrip("_")


def type_name(value: Any) -> str:
    """A value's type as PyTorch's argument errors name it."""
    if isinstance(value, Tensor):
        return "Tensor"
    if isinstance(value, (list, tuple)) and type(value).__name__ in ("list", "tuple", "torch.Size"):
        kind = type(value).__name__
        inside = type_name(value[0]) if value else ""
        return f"{kind} of {inside}" if value else kind
    if isinstance(value, np.ndarray):
        return "numpy.ndarray"
    return type(value).__name__


def called(op: Operator, method: Any) -> str:
    """The name that a call went by; a wrapper of an in-place form says `"inplace"` for `method`."""
    return f"{op.public_name.rstrip('_')}_" if method == "inplace" else op.public_name


def wrong_type(value: Any, op: Operator, name: str, position: int, method: bool) -> TypeError:
    """`exp(): argument 'input' (position 1) must be Tensor, not str`; position 0 for one given by keyword."""
    wanted = _TYPE_NAMES.get(base_type(op.parameter(name).type), op.parameter(name).type)
    shown = python_name(name, method)
    place = f" (position {position})" if position else ""
    kind = type(value).__name__ if isinstance(value, (list, tuple)) else type_name(value)
    return TypeError(f"{called(op, method)}(): argument '{shown}'{place} must be {wanted}, not {kind}")


# --- one converter a type: exact type in, or TypeError ------------------------------------------------------------------


def to_tensor(value: Any, op: Operator, name: str, position: int, method: bool) -> Any:
    if isinstance(value, Tensor):
        return value
    raise wrong_type(value, op, name, position, method)


def to_tensor_or_number(value: Any, op: Operator, name: str, position: int, method: bool) -> Tensor:
    """A tensor, or one made of a Python number."""
    if type(value) not in NUMBER_KIND:
        return to_tensor(value, op, name, position, method)
    from tensorsh.runtime.creation import tensor

    return tensor(value)


def to_operand(value: Any, op: Operator, name: str, position: int, method: bool) -> Any:
    """A tensor, or a Python number where the operator lets one stand for a tensor."""
    if isinstance(value, Tensor) or type(value) in NUMBER_KIND:
        return value
    if isinstance(value, np.generic) and (value.dtype in BY_ARRAY or value.dtype.kind == "u"):
        return value.item()
    if isinstance(value, (float, int, complex)):
        return value.real if isinstance(value, complex) and not value.imag else value + 0
    if isinstance(value, np.ndarray) and op.takes_arrays:
        from tensorsh.runtime.creation import from_numpy

        return from_numpy(value)
    raise wrong_type(value, op, name, position, method)


def to_int(value: Any, op: Operator, name: str, position: int, method: bool) -> int:
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, Tensor) and value._array.size == 1 and not value._requires_grad and value._dtype.kind == 1:
        return int(value._array.item())
    raise wrong_type(value, op, name, position, method)


def lone_count(kind: str) -> int:
    """How many numbers of `int[2]` a lone one stands for."""
    return int(kind[kind.index("[") + 1 : kind.index("]")])


def to_ints(value: Any, op: Operator, name: str, position: int, method: bool) -> tuple[int, ...]:
    if type(value) is tuple or type(value) is list or type(value) is Size:
        for item in value:
            if type(item) is not int:
                break
        else:
            return tuple(value)
    kind = op.parameter(name).type
    if isinstance(value, (list, tuple)):
        for at, item in enumerate(value):
            if type(item) is not int:
                if isinstance(item, bool):
                    if at == 0:
                        raise wrong_type(value, op, name, position, method)
                elif isinstance(item, (int, np.integer)) or (
                    isinstance(item, Tensor) and item._array.size == 1 and item._dtype.kind == 1
                ):
                    continue
                if at == 0:
                    shown = python_name(name, method)
                    place = f" (position {position})" if position else ""
                    raise TypeError(
                        f"{called(op, method)}(): argument '{shown}'{place} must be tuple of ints, but found element of type "
                        f"{type(item).__name__} at pos 0"
                    )
                raise TypeError(
                    f"{called(op, method)}(): argument '{python_name(name, method)}' failed to unpack the object at pos "
                    f'{at + 1} with error "type must be tuple of ints,but got {type(item).__name__}"'
                )
        return tuple([int(item) for item in value])
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and not kind.startswith("int[]"):
        return (int(value),) * lone_count(kind)
    if isinstance(value, Tensor) and value._array.ndim == 0 and value._dtype.kind == 1 and not kind.startswith("int[]"):
        return (int(value._array.item()),)
    raise wrong_type(value, op, name, position, method)


def to_float(value: Any, op: Operator, name: str, position: int, method: bool) -> float:
    if isinstance(value, (float, int, np.floating, np.integer)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, Tensor) and value._array.size == 1 and not value._requires_grad:
        return float(value.item())
    raise wrong_type(value, op, name, position, method)


def to_scalar(value: Any, op: Operator, name: str, position: int, method: bool) -> Any:
    if type(value) in NUMBER_KIND:
        return value
    if isinstance(value, (float, int, complex, np.generic)):
        return value.item() if isinstance(value, np.generic) else value + 0
    if isinstance(value, Tensor) and value._array.ndim == 0 and not value._requires_grad:
        return value.item()
    raise wrong_type(value, op, name, position, method)


def to_bool(value: Any, op: Operator, name: str, position: int, method: bool) -> bool:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise wrong_type(value, op, name, position, method)


def to_dtype(value: Any, op: Operator, name: str, position: int, method: bool) -> dtype:
    if isinstance(value, dtype):
        if value._array_dtype is None:
            value.meet()  # before the kernel that this is for is chosen
        return value
    found = _PYTHON_DTYPES.get(value) if isinstance(value, type) else None
    if found is not None:
        from tensorsh.runtime.dtype import BY_NAME

        return BY_NAME[found]
    raise wrong_type(value, op, name, position, method)


_PYTHON_DTYPES: dict[type, str] = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}


def to_tensors(value: Any, op: Operator, name: str, position: int, method: bool) -> tuple[Any, ...]:
    if type(value) is list or type(value) is tuple:
        for item in value:
            if type(item) is not Tensor:
                break
        else:
            return tuple(value)
    if not isinstance(value, (list, tuple)):
        raise wrong_type(value, op, name, position, method)
    for at, item in enumerate(value):
        if not isinstance(item, Tensor) and not (item is None and "?[" in op.parameter(name).type):
            kind = type_name(item).partition(" of ")[0]
            raise TypeError(f"expected Tensor as element {at} in argument {max(position - 1, 0)}, but got {kind}")
    return tuple(value)


def to_optional_tensors(value: Any, op: Operator, name: str, position: int, method: bool) -> tuple[Any, ...]:
    if type(value) is list or type(value) is tuple:
        for item in value:
            if type(item) is not Tensor and item is not None:
                break
        else:
            return tuple(value)
    return to_tensors(value, op, name, position, method)


def to_str(value: Any, op: Operator, name: str, position: int, method: bool) -> str:
    if isinstance(value, str):
        return value
    raise wrong_type(value, op, name, position, method)


def to_numbers(value: Any, op: Operator, name: str, position: int, method: bool) -> tuple[Any, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(to_scalar(item, op, name, position, method) for item in value)
    raise wrong_type(value, op, name, position, method)


def to_any(value: Any, op: Operator, name: str, position: int, method: bool) -> Any:
    return value


def to_generator(value: Any, op: Operator, name: str, position: int, method: bool) -> Any:
    from tensorsh.runtime.generator import Generator

    if isinstance(value, Generator):
        return value
    raise wrong_type(value, op, name, position, method)


def to_memory_format(value: Any, op: Operator, name: str, position: int, method: bool) -> Any:
    if isinstance(value, memory_format):
        return value
    raise wrong_type(value, op, name, position, method)


CONVERTERS: dict[str, Any] = {
    "Tensor": to_tensor, "Tensor[]": to_tensors, "int": to_int, "int[]": to_ints, "float": to_float, "bool": to_bool,
    "Scalar": to_scalar, "ScalarType": to_dtype, "str": to_str, "Generator": to_generator, "Device": to_any,
    "Layout": to_any, "MemoryFormat": to_memory_format, "any": to_any, "Scalar[]": to_numbers, "float[]": to_numbers,
    "bool[]": to_numbers,
}  # fmt: skip


def converter(op: Operator, parameter: Parameter) -> Any:
    """The converter of an operator's parameter."""
    if op.takes_number(parameter.name):
        return to_operand
    if parameter.type == "Tensor?[]":
        return to_optional_tensors
    return to_tensor_or_number if parameter.name == op.wraps else CONVERTERS[base_type(parameter.type)]


# --- calls that Python's binding could not place ------------------------------------------------------------------------


class Misfit(TypeError):
    """A call that does not fit a schema; `call_errors` has the words."""


def bind(op: Operator, method: bool, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call by parameter name; TypeError, with PyTorch's texts, if they do not fit `op`'s schema."""
    try:
        return _bound(op, method, args, kwargs)
    except Misfit:
        raise misfit(op, method, args, kwargs) from None


def misfit(op: Operator, method: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Exception:
    """The error of a call that fits none of the overloads; `args` with a method's `self`."""
    from tensorsh.ops.call_errors import error_of

    error = error_of(op, method, args[1:] if method and method != "function in place" else args, kwargs)
    return error or TypeError(f"{called(op, method)}() does not take these arguments in tensorsh")


def _bound(op: Operator, method: bool, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    parameters = op.schema.parameters if method else op.arguments
    positional = [p for p in parameters if not p.keyword_only]
    if (
        op.varargs
        and (method or not op.takes_self)
        and len(args) > op.takes_self
        and all(isinstance(a, (int, np.integer, Tensor)) for a in args[op.takes_self :])
    ):
        args = (*args[: op.takes_self], tuple(args[op.takes_self :]))
    elif op.varargs and not args and not kwargs and op.parameter(op.gathered).is_tensor_list:
        args = ((),)
    values: dict[str, Any] = {}
    kwargs = dict(kwargs)
    if len(args) > len(positional):
        raise Misfit
    for parameter, value in zip(positional, args, strict=False):
        values[parameter.name] = value
    for parameter in parameters:
        for given in _spellings(parameter.name, method):
            if given in kwargs and parameter.name not in values:
                values[parameter.name] = kwargs.pop(given)
    if kwargs or any(p.default is REQUIRED and p.name not in values for p in parameters):
        raise Misfit
    return values


def _spellings(name: str, method: bool) -> list[str]:
    own = ["input"] if name == "self" and not method else [name]
    return own + [alias for alias, target in ALIASES.items() if target == name and alias != own[0]]


def rebind(
    op: Operator, method: bool, given: dict[str, Any], extra: tuple[Any, ...], unknown: dict[str, Any]
) -> dict[str, Any]:
    """The same, from what a generated wrapper received: named values (REQUIRED where absent), surplus and unknown ones."""
    parameters = op.schema.parameters if method else op.arguments
    positional = [p.name for p in parameters if not p.keyword_only]
    args: list[Any] = []
    for name in positional:
        if given[name] is REQUIRED:
            break
        args.append(given[name])
    if extra:
        args.extend(extra)
    kwargs = dict(unknown)
    for parameter in parameters:
        value = given[parameter.name]
        if (parameter.keyword_only or positional.index(parameter.name) >= len(args)) and value is not REQUIRED:
            if value is not parameter.default:
                kwargs[parameter.name] = value
    # A default that Python filled in must give way to an alias: `sum(x, axis=1)`.
    if unknown and not extra:
        named = {ALIASES[name] for name in unknown if name in ALIASES}
        by_name = {p.name: p for p in parameters}
        while args and positional[len(args) - 1] != "self" and args[-1] is by_name[positional[len(args) - 1]].default:
            args.pop()
        for index, name in enumerate(positional[: len(args)]):
            if name in named and args[index] is by_name[name].default:
                kwargs.update({p: v for p, v in zip(positional[index + 1 :], args[index + 1 :], strict=False)})
                args = args[:index]
                break
    return bind(op, method, tuple(args), kwargs)


# --- overloads ----------------------------------------------------------------------------------------------------------


def accepts(parameter: Parameter, value: Any, op: Operator) -> bool:
    """Whether a value's type fits a parameter, for choosing between overloads."""
    kind = parameter.type
    if value is None:
        return kind.endswith("?") or parameter.default is None
    try:
        converter(op, parameter)(value, op, parameter.name, 0, False)
    except TypeError:
        return False
    return True


def choose(
    overloads: list[Operator], method: bool, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Operator, dict[str, Any]]:
    """The first overload whose schema fits the call, with its bound arguments."""
    for op in overloads:
        try:
            values = _bound(op, method, args, kwargs)
        except Misfit:
            continue
        if all(accepts(op.parameter(name), value, op) for name, value in values.items()):
            return op, values
    raise misfit(overloads[0], method, args, kwargs)


def _shown_before(parameter: Parameter) -> int:
    """PyTorch shows `out` of a function that creates a tensor before the dtype."""
    if not parameter.keyword_only:
        return 0
    return {"generator": 1, "out": 2}.get(parameter.name, 3)


def signature(op: Operator, method: bool) -> str:
    """A schema as PyTorch shows it: `(Tensor input, int dim, bool keepdim = False)`."""
    parts = []
    starred = False
    for parameter in sorted(op.arguments, key=_shown_before) if op.kind == "factory" else op.arguments:
        if method and parameter.name in ("self", "out"):
            continue
        if parameter.keyword_only and not starred:
            parts.append("*")
            starred = True
        kind = _TYPE_NAMES.get(base_type(parameter.type), parameter.type)
        default = "" if parameter.default is REQUIRED else f" = {parameter.default}"
        if parameter.name == "pin_memory":
            default = " = False"
        parts.append(f"{kind} {python_name(parameter.name, method)}{default}")
    return f"({', '.join(parts)})"
