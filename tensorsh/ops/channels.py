"""Rearranging channels: `pixel_shuffle`, `pixel_unshuffle`, `channel_shuffle`. Each is undone by its derivative."""

from __future__ import annotations

from typing import Any

from tensorsh.ops.activation import F
from tensorsh.ops.registry import composite, op
from tensorsh.ops.summing import c_contiguous


def _check_pixels(name: str, input: Any, factor: int, word: str) -> None:
    if input.ndim < 3:
        raise RuntimeError(f"{name} expects input to have at least 3 dimensions, but got input with {input.ndim} dimension(s)")
    if factor <= 0:
        raise RuntimeError(f"{name} expects a positive {word}, but got {factor}")


@op("pixel_shuffle(Tensor self, int upscale_factor) -> Tensor", variants="function")
def pixel_shuffle(self: Any, upscale_factor: int) -> Any:
    """Channels spread out in blocks of `upscale_factor` squared pixels (Shi et al., 2016).

    >>> torch.pixel_shuffle(torch.tensor([[[1.]], [[2.]], [[3.]], [[4.]]]), 2)
    tensor([[[1., 2.],
             [3., 4.]]])
    """
    _check_pixels("pixel_shuffle", self, upscale_factor, "upscale_factor")
    *batch, channels, height, width = self.shape
    if channels % upscale_factor**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but "
            f"input.size(-3)={channels} is not divisible by {upscale_factor**2}"
        )
    n, out = len(batch), channels // upscale_factor**2
    parts = self.reshape(*batch, out, upscale_factor, upscale_factor, height, width)
    parts = parts.transpose(*range(n), n, n + 3, n + 1, n + 4, n + 2)
    return c_contiguous(parts).reshape(*batch, out, height * upscale_factor, width * upscale_factor).copy()


@pixel_shuffle.vjp("self")
def _(grad, upscale_factor):
    return pixel_unshuffle(grad, upscale_factor)


@op("pixel_unshuffle(Tensor self, int downscale_factor) -> Tensor", variants="function")
def pixel_unshuffle(self: Any, downscale_factor: int) -> Any:
    """`pixel_shuffle` undone.

    >>> torch.pixel_unshuffle(torch.tensor([[[1., 2.], [3., 4.]]]), 2).flatten()
    tensor([1., 2., 3., 4.])
    """
    _check_pixels("pixel_unshuffle", self, downscale_factor, "downscale_factor")
    *batch, channels, height, width = self.shape
    for word, extent, place in (("height", height, -2), ("width", width, -1)):
        if extent % downscale_factor:
            raise RuntimeError(
                f"pixel_unshuffle expects {word} to be divisible by downscale_factor, but input.size({place})={extent} is not "
                f"divisible by {downscale_factor}"
            )
    n = len(batch)
    rows, columns = height // downscale_factor, width // downscale_factor
    parts = self.reshape(*batch, channels, rows, downscale_factor, columns, downscale_factor)
    parts = parts.transpose(*range(n), n, n + 2, n + 4, n + 1, n + 3)
    return c_contiguous(parts).reshape(*batch, channels * downscale_factor**2, rows, columns).copy()


@pixel_unshuffle.vjp("self")
def _(grad, downscale_factor):
    return pixel_shuffle(grad, downscale_factor)


@op("channel_shuffle(Tensor self, int groups) -> Tensor", variants="function")
def channel_shuffle(self: Any, groups: int) -> Any:
    """The channels (dimension 1) of `groups` groups, dealt out in turn.

    >>> torch.channel_shuffle(torch.tensor([[[1], [2], [3], [4]]]), 2).flatten()
    tensor([1, 3, 2, 4])
    """
    if self.ndim < 3:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(self.shape)}")
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    batch, channels = self.shape[:2]
    if channels % groups:
        raise RuntimeError(f"Number of channels must be divisible by groups. Got {channels} channels and {groups} groups.")
    parts = self.reshape(batch, groups, channels // groups, *self.shape[2:])
    return parts.swapaxes(1, 2).copy().reshape(self.shape)


@channel_shuffle.vjp("self")
def _(grad, groups):
    return channel_shuffle(grad, grad.shape[1] // groups)


for _core, _parameter in (
    (pixel_shuffle, "int upscale_factor"), (pixel_unshuffle, "int downscale_factor"), (channel_shuffle, "int groups"),
):  # fmt: skip
    composite(f"{_core.name}(Tensor input, {_parameter}) -> Tensor", namespace=F, variants="function", family=__name__)(
        lambda input, number, core=_core: core(input, number)
    ).doc = _core.doc.replace("torch.", "torch.nn.functional.", 1)
