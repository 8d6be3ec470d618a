"""The body of a computing operator's wrapper: a kernel on arrays that returns new ones."""

from __future__ import annotations

from typing import Any

from tensorsh.ops.codegen.operands import write_kernel, write_operands
from tensorsh.ops.codegen.results import write_results
from tensorsh.ops.codegen.writer import Writer
from tensorsh.runtime.dtype import float32


def write_body(write: Writer) -> None:
    if write.form == "inplace":
        from tensorsh.ops.codegen.writes import write_inplace

        write_inplace(write)
        return
    if hasattr(write.op.body, "ufunc"):
        with write.within(_rounded(write)):
            write_operands(write)
            write_kernel(write)
    else:
        write_operands(write)
        write_kernel(write)
    write_results(write)


def _rounded(write: Writer) -> str:
    """The most common case of a kernel made by `elementary.rounded`, spelled out; the rest comes below the line that this returns.

    While somebody watches, `MANY` is 0 and the kernel is called."""
    from tensorsh.ops.elementary import DOUBLE, SINGLE

    kernel: Any = write.op.body
    name = write.op.schema.tensors[0].name
    write.names.update(UFUNC=kernel.ufunc, MANY=kernel.many, float32=float32, SINGLE=SINGLE, DOUBLE=DOUBLE)
    write(f"_kind = {name}._dtype")
    write(f"if _kind is float32 and {name}._array.size < MANY:")
    write(f"_wide = {name}._array.astype(DOUBLE)", 2)
    write("_r = UFUNC(_wide, _wide).astype(SINGLE)", 2)
    return "else:"
