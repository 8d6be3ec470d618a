"""Padding: `constant_pad_nd`, and `nn.functional.pad` with its modes.

Reflecting and replicating pads take their elements by an index along each padded dimension; their gradient adds up what each element
was taken for. Wrapping ones are written part by part, as in PyTorch, which shows in their `grad_fn`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.activation import F
from tensorsh.ops.arithmetic import zero
from tensorsh.ops.numbers import number_as
from tensorsh.ops.refusals import unsupported
from tensorsh.ops.registry import Call, Operator, backward, composite, op
from tensorsh.ops.slicing import slice_
from tensorsh.runtime.dtype import of_array
from tensorsh.runtime.tensor import Tensor


@op("constant_pad_nd(Tensor self, int[] pad, Scalar value=0) -> Tensor", variants="function")
def constant_pad_nd(self: Any, pad: tuple[int, ...], value: Any) -> Any:
    """The tensor with `value` put around it: two numbers for the last dimension, two for the one before … Negative ones cut.

    >>> torch.constant_pad_nd(torch.tensor([1, 2]), (1, 2), 7)
    tensor([7, 1, 2, 7, 7])
    """
    if len(pad) % 2:
        raise RuntimeError(f"Length of pad must be even but instead it equals {len(pad)}")
    if len(pad) > 2 * self.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {self.ndim}"
        )
    shape, source, target = list(self.shape), [slice(None)] * self.ndim, [slice(None)] * self.ndim
    for at in range(len(pad) // 2):
        dim, before, after = self.ndim - 1 - at, pad[2 * at], pad[2 * at + 1]
        extent = self.shape[dim]
        shape[dim] = extent + before + after
        if shape[dim] < 0:
            if before < 0 and after < 0 and extent + before >= 0:
                raise RuntimeError("narrow(): length must be non-negative.")
            raise RuntimeError(
                f"The input size {extent}, plus negative padding {before} and {after} resulted in a negative output size, "
                f"which is invalid. Check dimension {dim} of your input."
            )
        source[dim] = slice(max(-before, 0), extent - max(-after, 0))
        target[dim] = slice(max(before, 0), shape[dim] - max(after, 0))
    found = np.full(shape, number_as(value, of_array(self)), self.dtype)
    found[tuple(target)] = self[tuple(source)]
    return found


@constant_pad_nd.vjp("self")
def _(grad, pad):
    return constant_pad_nd(grad, tuple([-n for n in pad]))


def _taken(extent: int, before: int, after: int, mode: str) -> Any:
    """Which element of a dimension stands at each place of the padded one."""
    place = np.arange(-before, extent + after)
    if mode == "replicate":
        return np.clip(place, 0, extent - 1)
    place = np.abs(place)
    return np.where(place >= extent, 2 * (extent - 1) - place, place)


def _by_index(self: Any, pad: tuple[int, ...], mode: str) -> Any:
    for at in range(len(pad) // 2):
        dim = self.ndim - 1 - at
        self = np.take(self, _taken(self.shape[dim], pad[2 * at], pad[2 * at + 1], mode), dim)
    return self


def _declare(mode: str, name: str, title: str, ndim: int) -> Operator:
    def kernel(self: Any, padding: Any) -> Any:
        if self.dtype.kind == "b":
            raise unsupported(f"{name}_pad{ndim}d", self)
        return _by_index(self, padding, mode)

    declared = Operator(
        f"{name}_pad{ndim}d(Tensor self, int[{2 * ndim}] padding) -> Tensor", kernel, "op",
        {"namespace": "_nn", "variants": "function", "node": f"{title}Pad{ndim}DBackward0", "family": __name__},
    )  # fmt: skip

    def slope(grad_output, self, padding):
        from tensorsh.ops.scattering import combine, slices

        for at in reversed(range(len(padding) // 2)):
            dim = self.ndim - 1 - at
            found = np.zeros((*grad_output.shape[:dim], self.shape[dim], *grad_output.shape[dim + 1 :]), grad_output.dtype)
            combine(np.add, found, slices(dim, _taken(self.shape[dim], padding[2 * at], padding[2 * at + 1], mode)), grad_output)
            grad_output = found
        return grad_output

    back = backward(
        f"{name}_pad{ndim}d_backward(Tensor grad_output, Tensor self, int[{2 * ndim}] padding) -> Tensor",
        node=f"{title}Pad{ndim}DBackwardBackward0",
    )(slope)  # fmt: skip
    declared.vjp("self")(Call(back, "grad self padding"))
    back.vjp("grad_output")(Call(declared, "grad padding"))
    back.vjp("self")(zero)
    return declared


_MODES = {
    mode: [_declare(mode, name, title, ndim) for ndim in (1, 2, 3)]
    for mode, name, title in (("reflect", "reflection", "Reflection"), ("replicate", "replication", "Replication"))
}


def _wrapped(input: Tensor, pad: tuple[int, ...]) -> Tensor:
    """`input` cut where padding is negative, with its other end before its beginning and its beginning after its end."""
    sides = [(input.ndim - 1 - at, pad[2 * at], pad[2 * at + 1]) for at in range(len(pad) // 2)]
    shape = list(input.shape)
    for dim, before, after in sides:
        shape[dim] += before + after
    made = input.new_empty(shape)
    inside, kept = made, input
    for dim, before, after in sides:
        inside = slice_(inside, dim, max(before, 0), shape[dim] - max(after, 0))
        kept = slice_(kept, dim, max(-before, 0), input.shape[dim] - max(-after, 0))
    inside.copy_(kept)
    for dim, before, after in sides:
        start, end = max(before, 0), shape[dim] - max(after, 0)
        width = max(end - start, 1)  # where one side is cut to less than the other wraps, it comes more than once
        for at in range(0, before, width):
            count = min(width, before - at)
            slice_(made, dim, start - at - count, start - at).copy_(slice_(made, dim, end - count, end))
        for at in range(0, after, width):
            count = min(width, after - at)
            slice_(made, dim, end + at, end + at + count).copy_(slice_(made, dim, start, start + count))
    return made


@composite(
    "pad(Tensor input, int[] pad, str mode='constant', float? value=None) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def pad(input, pad, mode, value):
    """The tensor with elements put around it: two numbers for the last dimension, two for the one before …

    `mode` is `constant` (with `value`), `reflect`, `replicate` or `circular`.

    >>> torch.nn.functional.pad(torch.tensor([[1., 2., 3.]]), (2, 1), mode='reflect')
    tensor([[3., 2., 1., 2., 3., 2.]])
    """
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * input.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {input.ndim}"
        )
    if mode == "constant":
        return constant_pad_nd(input, pad, 0.0 if value is None else value)
    if value not in (None, 0):
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if mode not in (*_MODES, "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    ndim = len(pad) // 2
    if ndim not in (1, 2, 3) or input.ndim not in (ndim + 1, ndim + 2):
        raise NotImplementedError(
            f"Padding size {len(pad)} is not supported for {input.ndim}D input tensor.\nSupported combinations for "
            "non-constant padding:\n  - 2D or 3D input: padding size = 2 (pads last dimension)\n  - 3D or 4D input: padding "
            "size = 4 (pads last 2 dimensions)\n  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"
        )
    for at in range(ndim):
        dim = input.ndim - 1 - at
        extent, before, after = input.shape[dim], pad[2 * at], pad[2 * at + 1]
        if mode == "reflect" and (before >= extent or after >= extent):
            raise RuntimeError(
                "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding "
                f"({before}, {after}) at dimension {dim} of input {list(input.shape)}"
            )
        if mode == "circular" and (before > extent or after > extent):
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if mode == "circular" and extent + before + after < 0:
            raise RuntimeError("Negative padding value is resulting in an empty dimension")
    return _wrapped(input, pad) if mode == "circular" else _MODES[mode][ndim - 1](input, pad)
