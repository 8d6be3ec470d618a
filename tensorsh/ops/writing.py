"""Writes into memory that tensors have: what is refused, what counts them, and the history that they leave.

In-place operators, `out=` and assignment all come here. A write counts one version of the storage. While recording, the written
tensor's history becomes the operator's node; if the tensor is a view, its base gets `CopySlices`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tensorsh.ops.engine import camel, output_mismatch
from tensorsh.runtime import autograd
from tensorsh.runtime import dtype as dt
from tensorsh.runtime import tensor as tensor_module
from tensorsh.runtime.autograd import Node, next_sequence
from tensorsh.runtime.creation import convert
from tensorsh.runtime.dtype import dtype
from tensorsh.runtime.state import current
from tensorsh.runtime.storage import Storage, address, flat_window
from tensorsh.runtime.tensor import INFERENCE, MULTI_OUTPUT, NO_GRAD, Tensor

if TYPE_CHECKING:
    from tensorsh.ops.registry import Operator

Array = np.ndarray[Any, Any]


# --- results for `out=` -----------------------------------------------------------------------------------------------


def write_out(op: Operator, out: Any, result: Any, several: bool = False) -> Any:
    """`out=`: store a result in the tensor given for it; `several`: it is one of those of an operator that has several."""
    if isinstance(result, tuple):
        return _write_several(op, out, result)
    if not isinstance(out, Tensor):
        raise TypeError(f"{op.public_name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if current().grad_enabled and (out._requires_grad or result._requires_grad):
        raise RuntimeError(
            f"{op.public_name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad."
        )
    if out._dtype is not result._dtype:
        from tensorsh.ops.out_dtypes import refusal

        refused = refusal(op, several, result._dtype, out._dtype)
        if refused is not None:
            raise refused
    check_writable(out)
    if out._array.shape != result._array.shape:
        if out._array.size and op.kind != "factory":
            import warnings

            warnings.warn(
                f"An output with one or more elements was resized since it had shape {list(out._array.shape)}, which does not "
                f"match the required output shape {list(result._array.shape)}. This behavior is deprecated, and in a future "
                "PyTorch release outputs will not be resized unless they have zero elements. You can explicitly reuse an out "
                "tensor t by resizing it, inplace, to zero elements with t.resize_(0).",
                UserWarning,
                stacklevel=3,
            )
        resize(out, result._array.shape)
    out._array[...] = convert(result._array, out._dtype, copy=False)
    wrote(out, op.name)
    return out


def _write_several(op: Operator, out: Any, results: tuple[Any, ...]) -> Any:
    if not isinstance(out, (tuple, list)):
        raise TypeError(f"{op.public_name}(): argument 'out' must be tuple of Tensors, not {type(out).__name__}")
    if len(out) != len(results):
        raise TypeError(f"expected tuple of {len(results)} elements but got {len(out)}")
    for target, part in zip(out, results, strict=True):
        write_out(op, target, part, several=True)
    from tensorsh.ops.results import named_result

    names = [name for _, name in op.schema.returns]
    return named_result(f"{op.public_name}_out", tuple(names))(out) if all(names) else tuple(out)


def resize(tensor: Tensor, size: tuple[int, ...]) -> None:
    """Give a tensor another shape over its own memory; if that is too small, over a larger copy of it."""
    storage = tensor.storage()
    flat = flat_window(storage, tensor._array.dtype)[tensor.storage_offset() :]
    wanted = math.prod(size)
    if wanted > flat.size:
        grown = np.zeros(wanted, flat.dtype)
        grown[: flat.size] = flat
        version = storage.version
        storage = tensor._storage = Storage(grown)
        storage.version = version
        flat = grown
    tensor._array = flat[:wanted].reshape(size)


def check_result_cast(found: dtype, wanted: dtype) -> None:
    if found is not wanted and not dt.can_cast(found, wanted):
        raise RuntimeError(f"result type {found.title} can't be cast to the desired output type {wanted.title}")


def wrote(tensor: Tensor, operator: str) -> None:
    """Count a write to `tensor`'s storage, and remember by which operator and statement."""
    tensor.storage().wrote(operator, current().where)


# --- refusals ---------------------------------------------------------------------------------------------------------


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
    mine, other = target.storage(), source._storage
    if other is None or mine.memory is not other.memory:
        return
    written, read = target._array, source._array
    if not written.size or not read.size or not is_dense(written) or not is_dense(read):
        return
    start, begin = address(written), address(read)
    if start == begin and written.nbytes == read.nbytes:
        if not same_too and written.strides == read.strides:
            return
    elif start >= begin + read.nbytes or begin >= start + written.nbytes:
        return
    raise RuntimeError(
        "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. "
        "Please clone() the tensor before performing the operation."
    )


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
    return node.title.partition("Backward")[0] if node is not None else camel(made[1].lstrip("_")) if made else "View"


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


# --- in-place results and their history -------------------------------------------------------------------------------


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
