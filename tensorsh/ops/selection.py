"""Choosing between values, element by element: `where`, `maximum`, `fmin`, `clamp`, `heaviside`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.division import no_formula
from tensorsh.ops.registry import alias, binary, composite, op
from tensorsh.runtime.dtype import BOOL, COMPLEX, bool_, uint8
from tensorsh.runtime.tensor import Tensor


def _bool_condition(condition: Tensor) -> None:
    if condition._dtype is not bool_:
        if condition._dtype is not uint8:
            raise RuntimeError(
                f"where expected condition to be a boolean tensor, but got a tensor with dtype {condition._dtype.title}"
            )
        import warnings

        warnings.warn(
            "where received a uint8 condition tensor. This behavior is deprecated and will be removed in a future version of "
            "PyTorch. Use a boolean condition instead.",
            UserWarning,
            stacklevel=3,
        )


@op(
    "where.self(Tensor condition, Tensor self, Tensor other) -> Tensor", dtype="promote", numbers="self other", alone=True,
    apart="condition",
    variants="function out", check=_bool_condition,
)  # fmt: skip
def where(condition: Any, self: Any, other: Any) -> Any:
    """`self` where `condition` is true, `other` elsewhere; either may be a number.

    With the condition alone: the indices where it is true, a tensor for each dimension.

    >>> torch.where(torch.tensor([True, False]), torch.tensor([1., 2.]), 0.)
    tensor([1., 0.])
    """
    return np.where(condition, self, other)


@where.vjp("self")
def _(grad, condition):
    return where(condition, grad, 0)


@where.vjp("other")
def _(grad, condition):
    return where(condition, 0, grad)


@composite("where(Tensor condition) -> Tensor[]", variants="function")
def where_indices(condition: Tensor) -> tuple[Tensor, ...]:
    return condition.nonzero(as_tuple=True)


@composite("where(Tensor self, Tensor condition, Tensor other) -> Tensor", dtype="promote", variants="method")
def where_method(self: Tensor, condition: Tensor, other: Any) -> Tensor:
    return where(condition, self, other)


# --- the larger and the smaller ---------------------------------------------------------------------------------------------


def _no_complex(name: str) -> dict[int, Exception]:
    return {COMPLEX: RuntimeError(f"{name} not implemented for complex tensors.")}


# Where both are equal, each takes half of the gradient.
binary(
    "maximum", np.maximum,
    (lambda grad, self, other: where(self == other, grad / 2, grad).masked_fill(self < other, 0),
     lambda grad, self, other: where(self == other, grad / 2, grad).masked_fill(self > other, 0)),
    numbers="", variants="function method out", refuses=_no_complex("maximum"),
    doc="""The larger of each pair of elements; nan if either is.

    >>> torch.maximum(torch.tensor([1, 5]), torch.tensor([3, 2]))
    tensor([3, 5])
    """,
)  # fmt: skip

binary(
    "minimum", np.minimum,
    (lambda grad, self, other: where(self == other, grad / 2, grad).masked_fill(self > other, 0),
     lambda grad, self, other: where(self == other, grad / 2, grad).masked_fill(self < other, 0)),
    numbers="", variants="function method out", refuses=_no_complex("minimum"),
    doc="""The smaller of each pair of elements; nan if either is.

    >>> torch.minimum(torch.tensor([1, 5]), torch.tensor([3, 2]))
    tensor([1, 2])
    """,
)  # fmt: skip


def _takes_self(self: Tensor, other: Tensor, larger: bool) -> Tensor:
    return ((self >= other) if larger else (self <= other)) | other.isnan()


binary(
    "fmax", np.fmax,
    (lambda grad, self, other: grad.masked_fill(~_takes_self(self, other, True), 0),
     lambda grad, self, other: grad.masked_fill(_takes_self(self, other, True), 0)),
    numbers="", variants="function method out", refuses=_no_complex("fmax"),
    doc="""The larger of each pair of elements; nan only if both are.

    >>> torch.fmax(torch.tensor([1., torch.nan]), torch.tensor([3., 2.]))
    tensor([3., 2.])
    """,
)  # fmt: skip

binary(
    "fmin", np.fmin,
    (lambda grad, self, other: grad.masked_fill(~_takes_self(self, other, False), 0),
     lambda grad, self, other: grad.masked_fill(_takes_self(self, other, False), 0)),
    numbers="", variants="function method out", refuses=_no_complex("fmin"),
    doc="""The smaller of each pair of elements; nan only if both are.

    >>> torch.fmin(torch.tensor([1., torch.nan]), torch.tensor([3., 2.]))
    tensor([1., 2.])
    """,
)  # fmt: skip

# --- limits -----------------------------------------------------------------------------------------------------------------
# Of a limit and a value that are equal, as 0.0 and -0.0 are, PyTorch keeps the value: NumPy gives its second operand.

_NO_COMPLEX_CLAMP: dict[int, Any] = {COMPLEX: NotImplementedError("clamp is not supported for complex types")}
_NO_CLAMP: dict[int, Any] = {**_NO_COMPLEX_CLAMP, BOOL: "clamp_cpu"}


def _clamp_node(min: Any, max: Any) -> str:
    return "ClampBackward0" if type(min) is Tensor or type(max) is Tensor else "ClampBackward1"


@op(
    "clamp(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor", dtype="promote", numbers="min max", node=_clamp_node, fits=True,
    variants="function method inplace out", refuses=_NO_CLAMP, elementwise=True,
)  # fmt: skip
def clamp(self: Any, min: Any, max: Any, out: Any = None) -> Any:
    """Each element, brought up to `min` and down to `max`; each of them a number, a tensor or None.

    >>> torch.clamp(torch.tensor([-1., 0.5, 2.]), 0, 1)
    tensor([0.0000, 0.5000, 1.0000])
    """
    if min is None:
        if max is None:
            raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
        return np.minimum(max, self, out=out)
    raised = np.maximum(min, self, out=out)
    return raised if max is None else np.minimum(max, raised, out=out)


@clamp.vjp("self")
def _(grad, self, min, max):
    inside = None if min is None else self >= min
    if max is not None:
        inside = self <= max if inside is None else inside & (self <= max)
    return where(inside, grad, 0)


@clamp.vjp("min, max")
def _(grad, self, min, max, needs):
    slopes = [None, None]
    if needs[0]:
        slopes[0] = where(self < min if max is None else (self < min) & (min < max), grad, 0)
    if needs[1]:
        slopes[1] = where(self > max if min is None else (self > max) | (max < min), grad, 0)
    return slopes


@op(
    "clamp_min(Tensor self, Tensor min) -> Tensor", dtype="promote", numbers="min", variants="function method inplace out", fits=True,
    node=lambda min: "ClampMinBackward1" if type(min) is Tensor else "ClampMinBackward0", refuses=_NO_COMPLEX_CLAMP, elementwise=True,
)  # fmt: skip
def clamp_min(self: Any, min: Any, out: Any = None) -> Any:
    """Each element, brought up to `min`.

    >>> torch.clamp_min(torch.tensor([-1., 2.]), 0)
    tensor([0., 2.])
    """
    return np.maximum(min, self, out=out)


@clamp_min.vjp("self")
def _(grad, self, min):
    return where(self >= min, grad, 0)


@clamp_min.vjp("min")
def _(grad, self, min):
    return where(self < min, grad, 0)


@op(
    "clamp_max(Tensor self, Tensor max) -> Tensor", dtype="promote", numbers="max", variants="function method inplace out", fits=True,
    node=lambda max: "ClampMaxBackward1" if type(max) is Tensor else "ClampMaxBackward0", refuses=_NO_COMPLEX_CLAMP, elementwise=True,
)  # fmt: skip
def clamp_max(self: Any, max: Any, out: Any = None) -> Any:
    """Each element, brought down to `max`.

    >>> torch.clamp_max(torch.tensor([-1., 2.]), 0)
    tensor([-1.,  0.])
    """
    return np.minimum(max, self, out=out)


@clamp_max.vjp("self")
def _(grad, self, max):
    return where(self <= max, grad, 0)


@clamp_max.vjp("max")
def _(grad, self, max):
    return where(self > max, grad, 0)


alias("clip", "clamp")


def _heaviside_operands(self: Tensor, values: Tensor) -> None:
    if self._dtype.kind == COMPLEX or values._dtype.kind == COMPLEX:
        raise RuntimeError("heaviside is not yet implemented for complex tensors.")
    if self._dtype is not values._dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")


@op(
    "heaviside(Tensor self, Tensor values) -> Tensor", dtype="promote", numbers="", variants="function method inplace out",
    check=_heaviside_operands, node="NotImplemented",
)  # fmt: skip
def heaviside(self: Any, values: Any) -> Any:
    """0 where `self` is negative, 1 where it is positive, `values` where it is zero; both must have one dtype.

    >>> torch.heaviside(torch.tensor([-1.5, 0., 2.]), torch.tensor(0.5))
    tensor([0.0000, 0.5000, 1.0000])
    """
    return np.where(self == 0, values, (self > 0).astype(self.dtype))


@heaviside.vjp("self, values")
def _(grad):
    raise no_formula("heaviside")
