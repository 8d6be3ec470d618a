"""Declarations into callables: Python source, written from a schema and compiled the first time an operator is used.

A generated wrapper does, in order: place the arguments (Python's own binding; `rebind` if that was not enough), check their types,
count negative dims from the end, bring operands to their dtype, run the kernel, make the tensor, and record. What every call needs
is inlined; the rest is a call into `engine`. `source(op, form)` shows the text for any operator.

`placing` writes the head of every wrapper; the rest depends on the operator's kind, a module each (`BODIES`), which share
`operands` and `results`. `nodes` makes the `grad_fn` classes, `overloads` one callable of several.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tensorsh.ops import registry
from tensorsh.ops.codegen.placing import forms_out, write_checks, write_header
from tensorsh.ops.codegen.writer import Writer
from tensorsh.ops.registry import Operator, formula_names

# kind of operator -> the module that writes what comes after the arguments
BODIES = {"op": "computing", "composite": "composites", "view": "views", "write": "writes", "factory": "factories"}


def source(op: Operator, form: str = "function") -> str:
    """The generated text of a wrapper, for reading.

    >>> from tensorsh.ops.registry import overloads
    >>> print(source(overloads("t")[0], "method").splitlines()[0])
    def call(self=DEFAULT_self, *_extra, **_unknown):
    """
    return _written(op, form).text


def build(op: Operator, form: str) -> Any:
    """The callable of an operator: form `function`, `method`, `inplace`, or `operator` (Python's, of two operands)."""
    write = _written(op, form)
    made = write.compile("operator" if form == "operator" else "call")
    made.__name__ = made.__qualname__ = write.names["PUBLIC"]
    made.__module__ = "torch"
    made.__doc__ = op.doc
    made.operator = op
    registry.WRAPPERS.append(made)
    for tell in registry.BUILT:
        tell(made)
    return made


def _written(op: Operator, form: str) -> Writer:
    write = Writer(op, form)
    inplace = form == "inplace"
    write.names["METHOD"] = "inplace" if inplace else form != "function"
    write.names["PUBLIC"] = f"{op.name}_" if inplace else op.name
    write_header(write)
    write_checks(write)
    if op.check is not None:
        write.names["CHECK"] = op.check
        absent = set() if forms_out(op, form) else {"out"}
        write(f"CHECK({', '.join('None' if name in absent else name for name in formula_names(op.check))})")
    import_module(f"tensorsh.ops.codegen.{BODIES[op.kind]}").write_body(write)
    return write
