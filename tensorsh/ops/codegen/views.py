"""The body of a view's wrapper: windows on `self`'s memory, which share its storage and remember how they were made."""

from __future__ import annotations

from tensorsh.ops.codegen.results import record_many, record_one, write_packed, write_tensor
from tensorsh.ops.codegen.writer import Writer
from tensorsh.runtime.tensor import DEFAULT, MULTI_OUTPUT


def write_body(write: Writer) -> None:
    op = write.op
    others = [p.name for p in op.schema.parameters[1:]]
    many = not op.schema.gives_one
    kind = "(BY_ARRAY.get(_r.dtype) or kind_of(_r))" if op.dtype == "reinterpret" else "self._dtype"
    write("_a = self._array")
    write(f"_r = KERNEL({', '.join(['_a', *others])})")
    write("_s = self._storage")
    write("if _s is None: _s = self._storage = Storage(_a)")
    write("_v = self._view")
    write("_requires_grad = self._requires_grad")
    write(f"_creation = {MULTI_OUTPUT if many else DEFAULT}")
    write("if _requires_grad and not current().grad_enabled: _creation = VIEW_MODE()")
    made = f"(None, NAME, ({''.join(f'{o}, ' for o in others)}))"
    chained = f"(_v[3], NAME, ({''.join(f'{o}, ' for o in others)}))"
    write(f"if _v is None: _w = (self, _s.version, _creation, {made})")
    write(f"else: _w = (_v[0], _s.version, _creation or _v[2], {chained})")
    if many:
        write("_t = []")
        write("for _part in _r:")
        write_tensor(write, "_u", "_part", "self._dtype", 2)
        write("_u._storage = _s; _u._view = _w; _u._requires_grad = _requires_grad", 2)
        write("_t.append(_u)", 2)
        record_many(write)
        write_packed(write)
        write("return _t")
        return
    write("_t = NEW(Tensor)")
    for line in (
        "_array = _r",
        f"_dtype = {kind}",
        "_requires_grad = _requires_grad",
        "_grad_fn = None",
        "_storage = _s",
        "_view = _w",
        "_meta = None",
    ):
        write(f"_t.{line}")
    record_one(write)
    write("return _t")
