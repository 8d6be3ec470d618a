"""Fourier transforms: `torch.fft`.

Three operators transform (complex to complex, real to complex, complex to real), each over several dimensions, and have derivatives;
the public functions choose a size, a scale and one of them, as in PyTorch (aten/src/ATen/native/SpectralOps.cpp). A scale is
0 (none), 1 (by the root of the number of points) or 2 (by the number of points).

MKL writes the dimensions that it transforms last in memory; `_laid_out` gives results the same strides.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorsh.ops.registry import composite, factory, function, op
from tensorsh.runtime.dtype import COMPLEX, FLOAT
from tensorsh.runtime.dtype import dtype as DType
from tensorsh.runtime.state import current
from tensorsh.runtime.tensor import Tensor, wrap_dim

Array = Any
Dims = tuple[int, ...]

_FORWARD = ("backward", "ortho", "forward")  # NumPy's word for a scale, in a forward transform
_INVERSE = ("forward", "ortho", "backward")


def _laid_out(found: Array, source: Array, dim: Dims) -> Array:
    """`found` in memory as MKL leaves it: dimensions without a transform by falling strides of `source`, then `dim`."""
    others = sorted((d for d in range(found.ndim) if d not in dim), key=lambda d: -source.strides[d])
    order = (*others, *dim)
    return np.ascontiguousarray(found.transpose(order)).transpose(np.argsort(order))


def _by_stride(source: Array, dim: Dims) -> Dims:
    return tuple(sorted(dim, key=lambda d: -source.strides[d]))


@op("_fft_c2c(Tensor self, int[] dim, int normalization, bool forward) -> Tensor", variants="", node="FftC2CBackward0")
def _fft_c2c(self: Array, dim: Dims, normalization: int, forward: bool) -> Array:
    if not self.size or not dim:
        return self.copy("K")
    if forward:
        found = np.fft.fftn(self, axes=dim, norm=_FORWARD[normalization])
    else:
        found = np.fft.ifftn(self, axes=dim, norm=_INVERSE[normalization])
    return _laid_out(found, self, _by_stride(self, dim))


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
    found = (np.fft.rfftn if onesided else np.fft.fftn)(self, axes=dim, norm=_FORWARD[normalization])
    return _laid_out(found, self, (*_by_stride(self, dim[:-1]), dim[-1]))


@_fft_r2c.vjp("self")
def _(grad, self_shape, dim, normalization, onesided):
    if onesided:
        last = dim[-1]
        missing = self_shape[last] - grad._array.shape[last]
        if missing > 0:
            grad = padded(grad, last, missing)
    return _fft_c2c(grad, dim, normalization, False).real


@op("_fft_c2r(Tensor self, int[] dim, int normalization, int last_dim_size) -> Tensor", variants="", node="FftC2RBackward0")
def _fft_c2r(self: Array, dim: Dims, normalization: int, last_dim_size: int) -> Array:
    if not self.size:
        shape = list(self.shape)
        shape[dim[-1]] = last_dim_size
        return np.zeros(shape, self.real.dtype)
    if len(dim) > 1:
        self = _fft_c2c.body(self, dim[:-1], normalization, False)
    return _laid_out(np.fft.irfft(self, last_dim_size, dim[-1], _INVERSE[normalization]), self, dim[-1:])


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


def padded(x: Tensor, dim: int, count: int) -> Tensor:
    return function("pad", "nn.functional")(x, (0, 0) * (x._array.ndim - 1 - dim) + (0, count))


def _resized(x: Tensor, dims: Dims, sizes: Dims) -> Tensor:
    """`x` cut or filled with zeros at the end of each dimension."""
    for dim, size in zip(dims, sizes, strict=True):
        own = x._array.shape[dim]
        if size < own:
            x = x.narrow(dim, 0, size)
        elif size > own:
            x = padded(x, dim, size - own)
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

    >>> torch.fft.ihfftn(torch.ones(2, 4)).shape
    torch.Size([2, 3])
    """
    sizes, dims = _shape_and_dims(self, s, dim)
    if not dims:
        raise RuntimeError("ihfftn must transform at least one axis")
    x = _floating(self)
    scale = _scale(norm, False)
    if x._dtype.kind == COMPLEX:
        raise RuntimeError(f"Only supports floating-point dtypes, but found: {x._dtype.title}")
    found = _fft_r2c(_resized(x, dims, sizes), dims[-1:], scale, True)
    return _fft_c2c(function("conj_physical")(found), dims[:-1], scale, False) if len(dims) > 1 else found.conj()


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


def _frequencies(name: str, counts: Array, n: int, d: float, dtype: DType | None) -> Array:
    kind = dtype or current().default_dtype
    if kind.kind < FLOAT:
        raise RuntimeError(f"{name} requires a floating point or complex dtype")
    if kind.kind == COMPLEX:
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{kind.title}'")
    with np.errstate(all="ignore"):
        step = kind.array_dtype.type(np.float64(1) / np.float64(n * d))
        return counts.astype(kind.array_dtype) * step


@factory("fftfreq(int n, float d=1.0) -> Tensor", namespace="fft", variants="function out")
def fftfreq(n: int, d: float, dtype: DType | None) -> Array:
    """The frequencies of `fft`'s points, for samples `d` apart.

    >>> torch.fft.fftfreq(5)
    tensor([ 0.0000,  0.2000,  0.4000, -0.4000, -0.2000])
    """
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    counts = np.arange(n)
    counts[(n + 1) // 2 :] -= n
    return _frequencies("fftfreq", counts, n, d, dtype)


@factory("rfftfreq(int n, float d=1.0) -> Tensor", namespace="fft", variants="function out")
def rfftfreq(n: int, d: float, dtype: DType | None) -> Array:
    """The frequencies of `rfft`'s points, for samples `d` apart.

    >>> torch.fft.rfftfreq(4)
    tensor([0.0000, 0.2500, 0.5000])
    """
    return _frequencies("rfftfreq", np.arange(int(n / 2) + 1), n, d, dtype)


def _shifted(x: Tensor, dim: Dims | None, inverse: bool) -> Tensor:
    dims = tuple(range(x._array.ndim)) if dim is None else tuple(_dim(x, d) for d in dim)
    if not dims:
        raise RuntimeError("`shifts` required")
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
