"""What generated wrappers call where the common path ends: promotion, casts, broadcasting errors, saved values.

Each function here is one step of an operator call. The wrappers of `codegen` inline the steps that every call takes and come here
for the rest; for writes they go to `writing`.
"""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from tensorsh.ops.arguments import NUMBER_KIND, misfit
from tensorsh.runtime import autograd
from tensorsh.runtime import dtype as dt
from tensorsh.runtime.autograd import Node
from tensorsh.runtime.creation import convert
from tensorsh.runtime.dtype import FLOAT, dtype
from tensorsh.runtime.promotion import float_type, result_type
from tensorsh.runtime.state import current
from tensorsh.runtime.tensor import Tensor, wrap_dim

if TYPE_CHECKING:
    from tensorsh.ops.registry import Operator

Array = np.ndarray[Any, Any]


# --- operands -----------------------------------------------------------------------------------------------------------


def wrap_dims(dims: tuple[int, ...], ndim: int) -> tuple[int, ...]:
    """Dims counted from the front; RuntimeError if one appears twice."""
    wrapped = tuple([wrap_dim(dim, ndim) for dim in dims])
    if len(set(wrapped)) != len(wrapped):
        twice = next(d for i, d in enumerate(wrapped) if d in wrapped[:i])
        raise RuntimeError(f"dim {twice} appears multiple times in the list of dims")
    return wrapped


def promoted(op: Operator, operands: tuple[Any, ...]) -> tuple[dtype, list[Any]]:
    """The dtype that `operands` are computed in, and their arrays in it; numbers and None stay what they are."""
    if op.dtype == "same":
        kinds = [x._dtype for x in operands if x is not None]
        if any(found is not kinds[0] for found in kinds):
            assert op.mismatch is not None
            raise RuntimeError(op.mismatch(*kinds))
        return kinds[0], [x if x is None else x._array for x in operands]
    if not operands:
        return current().default_dtype, []  # an empty list of tensors: the kernel says what it thinks of it
    kind = result_type(*[x for x in operands if x is not None])
    if op.dtype == "float":
        kind = float_type(kind)
    arrays = [x if type(x) in NUMBER_KIND or x is None else cast(x, kind) for x in operands]
    alone = not any(type(x) is np.ndarray for x in arrays)
    if alone and not op.alone:
        raise misfit(op, False, operands, {})
    if alone or kind.numbers != kind.kind:
        # NumPy would refuse a number that a small integer does not hold, where PyTorch wraps it; and numbers alone have no dtype.
        if op.fits:
            check_fits(kind, arrays)
        arrays = [wrapped(x, kind) if type(x) in NUMBER_KIND else x for x in arrays]
    return kind, arrays


def promoted_list(op: Operator, tensors: tuple[Tensor, ...]) -> tuple[dtype, list[Any]]:
    """The same for a list of tensors, most of which have one dtype."""
    if tensors and op.dtype == "promote":
        kind = tensors[0]._dtype
        for x in tensors:
            if x._dtype is not kind:
                break
        else:
            return kind, [x._array for x in tensors]
    return promoted(op, tensors)


def check_fits(kind: dtype, operands: list[Any]) -> None:
    """RuntimeError for a Python number that integers of `kind` do not hold; negative ones may wrap around in unsigned ones."""
    if kind.kind == dt.INTEGER:
        high = 2 ** (8 * kind.itemsize - kind.is_signed)
        low = -high - kind.is_signed
        if any(type(x) is int and not low < x < high for x in operands):
            raise RuntimeError(f"value cannot be converted to type {kind.c_name} without overflow")


def wrapped(number: Any, kind: dtype) -> Array:
    """A number as an array of the dtype that it is computed in; integers wrap around."""
    if kind.kind == dt.INTEGER:
        bits = 8 * kind.itemsize
        number = int(number) & ((1 << bits) - 1)
        if kind.is_signed and number >> (bits - 1):
            number -= 1 << bits
    return np.asarray(number, kind.array_dtype)


PROMOTE = SimpleNamespace(dtype="promote", alone=True, fits=False)  # stands for an operator where only its rule matters


def refusal(op: Operator, kind: dtype) -> Exception:
    """PyTorch's error for a dtype that an operator has no form for."""
    reason = op.refuses[kind.kind]
    if isinstance(reason, Exception):
        return type(reason)(*reason.args)
    return NotImplementedError(f"\"{reason}\" not implemented for '{kind.title}'")


def cast(tensor: Tensor, kind: dtype) -> Array:
    return tensor._array if tensor._dtype is kind else convert(tensor._array, kind, copy=False)


def widen(array: Any) -> Any:
    """A 2-byte float array as float32; anything else as it is."""
    if type(array) is np.ndarray and array.dtype.itemsize <= 2 and array.dtype.kind not in "iub":
        return array.astype(np.float32)
    return array


def narrow(result: Any, kind: dtype) -> Any:
    """What was computed in float32, rounded to the 2-byte `kind`; integer and bool parts stay."""
    if isinstance(result, (tuple, list)):
        return type(result)(narrow(part, kind) for part in result)
    return np.asarray(result).astype(kind.array_dtype) if result.dtype == np.float32 else result


TOO_BIG = "int too big to convert"  # Python's words for an integer that no 64 bits hold


def shape_error(op: Operator, error: Exception, arrays: tuple[Any, ...]) -> Exception:
    """NumPy's complaint about shapes, in PyTorch's words; any other error as it is."""
    if isinstance(error, ValueError) and "broadcast" in str(error):
        shapes = [a.shape for a in arrays if isinstance(a, np.ndarray)]
        for first, second in zip(shapes, shapes[1:], strict=False):
            mismatch = broadcast_mismatch(first, second)
            if mismatch:
                return RuntimeError(mismatch)
        if len(shapes) > 2:
            mismatch = broadcast_mismatch(shapes[0], shapes[-1])
            if mismatch:
                return RuntimeError(mismatch)
    if isinstance(error, MemoryError):
        shape, width = getattr(error, "shape", None), getattr(error, "dtype", None)
        if shape is None or width is None:
            return RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return out_of_memory(math.prod(shape) * width.itemsize)
    if isinstance(error, OverflowError) and error.args != (TOO_BIG,):
        if any(type(number) is int and not -(2**63) <= number < 2**64 for number in arrays):
            return OverflowError(TOO_BIG)
        kind = next((dt.of_array(a) for a in arrays if isinstance(a, np.ndarray)), dt.int64)
        return RuntimeError(f"value cannot be converted to type {kind.c_name} without overflow")
    return error


def inplace_error(op: Operator, error: Exception, target: Tensor, arrays: tuple[Any, ...]) -> Exception:
    """The same for a kernel that writes into `target`: operands that go together may still not fit it."""
    found = shape_error(op, error, arrays)
    if type(found) is not ValueError or "broadcast" not in str(found):
        return found
    return output_mismatch(
        target._array.shape, np.broadcast_shapes(*[a.shape for a in arrays if isinstance(a, np.ndarray)])
    )


def output_mismatch(target: tuple[int, ...], found: tuple[int, ...]) -> RuntimeError:
    return RuntimeError(f"output with shape {list(target)} doesn't match the broadcast shape {list(found)}")


def out_of_memory(size: int) -> RuntimeError:
    """PyTorch's error for `size` bytes that are not to be had."""
    return RuntimeError(
        "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate "
        f"{size} bytes. Error code 12 (Cannot allocate memory)"
    )


def broadcast_mismatch(a: tuple[int, ...], b: tuple[int, ...]) -> str:
    """PyTorch's sentence about the last dimension in which two shapes do not broadcast; empty if they do."""
    ndim = max(len(a), len(b))
    for dim in range(ndim - 1, -1, -1):
        m = a[dim - ndim + len(a)] if dim - ndim + len(a) >= 0 else 1
        n = b[dim - ndim + len(b)] if dim - ndim + len(b) >= 0 else 1
        if m != n and m != 1 and n != 1:
            return f"The size of tensor a ({m}) must match the size of tensor b ({n}) at non-singleton dimension {dim}"
    return ""


def kind_of(array: Array) -> dtype:
    return dt.BY_ARRAY.get(array.dtype) or dt.of_array(array)


def no_gradient_in(kind: dtype) -> RuntimeError:
    """PyTorch's error for a result that was asked for in a dtype without gradients, of operands that require one."""
    return RuntimeError(f"Autograd not support dtype: {kind.title}")


def no_derivative(op: Operator) -> NotImplementedError:
    return NotImplementedError(f"the derivative for '{op.name}' is not implemented.")


# --- saved values -------------------------------------------------------------------------------------------------------


def unpack_result(node: Node, saved: Tensor, number: int) -> Tensor:
    """A saved result, as part of the graph where the backward pass itself is recorded."""
    if not current().grad_enabled:
        return saved
    made = saved._alias(saved._array)
    made._storage = saved._storage
    made._requires_grad = True
    made._grad_fn = node
    made._output_nr = number
    return made


def as_written(formula: Any, *args: Any) -> Any:
    """A formula's gradient, recorded as if the program had written it: the numbers in it are the program's."""
    state = current()
    state.formula = False
    try:
        return formula(*args)
    finally:
        state.formula = True


def versions(tensors: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple([0 if t is None else autograd.version_of(t) for t in tensors])


def check_versions(node: Node, tensors: tuple[Any, ...], expected: tuple[int, ...]) -> None:
    for tensor, version in zip(tensors, expected, strict=True):
        if tensor is not None and autograd.version_of(tensor) != version:
            raise autograd.modified(tensor, version, node)


def filled(grads: Any, node: Node) -> list[Tensor]:
    """The gradients of several outputs, zeros where none arrived."""
    return [
        Tensor._fresh(np.zeros(shape, kind.array_dtype), kind) if grad is None and kind.kind >= FLOAT else grad
        for grad, shape, kind in zip(grads, node.shape, node.dtype, strict=True)
    ]


def camel(name: str) -> str:
    """An operator's name as PyTorch writes it in node names: `log_softmax` is `LogSoftmax`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))

