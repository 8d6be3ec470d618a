"""`grad_fn` classes: what a node saves when an operator is recorded, and how it calls the derivatives' formulas.

A formula's parameters say what it needs, so both sides follow from them: `node_maker` writes the function that takes a call's
arguments and fills a node's slots, `node_class` the class whose `apply` reads the slots and calls the formulas. Saved tensors carry
the version that they had.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorsh.ops import arguments, engine
from tensorsh.ops.codegen.results import wanted
from tensorsh.ops.codegen.writer import Writer
from tensorsh.ops.registry import Call, Operator, formula_names
from tensorsh.ops.schema import Parameter
from tensorsh.runtime import autograd
from tensorsh.runtime.tape import SMALL
from tensorsh.runtime.tensor import Tensor

# What a formula may ask for that is no argument: the gradient; of several outputs all gradients, with zeros where none arrived; the
# same with None there; and which inputs need a gradient.
GIVEN = frozenset({"grad", "grads", "arrived", "needs"})


def differentiated(op: Operator) -> list[Parameter]:
    """The tensors that have an edge: those with a derivative, and what an in-place form writes to."""
    named = {name.strip() for inputs in op.formulas for name in inputs.split(",")}
    if op.kind == "write" or "inplace" in op.variants:
        named.add("self")
    return [p for p in op.schema.parameters if (p.is_tensor or p.is_tensor_list) and p.name in named]


# --- recording ----------------------------------------------------------------------------------------------------------


def node_maker(op: Operator) -> Callable[..., Any]:
    """The function from a call's state and arguments to its node; one for all forms of an operator."""
    if op.node_maker is None:
        op.node_maker = _written_maker(op)
    return op.node_maker


def _written_maker(op: Operator) -> Callable[..., Any]:
    cls = node_class(op)
    write = Writer(op)
    write(f"def make_node(_state, {', '.join(p.name for p in op.schema.parameters)}):", 0)
    write(f"_node = NEW({_chosen_class(write, cls)})")
    write(f"_node.edges = ({''.join(f'{_edge(op, p)}, ' for p in differentiated(op))})")
    write("_node.sequence = NEXT()")
    write("_node.where = _state.where")
    write("_node.hooks = None")
    if cls.freed:
        write("_node.released = False")
    for name in cls.saved:
        if name not in op.schema.output_names:  # the wrapper saves those, once it has them
            _write_saving(write, name)
    write("return _node")
    return write.compile("make_node")


def _chosen_class(write: Writer, cls: Any) -> str:
    """The text that gives a call's class: the arguments may decide its name, and whether a formula makes the call."""
    node, in_formula = write.op.node, write.op.node_in_formula
    write.names["NODE"] = cls
    if in_formula is not None:
        write.names["NODE_IN_FORMULA"] = _named(cls, in_formula, apply=_written_apply(write.op, bool(cls.freed), scalars=True))
        return f"NODE_IN_FORMULA if _state.formula and type(other) is not Tensor else {_by_arguments(write, cls, node)}"
    return _by_arguments(write, cls, node)


def _by_arguments(write: Writer, cls: Any, node: Any) -> str:
    if callable(node):
        write.names["NODE_FOR"] = _titled(cls, node)
        return f"NODE_FOR({', '.join(formula_names(node))})"
    if isinstance(node, tuple):
        write.names["NODE_GIVEN"] = _named(cls, node[1])
        return f"NODE if {node[2]} is None else NODE_GIVEN"
    return "NODE"


def _named(cls: type[autograd.Node], title: str, **members: Any) -> type[autograd.Node]:
    return type(title, (cls,), {"__slots__": (), "title": title, "__module__": "torch.autograd", **members})


def _titled(cls: type[autograd.Node], choose: Callable[..., str]) -> Callable[..., type[autograd.Node]]:
    """A function from arguments to the node's class, whose name PyTorch takes from the overload that they choose."""
    made: dict[str, type[autograd.Node]] = {}

    def find(*args: Any) -> type[autograd.Node]:
        title = choose(*args)
        found = made.get(title)
        if found is None:
            found = made[title] = _named(cls, title)
        return found

    return find


def _edge(op: Operator, parameter: Parameter) -> str:
    """The text that gives an argument's edge (or, after a star, its edges)."""
    name = parameter.name
    if parameter.is_tensor_list:
        return f"*[None if _x is None else EDGE_OF(_x) for _x in {name}]"
    made = f"{name}._grad_fn is not None and {name}._view is None"
    edge = f"({name}._grad_fn, {name}._output_nr) if {made} else EDGE_OF({name})"
    if op.takes_number(name):
        return f"({edge}) if type({name}) is Tensor else None"
    if parameter.type.endswith("?") or parameter.default is None:
        return f"({edge}) if {name} is not None else None"
    return edge


def _write_saving(write: Writer, name: str) -> None:
    """Save one thing that formulas ask for; a tensor only if an input whose formula uses it requires a gradient."""
    op = write.op
    described, field = _trait(op, name)
    if described is not None and described.is_tensor_list:
        write(f"_node.{name} = [_x.{field} for _x in {described.name}]")
    elif described is not None:
        write(f"_node.{name} = {described.name}.{field} if type({described.name}) is Tensor else None")
    elif op.parameter(name).is_tensor_list:
        write(f"_node.{name} = {name}; _node.{name}_version = VERSIONS({name})")
    elif op.parameter(name).is_tensor:
        write(f"if {wanted(op, name) or 'True'}:")
        write(f"_node.{name} = {name}", 2)
        write(f"_node.{name}_version = VERSION({name}) if type({name}) is Tensor else 0", 2)
        write(f"else: _node.{name} = None; _node.{name}_version = 0")
    else:
        write(f"_node.{name} = {name}")


def _trait(op: Operator, name: str) -> tuple[Parameter | None, str]:
    """The tensor parameter that `self_shape` or `self_dtype` describes, and the field; None for a name that is a parameter itself."""
    own = {p.name: p for p in op.schema.parameters}
    base, _, trait = name.rpartition("_")
    field = {"shape": "_array.shape", "dtype": "_dtype", "strides": "_array.strides"}.get(trait)
    if name not in own and field is not None and base in own:
        return own[base], field
    return None, ""


# --- the class ----------------------------------------------------------------------------------------------------------


def node_class(op: Operator) -> type[autograd.Node]:
    """The operator's `grad_fn` class: what it saves, and `apply`."""
    named = op.node[0] if isinstance(op.node, tuple) else None if callable(op.node) else op.node
    title = named or f"{engine.camel(op.public_name.lstrip('_'))}Backward0"
    asked = [name for formula in op.formulas.values() for name in formula_names(formula) if name not in GIVEN]
    saved = list(dict.fromkeys(asked))
    versioned = {p.name for p in op.schema.parameters if p.is_tensor or p.is_tensor_list} | set(op.schema.output_names)
    slots = [slot for name in saved for slot in ((name, f"{name}_version") if name in versioned else (name,))]
    freed = [name for name in saved if _holds_tensors(op, name)]
    body: dict[str, Any] = {
        "__slots__": (*slots, "released") if freed else tuple(slots), "operator": op, "apply": _written_apply(op, bool(freed)), "title": title,
        "many": not op.schema.gives_one, "saved": tuple(saved), "freed": tuple(freed), "__qualname__": title, "__module__": "torch.autograd",
    }  # fmt: skip
    if freed:
        body["release"] = _written_release(op, freed)
    for name in saved:
        body[f"_saved_{name}"] = property(_saved_reader(name, name in freed))
    return type(title, (autograd.Node,), body)


def _holds_tensors(op: Operator, name: str) -> bool:
    """Whether what is saved under a name is a tensor or may hold some: only those are let go of, and missed in a second backward pass."""
    parameter = next((p for p in op.schema.parameters if p.name == name), None)
    if parameter is None:
        return name in op.schema.output_names
    return parameter.is_tensor or parameter.is_tensor_list or arguments.base_type(parameter.type) == "any"


def _written_apply(op: Operator, frees: bool, scalars: bool = False) -> Callable[..., Any]:
    """From the gradient of the result to those of the inputs, one for each edge; None where none is wanted.

    A number that a program gave is a wrapped tensor in PyTorch, and has its name in the graph of the gradient too; one that a formula gave
    is a scalar there (`scalars`).
    """
    write = Writer(op)
    write.names["AS_WRITTEN"] = engine.as_written
    write("def apply(_node, grad):", 0)
    if frees:
        write("if _node.released: raise RuntimeError(FREED)")
    write("_edges = _node.edges")
    if not op.schema.gives_one:
        write("arrived = grad; grads = FILLED(grad, _node); grad = grads[0]")
    own = {p.name for p in op.schema.parameters}
    tensors = differentiated(op)
    place = _edges_of(tensors)
    for p in tensors:
        write(f"_g_{p.name} = [None] * len({place[p.name]})" if p.is_tensor_list else f"_g_{p.name} = None")
    for at, (inputs, formula) in enumerate(op.formulas.items()):
        write.names[f"FORMULA_{at}"] = formula.operator.made("function") if type(formula) is Call else formula
        wanted = [op.parameter(name.strip()) for name in inputs.split(",")]
        tests = [
            f"any(_e is not None for _e in {place[p.name]})" if p.is_tensor_list else f"{place[p.name]} is not None" for p in wanted
        ]
        write(f"if {' or '.join(tests)}:")
        names = formula_names(formula)
        for name in names:
            if name not in GIVEN:
                _write_reading(write, name)
        if "needs" in names:
            needs = [
                f"[_e is not None for _e in {place[p.name]}]" if p.is_tensor_list else f"{place[p.name]} is not None" for p in wanted
            ]
            write(f"needs = ({', '.join(needs)},)", 2)
        given = ", ".join(f"_g_{p.name}" for p in wanted)
        numbers = [] if op.node_in_formula is None or scalars else [f"type({name}) is not Tensor" for name in names if name in own and op.takes_number(name)]
        if numbers:
            write(f"if ({' or '.join(numbers)}) and current().formula: {given} = AS_WRITTEN(FORMULA_{at}, {', '.join(names)})", 2)
            write(f"else: {given} = FORMULA_{at}({', '.join(names)})", 2)
        else:
            write(f"{given} = FORMULA_{at}({', '.join(names)})", 2)
    write(f"return ({', '.join(f'*_g_{p.name}' if p.is_tensor_list else f'_g_{p.name}' for p in tensors)},)")
    return write.compile("apply")


def _edges_of(tensors: list[Parameter]) -> dict[str, str]:
    """The text that gives an input's edge, or a list's edges: their number is only known in the call, so what follows counts from the end."""
    listed = next((at for at, p in enumerate(tensors) if p.is_tensor_list), len(tensors))
    place = {}
    for at, p in enumerate(tensors):
        after = len(tensors) - at - 1
        if p.is_tensor_list:
            place[p.name] = f"_edges[{at}:len(_edges) - {after}]"
        else:
            place[p.name] = f"_edges[{at}]" if at < listed else f"_edges[{-after - 1}]"
    return place


def _write_reading(write: Writer, name: str) -> None:
    """Something saved, for a formula; a tensor must still have the version that it was saved with."""
    parameters = {p.name: p for p in write.op.schema.parameters}
    outputs = write.op.schema.output_names
    write(f"{name} = _node.{name}", 2)
    if name in outputs:
        write(f"if VERSION({name}) != _node.{name}_version: raise MODIFIED({name}, _node.{name}_version, _node, True)", 2)
        write(f"{name} = UNPACK(_node, {name}, {outputs.index(name)})", 2)
    elif name in parameters and parameters[name].is_tensor_list:
        write(f"CHECK_VERSIONS(_node, {name}, _node.{name}_version)", 2)
    elif name in parameters and parameters[name].is_tensor:
        changed = f"type({name}) is Tensor and VERSION({name}) != _node.{name}_version"
        write(f"if {changed}: raise MODIFIED({name}, _node.{name}_version, _node)", 2)


def _saved_reader(name: str, freed: bool) -> Callable[[Any], Any]:
    def read(node: Any) -> Any:
        if freed and node.released:
            raise RuntimeError(autograd.FREED)
        return getattr(node, name)

    return read


def _written_release(op: Operator, freed: list[str]) -> Callable[[Any], None]:
    """Lets go of saved tensors and, if there were any, marks the node as freed. Small ones stay, for explanations: nothing else reads them
    any more."""
    write = Writer(op)
    write.names["SPARED"] = _spared
    write.names["SMALL_ALL"] = _small_all
    write("def release(_node):", 0)
    write(f"_node.released = {' or '.join(f'_node.{name} is not None' for name in freed)}")
    parameters = {p.name: p for p in op.schema.parameters}
    for name in freed:
        if name in op.schema.output_names or (name in parameters and parameters[name].is_tensor):
            write(f"_v = _node.{name}")
            write(f"if type(_v) is Tensor and (_v._array.size > {SMALL} or (_v._array.base is not None and not SPARED(_v))):")
            write(f"_node.{name} = None", 2)
        elif name in parameters and (parameters[name].is_tensor_list or arguments.base_type(parameters[name].type) == "any"):
            write(f"if not SMALL_ALL(_node.{name}): _node.{name} = None")
    return write.compile("release")


def _spared(tensor: Tensor) -> bool:
    """Whether a small saved window keeps no large memory alive."""
    array = tensor._array
    while (base := array.base) is not None:
        # `as_strided` puts an object of its own between a window and what it looks at.
        base = base if isinstance(base, np.ndarray) else getattr(base, "base", None)
        if not isinstance(base, np.ndarray):
            return False
        array = base
    return array.size <= SMALL


def _small_all(values: Any) -> bool:
    """Whether the tensors in saved lists and indices are few, small, and keep no large memory alive."""
    if type(values) is Tensor:
        return values._array.size <= SMALL and (values._array.base is None or _spared(values))
    if isinstance(values, (list, tuple)):
        return len(values) <= SMALL and all(map(_small_all, values))
    return True
