"""The body of a factory's wrapper: a tensor from nothing, or like another one."""

from __future__ import annotations

from typing import Any

from tensorsh.ops.codegen.placing import forms_out
from tensorsh.ops.codegen.results import write_out, write_tensor
from tensorsh.ops.codegen.writer import Writer
from tensorsh.runtime.tensor import Tensor

# What the wrapper takes and the kernel does not.
OPTIONS = frozenset({"dtype", "layout", "device", "pin_memory", "requires_grad"})

NO_GRADIENT = "Only Tensors of floating point and complex dtype can require gradients"


def write_body(write: Writer) -> None:
    op = write.op
    names = [p.name for p in op.schema.parameters if p.name not in OPTIONS]
    write.names["CHECK_OPTIONS"] = check_options
    write("if layout is not None or device is not None or pin_memory: CHECK_OPTIONS(layout, device, pin_memory)")
    if forms_out(op, write.form):
        write.names["OUT_DTYPE"] = out_dtype
        write("if out is not None: dtype = OUT_DTYPE(dtype, out)")
    if op.takes_self:
        write("_a_self = self._array")
        write("if dtype is None: dtype = self._dtype")
    call = "".join("_a_self, " if name == "self" else f"{name}, " for name in names)
    write(f"try: _r = KERNEL({call}dtype)")
    write("except MemoryError as _error: raise SHAPE_ERROR(OP, _error, ()) from None")
    write("if type(_r) is not ndarray: _r = asarray(_r)")
    write_tensor(write, "_t", "_r", "(BY_ARRAY.get(_r.dtype) or kind_of(_r))")
    write("if requires_grad:")
    write(f"if _t._dtype.kind < FLOAT: raise RuntimeError({NO_GRADIENT!r})", 2)
    write("_t.requires_grad_(True)", 2)
    write_out(write, "_t")
    write("return _t")


def out_dtype(dtype: Any, out: Tensor) -> Any:
    """The dtype that a factory's result has if it goes to `out`."""
    if dtype is not None and dtype is not out._dtype:
        raise RuntimeError(f"dtype {dtype.title} does not match dtype of out parameter ({out._dtype.title})")
    return out._dtype


def check_options(layout: Any, device: Any, pin_memory: Any) -> None:
    from tensorsh.runtime.layout import check_device
    from tensorsh.runtime.layout import strided as strided_layout

    check_device(device)
    if layout is not None and layout is not strided_layout:
        raise RuntimeError(f"tensorsh has only strided tensors, not {layout}")
    if pin_memory:
        raise RuntimeError("Cannot access accelerator device when none is available.")
