"""The body of a composite's wrapper: tensor code that calls other operators."""

from __future__ import annotations

from tensorsh.ops.codegen.results import write_out
from tensorsh.ops.codegen.writer import Writer


def write_body(write: Writer) -> None:
    arguments = ", ".join(p.name for p in write.op.schema.parameters)
    if write.op.scalars:
        write("_state = current()")
        write("_outside, _state.formula = _state.formula, True")
        write(f"try: result = KERNEL({arguments})")
        write("finally: _state.formula = _outside")
    else:
        write(f"result = KERNEL({arguments})")
    if write.form == "inplace":
        write("return self.copy_(result)")
    else:
        write_out(write, "result")
        write("return result")
