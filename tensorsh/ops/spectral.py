"""Fourier transforms: `torch.fft`, `stft` and `istft`.

Three operators transform (complex to complex, real to complex, complex to real), each over several dimensions, and have derivatives;
the public functions choose a size, a scale and one of them, as in PyTorch (aten/src/ATen/native/SpectralOps.cpp). A scale is
0 (none), 1 (by the root of the number of points) or 2 (by the number of points).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.matrix import _dropped
from tensorsh.ops.registry import composite, factory, function, op
from tensorsh.ops.slicing import _folded
from tensorsh.runtime.dtype import COMPLEX, FLOAT
from tensorsh.runtime.dtype import dtype as DType
from tensorsh.runtime.state import current
from tensorsh.runtime.tensor import Tensor, wrap_dim

Array = Any
Dims = tuple[int, ...]

_FORWARD = ("backward", "ortho", "forward")  # NumPy's word for a scale, in a forward transform
_INVERSE = ("forward", "ortho", "backward")


@op("_fft_c2c(Tensor self, int[] dim, int normalization, bool forward) -> Tensor", variants="", node="FftC2CBackward0")
def _fft_c2c(self: Array, dim: Dims, normalization: int, forward: bool) -> Array:
    if not self.size:
        return self.copy()
    if forward:
        return np.fft.fftn(self, axes=dim, norm=_FORWARD[normalization])
    return np.fft.ifftn(self, axes=dim, norm=_INVERSE[normalization])


@_fft_c2c.vjp("self")
def _(grad, dim, normalization, forward):
    return _fft_c2c(grad, dim, normalization, not forward)


@op("_fft_r2c(Tensor self, int[] dim, int normalization, bool onesided) -> Tensor", variants="", node="FftR2CBackward0")
def _fft_r2c(self: Array, dim: Dims, normalization: int, onesided: bool) -> Array:
    if not self.size:
        shape = list(self.shape)
        if onesided:
            shape[dim[-1]] = shape[dim[-1]] // 2 + 1
        return np.zeros(shape, np.result_type(self.dtype, np.complex64))
    return (np.fft.rfftn if onesided else np.fft.fftn)(self, axes=dim, norm=_FORWARD[normalization])


@_fft_r2c.vjp("self")
def _(grad, self_shape, dim, normalization, onesided):
    if onesided:
        last = dim[-1]
        missing = self_shape[last] - grad._array.shape[last]
        if missing > 0:
            grad = _padded(grad, last, missing)
    return _fft_c2c(grad, dim, normalization, False).real


@op("_fft_c2r(Tensor self, int[] dim, int normalization, int last_dim_size) -> Tensor", variants="", node="FftC2RBackward0")
def _fft_c2r(self: Array, dim: Dims, normalization: int, last_dim_size: int) -> Array:
    sizes = [self.shape[d] for d in dim[:-1]] + [last_dim_size]
    if not self.size:
        shape = list(self.shape)
        shape[dim[-1]] = last_dim_size
        return np.zeros(shape, self.real.dtype)
    return np.fft.irfftn(self, sizes, axes=dim, norm=_INVERSE[normalization])


@_fft_c2r.vjp("self")
def _(grad, dim, normalization):
    found = _fft_r2c(grad, dim, normalization, True)
    last = dim[-1]
    extent = found._array.shape[last]
    # All but the first point, and the middle one of an even number, stand for two.
    twice = grad._array.shape[last] - extent
    weights = np.ones(extent, grad._array.dtype)
    weights[1 : 1 + max(twice, 0)] = 2
    shape = [1] * found._array.ndim
    shape[last] = extent
    return found * Tensor._fresh(weights.reshape(shape), grad._dtype)


# --- sizes, scales and dtypes -------------------------------------------------------------------------------------------


def _scale(norm: str | None, forward: bool) -> int:
    if norm is None or norm == "backward":
        return 0 if forward else 2
    if norm == "forward":
        return 2 if forward else 0
    if norm == "ortho":
        return 1
    raise RuntimeError(f'Invalid normalization mode: "{norm}"')


def _floating(x: Tensor, make_complex: bool = False) -> Tensor:
    """`x` in a dtype that can be transformed."""
    kind = x._dtype
    if kind.kind < FLOAT:
        kind = current().default_dtype
    if kind.half:
        raise RuntimeError(f"Unsupported dtype {kind.title}")
    if make_complex:
        kind = kind.to_complex()
    return x if kind is x._dtype else x.to(kind)


def _check_real(name: str, x: Tensor, kind: str = "real input tensor") -> None:
    if x._dtype.kind == COMPLEX:
        raise RuntimeError(f"{name} expects a {kind}, but got {x._dtype.title}")


def _dim(x: Tensor, dim: int) -> int:
    if not x._array.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return wrap_dim(dim, x._array.ndim)


def _check_points(count: int) -> None:
    if count < 1:
        raise RuntimeError(f"Invalid number of data points ({count}) specified")


def _padded(x: Tensor, dim: int, count: int) -> Tensor:
    return function("pad", "nn.functional")(x, (0, 0) * (x._array.ndim - 1 - dim) + (0, count))


def _resized(x: Tensor, dims: Dims, sizes: Dims) -> Tensor:
    """`x` cut or filled with zeros at the end of each dimension."""
    for dim, size in zip(dims, sizes, strict=True):
        own = x._array.shape[dim]
        if size < own:
            x = x.narrow(dim, 0, size)
        elif size > own:
            x = _padded(x, dim, size - own)
    return x


def _shape_and_dims(x: Tensor, s: Dims | None, dim: Dims | None) -> tuple[Dims, Dims]:
    """The dimensions to transform and the sizes wanted there."""
    ndim = x._array.ndim
    dims: Dims | None = None
    if dim is not None:
        dims = tuple(_dim(x, d) for d in dim)
        if len(set(dims)) != len(dims):
            raise RuntimeError("FFT dims must be unique")
    if s is not None:
        if dim is not None and len(dim) != len(s):
            raise RuntimeError("When given, dim and shape arguments must have the same length")
        if len(s) > ndim:
            raise RuntimeError(f"Got shape with {len(s)} values but input tensor only has {ndim} dimensions.")
        if dims is None:
            dims = tuple(range(ndim - len(s), ndim))
        sizes = tuple(x._array.shape[d] if n == -1 else n for n, d in zip(s, dims, strict=True))
    else:
        if dims is None:
            dims = tuple(range(ndim))
        sizes = tuple(x._array.shape[d] for d in dims)
    for size in sizes:
        _check_points(size)
    return sizes, dims


# --- one dimension ------------------------------------------------------------------------------------------------------


def _c2c(x: Tensor, n: int | None, dim: int, norm: str | None, forward: bool) -> Tensor:
    x = _floating(x)
    dim = _dim(x, dim)
    count = x._array.shape[dim] if n is None else n
    _check_points(count)
    scale = _scale(norm, forward)
    if n is not None:
        x = _resized(x, (dim,), (n,))
    if x._dtype.kind == COMPLEX:
        return _fft_c2c(x, (dim,), scale, forward)
    found = _fft_r2c(x, (dim,), scale, False)
    return found if forward else found.conj()


def _r2c(name: str, x: Tensor, n: int | None, dim: int, norm: str | None, forward: bool) -> Tensor:
    _check_real(name, x)
    x = _floating(x)
    dim = _dim(x, dim)
    _check_points(x._array.shape[dim] if n is None else n)
    scale = _scale(norm, forward)
    if n is not None:
        x = _resized(x, (dim,), (n,))
    found = _fft_r2c(x, (dim,), scale, True)
    return found if forward else found.conj()


def _c2r(x: Tensor, n: int | None, dim: int, norm: str | None, forward: bool) -> Tensor:
    x = _floating(x, make_complex=True)
    dim = _dim(x, dim)
    count = 2 * (x._array.shape[dim] - 1) if n is None else n
    _check_points(count)
    scale = _scale(norm, forward)
    if n is not None:
        x = _resized(x, (dim,), (count // 2 + 1,))
    return _fft_c2r(x.conj() if forward else x, (dim,), scale, count)


@composite("fft(Tensor self, int? n=None, int dim=-1, str? norm=None) -> Tensor", namespace="fft", variants="function out", wrap_dims=None)
def fft(self: Tensor, n: int | None, dim: int, norm: str | None) -> Tensor:
    """The discrete Fourier transform along `dim`, cut or filled to `n` points.

    `norm` is `"backward"` (no scale), `"ortho"` or `"forward"` (divided by `n`).

    >>> torch.fft.fft(torch.tensor([1., 2., 3., 4.]))
    tensor([10.+0.j, -2.+2.j, -2.+0.j, -2.-2.j])
    """
    return _c2c(self, n, dim, norm, True)


@composite("ifft(Tensor self, int? n=None, int dim=-1, str? norm=None) -> Tensor", namespace="fft", variants="function out", wrap_dims=None)
def ifft(self: Tensor, n: int | None, dim: int, norm: str | None) -> Tensor:
    """The inverse of `fft`.

    >>> torch.fft.ifft(torch.tensor([10.+0j, -2.+2j, -2.+0j, -2.-2j]))
    tensor([1.+0.j, 2.+0.j, 3.+0.j, 4.+0.j])
    """
    return _c2c(self, n, dim, norm, False)


@composite("rfft(Tensor self, int? n=None, int dim=-1, str? norm=None) -> Tensor", namespace="fft", variants="function out", wrap_dims=None)
def rfft(self: Tensor, n: int | None, dim: int, norm: str | None) -> Tensor:
    """The first half of the transform of a real tensor; the other half is its conjugate.

    >>> torch.fft.rfft(torch.tensor([1., 0., 0., 0.]))
    tensor([1.+0.j, 1.+0.j, 1.+0.j])
    """
    return _r2c("rfft", self, n, dim, norm, True)


@composite("irfft(Tensor self, int? n=None, int dim=-1, str? norm=None) -> Tensor", namespace="fft", variants="function out", wrap_dims=None)
def irfft(self: Tensor, n: int | None, dim: int, norm: str | None) -> Tensor:
    """The inverse of `rfft`: a real tensor of `n` points (an even number, if not given).

    >>> torch.fft.irfft(torch.tensor([1., 1., 1.]))
    tensor([1., 0., 0., 0.])
    """
    return _c2r(self, n, dim, norm, False)


@composite("hfft(Tensor self, int? n=None, int dim=-1, str? norm=None) -> Tensor", namespace="fft", variants="function out", wrap_dims=None)
def hfft(self: Tensor, n: int | None, dim: int, norm: str | None) -> Tensor:
    """The transform, which is real, of a Hermitian-symmetric signal given by its first half.

    >>> torch.fft.hfft(torch.tensor([1., 2., 1.]))
    tensor([ 6.,  0., -2.,  0.])
    """
    return _c2r(self, n, dim, norm, True)


@composite("ihfft(Tensor self, int? n=None, int dim=-1, str? norm=None) -> Tensor", namespace="fft", variants="function out", wrap_dims=None)
def ihfft(self: Tensor, n: int | None, dim: int, norm: str | None) -> Tensor:
    """The inverse of `hfft`.

    >>> torch.fft.ihfft(torch.tensor([8., 0., 0., 0.])).real
    tensor([2., 2., 2.])
    """
    return _r2c("ihfft", self, n, dim, norm, False)


# --- several dimensions -------------------------------------------------------------------------------------------------


@composite("fftn(Tensor self, int[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor", namespace="fft", variants="function out", wrap_dims=None)
def fftn(self: Tensor, s: Dims | None, dim: Dims | None, norm: str | None) -> Tensor:
    """The transform over several dimensions: all, or the last ones that `s` has sizes for, or `dim`.

    >>> torch.fft.fftn(torch.ones(2, 2)).real
    tensor([[4., 0.],
            [0., 0.]])
    """
    sizes, dims = _shape_and_dims(self, s, dim)
    return _fft_c2c(_resized(_floating(self, make_complex=True), dims, sizes), dims, _scale(norm, True), True)


@composite("ifftn(Tensor self, int[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor", namespace="fft", variants="function out", wrap_dims=None)
def ifftn(self: Tensor, s: Dims | None, dim: Dims | None, norm: str | None) -> Tensor:
    """The inverse of `fftn`.

    >>> torch.fft.ifftn(torch.tensor([[8., 0.], [0., 0.]])).real
    tensor([[2., 2.],
            [2., 2.]])
    """
    sizes, dims = _shape_and_dims(self, s, dim)
    return _fft_c2c(_resized(_floating(self, make_complex=True), dims, sizes), dims, _scale(norm, False), False)


@composite("rfftn(Tensor self, int[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor", namespace="fft", variants="function out", wrap_dims=None)
def rfftn(self: Tensor, s: Dims | None, dim: Dims | None, norm: str | None) -> Tensor:
    """The transform of a real tensor over several dimensions, the last one halved.

    >>> torch.fft.rfftn(torch.ones(2, 4)).real
    tensor([[8., 0., 0.],
            [0., 0., 0.]])
    """
    _check_real("rfftn", self, "real-valued input tensor")
    sizes, dims = _shape_and_dims(self, s, dim)
    if not dims:
        raise RuntimeError("rfftn must transform at least one axis")
    return _fft_r2c(_resized(_floating(self), dims, sizes), dims, _scale(norm, True), True)


def _half_shape(name: str, x: Tensor, s: Dims | None, dim: Dims | None) -> tuple[Dims, Dims, int]:
    """Sizes and dims for a transform to real numbers, and the last extent of its result."""
    if x._array.ndim and dim is None and s is None or dim is not None or s is not None:
        sizes, dims = _shape_and_dims(x, s, dim)
    else:
        sizes, dims = (), ()
    if not dims:
        raise RuntimeError(f"{name} must transform at least one axis")
    last = 2 * (x._array.shape[dims[-1]] - 1) if s is None or s[-1] == -1 else s[-1]
    _check_points(last)
    return (*sizes[:-1], last // 2 + 1), dims, last


@composite("irfftn(Tensor self, int[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor", namespace="fft", variants="function out", wrap_dims=None)
def irfftn(self: Tensor, s: Dims | None, dim: Dims | None, norm: str | None) -> Tensor:
    """The inverse of `rfftn`.

    >>> torch.fft.irfftn(torch.fft.rfftn(torch.tensor([[1., 2.], [3., 4.]])))
    tensor([[1., 2.],
            [3., 4.]])
    """
    sizes, dims, last = _half_shape("irfftn", self, s, dim)
    return _fft_c2r(_resized(_floating(self, make_complex=True), dims, sizes), dims, _scale(norm, False), last)


@composite("hfftn(Tensor self, int[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor", namespace="fft", variants="function out", wrap_dims=None)
def hfftn(self: Tensor, s: Dims | None, dim: Dims | None, norm: str | None) -> Tensor:
    """The transform, which is real, of a Hermitian-symmetric tensor given by one half.

    >>> torch.fft.hfftn(torch.ones(2, 2))
    tensor([[4., 0.],
            [0., 0.]])
    """
    sizes, dims, last = _half_shape("hfftn", self, s, dim)
    x = _resized(_floating(self, make_complex=True), dims, sizes)
    scale = _scale(norm, True)
    if len(dims) > 1:
        x = _fft_c2c(x, dims[:-1], scale, True)
    return _fft_c2r(x.conj(), dims[-1:], scale, last)


@composite("ihfftn(Tensor self, int[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor", namespace="fft", variants="function out", wrap_dims=None)
def ihfftn(self: Tensor, s: Dims | None, dim: Dims | None, norm: str | None) -> Tensor:
    """The inverse of `hfftn`.

    >>> torch.fft.ihfftn(torch.tensor([[8., 0.], [0., 0.]])).real
    tensor([[2., 2.],
            [2., 2.]])
    """
    if self._dtype.kind == COMPLEX:
        raise RuntimeError(f"Only supports floating-point dtypes, but found: {self._dtype.title}")
    sizes, dims = _shape_and_dims(self, s, dim)
    if not dims:
        raise RuntimeError("ihfftn must transform at least one axis")
    scale = _scale(norm, False)
    found = _fft_r2c(_resized(_floating(self), dims, sizes), dims[-1:], scale, True)
    found = function("conj_physical")(found)
    return _fft_c2c(found, dims[:-1], scale, False) if len(dims) > 1 else found


def _planar(name: str, several: Any, shown: str) -> None:
    def body(self: Tensor, s: Dims | None, dim: Dims, norm: str | None) -> Tensor:
        return several.body(self, s, dim, norm)

    body.__doc__ = f"""`torch.fft.{several.name}` over two dimensions: the last, unless `dim` names others.

    >>> torch.fft.{name}(torch.zeros(3, 2, 4)).shape
    torch.Size({shown})
    """
    composite(
        f"{name}(Tensor self, int[1]? s=None, int[1] dim=[-2,-1], str? norm=None) -> Tensor",
        namespace="fft", variants="function out", wrap_dims=None, family=__name__,
    )(body)  # fmt: skip


for _name, _several, _shown in (
    ("fft2", fftn, "[3, 2, 4]"),
    ("ifft2", ifftn, "[3, 2, 4]"),
    ("rfft2", rfftn, "[3, 2, 3]"),
    ("irfft2", irfftn, "[3, 2, 6]"),
    ("hfft2", hfftn, "[3, 2, 6]"),
    ("ihfft2", ihfftn, "[3, 2, 3]"),
):
    _planar(_name, _several, _shown)


# --- frequencies --------------------------------------------------------------------------------------------------------


def _kind(dtype: DType | None) -> Any:
    return (dtype or current().default_dtype).array_dtype


@factory("fftfreq(int n, float d=1.0) -> Tensor", namespace="fft", variants="function out")
def fftfreq(n: int, d: float, dtype: DType | None) -> Array:
    """The frequencies of `fft`'s points, for samples `d` apart.

    >>> torch.fft.fftfreq(5)
    tensor([ 0.0000,  0.2000,  0.4000, -0.4000, -0.2000])
    """
    counts = np.arange(n)
    counts[(n + 1) // 2 :] -= n
    kind = _kind(dtype)
    return counts.astype(kind) * kind.type(1.0 / (n * d))


@factory("rfftfreq(int n, float d=1.0) -> Tensor", namespace="fft", variants="function out")
def rfftfreq(n: int, d: float, dtype: DType | None) -> Array:
    """The frequencies of `rfft`'s points, for samples `d` apart.

    >>> torch.fft.rfftfreq(4)
    tensor([0.0000, 0.2500, 0.5000])
    """
    kind = _kind(dtype)
    return np.arange(n // 2 + 1).astype(kind) * kind.type(1.0 / (n * d))


def _shifted(x: Tensor, dim: Dims | None, inverse: bool) -> Tensor:
    dims = tuple(range(x._array.ndim)) if dim is None else tuple(wrap_dim(d, x._array.ndim) for d in dim)
    if not dims:
        return x
    extents = [x._array.shape[d] for d in dims]
    return x.roll(tuple((n + 1) // 2 if inverse else n // 2 for n in extents), dims)


@composite("fftshift(Tensor self, int[1]? dim=None) -> Tensor", namespace="fft", variants="function", wrap_dims=None)
def fftshift(self: Tensor, dim: Dims | None) -> Tensor:
    """The points of a transform with the frequency zero in the middle.

    >>> torch.fft.fftshift(torch.tensor([0, 1, -2, -1]))
    tensor([-2, -1,  0,  1])
    """
    return _shifted(self, dim, False)


@composite("ifftshift(Tensor self, int[1]? dim=None) -> Tensor", namespace="fft", variants="function", wrap_dims=None)
def ifftshift(self: Tensor, dim: Dims | None) -> Tensor:
    """The inverse of `fftshift`.

    >>> torch.fft.ifftshift(torch.tensor([-2, -1, 0, 1, 2]))
    tensor([ 0,  1,  2, -2, -1])
    """
    return _shifted(self, dim, True)


# --- short-time transforms ----------------------------------------------------------------------------------------------


def _describe(name: str, x: Tensor, **options: Any) -> str:
    """A call as PyTorch shows it in the messages of `stft` and `istft`."""
    legacy = f"torch.{x._dtype.title}Tensor"
    shown = ", ".join(f"{key}={_cpp(value)}" for key, value in options.items())
    return f"{name}({legacy}{list(x._array.shape)}, {shown})"


def _cpp(value: Any) -> Any:
    if isinstance(value, Tensor):
        return f"torch.{value._dtype.title}Tensor{{{list(value._array.shape)}}}"
    return "None" if value is None else int(value) if isinstance(value, bool) else value


def _window(name: str, call: str, window: Tensor | None, n_fft: int, win_length: int, like: Tensor) -> Tensor | None:
    """The window, filled up with zeros on both sides to the length of a transform."""
    if window is not None and (window._array.ndim != 1 or window._array.shape[0] != win_length):
        raise RuntimeError(
            f"{call}: expected a 1D window tensor of size equal to win_length={win_length}, but got window with size "
            f"{list(window._array.shape)}"
        )
    if win_length < n_fft:
        kind = like._dtype.to_real()
        left = (n_fft - win_length) // 2
        if window is None:
            filled = np.zeros(n_fft, kind.array_dtype)
            filled[left : left + win_length] = 1
            return Tensor._fresh(filled, kind)
        return function("pad", "nn.functional")(window, (left, n_fft - win_length - left))
    return window


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
    call = _describe("stft", self, n_fft=n_fft, hop_length=hop, win_length=length, window=window, normalized=normalized, onesided=onesided, return_complex=return_complex)
    is_complex = self._dtype.kind == COMPLEX or (window is not None and window._dtype.kind == COMPLEX)
    if return_complex is None:
        if not is_complex:
            raise RuntimeError(
                "stft requires the return_complex parameter be given for real inputs, and will further require that "
                "return_complex=True in a future PyTorch release."
            )
        return_complex = True
    if self._dtype.kind < FLOAT:
        raise RuntimeError(f"{call}: expected a tensor of floating point or complex values")
    ndim = self._array.ndim
    if not 1 <= ndim <= 2:
        raise RuntimeError(f"{call}: expected a 1D or 2D tensor")
    x = self
    if center:
        pad = function("pad", "nn.functional")
        x = pad(x.view((1,) * (3 - ndim) + x._array.shape), (n_fft // 2, n_fft // 2), pad_mode)
        x = x.view(x._array.shape[3 - ndim :])
    if ndim == 1:
        x = x.unsqueeze(0)
    batch, size = x._array.shape
    if not 0 < n_fft <= size:
        raise RuntimeError(f"{call}: expected 0 < n_fft < {size}, but got n_fft={n_fft}")
    if hop <= 0:
        raise RuntimeError(f"{call}: expected hop_length > 0, but got hop_length={hop}")
    if not 0 < length <= n_fft:
        raise RuntimeError(f"{call}: expected 0 < win_length <= n_fft, but got win_length={length}")
    weights = _window("stft", call, window, n_fft, length, self)
    frames = 1 + (size - n_fft) // hop
    row, step = x.stride()
    x = x.as_strided((batch, frames, n_fft), (row, hop * step, step))
    if weights is not None:
        x = x * weights
    complex_ = x._dtype.kind == COMPLEX
    if onesided and complex_:
        raise RuntimeError(f"{call}: Cannot have onesided output if window or input is complex")
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
    weights = _window("istft", call, window, n_fft, win, self)
    if weights is None:
        weights = Tensor._fresh(np.ones(n_fft, real.array_dtype), real)
    x = x.transpose(1, 2)
    scale = 1 if normalized else 2
    if return_complex:
        if half:
            raise RuntimeError(f"{call}: Cannot have onesided output if window or input is complex")
        parts = _fft_c2c(x, (2,), scale, False)
    else:
        if weights._dtype.kind == COMPLEX:
            raise RuntimeError(f"{call}: Complex windows are incompatible with return_complex=False")
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
        raise RuntimeError(f"{call}: window overlap add min: 1")
    found = found / envelope
    if ndim == 2:
        found = found.squeeze(0)
    return _padded(found, found._array.ndim - 1, end - expected) if end > expected else found

