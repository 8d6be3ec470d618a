"""`gradient`: derivatives estimated from samples of a function, by second-order differences inside and one-sided ones at the edges.

Source of the formulas: numpy.gradient, which PyTorch follows.
"""

from __future__ import annotations

from typing import Any

from tensorsh.ops.registry import composite, function
from tensorsh.runtime.tensor import Tensor, wrap_dim


def _along(x: Tensor, dim: int, start: int, stop: int) -> Tensor:
    """`x` from `start` to `stop` along a dimension; a `stop` of zero or less counts from the end."""
    return x.narrow(dim, start, stop - start if stop > 0 else x.shape[dim] + stop - start)


def _uniform(x: Tensor, dim: int, step: Any, edge_order: int) -> Tensor:
    def at(index: int) -> Tensor:
        return x.narrow(dim, index if index >= 0 else x.shape[dim] + index, 1)

    inside = (_along(x, dim, 2, 0) - _along(x, dim, 0, -2)) / (2 * step)
    if edge_order == 1:
        first, last = (at(1) - at(0)) / step, (at(-1) - at(-2)) / step
    else:
        first = (-1.5 * at(0) + 2 * at(1) - 0.5 * at(2)) / step
        last = (1.5 * at(-1) - 2 * at(-2) + 0.5 * at(-3)) / step
    return function("cat")((first, inside, last), dim)


def _at_coordinates(x: Tensor, dim: int, coordinates: Tensor, edge_order: int) -> Tensor:
    steps = coordinates.diff()
    shape = [-1 if d == dim else 1 for d in range(x.dim())]
    before, after = _along(steps, 0, 0, -1).reshape(shape), _along(steps, 0, 1, 0).reshape(shape)

    def at(index: int) -> Tensor:
        return x.narrow(dim, index if index >= 0 else x.shape[dim] + index, 1)

    inside = (
        _along(x, dim, 0, -2) * (-after / (before * (before + after)))
        + _along(x, dim, 1, -1) * ((after - before) / (before * after))
        + _along(x, dim, 2, 0) * (before / (after * (before + after)))
    )
    if edge_order == 1:
        first, last = (at(1) - at(0)) / steps[0], (at(-1) - at(-2)) / steps[-1]
    else:
        near, far = steps[0], steps[1]
        total = near + far
        first = at(0) * (-(2 * near + far) / (near * total)) + at(1) * (total / (near * far)) + at(2) * (-near / (far * total))
        near, far = steps[-1], steps[-2]
        total = near + far
        last = at(-1) * ((2 * near + far) / (near * total)) - at(-2) * (total / (near * far)) + at(-3) * (near / (far * total))
    return function("cat")((first, inside, last), dim)


@composite(
    "gradient(Tensor self, *, any spacing=None, any dim=None, int edge_order=1) -> Tensor[]", variants="function", wrap_dims=None, scalars=True,
)
def gradient(self: Tensor, spacing: Any, dim: Any, edge_order: int) -> tuple[Tensor, ...]:
    """The estimated derivative of a sampled function along each dimension, or each of `dim`.

    `spacing` is the distance between samples (1), a list of one for each dimension, or a list of vectors of coordinates.

    >>> torch.gradient(torch.tensor([1., 2., 4., 8.]))
    (tensor([1.0000, 1.5000, 3.0000, 4.0000]),)
    """
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    ndim = self.dim()
    given = range(ndim) if dim is None else (dim,) if isinstance(dim, int) else dim
    dims = [wrap_dim(d, ndim) for d in given]
    if dims and not ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    for at, d in enumerate(dims):
        if d in dims[:at]:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    many = isinstance(spacing, (list, tuple))
    if many and len(spacing) != len(dims):
        wanted = f"'self.dim() = {ndim}', since dim argument was not given, but got a list of length {len(spacing)}"
        if dim is not None:
            wanted = f"'dim = {len(dims)}', since dim argument has length {len(dims)}, but got a list of length {len(spacing)}"
        raise RuntimeError(f"torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to {wanted}")
    if any(self.shape[d] < edge_order + 1 for d in dims):
        raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
    results = []
    for d, step in zip(dims, spacing if many else [1 if spacing is None else spacing] * len(dims), strict=True):
        if isinstance(step, Tensor) and step.dim():
            if step.dim() != 1 or step.numel() != self.shape[d]:
                raise RuntimeError(
                    f"torch.gradient expected input and spacing tensors to have matching dimensions, but got {self.shape[d]} samples "
                    f"and coordinates of shape {list(step.shape)}"
                )
            results.append(_at_coordinates(self, d, step, edge_order))
        else:
            results.append(_uniform(self, d, step, edge_order))
    return tuple(results)
