"""What generated wrappers call where the common path ends: promotion, casts, broadcasting errors, writes, views, saved values.

Each function here is one step of an operator call. The wrappers of `codegen` inline the steps that every call takes and come here
for the rest.
"""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from tensorsh.ops.arguments import NUMBER_KIND, misfit
from tensorsh.runtime import autograd
from tensorsh.runtime import dtype as dt
from tensorsh.runtime import tensor as tensor_module
from tensorsh.runtime.autograd import Node, next_sequence
from tensorsh.runtime.creation import convert
from tensorsh.runtime.dtype import FLOAT, dtype
from tensorsh.runtime.promotion import float_type, result_type
from tensorsh.runtime.state import current
from tensorsh.runtime.storage import address
from tensorsh.runtime.tensor import DEFAULT, INFERENCE, MULTI_OUTPUT, NO_GRAD, Tensor, wrap_dim

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
        arrays = [wrapped(x, kind) if type(x) in NUMBER_KIND else x for x in arrays]
    return kind, arrays


def wrapped(number: Any, kind: dtype) -> Array:
    """A number as an array of the dtype that it is computed in; integers wrap around."""
    if kind.kind == dt.INTEGER:
        bits = 8 * kind.itemsize
        number = int(number) & ((1 << bits) - 1)
        if kind.is_signed and number >> (bits - 1):
            number -= 1 << bits
    return np.asarray(number, kind.array_dtype)


PROMOTE = SimpleNamespace(dtype="promote", alone=True)  # stands for an operator where only its rule matters


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


def no_derivative(op: Operator) -> NotImplementedError:
    return NotImplementedError(f"the derivative for '{op.name}' is not implemented.")


# --- results ------------------------------------------------------------------------------------------------------------


def write_out(op: Operator, out: Any, result: Any) -> Any:
    """`out=`: store a result in the tensor (or tensors) given for it."""
    if isinstance(result, tuple):
        targets = tuple(out)
        for target, part in zip(targets, result, strict=True):
            write_out(op, target, part)
        return type(result)(targets)
    if not isinstance(out, Tensor):
        raise TypeError(f"{op.public_name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if current().grad_enabled and (out._requires_grad or result._requires_grad):
        raise RuntimeError(
            f"{op.public_name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad."
        )
    check_result_cast(result._dtype, out._dtype)
    check_writable(out)
    if out._array.shape != result._array.shape:
        if out._array.size:
            import warnings

            warnings.warn(
                f"An output with one or more elements was resized since it had shape {list(out._array.shape)}, which does not "
                f"match the required output shape {list(result._array.shape)}. This behavior is deprecated, and in a future "
                "PyTorch release outputs will not be resized unless they have zero elements. You can explicitly reuse an out "
                "tensor t by resizing it, inplace, to zero elements with t.resize_(0).",
                UserWarning,
                stacklevel=3,
            )
        out._array = np.empty(result._array.shape, out._array.dtype)
        out._storage = None
    out._array[...] = convert(result._array, out._dtype, copy=False)
    wrote(out, op.name)
    return out


def check_result_cast(found: dtype, wanted: dtype) -> None:
    if found is not wanted and not dt.can_cast(found, wanted):
        raise RuntimeError(f"result type {found.title} can't be cast to the desired output type {wanted.title}")


# --- writing in place ---------------------------------------------------------------------------------------------------


def wrote(tensor: Tensor, operator: str) -> None:
    """Count a write to `tensor`'s storage, and remember by which operator and statement."""
    tensor.storage().wrote(operator, current().where)


def check_writable(tensor: Tensor) -> None:
    """Refuse to write where one element of memory stands for several of the tensor."""
    array = tensor._array
    if (
        0 in array.strides
        and array.size > 1
        and any(stride == 0 and extent > 1 for stride, extent in zip(array.strides, array.shape, strict=True))
    ):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please "
            "clone() the tensor before performing the operation."
        )


def check_overlap(target: Tensor, source: Tensor, same_too: bool = False) -> None:
    """Refuse to write where some elements of `source` lie but not each in its own place; or, with `same_too`, at all.

    Only windows without gaps are looked at, as in PyTorch. Source: get_overlap_status in aten/src/ATen/MemoryOverlap.cpp.
    """
    mine, other = target._storage, source._storage
    if mine is None or other is None or mine.memory is not other.memory:
        return
    written, read = target._array, source._array
    if not written.size or not read.size or not is_dense(written) or not is_dense(read):
        return
    start, begin = address(written), address(read)
    if start == begin and written.nbytes == read.nbytes:
        if not same_too and _long_strides(written) == _long_strides(read):
            return
    elif start >= begin + read.nbytes or begin >= start + written.nbytes:
        return
    raise RuntimeError(
        "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. "
        "Please clone() the tensor before performing the operation."
    )


def _long_strides(array: Array) -> list[int]:
    """The strides that count: those of dimensions longer than one."""
    return [stride for stride, extent in zip(array.strides, array.shape, strict=True) if extent != 1]


def check_overlaps(out: Tensor, inputs: tuple[Any, ...]) -> None:
    """`check_overlap` for each tensor among the inputs of an operator that writes to `out`."""
    for source in inputs:
        if type(source) is Tensor and source is not out:
            check_overlap(out, source)


def is_dense(array: Array) -> bool:
    """Whether a window covers its stretch of memory without gaps and without meeting itself, in whatever order."""
    if array.flags.c_contiguous:
        return True
    expected = array.itemsize
    for stride, extent in sorted(zip(array.strides, array.shape, strict=True)):
        if extent != 1:
            if stride != expected:
                return False
            expected *= extent
    return True


def check_inplace(tensor: Tensor) -> None:
    """Refuse, while recording, writes that would lose a gradient: to leaves, and to views that autograd cannot follow."""
    view = tensor._view
    if view is not None:
        base, _, creation, made = view
        if creation == MULTI_OUTPUT:
            raise RuntimeError(
                f"Output {tensor.output_nr} of {_view_title(tensor)} is a view and is being modified inplace. This view is the "
                "output of a function that returns multiple views. Such functions do not allow the output views to be "
                "modified inplace. You should replace the inplace operation by an out-of-place one."
            )
        if creation == NO_GRAD and base._requires_grad:
            raise RuntimeError(
                "A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given that this use "
                "case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and "
                "the inplace either both inside the no_grad block (if you don't want the inplace to be tracked) or both "
                "outside (if you want the inplace to be tracked)."
            )
        if creation == INFERENCE and base._requires_grad:
            raise RuntimeError(
                "A view was created in inference mode and is being modified inplace in normal mode. Given that this use case is "
                "ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace "
                "either both inside the inference_mode block (if you don't want the inplace to be tracked) or both outside (if you "
                "want the inplace to be tracked)."
            )
        if base._requires_grad and base._grad_fn is None:
            raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")
    elif tensor._requires_grad and tensor._grad_fn is None:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")


def _view_title(tensor: Tensor) -> str:
    made = tensor._view[3] if tensor._view else None
    node = tensor.grad_fn
    return node.title.partition("Backward")[0] if node is not None else camel(made[1]) if made else "View"


def check_inference() -> None:
    """Refuse to write to a tensor made in `inference_mode` after the block."""
    if not current().inference:
        raise RuntimeError(
            "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal tensor "
            "before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details."
        )


def view_mode() -> int:
    """How a view of what requires a gradient was made, while nothing is recorded."""
    return INFERENCE if current().inference else NO_GRAD


def before_write(op: Operator, tensor: Tensor) -> Tensor:
    """What stands for `tensor` as it was, in the node of an operator that writes to it: its edge, and a copy if it is saved."""
    grad_fn = tensor.grad_fn
    made = Tensor._fresh(tensor._array.copy() if op.saves("self") else tensor._array, tensor._dtype)
    made._requires_grad = tensor._requires_grad
    made._grad_fn = grad_fn
    if grad_fn is not None:
        made._output_nr = tensor._output_nr
    return made


def store(op: Operator, tensor: Tensor, result: Array, kind: dtype) -> None:
    """Write an operator's result into `tensor`'s memory."""
    check_result_cast(kind, tensor._dtype)
    target = tensor._array
    if result.shape != target.shape:
        try:
            fits = np.broadcast_shapes(result.shape, target.shape) == target.shape
        except ValueError:
            fits = False
        if not fits or len(result.shape) > len(target.shape):
            raise output_mismatch(target.shape, result.shape)
    target[...] = result if kind is tensor._dtype else convert(result, tensor._dtype, copy=False)


def rebase(tensor: Tensor, node: Node) -> None:
    """Make `node` the history of `tensor`, which it wrote to. If that is a view, its base gets `CopySlices`."""
    view = tensor._view
    if view is None:
        tensor._grad_fn = node
        tensor._output_nr = 0
        tensor._requires_grad = True
        return
    base = view[0]
    copy = CopySlices(base, tensor, node)
    base._grad_fn = copy
    base._output_nr = 0
    base._requires_grad = True
    tensor._requires_grad = True
    assert tensor_module.view_edge is not None
    tensor._grad_fn = tensor_module.view_edge(tensor)
    tensor._output_nr = 0
    tensor._view = (base, tensor._storage.version if tensor._storage else 0, *view[2:])


class CopySlices(Node):
    """The history of a base that was written to through a view: the view's part of the gradient goes through `function`."""

    __slots__ = ("function", "offset", "size", "stride")
    title = "CopySlices"

    def __init__(self, base: Tensor, view: Tensor, function: Node) -> None:
        first = autograd.edge_of(base)
        self.edges = (first, *function.edges[1:])
        self.function = function
        self.size = view._array.shape
        self.stride = view.stride()
        self.offset = view.storage_offset() - base.storage_offset()
        self.shape = base._array.shape
        self.dtype = base._dtype
        self.where = current().where
        self.hooks = None
        self.sequence = next_sequence()

    def apply(self, grad: Tensor) -> list[Any]:
        result = grad.contiguous().clone()
        window = result.as_strided(self.size, self.stride, self.offset)
        grads = list(self.function.apply(window.clone()))
        own = grads[0] if grads else None
        if own is None:
            window.zero_()
        else:
            window.copy_(own)
        return [result if self.edges[0] is not None else None, *grads[1:]]

    def release(self) -> None:
        self.function.release()


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


__all__ = ["DEFAULT", "Array"]
