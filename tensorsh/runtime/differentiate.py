"""`backward` and `grad`: where a person's question enters the engine and is checked. PyTorch's `torch.autograd` functions."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorsh.runtime.autograd import Edge, Node, accumulator, edge_of, run_backward
from tensorsh.runtime.dtype import FLOAT
from tensorsh.runtime.tensor import Tensor


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Adds the derivatives of `tensors` to the `.grad` of the leaves they came from, or of `inputs` alone."""
    outputs = _listed(tensors)
    wanted = None if inputs is None else _listed(inputs)
    if wanted is not None and not wanted:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    roots = _roots(outputs, _weights(outputs, grad_tensors))
    keep = create_graph if retain_graph is None else retain_graph
    if create_graph:
        warnings.warn(
            "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient "
            "which can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you have "
            "to use this function, make sure to reset the .grad fields of your parameters to None after use to break the cycle "
            "and avoid the leak.",
            UserWarning,
            stacklevel=3,
        )
    if wanted is None:
        run_backward(roots, keep, create_graph)
        return
    targets = [_target(tensor) for tensor in wanted]
    found = run_backward(roots, keep, create_graph, targets)
    for tensor, value in zip(wanted, found, strict=True):
        if value is not None and tensor.grad_fn is not None:
            meta = tensor.meta()
            meta.grad = value if meta.grad is None else meta.grad + value


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The derivatives of `outputs` by `inputs`, weighted by `grad_outputs`, without touching any `.grad`."""
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    made = _listed(outputs)
    wanted = _inputs(inputs)
    if not wanted:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    if is_grads_batched:
        return _batched(made, wanted, grad_outputs, create_graph, allow_unused, materialize_grads)
    roots = _roots(made, _weights(made, grad_outputs))
    keep = create_graph if retain_graph is None else retain_graph
    targets = [_target(tensor) for tensor in wanted]
    found = run_backward(roots, keep, create_graph, targets, accumulate=False)
    for index, (tensor, value) in enumerate(zip(wanted, found, strict=True)):
        if value is None:
            if materialize_grads:
                found[index] = Tensor._fresh(np.zeros(tensor._array.shape, tensor._array.dtype), tensor._dtype)
            elif not allow_unused:
                raise RuntimeError(
                    f"The differentiated Tensor at index {index} appears to not have been used in the graph. Set allow_unused=True "
                    "if this is the desired behavior."
                )
    return tuple(found)


def _batched(
    outputs: list[Tensor], inputs: list[Tensor], weights: Any, create_graph: bool, allow_unused: bool | None, materialize: bool
) -> tuple[Tensor | None, ...]:
    """`grad` for each set of weights along the first dimension of `weights`, stacked."""
    if create_graph:
        raise NotImplementedError("tensorsh differentiates batches of gradients only once: leave create_graph or is_grads_batched out")
    listed = _weights(outputs, weights)
    rows = [
        grad(outputs, inputs, [weight[at] for weight in listed], True, False, allow_unused, False, materialize)
        for at in range(len(listed[0]))
    ]
    return tuple(
        None if column[0] is None else Tensor._fresh(np.stack([value._array for value in column]), column[0]._dtype)
        for column in zip(*rows, strict=True)
    )


def _inputs(tensors: Any) -> list[Tensor]:
    listed = _listed(tensors)
    for tensor in listed:
        if not isinstance(tensor, Tensor):
            raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {type(tensor).__name__}")
    return listed


def _listed(tensors: Any) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _target(tensor: Tensor) -> Edge:
    if not tensor._requires_grad:
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    node = tensor.grad_fn
    return (accumulator(tensor), 0) if node is None else (node, tensor._output_nr)


def _weights(outputs: list[Tensor], given: Any) -> list[Any]:
    if given is None:
        return [None] * len(outputs)
    weights = [given] if isinstance(given, Tensor) else list(given)
    for weight in weights:
        if weight is not None and not isinstance(weight, Tensor):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(weight).__name__}")
    if len(weights) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(weights)} gradients")
    return weights


def _roots(outputs: list[Tensor], weights: list[Any]) -> list[tuple[Node, int, Tensor]]:
    roots = []
    for index, (output, weight) in enumerate(zip(outputs, weights, strict=True)):
        array = output._array
        if weight is None:
            if output._requires_grad and array.size != 1:
                raise RuntimeError("grad can be implicitly created only for scalar outputs")
            if output._requires_grad and output._dtype.kind > FLOAT:
                raise RuntimeError(
                    f"grad can be implicitly created only for real scalar outputs but got {output._dtype}"
                )
            one = np.empty(array.shape, array.dtype)
            one.fill(1)
            weight = Tensor._fresh(one, output._dtype)
        elif weight._array.shape != array.shape:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{index}] has a shape of {weight.shape} and output[{index}] has a shape of "
                f"{output.shape}."
            )
        edge = edge_of(output)
        if edge is None:
            raise RuntimeError(f"element {index} of tensors does not require grad and does not have a grad_fn")
        roots.append((*edge, weight))
    return roots
