"""Complex tensors: their parts, conjugates and angles, and making them: `real`, `conj`, `angle`, `polar`, `view_as_real` …

Conjugation is done when it is asked for: there is no conjugate bit, and `is_conj()` is always false.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensorsh.ops.arithmetic import zero
from tensorsh.ops.registry import composite, op, unary, view
from tensorsh.runtime.dtype import COMPLEX, float16, float32, float64
from tensorsh.runtime.state import current
from tensorsh.runtime.tensor import Tensor


@op("_conjugate(Tensor self) -> Tensor", variants="method", node="ConjBackward0")
def _conjugate(self: Any) -> Any:
    return np.conjugate(self)


@_conjugate.vjp("self")
def _(grad):
    return grad.conj()


@composite("conj(Tensor(a) self) -> Tensor(a)")
def conj(self: Tensor) -> Tensor:
    """The conjugate of each element; a tensor that is not complex itself.

    >>> torch.conj(torch.tensor([1 + 2j]))
    tensor([1.-2.j])
    """
    return self._conjugate() if self._dtype.kind == COMPLEX else self


@op("_conjugate_physical(Tensor self) -> Tensor", variants="method", node="ConjPhysicalBackward0")
def _conjugate_physical(self: Any) -> Any:
    return np.conjugate(self)


@_conjugate_physical.vjp("self")
def _(grad):
    return grad.conj_physical()


@composite("conj_physical(Tensor self) -> Tensor", variants="function method out")
def conj_physical(self: Tensor) -> Tensor:
    """The conjugate of each element; a tensor that is not complex itself.

    >>> torch.conj_physical(torch.tensor([1 + 2j]))
    tensor([1.-2.j])
    """
    return self._conjugate_physical() if self._dtype.kind == COMPLEX else self


@composite("conj_physical_(Tensor(a!) self) -> Tensor(a!)", variants="method")
def conj_physical_(self: Tensor) -> Tensor:
    """The conjugate of each element, in place.

    >>> torch.tensor([1+2j]).conj_physical_()
    tensor([1.-2.j])
    """
    return self.copy_(self.conj_physical())


@composite("resolve_conj(Tensor(a) self) -> Tensor(a)")
def resolve_conj(self: Tensor) -> Tensor:
    """The tensor itself, since conjugation is never put off.

    >>> x = torch.tensor([1+2j]).conj()
    >>> x.resolve_conj()
    tensor([1.-2.j])
    """
    return self


@composite("resolve_neg(Tensor(a) self) -> Tensor(a)")
def resolve_neg(self: Tensor) -> Tensor:
    """The tensor itself, since negation is never put off.

    >>> torch.tensor([1+2j]).conj().imag.resolve_neg()
    tensor([-2.])
    """
    return self


# --- parts ------------------------------------------------------------------------------------------------------------------


@view("view_as_real(Tensor(a) self) -> Tensor(a)", variants="function", dtype="reinterpret")
def view_as_real(self: Any) -> Any:
    """A complex tensor as a real one with a last dimension of 2: real part, imaginary part. A view.

    >>> torch.view_as_real(torch.tensor([1 + 2j]))
    tensor([[1., 2.]])
    """
    if self.dtype.kind != "c":
        raise RuntimeError("view_as_real is only supported for complex tensors")
    real = self.real
    return np.lib.stride_tricks.as_strided(real, (*real.shape, 2), (*real.strides, real.itemsize))


@view_as_real.vjp("self")
def _(grad):
    return view_as_complex(grad.contiguous())


@view("view_as_complex(Tensor(a) self) -> Tensor(a)", variants="function", dtype="reinterpret")
def view_as_complex(self: Any) -> Any:
    """A real tensor with a last dimension of 2, its parts side by side, as a complex one. A view.

    >>> torch.view_as_complex(torch.tensor([[1., 2.]]))
    tensor([1.+2.j])
    """
    if self.dtype not in (np.float32, np.float64):
        from tensorsh.runtime.dtype import of_array

        raise RuntimeError(
            f"view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: "
            f"{of_array(self).title}"
        )
    if self.ndim == 0:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if self.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    kind = np.complex64 if self.dtype == np.float32 else np.complex128
    if not self.size:
        return self[..., 0].astype(kind)
    if self.strides[-1] != self.itemsize:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    if any(stride % (2 * self.itemsize) for stride in self.strides[:-1]):
        raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
    return self.view(kind)[..., 0]


@view_as_complex.vjp("self")
def _(grad):
    return view_as_real(grad)


@composite("real(Tensor(a) self) -> Tensor(a)", variants="function")
def real(self: Tensor) -> Tensor:
    """The real parts: a view of a complex tensor, and any other tensor itself.

    >>> torch.real(torch.tensor([1 + 2j]))
    tensor([1.])
    """
    return view_as_real(self).select(-1, 0) if self._dtype.kind == COMPLEX else self


@composite("imag(Tensor(a) self) -> Tensor(a)", variants="function")
def imag(self: Tensor) -> Tensor:
    """The imaginary parts of a complex tensor, a view.

    >>> torch.imag(torch.tensor([1 + 2j]))
    tensor([2.])
    """
    if self._dtype.kind != COMPLEX:
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return view_as_real(self).select(-1, 1)


# What the attributes `x.real` and `x.imag` call.
composite("_real(Tensor(a) self) -> Tensor(a)", variants="method")(lambda self: real(self))
composite("_imag(Tensor(a) self) -> Tensor(a)", variants="method")(lambda self: imag(self))


def _angle(self: Any) -> Any:
    if self.dtype.kind == "c":
        return np.angle(self)
    kind = self.dtype if self.dtype.kind == "f" else current().default_dtype.array_dtype
    found = np.where(self < 0, np.asarray(math.pi, kind), np.asarray(0, kind))
    return np.where(np.isnan(self), self, found) if self.dtype.kind == "f" else found


def _angle_slope(grad, self):
    if self._dtype.kind != COMPLEX:
        return zero(grad)
    return (grad * self / self.abs().pow(2) * 1j).where(self != 0, 0)


unary(
    "angle", _angle, _angle_slope, dtype=None, half=True, variants="function method out",
    doc="""The angle of each complex element, in radians; of a real one, 0 or π.

    >>> torch.angle(torch.tensor([1 + 1j, -1]))
    tensor([0.7854, 3.1416])
    """,
)  # fmt: skip

# --- making -----------------------------------------------------------------------------------------------------------------


def _check_parts(first: Tensor, second: Tensor, out: Any) -> None:
    known = (float16, float32, float64)
    if first._dtype not in known or second._dtype not in known:
        raise RuntimeError(
            "Expected both inputs to be Half, Float or Double tensors but got "
            f"{first._dtype.title} and {second._dtype.title}"
        )
    if first._dtype is not second._dtype:
        raise RuntimeError(
            f"Expected object of scalar type {first._dtype.title} but got scalar type {second._dtype.title} for second argument"
        )
    if type(out) is Tensor and out._dtype is not first._dtype.to_complex():
        raise RuntimeError(
            f"Expected object of scalar type {first._dtype.to_complex().title} but got scalar type {out._dtype.title} for "
            "argument 'out'"
        )


def _joined(real: Any, imag: Any) -> Any:
    found = np.empty(np.broadcast_shapes(real.shape, imag.shape), np.complex128 if real.dtype == np.float64 else np.complex64)
    found.real = real
    found.imag = imag
    return found


@op(
    "complex(Tensor real, Tensor imag) -> Tensor", variants="function out",
    check=lambda real, imag, out: _check_parts(real, imag, out),
)  # fmt: skip
def complex_(real: Any, imag: Any) -> Any:
    """Complex numbers from their real and imaginary parts, which must have one floating-point dtype.

    >>> torch.complex(torch.tensor([1.]), torch.tensor([2.]))
    tensor([1.+2.j])
    """
    return _joined(real, imag)


@complex_.vjp("real")
def _(grad):
    return real(grad)


@complex_.vjp("imag")
def _(grad):
    return imag(grad)


@op(
    "polar(Tensor abs, Tensor angle) -> Tensor", variants="function out",
    check=lambda abs, angle, out: _check_parts(abs, angle, out),
)  # fmt: skip
def polar(abs: Any, angle: Any) -> Any:
    """Complex numbers from their magnitudes and angles, which must have one floating-point dtype.

    >>> torch.polar(torch.tensor([1.]), torch.tensor([0.]))
    tensor([1.+0.j])
    """
    return _joined(abs * np.cos(angle), abs * np.sin(angle))


@polar.vjp("abs, angle")
def _(grad, result):
    back = grad.conj()
    return real(back * result.sgn()), real(back * (result * 1j))
