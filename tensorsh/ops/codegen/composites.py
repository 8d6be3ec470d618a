"""The body of a composite's wrapper: tensor code that calls other operators."""

from __future__ import annotations

from tensorsh.ops.codegen.results import write_out
from tensorsh.ops.codegen.writer import Writer


def write_body(write: Writer) -> None:
    arguments = ", ".join(p.name for p in write.op.schema.parameters)
    write(f"result = KERNEL({arguments})")
    if write.form == "inplace":
        write("return self.copy_(result)")
    else:
        write_out(write, "result")
        write("return result")
