"""What a kernel gets and gives: the operands' arrays in the operator's dtype, and the call of the kernel on them.

The text that is written here defines `_kind` (the dtype that is computed in), `_a_NAME` for each tensor NAME, and `_r` (the result).
"""

from __future__ import annotations

import numpy as np

from tensorsh.ops import engine
from tensorsh.ops.codegen.writer import Writer
from tensorsh.ops.registry import Operator, formula_names


def array_names(op: Operator) -> dict[str, str]:
    """Parameter -> the name of its array (of a list of tensors: of its arrays)."""
    listed = op.schema.tensor_list
    return {p.name: f"_a_{p.name}" for p in [*op.schema.tensors, *([] if listed is None else [listed])]}


def write_operands(write: Writer, written_to: bool = False) -> None:
    """`written_to`: the result goes to `self`, whose dtype must be able to take it."""
    op = write.op
    listed = op.schema.tensor_list
    if op.dtype is None:
        write_arrays(write)
        if op.half:
            first = op.schema.tensors[0].name if op.schema.tensors else f"{listed.name}[0]" if listed else ""
            write(f"_kind = {first}._dtype")
    elif listed is not None:
        write(f"_kind, _a_{listed.name} = PROMOTED_LIST(OP, {listed.name})")
    else:
        _write_promotion(write)
    if written_to and op.refuses and op.dtype in ("promote", "float"):
        write("if _kind is not self._dtype: CHECK_RESULT_CAST(_kind, self._dtype)")
    if op.refuses:
        kind = "_kind" if op.dtype is not None or op.half else f"{op.schema.tensors[0].name}._dtype"
        write.names["REFUSED"] = frozenset(op.refuses)
        write.names["REFUSAL"] = engine.refusal
        write(f"if {kind}.kind in REFUSED: raise REFUSAL(OP, {kind})")
    if op.half:
        write("if _kind.half:")
        for name, array in array_names(op).items():
            many = listed is not None and name == listed.name
            write(f"{array} = [WIDEN(_x) for _x in {array}]" if many else f"{array} = WIDEN({array})", 2)


def write_arrays(write: Writer) -> None:
    """The tensors' arrays as they are."""
    op = write.op
    for parameter in op.schema.tensors:
        name = parameter.name
        if op.takes_number(name):
            write(f"_a_{name} = {name}._array if type({name}) is Tensor else {name}")
        else:
            optional = parameter.type.endswith("?")
            write(f"_a_{name} = {name}._array" + (f" if {name} is not None else None" if optional else ""))
    listed = op.schema.tensor_list
    if listed is not None:
        write(f"_a_{listed.name} = [_x if _x is None else _x._array for _x in {listed.name}]")


def _write_promotion(write: Writer) -> None:
    """Operands of one dtype, and a Python number that fits it, go on at once; all else is brought to a common dtype."""
    op = write.op
    for name in op.apart:
        write(f"_a_{name} = {name}._array")
    tensors = [p for p in op.schema.tensors if p.name not in op.apart]
    names = [p.name for p in tensors]
    plain = [p for p in tensors if not p.type.endswith("?") and (not op.takes_number(p.name) or p.name == "self")]
    lead = plain[0].name if plain else None
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
    # A method's self is a tensor; a function's may be a number if the operator takes one.
    guard = f"type({lead}) is Tensor and " if write.form == "function" and op.takes_number(lead) else ""
    others = [n for n in names if n != lead]
    same = " and ".join(f"type({n}) is Tensor and {n}._dtype is _kind" for n in others)
    integral = " and _kind.kind >= FLOAT" if op.dtype == "float" else ""
    write(f"_kind = {lead}._dtype" if not guard else f"_kind = {lead}._dtype if type({lead}) is Tensor else None")
    write(f"if {guard}{same}{integral}:")
    for n in names:
        write(f"_a_{n} = {n}._array", 2)
    if len(others) == 1 and op.takes_number(others[0]):
        other = others[0]
        # Where mixed dtypes are checked, a bool is one: `x - True` has no meaning, though `x - 1` has.
        no_bool = "type({}) is not bool and " if op.check_mixed is not None else ""
        write(f"elif {guard}{no_bool.format(other)}NUMBER_KIND.get(type({other}), 9) <= _kind.numbers{integral}:")
        write(f"_a_{lead} = {lead}._array; _a_{other} = {other}", 2)
        if guard:
            floating = f" and {other}._dtype.kind >= FLOAT" if op.dtype == "float" else ""
            write(f"elif type({other}) is Tensor and {no_bool.format(lead)}NUMBER_KIND.get(type({lead}), 9) <= {other}._dtype.numbers{floating}:")
            write(f"_kind = {other}._dtype; _a_{lead} = {lead}; _a_{other} = {other}._array", 2)
    elif others and all(op.takes_number(n) and op.parameter(n).type.endswith("?") for n in others):
        fits = " and ".join(f"({n} is None or NUMBER_KIND.get(type({n}), 9) <= _kind.numbers)" for n in others)
        write(f"elif {guard}{fits}{integral}:")
        write(f"_a_{lead} = {lead}._array; {'; '.join(f'_a_{n} = {n}' for n in others)}", 2)
    write("else:")
    write(everything, 2)


def kernel_call(write: Writer) -> tuple[str, str]:
    """The arguments of the kernel, and the arrays among them."""
    op, arrays = write.op, array_names(write.op)
    parameters = op.schema.parameters
    if op.plain is not None and write.form == "operator":
        write.names["KERNEL"] = op.plain
        parameters = parameters[:2]
    given = [arrays.get(p.name, p.name) for p in parameters]
    if op.half and _asks_for_kind(op):
        given.append("kind=_kind")
    return ", ".join(given), "".join(f"{name}, " for name in arrays.values()).rstrip()


def _asks_for_kind(op: Operator) -> bool:
    """Whether the kernel has a parameter `kind`, which no argument fills: it gets the dtype that is computed in."""
    own = not isinstance(op.body, np.ufunc) and "kind" in formula_names(op.body)
    return own and "kind" not in [p.name for p in op.schema.parameters]


def write_kernel(write: Writer, depth: int = 1) -> None:
    """`_r`: what the kernel gives, as an array of the dtype that is computed in."""
    op = write.op
    call, arrays = kernel_call(write)
    write(f"try: _r = KERNEL({call})", depth)
    write(f"except KERNEL_ERRORS as _error: raise SHAPE_ERROR(OP, _error, ({arrays})) from None", depth)
    if op.half and op.dtype != "compare":
        write("if _kind.half: _r = NARROW(_r, _kind)", depth)
    if op.schema.gives_one:
        write("if type(_r) is not ndarray: _r = asarray(_r)", depth)
