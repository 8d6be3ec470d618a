"""Declarations into callables: Python source, written from a schema and compiled the first time an operator is used.

A generated wrapper does, in order: place the arguments (Python's own binding; `rebind` if that was not enough), check their types,
count negative dims from the end, bring operands to their dtype, run the kernel, make the tensor, and record. What every call needs
is inlined; the rest is a call into `engine`. `source(op, form)` shows the text for any operator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorsh.ops import arguments, engine, registry
from tensorsh.ops.registry import DIM_NAMES, Operator, formula_names
from tensorsh.ops.results import named_result
from tensorsh.ops.schema import REQUIRED, Parameter
from tensorsh.runtime import autograd
from tensorsh.runtime.dtype import BOOL, BY_ARRAY, FLOAT, bool_
from tensorsh.runtime.state import current
from tensorsh.runtime.storage import Storage
from tensorsh.runtime.tape import SMALL
from tensorsh.runtime.tensor import DEFAULT, MULTI_OUTPUT, NO_GRAD, Tensor, wrap_dim

SHARED: dict[str, Any] = {
    "REQUIRED": REQUIRED, "Tensor": Tensor, "ndarray": np.ndarray, "asarray": np.array, "NEW": object.__new__,
    "NUMBER_KIND": arguments.NUMBER_KIND, "REBIND": arguments.rebind, "BIND": arguments.bind, "WRAP": wrap_dim,
    "current": current, "FLOAT": FLOAT, "BOOL": BOOL, "bool_": bool_, "BY_ARRAY": BY_ARRAY, "kind_of": engine.kind_of,
    "PROMOTED": engine.promoted, "PROMOTE": engine.PROMOTE, "CAST": engine.cast, "WIDEN": engine.widen, "NARROW": engine.narrow,
    "SHAPE_ERROR": engine.shape_error, "NO_DERIVATIVE": engine.no_derivative, "WRITE_OUT": engine.write_out,
    "CHECK_INPLACE": engine.check_inplace, "CHECK_WRITABLE": engine.check_writable,
    "CHECK_OVERLAP": engine.check_overlap, "CHECK_OVERLAPS": engine.check_overlaps, "BEFORE": engine.before_write,
    "STORE": engine.store, "REBASE": engine.rebase, "EDGE_OF": autograd.edge_of, "NEXT": autograd.next_sequence,
    "VERSIONS": engine.versions, "CHECK_VERSIONS": engine.check_versions, "MODIFIED": autograd.modified,
    "FREED": autograd.FREED, "FILLED": engine.filled, "UNPACK": engine.unpack_result, "Storage": Storage,
    "DEFAULT": DEFAULT, "MULTI_OUTPUT": MULTI_OUTPUT, "NO_GRAD": NO_GRAD, "VERSION": autograd.saved_version,
    "FRESH": None, "BROADCAST": np.broadcast_shapes, "KERNEL_ERRORS": (ValueError, OverflowError, MemoryError),
    "VIEW_MODE": engine.view_mode, "CHECK_INFERENCE": engine.check_inference,
}  # fmt: skip


def wrap_dims(dims: tuple[int, ...], ndim: int) -> tuple[int, ...]:
    """Dims counted from the front; RuntimeError if one appears twice."""
    wrapped = tuple([wrap_dim(dim, ndim) for dim in dims])
    if len(set(wrapped)) != len(wrapped):
        twice = next(d for i, d in enumerate(wrapped) if d in wrapped[:i])
        raise RuntimeError(f"dim {twice} appears multiple times in the list of dims")
    return wrapped


SHARED["WRAP_DIMS"] = wrap_dims


class Writer:
    """Source lines with indentation, and the names that they refer to."""

    def __init__(self, op: Operator) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {**SHARED, "OP": op, "KERNEL": op.body, "NAME": op.name}

    def __call__(self, text: str, depth: int = 1) -> None:
        self.lines.append("    " * depth + text)

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    def compile(self, name: str) -> Any:
        exec(compile(self.text, f"<operator {self.names['NAME']}>", "exec"), self.names)
        return self.names[name]


def source(op: Operator, form: str = "function") -> str:
    """The generated text of a wrapper, for reading."""
    writer, _ = _write(op, form)
    return writer.text


def build(op: Operator, form: str) -> Any:
    writer, name = _write(op, form)
    made = writer.compile(name)
    public = writer.names["PUBLIC"]
    made.__name__ = made.__qualname__ = public
    made.__module__ = "torch"
    made.__doc__ = op.doc
    made.operator = op
    registry.WRAPPERS.append(made)
    if registry.built is not None:
        registry.built(made)
    return made


def _write(op: Operator, form: str) -> tuple[Writer, str]:
    write = Writer(op)
    method = form != "function"
    write.names["METHOD"] = "inplace" if form == "inplace" else method
    write.names["FORM"] = form
    inplace = form == "inplace"
    write.names["PUBLIC"] = f"{op.name}_" if inplace else op.name
    name = "operator" if form == "operator" else "call"
    if op.kind in ("op", "view") or (op.kind == "write" and op.formulas):
        if op.formulas:
            write.names["MAKE_NODE"] = make_node(op)
    _header(write, op, form)
    _checks(write, op, form)
    if op.check is not None:
        write.names["CHECK"] = op.check
        write(f"CHECK({', '.join(formula_names(op.check))})")
    if op.kind == "composite":
        arguments_ = ", ".join(p.name for p in op.schema.parameters)
        write(f"result = KERNEL({arguments_})")
        if inplace:
            write("return self.copy_(result)")
        else:
            _out(write, op, "result")
            write("return result")
    elif op.kind == "view":
        _view(write, op)
    elif op.kind == "write":
        _write_kind(write, op)
    elif op.kind == "factory":
        _factory(write, op)
    else:
        _compute(write, op, inplace)
    return write, name


# --- placing and checking -----------------------------------------------------------------------------------------------


def _forms_out(op: Operator, form: str) -> bool:
    return "out" in op.variants and form in ("function", "method")


def _gathers(op: Operator, form: str) -> bool:
    """Whether separate arguments are put together: in `x.view(2, 3)` and `zeros(2, 3)`, but not in `torch.reshape(x, 2, 3)`."""
    return op.varargs and not (form == "function" and op.takes_self)


def _header(write: Writer, op: Operator, form: str) -> None:
    parameters = op.schema.parameters
    if form == "operator":
        write(f"def operator({', '.join(p.name for p in parameters[:2])}):", 0)
        for parameter in parameters[2:]:
            write.names[f"DEFAULT_{parameter.name}"] = parameter.default
            write(f"{parameter.name} = DEFAULT_{parameter.name}")
        return
    if _gathers(op, form):
        _gather(write, op, form)
        return
    positional: list[str] = []
    keyword: list[str] = []
    for parameter in parameters:
        write.names[f"DEFAULT_{parameter.name}"] = parameter.default
        (keyword if parameter.keyword_only else positional).append(f"{parameter.name}=DEFAULT_{parameter.name}")
    if _forms_out(op, form):
        keyword.append("out=None")
    write(f"def call({', '.join([*positional, '*_extra', *keyword, '**_unknown'])}):", 0)
    tests = ["_extra", "_unknown", *[f"{p.name} is REQUIRED" for p in parameters if p.default is REQUIRED]]
    given = ", ".join(f"'{p.name}': {p.name}" for p in parameters)
    if _forms_out(op, form):
        given += ", 'out': out" if given else "'out': out"
    elif "out" in op.variants:
        given += ", 'out': None"
    write(f"if {' or '.join(tests)}:")
    write(f"_values = REBIND(OP, METHOD, {{{given}}}, _extra, _unknown)", 2)
    if form == "inplace":
        write("_values.pop('out', None)", 2)
    write("return call(**_values)", 2)


def _gather(write: Writer, op: Operator, form: str) -> None:
    """The head of a wrapper whose sizes (or tensors) may come as separate arguments."""
    sizes = op.gathered
    others = [p for p in op.schema.parameters if p.name not in ("self", sizes)]
    keyword = []
    for parameter in others:
        write.names[f"DEFAULT_{parameter.name}"] = parameter.default
        keyword.append(f"{parameter.name}=DEFAULT_{parameter.name}")
    if _forms_out(op, form):
        keyword.append("out=None")
    first = "self=REQUIRED, " if op.takes_self else ""
    write(f"def call({first}*{sizes}, {''.join(f'{k}, ' for k in keyword)}**_unknown):", 0)
    own = f"((self, *{sizes}) if self is not REQUIRED else ())" if op.takes_self else sizes
    absent = " or self is REQUIRED" if op.takes_self else ""
    item = "Tensor" if op.parameter(sizes).is_tensor_list else "int"
    write.names["FALLBACK"] = None
    # Another overload may take what is not a size: `x.view(torch.int32)`.
    other_kind = f"type({sizes}[0]) is not {item} and not isinstance({sizes}[0], (tuple, list))"
    write(f"if FALLBACK is not None and (_unknown or not {sizes} or {other_kind}):")
    write(f"return FALLBACK(*{own}, **_unknown)", 2)
    empty = "" if op.parameter(sizes).is_tensor_list else f" or not {sizes}"
    write(f"if _unknown{empty}{absent}:")
    write(f"_values = BIND(OP, METHOD, {own}, _unknown)", 2)
    given = [f"'{p.name}': {p.name}" for p in others] + (["'out': out"] if _forms_out(op, form) else [])
    write(f"_values = {{{', '.join(given)}{', ' if given else ''}**_values}}", 2)
    write(f"{sizes} = _values.pop('{sizes}')", 2)
    self_ = "_values.pop('self'), " if op.takes_self else ""
    write(f"return call({self_}{sizes}, **_values)", 2)
    write.names[f"TO_{sizes}"] = arguments.CONVERTERS[arguments.base_type(op.parameter(sizes).type)]
    write(f"for _item in {sizes}:")
    write(f"if type(_item) is not {item}:", 2)
    write(f"if len({sizes}) == 1 and type(_item) is not Tensor: {sizes} = _item", 3)
    write(f"{sizes} = TO_{sizes}({sizes}, OP, '{sizes}', {1 if form == 'method' or not op.takes_self else 2}, METHOD)", 3)
    write("break", 3)


def _checks(write: Writer, op: Operator, form: str) -> None:
    method = form != "function"
    ndim = None
    # Python's operators give only the operands; the rest are defaults.
    parameters = op.schema.parameters[:2] if form == "operator" else op.schema.parameters
    for index, parameter in enumerate(parameters):
        name, kind = parameter.name, parameter.type
        base = arguments.base_type(kind)
        position = 0 if parameter.keyword_only else index + (0 if method else 1)
        number = op.takes_number(name)
        write.names[f"TO_{name}"] = arguments.to_operand if number else arguments.CONVERTERS[base]
        convert = f"{name} = TO_{name}({name}, OP, '{name}', {position}, METHOD)"
        optional = kind.endswith("?") or parameter.default is None
        # A lone dim, the most common case, is converted and wrapped in one step below.
        one_dim = kind.rstrip("?") == "int[1]" and name in DIM_NAMES and op.wrap_dims is not None and ndim is not None
        if method and name == "self" or _gathers(op, form) and name == op.gathered and form != "inplace":
            test = None  # known to be a tensor; checked by `_gather`
        elif base == "Tensor":
            test = f"type({name}) is not Tensor" + (f" and type({name}) not in NUMBER_KIND" if number else "")
        elif base == "int":
            test = f"type({name}) is not int"
        elif base == "bool":
            test = f"{name} is not True and {name} is not False"
        elif base in ("float", "str"):
            test = f"type({name}) is not {base}"
        elif base == "Scalar":
            test = f"type({name}) not in NUMBER_KIND"
        elif base in ("any", "Device", "Layout"):
            test = None
        else:
            test = "True" if not optional else f"{name} is not None"
        if test is not None:
            if optional and not test.startswith(f"{name} is not None"):
                test = f"{name} is not None and {test}"
            if form == "operator" and name != "self":
                write(f"if {test}:")
                write(f"try: {convert}", 2)
                write("except TypeError: return NotImplemented", 2)
            elif one_dim:
                write(f"if {test} and type({name}) is not int: {convert}")
            elif test == "True":
                write(convert)
            else:
                write(f"if {test}: {convert}")
        if base == "Tensor" and ndim is None and not optional:
            ndim = f"{name}._array.ndim"
        elif base == "Tensor[]" and ndim is None:
            ndim = f"({name}[0]._array.ndim if {name} else 0)"
        if name in DIM_NAMES and op.wrap_dims is not None and ndim is not None:
            extra = f" + {op.wrap_dims}" if op.wrap_dims else ""
            guard = f"if {name} is not None: " if optional else ""
            if base == "int":
                write(f"{guard}{name} = WRAP({name}, {ndim}{extra})")
            elif one_dim:
                write(f"if type({name}) is int: {name} = (WRAP({name}, {ndim}{extra}),)")
                write(f"elif {name} is not None: {name} = WRAP_DIMS({name}, {ndim}{extra})")
            elif base == "int[]":
                write(f"{guard}{name} = WRAP_DIMS({name}, {ndim}{extra})")


# --- computing ----------------------------------------------------------------------------------------------------------


def _takes_out(kernel: Any) -> bool:
    return isinstance(kernel, np.ufunc) or "out" in getattr(getattr(kernel, "__code__", None), "co_varnames", ())


def _tensors(op: Operator) -> list[Parameter]:
    return [p for p in op.schema.parameters if p.is_tensor]


def _tensor_list(op: Operator) -> Parameter | None:
    return next((p for p in op.schema.parameters if p.is_tensor_list), None)


def _compute(write: Writer, op: Operator, inplace: bool) -> None:
    parameters = op.schema.parameters
    if inplace:
        _begin_inplace(write, op)
    _arrays(write, op)
    _refusal(write, op)
    tensors = _tensors(op)
    listed = _tensor_list(op)
    values = {p.name: f"_a_{p.name}" for p in tensors}
    if listed is not None:
        values[listed.name] = f"_a_{listed.name}"
    if op.plain is not None and write.names["FORM"] == "operator":
        write.names["KERNEL"] = op.plain
        parameters = parameters[:2]
    call = ", ".join(values.get(p.name, p.name) for p in parameters)
    arrays = ", ".join(values.values())
    if op.half:
        write("if _kind.half:")
        for value in values.values():
            if listed is not None and value == f"_a_{listed.name}":
                write(f"{value} = [WIDEN(_x) for _x in {value}]", 2)
            else:
                write(f"{value} = WIDEN({value})", 2)
    if inplace:
        direct = _takes_out(op.body) and op.dtype in ("promote", "float")
        if direct:
            write("if _kind is self._dtype and not _kind.half:")
            write("_target = self._array", 2)
            write(f"try: KERNEL({call}, out=_target)", 2)
            write("except KERNEL_ERRORS as _error:", 2)
            write(f"_error = SHAPE_ERROR(OP, _error, ({arrays},))", 3)
            write("if type(_error) is ValueError and 'broadcast' in str(_error):", 3)
            write(
                '_error = RuntimeError(f"output with shape {list(self._array.shape)} doesn\'t match the broadcast shape "',
                4,
            )
            write(
                f"    f\"{{list(BROADCAST(*[_x.shape for _x in ({arrays},) if type(_x) is ndarray]))}}\")",
                4,
            )
            write("raise _error from None", 3)
            write("else:")
        depth = 2 if direct else 1
        _run_kernel(write, op, call, arrays, depth)
        write(f"STORE(OP, self, _r, {_result_kind(op)})", depth)
        _end_inplace(write, op)
        return
    _run_kernel(write, op, call, arrays, 1)
    _results(write, op)


def _run_kernel(write: Writer, op: Operator, call: str, arrays: str, depth: int) -> None:
    write(f"try: _r = KERNEL({call})", depth)
    write(
        f"except KERNEL_ERRORS as _error: raise SHAPE_ERROR(OP, _error, ({arrays}{',' if arrays else ''})) from None",
        depth,
    )
    single = len(op.schema.returns) == 1 and op.schema.returns[0][0] == "Tensor"
    if op.half and op.dtype != "compare":
        write("if _kind.half: _r = NARROW(_r, _kind)", depth)
    if single:
        write("if type(_r) is not ndarray: _r = asarray(_r)", depth)


def _arrays(write: Writer, op: Operator) -> None:
    """`_kind`, and `_a_NAME` for each tensor: arrays in the operator's dtype (or as they are)."""
    tensors = _tensors(op)
    listed = _tensor_list(op)
    if op.dtype is None:
        for parameter in tensors:
            optional = parameter.type.endswith("?")
            name = parameter.name
            write(f"_a_{name} = {name}._array" + (f" if {name} is not None else None" if optional else ""))
        if listed is not None:
            write(f"_a_{listed.name} = [_x if _x is None else _x._array for _x in {listed.name}]")
        if op.half:
            first = tensors[0].name if tensors else f"{listed.name}[0]" if listed else ""
            write(f"_kind = {first}._dtype")
        return
    if listed is not None:
        write(f"_kind, _a_{listed.name} = PROMOTED(OP, {listed.name})")
        return
    for name in op.apart:
        write(f"_a_{name} = {name}._array")
    tensors = [p for p in tensors if p.name not in op.apart]
    names = [p.name for p in tensors]
    # A method's self is a tensor; a function's may be a number if the operator takes one.
    method = bool(write.names["METHOD"])
    plain = [p for p in tensors if not p.type.endswith("?") and (not op.takes_number(p.name) or p.name == "self")]
    lead = plain[0].name if plain else None
    guard = "" if lead is None or method or not op.takes_number(lead) else f"type({lead}) is Tensor and "
    if lead is not None and len(names) == 1:
        write(f"_kind = {lead}._dtype")
        write(f"_a_{lead} = {lead}._array")
        if op.dtype == "float":
            write("if _kind.kind < FLOAT:")
            write("_kind = current().default_dtype", 2)
            write(f"_a_{lead} = CAST({lead}, _kind)", 2)
        return
    rule = "OP" if op.keeps_integers is None else f"OP if {op.keeps_integers} is None else PROMOTE"
    arrays = ", ".join(f"_a_{n}" for n in names) + ("," if len(names) == 1 else "")
    everything = f"_kind, ({arrays}) = PROMOTED({rule}, ({', '.join(names)},))"
    if op.check_mixed is not None:
        write.names["CHECK_MIXED"] = op.check_mixed
        everything = f"CHECK_MIXED({', '.join(formula_names(op.check_mixed))}); {everything}"
    if lead is None:
        write(everything)
        return
    others = [n for n in names if n != lead]
    same = " and ".join(f"type({n}) is Tensor and {n}._dtype is _kind" for n in others)
    integral = " and _kind.kind >= FLOAT" if op.dtype == "float" else ""
    write(f"_kind = {lead}._dtype" if not guard else f"_kind = {lead}._dtype if type({lead}) is Tensor else None")
    write(f"if {guard}{same}{integral}:")
    for n in names:
        write(f"_a_{n} = {n}._array", 2)
    if len(others) == 1 and op.takes_number(others[0]):
        other = others[0]
        write(f"elif {guard}NUMBER_KIND.get(type({other}), 9) <= _kind.numbers{integral}:")
        write(f"_a_{lead} = {lead}._array; _a_{other} = {other}", 2)
        if guard:
            floating = f" and {other}._dtype.kind >= FLOAT" if op.dtype == "float" else ""
            write(f"elif type({other}) is Tensor and NUMBER_KIND.get(type({lead}), 9) <= {other}._dtype.numbers{floating}:")
            write(f"_kind = {other}._dtype; _a_{lead} = {lead}; _a_{other} = {other}._array", 2)
    elif others and all(op.takes_number(n) and op.parameter(n).type.endswith("?") for n in others):
        fits = " and ".join(f"({n} is None or NUMBER_KIND.get(type({n}), 9) <= _kind.numbers)" for n in others)
        write(f"elif {guard}{fits}{integral}:")
        write(f"_a_{lead} = {lead}._array; {'; '.join(f'_a_{n} = {n}' for n in others)}", 2)
    write("else:")
    write(everything, 2)


def _refusal(write: Writer, op: Operator) -> None:
    """Refuse the kinds of dtype that PyTorch's kernel has no form for."""
    if op.refuses:
        kind = "_kind" if op.dtype is not None or op.half else f"{_tensors(op)[0].name}._dtype"
        write.names["REFUSED"] = frozenset(op.refuses)
        write.names["REFUSAL"] = engine.refusal
        write(f"if {kind}.kind in REFUSED: raise REFUSAL(OP, {kind})")


def _result_kind(op: Operator) -> str:
    if op.dtype == "compare":
        return "bool_"
    if op.dtype is not None:
        return "_kind"
    return "(BY_ARRAY.get(_r.dtype) or kind_of(_r))"


def _fresh(write: Writer, variable: str, array: str, kind: str, depth: int) -> None:
    for line in (
        f"{variable} = NEW(Tensor)",
        f"{variable}._array = {array}",
        f"{variable}._dtype = {kind}",
        f"{variable}._requires_grad = False",
        f"{variable}._grad_fn = None",
        f"{variable}._storage = FRESH and FRESH({variable})",
        f"{variable}._view = None",
        f"{variable}._meta = None",
    ):
        write(line, depth)


def _requires(op: Operator, method: bool = False) -> str:
    """The condition that some input requires a gradient. What a method is called on is a tensor."""
    parts = []
    for parameter in op.schema.parameters:
        name = parameter.name
        if parameter.is_tensor_list:
            optional = "_x is not None and " if "?[" in parameter.type else ""
            parts.append(f"True in [{optional}_x._requires_grad for _x in {name}]")
        elif parameter.is_tensor:
            if op.takes_number(name) and not (method and name == "self"):
                parts.append(f"(type({name}) is Tensor and {name}._requires_grad)")
            elif parameter.type.endswith("?") or parameter.default is None:
                parts.append(f"({name} is not None and {name}._requires_grad)")
            else:
                parts.append(f"{name}._requires_grad")
    return " or ".join(parts)


def _inputs(op: Operator) -> str:
    return ", ".join(p.name for p in op.schema.parameters)


def _results(write: Writer, op: Operator) -> None:
    returns = op.schema.returns
    if len(returns) == 1 and returns[0][0] == "Tensor":
        kind = _result_kind(op)
        lead = _tensors(op)
        if op.dtype is None and lead and not lead[0].type.endswith("?"):
            name = lead[0].name  # most results have their input's dtype: an identity test beats a table
            kind = f"{name}._dtype if _r.dtype is {name}._array.dtype else {kind}"
        _fresh(write, "_t", "_r", kind, 1)
        _record_single(write, op)
        _out(write, op, "_t")
        write("return _t")
        return
    write("_t = []")
    write("for _part in _r:")
    write("_part = asarray(_part)", 2)
    _fresh(write, "_u", "_part", "(BY_ARRAY.get(_part.dtype) or kind_of(_part))", 2)
    write("_t.append(_u)", 2)
    _record_many(write, op)
    _pack(write, op)
    _out(write, op, "_t")
    write("return _t")


def _pack(write: Writer, op: Operator) -> None:
    returns = op.schema.returns
    if len(returns) > 1 and all(name for _, name in returns):
        write.names["RESULT"] = named_result(op.public_name, tuple(name for _, name in returns))
        write("_t = RESULT(_t)")
    else:
        write("_t = tuple(_t)")


def _record_single(write: Writer, op: Operator, floating: bool = True) -> None:
    requires = _requires(op, write.names["METHOD"])
    if not op.differentiable or not requires:
        return
    write(f"if {requires}:")
    write("_state = current()", 2)
    write("if _state.grad_enabled and _t._dtype.kind >= FLOAT:", 2)
    if not op.formulas:
        write("raise NO_DERIVATIVE(OP)", 3)
        return
    write(f"_node = MAKE_NODE(_state, {_inputs(op)})", 3)
    if op.schema.returns and _uses_result(op):
        write("_node.result = _t.detach()", 3)
        write("_node.result_version = VERSION(_t)", 3)
    write("_node.shape = _t._array.shape", 3)
    write("_node.dtype = _t._dtype", 3)
    write("_t._requires_grad = True", 3)
    write("_t._grad_fn = _node", 3)
    write("_t._output_nr = 0", 3)
    write("else: _t._cut = _state.where", 2)


def _uses_result(op: Operator) -> bool:
    return op.saves("result")


def _record_many(write: Writer, op: Operator) -> None:
    requires = _requires(op, write.names["METHOD"])
    if not op.differentiable or not requires:
        return
    write(f"if {requires}:")
    write("_state = current()", 2)
    write("if _state.grad_enabled:", 2)
    if not op.formulas:
        write("if any(_u._dtype.kind >= FLOAT for _u in _t): raise NO_DERIVATIVE(OP)", 3)
        return
    write(f"_node = MAKE_NODE(_state, {_inputs(op)})", 3)
    write("_node.shape = [_u._array.shape for _u in _t]", 3)
    write("_node.dtype = [_u._dtype for _u in _t]", 3)
    for at, name in enumerate(_output_names(op)):
        if op.saves(name):
            write(f"_node.{name} = _t[{at}].detach(); _node.{name}_version = VERSION(_t[{at}])", 3)
    write("for _nr, _u in enumerate(_t):", 3)
    apart = [at for at, name in enumerate(_output_names(op)) if name in op.constant_outputs]
    write(f"if _u._dtype.kind >= FLOAT{f' and _nr not in {tuple(apart)}' if apart else ''}:", 4)
    write("_u._requires_grad = True; _u._grad_fn = _node; _u._output_nr = _nr", 5)


def _output_names(op: Operator) -> list[str]:
    returns = op.schema.returns
    if len(returns) == 1:
        return ["result"]
    return [name or f"result{at}" for at, (_, name) in enumerate(returns)]


def _out(write: Writer, op: Operator, variable: str) -> None:
    if "out" in op.variants and "def operator" not in write.lines[0] and "out=None" in write.lines[0]:
        if op.parallel or op.name == "cat":
            listed = _tensor_list(op)
            read = ", ".join([p.name for p in _tensors(op)] + ([] if listed is None else [f"*{listed.name}"]))
            write(f"if type(out) is Tensor and out._storage is not None: CHECK_OVERLAPS(out, ({read},))")
        write(f"if out is not None: return WRITE_OUT(OP, out, {variable})")


# --- writing in place ---------------------------------------------------------------------------------------------------

# What writes the same value to an element however often; it may write through `expand`.
OVERWRITES = frozenset(("fill", "zero", "masked_fill", "index_fill", "index_put"))


# Writing operators that, as the elementwise ones do, refuse a source that lies partly where they write.
OVERLAP_REFUSED = frozenset({"copy", "scatter", "index_add", "index_copy", "index_put"})


def _begin_inplace(write: Writer, op: Operator) -> None:
    write("_node = None")
    if op.differentiable:
        write(f"if {_requires(op)} or (self._view is not None and self._view[0]._requires_grad):")
        write("_state = current()", 2)
        write("if _state.grad_enabled:", 2)
        write("CHECK_INPLACE(self)", 3)
        if op.formulas:
            inputs = ", ".join(["BEFORE(OP, self)", *[p.name for p in op.schema.parameters[1:]]])
            write(f"_node = MAKE_NODE(_state, {inputs})", 3)
        else:
            write("raise NO_DERIVATIVE(OP)", 3)
    elif op.dtype == "compare":
        write("if self._requires_grad and current().grad_enabled: CHECK_INPLACE(self)")
    write("if self._storage is not None and self._storage.inference: CHECK_INFERENCE()")
    if op.name.rstrip("_") not in OVERWRITES:
        write("if 0 in self._array.strides: CHECK_WRITABLE(self)")
    read = [p.name for p in _tensors(op)[1:]]
    if read and (op.dtype in ("promote", "float", "compare") or op.name.rstrip("_") in OVERLAP_REFUSED):
        write("if self._storage is not None:")
        for name in read:
            write(f"if type({name}) is Tensor and {name}._storage is not None: CHECK_OVERLAP(self, {name})", 2)


def _end_inplace(write: Writer, op: Operator) -> None:
    write("_s = self._storage")
    write("if _s is None: _s = self._storage = Storage(self._array)")
    write("_s.wrote(NAME, current().where)")
    write("if _node is not None:")
    if op.formulas:
        if _uses_result(op):
            write("_node.result = self.detach(); _node.result_version = VERSION(self)", 2)
        write("_node.shape = self._array.shape; _node.dtype = self._dtype", 2)
        write("REBASE(self, _node)", 2)
    else:
        write("pass", 2)
    write("return self")


def _write_kind(write: Writer, op: Operator) -> None:
    _begin_inplace(write, op)
    values = {p.name: f"_a_{p.name}" for p in op.schema.parameters if p.is_tensor or p.is_tensor_list}
    listed = _tensor_list(op)
    if listed is not None:
        write(f"_a_{listed.name} = [_x if _x is None else _x._array for _x in {listed.name}]")
    for parameter in _tensors(op):
        name = parameter.name
        if op.takes_number(name):
            write(f"_a_{name} = {name}._array if type({name}) is Tensor else {name}")
        else:
            write(f"_a_{name} = {name}._array if {name} is not None else None")
    call = ", ".join(values.get(p.name, p.name) for p in op.schema.parameters)
    write(f"try: KERNEL({call})")
    write(
        f"except KERNEL_ERRORS as _error: raise SHAPE_ERROR(OP, _error, ({', '.join(values.values())},)) from None"
    )
    _end_inplace(write, op)


# --- views and factories ------------------------------------------------------------------------------------------------


def _view(write: Writer, op: Operator) -> None:
    others = [p.name for p in op.schema.parameters[1:]]
    many = op.schema.returns[0][0] != "Tensor" or len(op.schema.returns) > 1
    kind = "(BY_ARRAY.get(_r.dtype) or kind_of(_r))" if op.dtype == "reinterpret" else "self._dtype"
    call = ", ".join(["self._array", *others])
    write(f"_r = KERNEL({call})")
    write("_s = self._storage")
    write("if _s is None: _s = self._storage = Storage(self._array)")
    write("_v = self._view")
    write("_creation = MULTI_OUTPUT" if many else "_creation = DEFAULT")
    write("if self._requires_grad and not current().grad_enabled: _creation = VIEW_MODE()")
    made = f"(None, NAME, ({''.join(f'{o}, ' for o in others)}))"
    chained = f"(_v[3], NAME, ({''.join(f'{o}, ' for o in others)}))"
    write(f"if _v is None: _w = (self, _s.version, _creation, {made})")
    write(f"else: _w = (_v[0], _s.version, _creation or _v[2], {chained})")
    if many:
        write("_t = []")
        write("for _part in _r:")
        _fresh(write, "_u", "_part", "self._dtype", 2)
        write("_u._storage = _s; _u._view = _w; _u._requires_grad = self._requires_grad", 2)
        write("_t.append(_u)", 2)
        _record_many(write, op)
        _pack(write, op)
        write("return _t")
        return
    write("_t = NEW(Tensor)")
    for line in (
        "_array = _r",
        f"_dtype = {kind}",
        "_requires_grad = self._requires_grad",
        "_grad_fn = None",
        "_storage = _s",
        "_view = _w",
        "_meta = None",
    ):
        write(f"_t.{line}")
    _record_single(write, op)
    write("return _t")


def _factory(write: Writer, op: Operator) -> None:
    names = [p.name for p in op.schema.parameters if p.name not in FACTORY_ONLY]
    like = op.takes_self
    write("if layout is not None or device is not None or pin_memory: CHECK_OPTIONS(layout, device, pin_memory)")
    write.names["CHECK_OPTIONS"] = check_options
    if "out" in op.variants:
        write("if out is not None: dtype = OUT_DTYPE(dtype, out)")
        write.names["OUT_DTYPE"] = out_dtype
    if like:
        write("_a_self = self._array")
        write("if dtype is None: dtype = self._dtype")
    call = ", ".join("_a_self" if n == "self" else n for n in names)
    write(f"_r = KERNEL({call}{', ' if call else ''}dtype)")
    write("if type(_r) is not ndarray: _r = asarray(_r)")
    _fresh(write, "_t", "_r", "(BY_ARRAY.get(_r.dtype) or kind_of(_r))", 1)
    write("if requires_grad:")
    write(f"if _t._dtype.kind < FLOAT: raise RuntimeError({_NO_GRADIENT!r})", 2)
    write("_t.requires_grad_(True)", 2)
    _out(write, op, "_t")
    write("return _t")


FACTORY_ONLY = frozenset({"dtype", "layout", "device", "pin_memory", "requires_grad"})


_NO_GRADIENT = "Only Tensors of floating point and complex dtype can require gradients"


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


# --- the grad_fn --------------------------------------------------------------------------------------------------------


def differentiated(op: Operator) -> list[Parameter]:
    """The tensors that have an edge: those with a derivative, and what an in-place form writes to."""
    named = {name.strip() for inputs in op.formulas for name in inputs.split(",")}
    if op.kind == "write" or "inplace" in op.variants:
        named.add("self")
    return [p for p in op.schema.parameters if (p.is_tensor or p.is_tensor_list) and p.name in named]


def make_node(op: Operator) -> Callable[..., Any]:
    """A function from a call's arguments to its node: edges, and what the formulas use."""
    cls = node_class(op)
    write = Writer(op)
    write.names["NODE"] = cls
    parameters = op.schema.parameters
    chosen = "NODE"
    if callable(op.node):
        write.names["NODE_FOR"] = titled(cls, op.node)
        chosen = f"NODE_FOR({', '.join(formula_names(op.node))})"
    elif isinstance(op.node, tuple):
        write.names["NODE_GIVEN"] = type(
            op.node[1], (cls,), {"__slots__": (), "title": op.node[1], "__module__": "torch.autograd"}
        )
        chosen = f"NODE if {op.node[2]} is None else NODE_GIVEN"
    write(f"def make_node(_state, {', '.join(p.name for p in parameters)}):", 0)
    write(f"_node = NEW({chosen})")
    edges = []
    for parameter in differentiated(op):
        name = parameter.name
        if parameter.is_tensor_list:
            edges.append(f"*[None if _x is None else EDGE_OF(_x) for _x in {name}]")
        elif parameter.is_tensor:
            made = f"{name}._grad_fn is not None and {name}._view is None"
            edge = f"({name}._grad_fn, {name}._output_nr) if {made} else EDGE_OF({name})"
            if op.takes_number(name):
                edge = f"({edge}) if type({name}) is Tensor else None"
            elif parameter.type.endswith("?") or parameter.default is None:
                edge = f"({edge}) if {name} is not None else None"
            edges.append(edge)
    write(f"_node.edges = ({', '.join(edges)},)")
    write("_node.sequence = NEXT()")
    write("_node.where = _state.where")
    write("_node.hooks = None")
    if cls.saved:
        write("_node.released = False")
    outputs = set(_output_names(op))
    for name in cls.saved:
        if name in outputs:
            continue
        described, trait = _trait(op, name)
        if described is not None:
            field = "_array.shape" if trait == "shape" else "_dtype"
            if described.is_tensor_list:
                write(f"_node.{name} = [_x.{field} for _x in {described.name}]")
            else:
                write(f"_node.{name} = {described.name}.{field} if type({described.name}) is Tensor else None")
            continue
        parameter = op.parameter(name)
        if parameter.is_tensor_list:
            write(f"_node.{name} = {name}; _node.{name}_version = VERSIONS({name})")
        elif parameter.is_tensor:
            users = [
                i.strip() for inputs, f in op.formulas.items() if name in formula_names(f) for i in inputs.split(",")
            ]
            tests: list[str] = []
            for user in users:
                p = op.parameter(user)
                if p.is_tensor_list:
                    tests = []
                    break
                tests.append(_tensor_requires(op, p))
            condition = " or ".join(tests) if tests else "True"
            write(f"if {condition}:")
            write(f"_node.{name} = {name}", 2)
            write(f"_node.{name}_version = VERSION({name}) if type({name}) is Tensor else 0", 2)
            write(f"else: _node.{name} = None; _node.{name}_version = 0")
        else:
            write(f"_node.{name} = {name}")
    write("return _node")
    return write.compile("make_node")


def _trait(op: Operator, name: str) -> tuple[Parameter | None, str]:
    """The tensor parameter that `self_shape` or `self_dtype` describes; None for a name that is a parameter itself."""
    own = {p.name: p for p in op.schema.parameters}
    base, _, trait = name.rpartition("_")
    if name not in own and trait in ("shape", "dtype") and base in own:
        return own[base], trait
    return None, ""


def _tensor_requires(op: Operator, parameter: Parameter) -> str:
    name = parameter.name
    if op.takes_number(name) or parameter.type.endswith("?") or parameter.default is None:
        return f"(type({name}) is Tensor and {name}._requires_grad)"
    return f"{name}._requires_grad"


# What a formula may ask for that is no argument: the gradient; of several outputs all gradients, with zeros where none arrived; the
# same with None there; and which inputs need a gradient.
GIVEN = frozenset({"grad", "grads", "arrived", "needs"})


def node_class(op: Operator) -> type[autograd.Node]:
    """The operator's `grad_fn` class: what it saves, and `apply`."""
    named = op.node[0] if isinstance(op.node, tuple) else None if callable(op.node) else op.node
    title = named or f"{engine.camel(op.public_name.lstrip('_'))}Backward0"
    returns = op.schema.returns
    many = len(returns) > 1 or returns[0][0] != "Tensor"
    outputs = _output_names(op)
    saved: list[str] = []
    for formula in op.formulas.values():
        for name in formula_names(formula):
            if name not in GIVEN and name not in saved:
                saved.append(name)
    slots = []
    parameters = {p.name: p for p in op.schema.parameters}
    for name in saved:
        slots.append(name)
        if name in outputs or (name in parameters and (parameters[name].is_tensor or parameters[name].is_tensor_list)):
            slots.append(f"{name}_version")
    if saved:
        slots.append("released")
    write = Writer(op)
    write("def apply(_node, grad):", 0)
    if saved:
        write("if _node.released: raise RuntimeError(FREED)")
    write("_edges = _node.edges")
    if many:
        write("arrived = grad; grads = FILLED(grad, _node); grad = grads[0]")
    tensors = differentiated(op)
    listed_at = next((i for i, p in enumerate(tensors) if p.is_tensor_list), None)
    place: dict[str, str] = {}
    for i, parameter in enumerate(tensors):
        after = len(tensors) - i - 1
        if parameter.is_tensor_list:
            place[parameter.name] = f"_edges[{i}:len(_edges) - {after}]"
        else:
            place[parameter.name] = f"_edges[{i}]" if listed_at is None or i < listed_at else f"_edges[{-after - 1}]"
        write(
            f"_g_{parameter.name} = None"
            if not parameter.is_tensor_list
            else f"_g_{parameter.name} = [None] * len({place[parameter.name]})"
        )
    for at, (inputs, formula) in enumerate(op.formulas.items()):
        wanted = [i.strip() for i in inputs.split(",")]
        write.names[f"FORMULA_{at}"] = formula
        tests = [
            f"any(_e is not None for _e in {place[i]})" if parameters[i].is_tensor_list else f"{place[i]} is not None"
            for i in wanted
        ]
        write(f"if {' or '.join(tests)}:")
        names = formula_names(formula)
        for name in names:
            if name in GIVEN:
                continue
            write(f"{name} = _node.{name}", 2)
            if name in outputs:
                number = outputs.index(name)
                write(
                    f"if VERSION({name}) != _node.{name}_version: raise MODIFIED({name}, _node.{name}_version, _node, True)",
                    2,
                )
                write(f"{name} = UNPACK(_node, {name}, {number})", 2)
            elif name not in parameters:
                continue
            elif parameters[name].is_tensor_list:
                write(f"CHECK_VERSIONS(_node, {name}, _node.{name}_version)", 2)
            elif parameters[name].is_tensor:
                write(f"if type({name}) is Tensor and VERSION({name}) != _node.{name}_version: "
                      f"raise MODIFIED({name}, _node.{name}_version, _node)", 2)  # fmt: skip
        if "needs" in names:
            parts = [
                f"[_e is not None for _e in {place[i]}]" if parameters[i].is_tensor_list else f"{place[i]} is not None"
                for i in wanted
            ]
            write(f"needs = ({', '.join(parts)},)", 2)
        call = f"FORMULA_{at}({', '.join(names)})"
        targets = ", ".join(f"_g_{i}" for i in wanted)
        write(f"{targets} = {call}", 2)
    parts = [f"*_g_{p.name}" if p.is_tensor_list else f"_g_{p.name}" for p in tensors]
    write(f"return ({', '.join(parts)},)")
    body: dict[str, Any] = {
        "__slots__": tuple(slots), "operator": op, "apply": write.compile("apply"), "title": title, "many": many, "saved": tuple(saved),
        "__qualname__": title, "__module__": "torch.autograd",
    }  # fmt: skip
    if saved:
        body["release"] = _release(op, saved)
    for name in saved:
        body[f"_saved_{name}"] = property(_saved_reader(name))
    return type(title, (autograd.Node,), body)


def titled(cls: type[autograd.Node], choose: Callable[..., str]) -> Callable[..., type[autograd.Node]]:
    """A function from arguments to the node's class, whose name PyTorch takes from the overload that they choose."""
    made: dict[str, type[autograd.Node]] = {}

    def find(*args: Any) -> type[autograd.Node]:
        title = choose(*args)
        found = made.get(title)
        if found is None:
            found = made[title] = type(title, (cls,), {"__slots__": (), "title": title, "__module__": "torch.autograd"})
        return found

    return find


def _saved_reader(name: str) -> Callable[[Any], Any]:
    def read(node: Any) -> Any:
        if node.released:
            raise RuntimeError(autograd.FREED)
        return getattr(node, name)

    return read


def _release(op: Operator, saved: list[str]) -> Callable[[Any], None]:
    """Lets go of saved tensors and marks the node as freed. Small ones stay, for explanations: nothing else reads them any more."""
    write = Writer(op)
    write.names["SPARED"] = _spared
    write("def release(_node):", 0)
    write("_node.released = True")
    outputs = _output_names(op)
    parameters = {p.name: p for p in op.schema.parameters}
    for name in saved:
        if name in outputs or (name in parameters and parameters[name].is_tensor):
            write(f"_v = _node.{name}")
            write(f"if type(_v) is Tensor and (_v._array.size > {SMALL} or (_v._array.base is not None and not SPARED(_v))):")
            write(f"_node.{name} = None", 2)
        elif name in parameters and (parameters[name].is_tensor_list or arguments.base_type(parameters[name].type) == "any"):
            write(f"_node.{name} = None")
    return write.compile("release")


def _spared(tensor: Tensor) -> bool:
    """Whether a small saved window keeps no large memory alive."""
    base = tensor._array.base
    return isinstance(base, np.ndarray) and base.size <= SMALL


# --- overloads and Python's operators -----------------------------------------------------------------------------------


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
    chosen: dict[Any, Operator] = {}

    def call(*args: Any, **kwargs: Any) -> Any:
        if not kwargs and len(args) in by_count:
            try:
                return by_count[len(args)].made(form)(*args)
            except TypeError:
                pass  # `choose` has the words for arguments that fit none
        # Which overload a call takes follows from its types, unless a tensor stands for a number.
        key = (*map(type, args), *kwargs, *map(type, kwargs.values()))
        known = chosen.get(key)
        if known is not None:
            try:
                return known.made(form)(*args, **kwargs)
            except TypeError:
                pass
        op, values = choose(found, is_method, args, kwargs)
        if not op.varargs and all(
            type(v) in arguments.NUMBER_KIND or v is None or (type(v) is Tensor and op.parameter(name).is_tensor)
            for name, v in values.items()
        ):
            chosen[key] = op
        if _gathers(op, form) and form != "inplace":
            sizes = values.pop(op.gathered)
            first = (values.pop("self"),) if op.takes_self else ()
            return op.made(form)(*first, sizes, **values)
        return op.made(form)(**values)

    if _gathers(found[0], form) and form != "inplace":
        # Separate sizes, as in `x.view(2, 3)`, can only mean the overload that takes them so; it hands over the rest.
        first_overload = build(found[0], form)
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
