"""One callable over several overloads of a name, and Python's own operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorsh.ops import arguments
from tensorsh.ops.codegen.placing import gathers
from tensorsh.ops.registry import Operator
from tensorsh.ops.schema import REQUIRED
from tensorsh.runtime.tensor import Tensor


def _by_count(found: list[Operator]) -> dict[int, Operator]:
    """The counts of positional arguments that only one overload takes."""
    takers: dict[int, list[Operator]] = {}
    for op in found:
        positional = [p for p in op.schema.parameters if not p.keyword_only]
        required = sum(p.default is REQUIRED for p in op.schema.parameters)
        for count in range(required, len(positional) + 1):
            takers.setdefault(count, []).append(op)
    return {count: ops[0] for count, ops in takers.items() if len(ops) == 1}


def overloaded(found: list[Operator], form: str) -> Callable[..., Any]:
    """One callable over several overloads: the first whose schema fits the call."""
    is_method = form != "function"
    choose = arguments.choose

    by_count = {} if any(op.varargs for op in found) else _by_count(found)
    # Which overload a call takes follows from the number of its arguments or from their types, unless a tensor stands for a number.
    counted: dict[int, Callable[..., Any]] = {}
    chosen: dict[Any, Callable[..., Any]] = {}

    def call(*args: Any, **kwargs: Any) -> Any:
        key: Any = None
        known = None if kwargs else counted.get(len(args))
        if known is None and not kwargs and len(args) in by_count:
            known = counted[len(args)] = by_count[len(args)].made(form)
        elif known is None:
            key = (*map(type, args), *kwargs, *map(type, kwargs.values()))
            known = chosen.get(key)
        if known is not None:
            try:
                return known(*args, **kwargs)
            except TypeError:
                pass  # `choose` has the words for arguments that fit none
        op, values = choose(found, is_method, args, kwargs)
        if key is not None and not op.varargs and all(
            type(v) in arguments.NUMBER_KIND or v is None or (type(v) is Tensor and op.parameter(name).is_tensor)
            for name, v in values.items()
        ):
            chosen[key] = op.made(form)
        if gathers(op, form):
            sizes = values.pop(op.gathered)
            first = (values.pop("self"),) if op.takes_self else ()
            return op.made(form)(*first, sizes, **values)
        return op.made(form)(**values)

    if gathers(found[0], form):
        # Separate sizes, as in `x.view(2, 3)`, can only mean the overload that takes them so; it hands over the rest.
        first_overload = found[0].made(form)
        first_overload.__globals__["FALLBACK"] = call
        return first_overload
    call.__name__ = call.__qualname__ = found[0].name + ("_" if form == "inplace" else "")
    call.__doc__ = found[0].doc
    call.__module__ = "torch"
    call.operator = found[0]  # type: ignore[attr-defined]
    return call


def special_method(found: list[Operator], form: str, special: str) -> Callable[..., Any]:
    """Python's operator: like the method, but `NotImplemented` for an operand that is no tensor or number."""
    if not found:
        raise TypeError(f"no operator stands behind {special}")
    if len(found) == 1:
        if form == "inplace":
            write_to = found[0].made("inplace")

            def made(self: Any, *args: Any) -> Any:
                try:
                    return write_to(self, *args)
                except TypeError:
                    if args and (isinstance(args[0], Tensor) or type(args[0]) in arguments.NUMBER_KIND):
                        raise
                    return NotImplemented

        else:
            made = found[0].made("operator")
    else:
        several = overloaded(found, "inplace" if form == "inplace" else "method")

        def made(self: Any, *args: Any) -> Any:
            try:
                return several(self, *args)
            except TypeError:
                return NotImplemented

    return made
