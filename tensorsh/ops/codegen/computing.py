"""The body of a computing operator's wrapper: a kernel on arrays that returns new ones."""

from __future__ import annotations

from tensorsh.ops.codegen.operands import write_kernel, write_operands
from tensorsh.ops.codegen.results import write_results
from tensorsh.ops.codegen.writer import Writer


def write_body(write: Writer) -> None:
    if write.form == "inplace":
        from tensorsh.ops.codegen.writes import write_inplace

        write_inplace(write)
        return
    write_operands(write)
    write_kernel(write)
    write_results(write)
