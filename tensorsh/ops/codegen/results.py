"""What a wrapper returns: tensors around the kernel's arrays, recorded where a gradient is wanted, or stored in `out`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorsh.ops.codegen.placing import forms_out
from tensorsh.ops.codegen.writer import Writer
from tensorsh.ops.registry import Operator, formula_names
from tensorsh.ops.results import named_result
from tensorsh.ops.schema import Parameter


def result_kind(op: Operator) -> str:
    """The text that gives the result's dtype."""
    if op.dtype == "compare":
        return "bool_"
    if op.dtype is not None:
        return "_kind"
    return "(BY_ARRAY.get(_r.dtype) or kind_of(_r))"


def write_tensor(write: Writer, variable: str, array: str, kind: str, depth: int = 1) -> None:
    """A new tensor around an array, field by field: a call would cost as much again."""
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


def write_results(write: Writer) -> None:
    op = write.op
    if op.schema.gives_one:
        kind = result_kind(op)
        tensors = op.schema.tensors
        if op.dtype is None and tensors and not tensors[0].type.endswith("?"):
            name = tensors[0].name  # most results have their input's dtype: an identity test beats a table
            kind = f"{name}._dtype if _r.dtype is {name}._array.dtype else {kind}"
        write_tensor(write, "_t", "_r", kind)
        record_one(write)
    else:
        write("_t = []")
        write("for _part in _r:")
        write("if type(_part) is not ndarray or _part.base is not None: _part = asarray(_part)", 2)
        write_tensor(write, "_u", "_part", "(BY_ARRAY.get(_part.dtype) or kind_of(_part))", 2)
        write("_t.append(_u)", 2)
        record_many(write)
        write_packed(write)
    write_out(write, "_t")
    write("return _t")


def write_packed(write: Writer) -> None:
    """Several results as the tuple that PyTorch returns."""
    returns = write.op.schema.returns
    if len(returns) > 1 and all(name for _, name in returns):
        write.names["RESULT"] = named_result(write.op.public_name, tuple(name for _, name in returns))
        write("_t = RESULT(_t)")
    else:
        write("_t = tuple(_t)")


def write_out(write: Writer, variable: str) -> None:
    """The `out=` form: the result goes to the tensor that was given for it."""
    op = write.op
    if not forms_out(op, write.form):
        return
    if op.elementwise or op.name == "cat":
        listed = op.schema.tensor_list
        read = ", ".join([p.name for p in op.schema.tensors] + ([] if listed is None else [f"*{listed.name}"]))
        write("if out is not None:")
        write(f"if type(out) is Tensor and out._storage is not None: CHECK_OVERLAPS(out, ({read},))", 2)
        write(f"return WRITE_OUT(OP, out, {variable})", 2)
    else:
        write(f"if out is not None: return WRITE_OUT(OP, out, {variable})")


# --- recording ----------------------------------------------------------------------------------------------------------


def requires(write: Writer) -> str:
    """The condition that some input requires a gradient. What a method is called on is a tensor."""
    op, method = write.op, write.form != "function"
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


def wanted(op: Operator, name: str) -> str:
    """The condition that a formula which asks for `name` will be called: one of its inputs requires a gradient. Empty if every
    formula asks for it, or if a list of tensors decides."""
    inputs = [i.strip() for names in op.formulas for i in names.split(",")]
    users = [i.strip() for names, f in op.formulas.items() if name in formula_names(f) for i in names.split(",")]
    parameters = [op.parameter(user) for user in users]
    if len(users) == len(inputs) or any(p.is_tensor_list for p in parameters):
        return ""
    return " or ".join(_requires_gradient(op, p) for p in parameters)


def _requires_gradient(op: Operator, parameter: Parameter) -> str:
    name = parameter.name
    if op.takes_number(name) or parameter.type.endswith("?") or parameter.default is None:
        return f"(type({name}) is Tensor and {name}._requires_grad)"
    return f"{name}._requires_grad"


def node_call(write: Writer, arguments: list[str]) -> str:
    """The text that makes the call's node."""
    write.names["MAKE_NODE"] = _node_maker(write.op, write.names)
    return f"_node = MAKE_NODE(_state, {', '.join(arguments)})"


def _node_maker(op: Operator, names: dict[str, Any]) -> Callable[..., Any]:
    """Stands in a wrapper for what makes its nodes until one is needed: most programs record few of the operators they use."""

    def make_node(*args: Any) -> Any:
        from tensorsh.ops.codegen.nodes import node_maker

        names["MAKE_NODE"] = real = node_maker(op)
        return real(*args)

    return make_node


def record_one(write: Writer) -> None:
    """The history of `_t`."""
    op = write.op
    condition = requires(write)
    if not condition:
        return
    if not op.differentiable:
        write(f"if ({condition}) and _t._dtype.kind < FLOAT: current().cut(_t)")
        return
    write(f"if {condition}:")
    write("_state = current()", 2)
    write("if _state.grad_enabled and _t._dtype.kind >= FLOAT:", 2)
    if not op.formulas:
        write("raise NO_DERIVATIVE(OP)", 3)
        return
    write(node_call(write, [p.name for p in op.schema.parameters]), 3)
    if op.saves("result"):
        some = wanted(op, "result")
        write("_node.result = _t.detach()" + (some and f" if {some} else None"), 3)
        write("_node.result_version = VERSION(_t)" + (some and f" if {some} else 0"), 3)
    write("_node.shape = _t._array.shape", 3)
    write("_node.dtype = _t._dtype", 3)
    write("_t._requires_grad = True", 3)
    write("_t._grad_fn = _node", 3)
    write("_t._output_nr = 0", 3)
    write("else:", 2)
    if any(p.type == "ScalarType?" for p in op.schema.parameters):
        write("if _state.grad_enabled and dtype is not None: raise NO_GRADIENT_IN(dtype)", 3)
    write("_state.cut(_t)", 3)


def record_many(write: Writer) -> None:
    """The history of the list `_t`: one node, of which each floating-point result is an output."""
    op = write.op
    condition = requires(write)
    if not op.differentiable or not condition:
        return
    write(f"if {condition}:")
    write("_state = current()", 2)
    write("if _state.grad_enabled:", 2)
    if not op.formulas:
        write("if any(_u._dtype.kind >= FLOAT for _u in _t): raise NO_DERIVATIVE(OP)", 3)
        return
    write(node_call(write, [p.name for p in op.schema.parameters]), 3)
    write("_node.shape = [_u._array.shape for _u in _t]", 3)
    write("_node.dtype = [_u._dtype for _u in _t]", 3)
    names = op.schema.output_names
    for at, name in enumerate(names):
        if op.saves(name):
            write(f"_node.{name} = _t[{at}].detach(); _node.{name}_version = VERSION(_t[{at}])", 3)
    write("for _nr, _u in enumerate(_t):", 3)
    apart = tuple(at for at, name in enumerate(names) if name in op.constant_outputs)
    write(f"if _u._dtype.kind >= FLOAT{f' and _nr not in {apart}' if apart else ''}:", 4)
    write("_u._requires_grad = True; _u._grad_fn = _node; _u._output_nr = _nr", 5)
