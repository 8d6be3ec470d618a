"""Source lines of a generated function, and the names that they refer to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tensorsh.ops import arguments, engine, writing
from tensorsh.ops.registry import Operator
from tensorsh.ops.schema import REQUIRED
from tensorsh.runtime import autograd
from tensorsh.runtime.dtype import BOOL, BY_ARRAY, FLOAT, bool_, dtype
from tensorsh.runtime.state import current
from tensorsh.runtime.storage import Storage
from tensorsh.runtime.tensor import DEFAULT, MULTI_OUTPUT, NO_GRAD, Tensor, wrap_dim

# Words in capitals are what generated text calls; each function starts with these and adds its own.
SHARED: dict[str, Any] = {
    "__name__": "tensorsh.operator", "REQUIRED": REQUIRED, "Tensor": Tensor, "ndarray": np.ndarray, "asarray": np.array, "NEW": object.__new__,
    "NUMBER_KIND": arguments.NUMBER_KIND, "REBIND": arguments.rebind, "BIND": arguments.bind,
    "WRAP": wrap_dim, "WRAP_DIMS": engine.wrap_dims,
    "current": current, "FLOAT": FLOAT, "BOOL": BOOL, "bool_": bool_, "BY_ARRAY": BY_ARRAY, "kind_of": engine.kind_of, "dtype_type": dtype,
    "PROMOTED": engine.promoted, "PROMOTED_LIST": engine.promoted_list, "PROMOTE": engine.PROMOTE, "CAST": engine.cast, "WIDEN": engine.widen, "NARROW": engine.narrow,
    "SHAPE_ERROR": engine.shape_error, "NO_DERIVATIVE": engine.no_derivative, "NO_GRADIENT_IN": engine.no_gradient_in, "WRITE_OUT": writing.write_out,
    "CHECK_INPLACE": writing.check_inplace, "INPLACE_ERROR": engine.inplace_error, "CHECK_WRITABLE": writing.check_writable,
    "CHECK_OVERLAP": writing.check_overlap, "CHECK_OVERLAPS": writing.check_overlaps, "BEFORE": writing.before_write,
    "CHECK_RESULT_CAST": writing.check_result_cast, "STORE": writing.store, "REBASE": writing.rebase, "EDGE_OF": autograd.edge_of, "NEXT": autograd.next_sequence,
    "VERSIONS": engine.versions, "CHECK_VERSIONS": engine.check_versions, "MODIFIED": autograd.modified,
    "FREED": autograd.FREED, "FILLED": engine.filled, "UNPACK": engine.unpack_result, "Storage": Storage,
    "DEFAULT": DEFAULT, "MULTI_OUTPUT": MULTI_OUTPUT, "NO_GRAD": NO_GRAD, "VERSION": autograd.saved_version,
    "FRESH": None, "KERNEL_ERRORS": (ValueError, OverflowError, MemoryError),
    "VIEW_MODE": writing.view_mode, "CHECK_INFERENCE": writing.check_inference,
}  # fmt: skip


class Writer:
    """The text of one function: `write("line", depth)` adds a line, `compile` makes the function. What is written `within` a block
    stands one deeper."""

    def __init__(self, op: Operator, form: str = "function") -> None:
        self.op = op
        self.form = form
        self.lines: list[str] = []
        self._within = 0
        self.names: dict[str, Any] = {**SHARED, "OP": op, "KERNEL": op.body, "NAME": op.name}

    def __call__(self, text: str, depth: int = 1) -> None:
        self.lines.append("    " * (self._within + depth) + text)

    @contextmanager
    def within(self, head: str) -> Iterator[None]:
        """The block below the line `head`."""
        self(head)
        self._within += 1
        yield
        self._within -= 1

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    def compile(self, name: str) -> Any:
        exec(compile(self.text, f"<operator {self.op.name}>", "exec"), self.names)
        return self.names[name]
