"""The wrappers that are generated from declarations: every one compiles, and one declaration is one `grad_fn` class."""

from __future__ import annotations

import pytest

import tensorsh.torch as torch
from tensorsh.ops import registry
from tensorsh.ops.codegen import source
from tensorsh.ops.codegen.nodes import node_class
from tensorsh.ops.registry import Operator

registry.load_all()
EVERY = [operator for overloads in registry.OPERATORS.values() for operator in overloads]


def forms(operator: Operator) -> list[str]:
    found = ["function"]
    if operator.takes_self:
        found.append("method")
    if "inplace" in operator.variants:
        found.append("inplace")
    if len(operator.schema.parameters) > 1 and operator.name in registry.SPECIAL_METHODS.values():
        found.append("operator")
    return found


@pytest.mark.parametrize("operator", EVERY, ids=lambda operator: f"{operator.public_name}.{operator.overload}")
def test_every_form_is_written_and_compiles(operator: Operator) -> None:
    for form in forms(operator):
        compile(source(operator, form), operator.name, "exec")


@pytest.mark.parametrize("operator", [operator for operator in EVERY if operator.formulas], ids=lambda operator: operator.public_name)
def test_formulas_ask_only_for_what_a_call_has(operator: Operator) -> None:
    made = node_class(operator)
    slots = {slot for kind in made.__mro__ for slot in getattr(kind, "__slots__", ())}
    own = {parameter.name for parameter in operator.schema.parameters}
    described = {f"{name}_{trait}" for name in own for trait in ("shape", "strides", "dtype")}
    assert set(made.saved) <= slots
    assert set(made.saved) <= own | described | set(operator.schema.output_names)


def test_all_forms_of_an_operator_make_nodes_of_one_class() -> None:
    x, y = torch.ones(2, requires_grad=True), torch.ones(2)
    made = [x + y, x.add(y), torch.add(x, y), (x * 1).add_(y)]
    assert {type(tensor.grad_fn) for tensor in made} == {type(made[0].grad_fn)}
    assert type(made[0].grad_fn).__name__ == "AddBackward0"


def test_the_text_of_a_wrapper_can_be_read() -> None:
    [sin] = registry.overloads("sin")
    assert source(sin, "method").startswith("def call(self=DEFAULT_self, ")
    assert "_r = KERNEL(_a_self)" in source(sin, "method")
