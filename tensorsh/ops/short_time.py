"""Transforms of overlapping windows of a signal: `stft`, and its inverse `istft`.

Source: aten/src/ATen/native/SpectralOps.cpp.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.deprecations import deprecated
from tensorsh.ops.matrix import _dropped
from tensorsh.ops.registry import composite, function, op
from tensorsh.ops.slicing import _folded
from tensorsh.ops.spectral import _fft_c2c, _fft_c2r, _fft_r2c, padded
from tensorsh.runtime.dtype import COMPLEX, FLOAT
from tensorsh.runtime.tensor import Tensor

Array = Any


def _describe(name: str, x: Tensor, **options: Any) -> str:
    """A call as PyTorch shows it in the messages of `stft` and `istft`."""
    kind = x._dtype
    legacy = f"CPU{kind.title}Type" if kind.kind == COMPLEX else f"torch.{kind.title}Tensor"
    shown = ", ".join(f"{key}={_cpp(value)}" for key, value in options.items())
    return f"{name}({legacy}{list(x._array.shape)}, {shown}) "


def _cpp(value: Any) -> Any:
    if isinstance(value, Tensor):
        kind = value._dtype
        legacy = f"CPU{kind.title}Type" if kind.kind == COMPLEX else f"torch.{kind.title}Tensor"
        return f"{legacy}{{{list(value._array.shape)}}}"
    return "None" if value is None else int(value) if isinstance(value, bool) else value


def _warn_rectangular(why: str) -> None:
    import warnings

    warnings.warn(
        f"A window was not provided. A rectangular window will be applied{why}To suppress this warning and use a rectangular window, "
        "explicitly set `window=torch.ones(n_fft, device=<device>)`.",
        UserWarning,
        stacklevel=4,
    )


def _window(window: Tensor | None, n_fft: int, win_length: int, like: Tensor) -> Tensor | None:
    """The window, filled up with zeros on both sides to the length of a transform."""
    if win_length < n_fft:
        kind = like._dtype.to_real()
        left = (n_fft - win_length) // 2
        if window is None:
            filled = np.zeros(n_fft, kind.array_dtype)
            filled[left : left + win_length] = 1
            return Tensor._fresh(filled, kind)
        return function("pad", "nn.functional")(window, (left, n_fft - win_length - left))
    return window


def _warn_short() -> None:
    import warnings

    warnings.warn(
        "The length of signal is shorter than the length parameter. Result is being padded with zeros in the tail. Please check your "
        "center and hop_length settings.",
        UserWarning,
        stacklevel=4,
    )


@op("_turned(Tensor self) -> Tensor", variants="", node="TransposeBackward1")
def _turned(self: Array) -> Array:
    # A fresh transform, frequencies before times: nobody else sees the array that it is a window on.
    return self.swapaxes(1, 2)


@_turned.vjp("self")
def _(grad):
    return grad.transpose(1, 2)


@composite(
    "stft(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool center=True, "
    "str pad_mode='reflect', bool normalized=False, bool? onesided=None, bool? return_complex=None, bool? align_to_window=None) -> Tensor",
    wrap_dims=None,
)  # fmt: skip
def stft(
    self: Tensor, n_fft: int, hop_length: int | None, win_length: int | None, window: Tensor | None, center: bool, pad_mode: str,
    normalized: bool, onesided: bool | None, return_complex: bool | None, align_to_window: bool | None,
) -> Tensor:  # fmt: skip
    """The transforms of overlapping windows of a signal: frequencies by times, for each signal of a batch.

    >>> torch.stft(torch.ones(16), n_fft=8, hop_length=4, window=torch.ones(8), return_complex=True).shape
    torch.Size([5, 5])
    """
    hop = n_fft // 4 if hop_length is None else hop_length
    length = n_fft if win_length is None else win_length

    def refused(x: Tensor, what: str) -> RuntimeError:
        call = _describe(
            "stft", x, n_fft=n_fft, hop_length=hop, win_length=length, window=window, normalized=normalized, onesided=onesided,
            return_complex=return_complex, align_to_window=align_to_window,
        )  # fmt: skip
        return RuntimeError(f"{call}: {what}")

    ndim = self._array.ndim
    x = self
    if center:
        pad = function("pad", "nn.functional")
        x = pad(x.view((1,) * (3 - ndim) + x._array.shape), (n_fft // 2, n_fft // 2), pad_mode)
        x = x.view(x._array.shape[3 - ndim :])
    if window is None:
        _warn_rectangular(
            ",which is known to cause spectral leakage. Other windows such as torch.hann_window or torch.hamming_window are recommended to "
            "reduce spectral leakage."
        )
    if align_to_window is not None and center:
        raise RuntimeError("stft align_to_window should only be set when center = false")
    is_complex = self._dtype.kind == COMPLEX or (window is not None and window._dtype.kind == COMPLEX)
    if return_complex is None:
        if not is_complex:
            raise RuntimeError(
                "stft requires the return_complex parameter be given for real inputs, and will further require that "
                "return_complex=True in a future PyTorch release."
            )
        return_complex = True
    if not return_complex:
        deprecated("stft")
    if x._dtype.kind < FLOAT:
        raise refused(x, "expected a tensor of floating point or complex values")
    if not 1 <= ndim <= 2:
        raise refused(x, "expected a 1D or 2D tensor")
    size = x._array.shape[-1]
    if not 0 < n_fft <= size:
        raise refused(x, f"expected 0 < n_fft < {size}, but got n_fft={n_fft}")
    if hop <= 0:
        raise refused(x, f"expected hop_length > 0, but got hop_length={hop}")
    if not 0 < length <= n_fft:
        raise refused(x, f"expected 0 < win_length <= n_fft, but got win_length={length}")
    if window is not None and window._array.shape != (length,):
        raise refused(
            x,
            f"expected a 1D window tensor of size equal to win_length={length}, but got window with size {list(window._array.shape)}",
        )
    if ndim == 1:
        x = x.unsqueeze(0)
    batch = x._array.shape[0]
    weights = _window(window, n_fft, length, self)
    frames = 1 + (size - n_fft) // hop
    row, step = x.stride()
    x = x.as_strided((batch, frames, n_fft), (row, hop * step, step))
    if weights is not None:
        x = x * weights
    complex_ = x._dtype.kind == COMPLEX
    if onesided and complex_:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    scale = 1 if normalized else 0
    if complex_:
        found = _fft_c2c(x, (2,), scale, True)
    else:
        found = _fft_r2c(x, (2,), scale, onesided is not False)
    found = _turned(found)
    if ndim == 1:
        found = _dropped(found, 0)
    return found if return_complex else function("view_as_real")(found)


@composite(
    "istft(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool center=True, "
    "bool normalized=False, bool? onesided=None, int? length=None, bool return_complex=False) -> Tensor",
    wrap_dims=None,
)  # fmt: skip
def istft(
    self: Tensor, n_fft: int, hop_length: int | None, win_length: int | None, window: Tensor | None, center: bool, normalized: bool,
    onesided: bool | None, length: int | None, return_complex: bool,
) -> Tensor:  # fmt: skip
    """The signal whose `stft` is given, as nearly as the windows allow.

    >>> signal = torch.arange(16.)
    >>> parts = torch.stft(signal, n_fft=8, window=torch.ones(8), return_complex=True)
    >>> torch.allclose(torch.istft(parts, n_fft=8, window=torch.ones(8)), signal, atol=1e-5)
    True
    """
    hop = n_fft // 4 if hop_length is None else hop_length
    win = n_fft if win_length is None else win_length
    call = _describe("istft", self, n_fft=n_fft, hop_length=hop, win_length=win, window=window, center=center, normalized=normalized, onesided=onesided, length=length, return_complex=return_complex)
    if self._dtype.kind != COMPLEX:
        raise RuntimeError("istft requires a complex-valued input tensor matching the output from stft with return_complex=True.")
    if window is None:
        _warn_rectangular(".Please provide the same window used by stft to make the inversion lossless.")
    ndim = self._array.ndim
    if self._array.size == 0:
        raise RuntimeError(f"{call}: input tensor cannot be empty.")
    if ndim not in (2, 3):
        raise RuntimeError(f"{call}: expected a tensor with 3 or 4 dimensions, but got {ndim + 1}")
    x = self.unsqueeze(0) if ndim == 2 else self
    _, points, frames = x._array.shape
    expected = n_fft + hop * (frames - 1)
    half = n_fft != points if onesided is None else onesided
    if half and n_fft // 2 + 1 != points:
        raise RuntimeError(
            f"{call}: expected the frequency dimension (3rd to the last) of the input tensor to match n_fft / 2 + 1 when onesided=True, "
            f"but got {points}"
        )
    if not half and n_fft != points:
        raise RuntimeError(
            f"{call}: expected the frequency dimension (3rd to the last) of the input tensor to match n_fft when onesided=False, but got "
            f"{points}"
        )
    if not 0 < hop <= win:
        raise RuntimeError(f"{call}: expected 0 < hop_length <= win_length")
    if not 0 < win <= n_fft:
        raise RuntimeError(f"{call}: expected 0 < win_length <= n_fft")
    real = x._dtype.to_real()
    if window is not None and window._array.shape != (win,):
        raise RuntimeError(
            f"{call}: Invalid window shape. window has to be 1D and length of `win_length`"
        )
    weights = _window(window, n_fft, win, self)
    if weights is None:
        weights = Tensor._fresh(np.ones(n_fft, real.array_dtype), real)
    x = x.transpose(1, 2)
    scale = 1 if normalized else 2
    if return_complex:
        if half:
            raise RuntimeError("Cannot have onesided output if window or input is complex")
        parts = _fft_c2c(x, (2,), scale, False)
    else:
        if weights._dtype.kind == COMPLEX:
            raise RuntimeError("Complex windows are incompatible with return_complex=False")
        parts = _fft_c2r(x if half else x.narrow(-1, 0, n_fft // 2 + 1), (2,), scale, n_fft)
    parts = parts * weights.view((1, 1, n_fft))
    found = _folded(parts, (parts._array.shape[0], expected), 1, n_fft, hop)
    squares = weights.pow(2).expand((1, frames, n_fft))
    envelope = _folded(squares, (1, expected), 1, n_fft, hop)
    start = n_fft // 2 if center else 0
    end = expected - n_fft // 2 if center else expected
    if length is not None:
        end = start + length
    inside = min(end, expected) - start
    found, envelope = found.narrow(1, start, inside), envelope.narrow(1, start, inside)
    lowest = np.abs(envelope._array).min() if envelope._array.size else 1.0
    if lowest < 1e-11:
        raise RuntimeError(f"{call}window overlap add min: 1\n[ CPUBoolType{{}} ]")
    found = found / envelope
    if ndim == 2:
        found = found.squeeze(0)
    if end > expected:
        _warn_short()
        found = padded(found, found._array.ndim - 1, end - expected)
    return found
