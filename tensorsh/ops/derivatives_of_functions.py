"""`torch.autograd.functional`: derivatives of a function at a point, as tensors: `jacobian`, `hessian` and products with vectors.

The function gets fresh tensors over its inputs' memory, so that what it captures from outside is no input. A Jacobian is made row
by row, each a backward pass from one element of the output; a product with a vector from the right by differentiating the backward
pass once more. What an output does not depend on has a derivative of zeros, or with `strict` none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tensorsh.ops.registry import function as operator
from tensorsh.runtime.differentiate import grad
from tensorsh.runtime.grad_mode import enable_grad
from tensorsh.runtime.tensor import Tensor

Tensors = tuple[Tensor, ...]
Function = Callable[..., Any]


def _tensors(given: Any, what: str, name: str) -> tuple[bool, Tensors]:
    """A tensor or a tuple of them as a tuple, and whether it was one."""
    several = isinstance(given, tuple)
    for at, item in enumerate(given if several else (given,)):
        if not isinstance(item, Tensor):
            place = f"value at index {at}" if several else f"given {what}"
            raise TypeError(
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but the {place} has type {type(item)}."
            )
    return several, given if several else (given,)


def _entered(inputs: Tensors, create_graph: bool, wanted: bool = True) -> Tensors:
    """What the function is called with: new tensors over the same memory that require a gradient."""
    return tuple(
        x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_(wanted) for x in inputs
    )


def _left(results: Sequence[Tensor], create_graph: bool) -> Tensors:
    return tuple(results) if create_graph else tuple(x.detach() for x in results)


def _grads(
    outputs: Tensors, inputs: Tensors, weights: Sequence[Any] | None = None, create_graph: bool = False, keep: bool = False
) -> tuple[Tensor | None, ...]:
    """`grad` of those outputs that have a history; None throughout where none has."""
    live = [(x, None if weights is None else weights[at]) for at, x in enumerate(outputs) if x.requires_grad]
    if not live:
        return (None,) * len(inputs)
    found, given = zip(*live, strict=True)
    return grad(found, inputs, given, create_graph=create_graph, retain_graph=keep or create_graph, allow_unused=True)


def _filled(grads: Sequence[Tensor | None], like: Tensors, strict: bool, what: str) -> Tensors:
    for at, value in enumerate(grads):
        if value is None and strict:
            raise RuntimeError(f"{what} {at}. This is not allowed in strict mode.")
    return tuple(x.new_zeros(x.shape) if value is None else value for value, x in zip(grads, like, strict=True))


_OUTPUT = "The output of the user-provided function is independent of input"
_JACOBIAN = "The jacobian of the user-provided function is independent of input"


def _live(outputs: Tensors, strict: bool) -> None:
    for at, output in enumerate(outputs):
        if strict and not output.requires_grad:
            raise RuntimeError(
                f"Output {at} of the user-provided function does not require gradients. The outputs must be computed in a "
                "differentiable manner from the input when running in strict mode."
            )


def _vector(given: Any, like: Tensors, several: bool, name: str) -> Tensors:
    """The vector of a product, whose parts have the shapes of `like`."""
    _, parts = _tensors(given, "v", name)
    parts = _entered(parts, False, False)
    if len(parts) != len(like):
        if several:
            raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(parts)}.")
        raise RuntimeError("The given v should contain a single Tensor.")
    for at, (part, x) in enumerate(zip(parts, like, strict=True)):
        if part.shape != x.shape:
            entry = f"Entry {at} in " if several else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {x.shape} but got {part.shape}.")
    return parts


def _one_or_all(values: Tensors, several: bool) -> Any:
    return values if several else values[0]


def jacobian(func: Function, inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False, strategy: str = "reverse-mode") -> Any:  # fmt: skip
    """The derivative of every element of `func(*inputs)` by every element of the inputs, of shape (output, input).

    A tensor; nested tuples of them, outputs outside, where inputs or outputs are tuples. `vectorize` changes nothing but speed.

    >>> torch.autograd.functional.jacobian(lambda x: x * x, torch.tensor([1., 2.]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more '
                             'outputs than inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use '
                             '"reverse-mode".')  # fmt: skip
    with enable_grad():
        many_in, given = _tensors(inputs, "inputs", "jacobian")
        entered = _entered(given, create_graph)
        many_out, outputs = _tensors(func(*entered), "outputs of the user-provided function", "jacobian")
        _live(outputs, strict)
        stack = operator("stack")
        rows = []
        for output in outputs:
            found: list[list[Tensor]] = [[] for _ in entered]
            for element in output.reshape(-1):
                grads = _filled(_grads((element,), entered, None, create_graph, True), entered, strict, _OUTPUT)
                for column, value in zip(found, grads, strict=True):
                    column.append(value)
            shaped = [stack(column, 0).view((*output.shape, *x.shape)) for column, x in zip(found, entered, strict=True)]
            rows.append(_left(shaped, create_graph))
    made = tuple(row if many_in else row[0] for row in rows)
    return made if many_out else made[0]


def hessian(func: Function, inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False, outer_jacobian_strategy: str = "reverse-mode") -> Any:  # fmt: skip
    """The second derivatives of a function with one value, of shape (input, input); nested tuples where inputs are a tuple.

    >>> torch.autograd.functional.hessian(lambda x: (x ** 3).sum(), torch.tensor([1., 2.]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    many_in, given = _tensors(inputs, "inputs", "hessian")

    def value(*entered: Tensor) -> Tensor:
        made = func(*entered)
        many_out, outputs = _tensors(made, "outputs of the user-provided function", "hessian")
        if many_out or outputs[0].numel() != 1:
            if many_out:
                raise RuntimeError("The function given to hessian should return a single Tensor")
            raise RuntimeError("The Tensor returned by the function given to hessian should contain a single element")
        return outputs[0].squeeze()

    def gradient(*entered: Tensor) -> Any:
        return jacobian(value, entered, create_graph=True)

    found = jacobian(gradient, given, create_graph, strict)
    return found if many_in else found[0][0]


def vjp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """`func(*inputs)`, and the product of the vector `v` (of the output's shape) with its Jacobian.

    >>> torch.autograd.functional.vjp(lambda x: x * x, torch.tensor([1., 2.]), torch.ones(2))
    (tensor([1., 4.]), tensor([2., 4.]))
    """
    with enable_grad():
        many_in, given = _tensors(inputs, "inputs", "vjp")
        entered = _entered(given, create_graph)
        many_out, outputs = _tensors(func(*entered), "outputs of the user-provided function", "vjp")
        _live(outputs, strict)
        weights = _weights(v, outputs, many_out, "vjp")
        grads = _filled(_grads(outputs, entered, weights, create_graph), entered, strict, _OUTPUT)
    return _one_or_all(_left(outputs, create_graph), many_out), _one_or_all(_left(grads, create_graph), many_in)


def _weights(v: Any, outputs: Tensors, several: bool, name: str) -> Tensors | None:
    if v is not None:
        return _vector(v, outputs, several, name)
    if len(outputs) != 1 or outputs[0].numel() != 1:
        raise RuntimeError("The vector v can only be None if the user-provided function returns a single Tensor with a single element.")
    return None


def jvp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """`func(*inputs)`, and the product of its Jacobian with the vector `v` (of the input's shape).

    >>> torch.autograd.functional.jvp(lambda x: x.sum(), torch.tensor([1., 2.]), torch.tensor([1., 3.]))
    (tensor(3.), tensor(4.))
    """
    with enable_grad():
        many_in, given = _tensors(inputs, "inputs", "jvp")
        entered = _entered(given, create_graph)
        if v is None and (len(entered) != 1 or entered[0].numel() != 1):
            raise RuntimeError(
                "The vector v can only be None if the input to the user-provided function is a single Tensor with a single element."
            )
        weights = None if v is None else _vector(v, entered, many_in, "jvp")
        many_out, outputs = _tensors(func(*entered), "outputs of the user-provided function", "jvp")
        _live(outputs, strict)
        # The backward pass is linear in its weights: its derivative by them is the product wanted.
        ones = tuple(x.new_zeros(x.shape).requires_grad_() for x in outputs)
        grads = _filled(_grads(outputs, entered, ones, True), entered, strict, _OUTPUT)
        products = _filled(_grads(grads, ones, weights, create_graph), ones, False, "")
    return _one_or_all(_left(outputs, create_graph), many_out), _one_or_all(_left(products, create_graph), many_out)


def _value_and_gradient(func: Function, entered: Tensors, strict: bool, name: str) -> tuple[Tensors, Tensors]:
    """A function's one value, and its gradient with a history of its own."""
    many_out, outputs = _tensors(func(*entered), "outputs of the user-provided function", name)
    if many_out or outputs[0].numel() != 1:
        if many_out:
            raise RuntimeError(f"The function given to {name} should return a single Tensor")
        raise RuntimeError(f"The Tensor returned by the function given to {name} should contain a single element")
    _live(outputs, strict)
    return outputs, _filled(_grads(outputs, entered, None, True), entered, strict, _OUTPUT)


def vhp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """`func(*inputs)`, one value, and the product of the vector `v` with its Hessian.

    >>> torch.autograd.functional.vhp(lambda x: (x ** 3).sum(), torch.tensor([1., 2.]), torch.ones(2))
    (tensor(9.), tensor([ 6., 12.]))
    """
    with enable_grad():
        many_in, given = _tensors(inputs, "inputs", "vhp")
        entered = _entered(given, create_graph)
        weights = _input_weights(v, entered, many_in, "vhp")
        outputs, gradient = _value_and_gradient(func, entered, strict, "vhp")
        products = _filled(_grads(gradient, entered, weights, create_graph), entered, strict, _JACOBIAN)
    return _left(outputs, create_graph)[0], _one_or_all(_left(products, create_graph), many_in)


def hvp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """`func(*inputs)`, one value, and the product of its Hessian with the vector `v`.

    >>> torch.autograd.functional.hvp(lambda x: (x ** 3).sum(), torch.tensor([1., 2.]), torch.ones(2))
    (tensor(9.), tensor([ 6., 12.]))
    """
    with enable_grad():
        many_in, given = _tensors(inputs, "inputs", "hvp")
        entered = _entered(given, create_graph)
        weights = _input_weights(v, entered, many_in, "hvp")
        outputs, gradient = _value_and_gradient(func, entered, strict, "hvp")
        ones = tuple(x.new_zeros(x.shape).requires_grad_() for x in entered)
        second = _filled(_grads(gradient, entered, ones, True), entered, strict, _JACOBIAN)
        products = _filled(_grads(second, ones, weights, create_graph), ones, False, "")
    return _left(outputs, create_graph)[0], _one_or_all(_left(products, create_graph), many_in)


def _input_weights(v: Any, entered: Tensors, several: bool, name: str) -> Tensors | None:
    if v is not None:
        return _vector(v, entered, several, name)
    if len(entered) != 1 or entered[0].numel() != 1:
        raise RuntimeError("The vector v can only be None if the input to the user-provided function is a single Tensor with a single element.")
    return None
