"""The bodies of wrappers that write to `self`: the in-place form of a computing operator, and operators that only write."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.codegen.operands import kernel_call, write_arrays, write_kernel, write_operands
from tensorsh.ops.codegen.results import node_call, requires, result_kind
from tensorsh.ops.codegen.writer import Writer

# What writes the same value to an element however often; it may write through `expand`.
OVERWRITES = frozenset(("fill", "zero", "masked_fill", "index_fill", "index_put"))

# What PyTorch lets write even to a leaf that requires a gradient.
UNTRACKED = frozenset(("logical_not", "logical_and", "logical_or", "logical_xor"))

# Writing operators that, as the elementwise ones do, refuse a source that lies partly where they write.
OVERLAP_REFUSED = frozenset({"copy", "scatter", "index_add", "index_copy", "index_put"})


def write_body(write: Writer) -> None:
    """A kernel that writes to `self`'s array."""
    _write_begin(write)
    write_arrays(write)
    call, arrays = kernel_call(write)
    write(f"try: KERNEL({call})")
    write(f"except KERNEL_ERRORS as _error: raise SHAPE_ERROR(OP, _error, ({arrays})) from None")
    _write_end(write)


def write_inplace(write: Writer) -> None:
    """`x.add_(y)`: the kernel's result goes to `self`'s memory, straight from the kernel where it has that dtype."""
    op = write.op
    _write_begin(write)
    write_operands(write, written_to=True)
    depth = 1
    if _takes_out(op.body) and op.dtype in ("promote", "float"):
        call, arrays = kernel_call(write)
        write("if _kind is self._dtype and not _kind.half:")
        write(f"try: KERNEL({call}, out=self._array)", 2)
        write(f"except KERNEL_ERRORS as _error: raise INPLACE_ERROR(OP, _error, self, ({arrays})) from None", 2)
        write("else:")
        depth = 2
    write_kernel(write, depth)
    write(f"STORE(OP, self, _r, {result_kind(op)})", depth)
    _write_end(write)


def _takes_out(kernel: Any) -> bool:
    return isinstance(kernel, np.ufunc) or "out" in getattr(getattr(kernel, "__code__", None), "co_varnames", ())


def _write_begin(write: Writer) -> None:
    """Refusals, and the node: it saves what it needs before the write."""
    op = write.op
    if op.formulas:
        write("_node = None")
    if op.differentiable:
        write(f"if {requires(write)} or (self._view is not None and self._view[0]._requires_grad):")
        write("_state = current()", 2)
        write("if _state.grad_enabled:", 2)
        write("CHECK_INPLACE(self)", 3)
        if op.formulas:
            write(node_call(write, ["BEFORE(OP, self)", *[p.name for p in op.schema.parameters[1:]]]), 3)
        else:
            write("raise NO_DERIVATIVE(OP)", 3)
        write("elif not self._requires_grad: _state.cut(self)", 2)
    elif op.name not in UNTRACKED:
        write("if self._requires_grad and current().grad_enabled: CHECK_INPLACE(self)")
    write("if self._storage is not None and self._storage.inference: CHECK_INFERENCE()")
    name = op.name.rstrip("_")
    if name not in OVERWRITES:
        write("if 0 in self._array.strides: CHECK_WRITABLE(self)")
    read = [p.name for p in op.schema.tensors[1:]]
    if read and (op.dtype in ("promote", "float", "compare") or name in OVERLAP_REFUSED):
        write("if self._storage is not None:")
        for source in read:
            write(f"if type({source}) is Tensor and {source}._storage is not None: CHECK_OVERLAP(self, {source})", 2)


def _write_end(write: Writer) -> None:
    """The write is counted, and `self` gets its new history."""
    op = write.op
    write("_s = self._storage")
    write("if _s is None: _s = self._storage = Storage(self._array)")
    write("_s.wrote(NAME, current().where)")
    if op.formulas:
        write("if _node is not None:")
        if op.saves("result"):
            write("_node.result = self.detach(); _node.result_version = VERSION(self)", 2)
        write("_node.shape = self._array.shape; _node.dtype = self._dtype", 2)
        write("REBASE(self, _node)", 2)
    write("return self")
