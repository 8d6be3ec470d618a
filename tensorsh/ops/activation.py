"""Activations and their backward passes: `relu`, `gelu`, `silu` …

The operator proper of an activation that PyTorch keeps to `nn.functional` is declared in the namespace `_nn`, which scripts do not
see; `activation_functions` has the public functions. Kernels are PyTorch's (aten/src/ATen/native/cpu/Activation.cpp), second
derivatives those of torch/csrc/autograd/FunctionsManual.cpp.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tensorsh.ops import elementary
from tensorsh.ops.arithmetic import conj, zero
from tensorsh.ops.elementary import number
from tensorsh.ops.reduction import half_float
from tensorsh.ops.refusals import unsupported
from tensorsh.ops.registry import Call, Operator, backward, function, op, overloads
from tensorsh.runtime.dtype import COMPLEX
from tensorsh.runtime.state import current

F = "nn.functional"


def floats_only(name: str, x: Any) -> None:
    """Refuse integers, bools and complex numbers, as PyTorch's kernel `name` does."""
    if x.dtype.kind != "f" and not (x.dtype.kind == "V" and half_float(x)):
        raise unsupported(name, x)


def _between(x: Any, low: float, high: float) -> Any:
    """`np.clip`, without its preparations. Of a bound and a value that are equal, as 0.0 and -0.0 are, it gives the value."""
    return np.minimum(number(x, high), np.maximum(number(x, low), x))


def _halves(x: Any, dim: int) -> tuple[Any, Any]:
    """The first and the second half along a dimension."""
    before, half = (slice(None),) * dim, x.shape[dim] // 2
    return x[(*before, slice(half))], x[(*before, slice(half, None))]


# --- relu and its kin ---------------------------------------------------------------------------------------------------


@op("relu(Tensor self) -> Tensor", variants="function method inplace", half=True, elementwise=True)
def relu(self: Any, out: Any = None) -> Any:
    """The positive part: `max(x, 0)`.

    >>> torch.relu(torch.tensor([-1., 2.]))
    tensor([0., 2.])
    """
    if self.dtype.kind == "b":
        raise RuntimeError("Boolean inputs not supported for relu")
    if self.dtype.kind == "c":
        raise NotImplementedError("clamp is not supported for complex types")
    return np.maximum(number(self, 0), self, out=out)


@op("threshold(Tensor self, Scalar threshold, Scalar value) -> Tensor", variants="function inplace", half=True)
def threshold(self: Any, threshold: float, value: float) -> Any:
    """`x` where it is greater than `threshold`, else `value`.

    >>> torch.threshold(torch.tensor([0.5, 2.]), 1, 20)
    tensor([20.,  2.])
    """
    if self.dtype.kind in "bc":
        raise unsupported("threshold_cpu", self)
    return np.where(self <= number(self, threshold), number(self, value), self)


@backward("threshold_backward(Tensor grad_output, Tensor self, Scalar threshold=0) -> Tensor")
def threshold_backward(grad_output, self, threshold):
    return np.where(self <= number(self, threshold), number(grad_output, 0), grad_output)


threshold_backward.vjp("self")(zero)
relu.vjp("self")(Call(threshold_backward, "grad result"))
threshold.vjp("self")(Call(threshold_backward, "grad self threshold"))


# --- of one tensor and some numbers -------------------------------------------------------------------------------------


def _leaky_relu(self, negative_slope):
    floats_only("leaky_relu_cpu", self)
    return np.where(self > number(self, 0), self, self * number(self, negative_slope))


def _leaky_relu_backward(grad_output, self, negative_slope):
    return np.where(self > number(self, 0), grad_output, grad_output * number(grad_output, negative_slope))


def _elu(self, alpha, scale, input_scale):
    floats_only("elu_cpu", self)
    none = number(self, 0)
    low = _times(elementary.expm1(_times(np.minimum(self, none), input_scale)), alpha * scale)
    return np.where(self <= none, low, _times(self, scale))


def _times(x: Any, factor: float) -> Any:
    return x if factor == 1 else x * number(x, factor)


def _elu_backward(grad_output, self, alpha, scale, input_scale):
    low = grad_output * input_scale * (alpha * scale) * elementary.exp(self * input_scale)
    return np.where(self <= 0, low, grad_output * scale)


def _elu_again(grad, grad_output, self, alpha, scale, input_scale):
    low = BACKWARD["elu"](grad * grad_output * input_scale, self, alpha, scale, input_scale)
    return low * (self < 0).type_as(grad)


def _hardtanh(self, min_val, max_val):
    if self.dtype.kind == "b":
        raise RuntimeError("Bool inputs not supported for hardtanh")
    return _between(self, min_val, max_val)


def _hardtanh_backward(grad_output, self, min_val, max_val):
    outside = (self <= number(self, min_val)) | (self >= number(self, max_val))
    return np.where(outside, number(grad_output, 0), grad_output)


def _softplus(self, beta, threshold):
    floats_only("softplus_cpu", self)
    beta, threshold = number(self, beta), number(self, threshold)
    scaled = self * beta
    return np.where(scaled > threshold, self, elementary.log1p(elementary.exp(np.minimum(scaled, threshold))) / beta)


def _softplus_backward(grad_output, self, beta, threshold):
    scaled = self * number(self, beta)
    power = elementary.exp(scaled)
    return np.where(scaled > number(self, threshold), grad_output, grad_output * power / (power + number(self, 1)))


def _softplus_again(grad, grad_output, self, beta, threshold):
    scaled = self * beta
    slope = overloads("sigmoid_backward")[0](grad * grad_output, scaled.sigmoid())
    return slope * (scaled < threshold).type_as(grad) * beta


def _hardsigmoid(self):
    floats_only("hardsigmoid_cpu", self)
    return _between(self + number(self, 3), 0, 6) / number(self, 6)


_SIXTH = float(np.float32(1 / 6))  # PyTorch's, for every dtype


def _hardsigmoid_backward(grad_output, self):
    return np.where((self > -3) & (self < 3), grad_output * _SIXTH, 0)


def _hardswish(self):
    floats_only("hardswish_cpu", self)
    return self * _between(self + number(self, 3), 0, 6) / number(self, 6)


def _hardswish_backward(grad_output, self):
    inside = np.where(self < 3, grad_output * (self / 3 + 0.5), grad_output)
    return np.where(self <= -3, 0, inside)


def _hardswish_again(grad, grad_output, self):
    return function("where")((self > -3).logical_and(self < 3), grad * grad_output / 3, 0.0)


def _hardshrink(self, lambd):
    floats_only("hardshrink_cpu", self)
    return np.where((self >= number(self, -lambd)) & (self <= number(self, lambd)), number(self, 0), self)


def _softshrink(self, lambd):
    floats_only("softshrink_check", self)
    if lambd < 0:
        raise RuntimeError(f"lambda must be in range [0, 3.40282e+38] for input dtype Float, but found {lambd:g}")
    step = number(self, lambd)
    return np.where(self > lambd, self - step, np.where(self < -lambd, self + step, self * 0))


def _shrink_backward(grad_output, self, lambd):
    return np.where((self >= -lambd) & (self <= lambd), 0, grad_output)


def _log_sigmoid(self):
    floats_only("log_sigmoid_cpu", self)
    return np.minimum(self, number(self, 0)) - elementary.log1p(elementary.exp(-np.abs(self)))


def _log_sigmoid_backward(grad_output, self):
    one, power = number(self, 1), elementary.exp(-np.abs(self))
    power = power / (one + power)
    return grad_output * np.where(self < number(self, 0), one - power, power)


def _log_sigmoid_again(grad, grad_output, self):
    s = self.sigmoid()
    return grad * grad_output * (s - 1) * s


_BETA = math.sqrt(2 / math.pi)
_KAPPA = 0.044715


def _gelu(self, approximate):
    floats_only("GeluKernelImpl", self)
    if approximate == "tanh":
        cubed = number(self, _KAPPA) * self * self * self
        return number(self, 0.5) * self * (number(self, 1) + elementary.tanh(number(self, _BETA) * (self + cubed)))
    if approximate != "none":
        raise RuntimeError("approximate argument must be either none or tanh.")
    from scipy.special import erf

    return number(self, 0.5) * self * (number(self, 1) + erf(self * number(self, math.sqrt(0.5))))


def _gelu_backward(grad_output, self, approximate):
    square = self * self
    if approximate == "tanh":
        inner = elementary.tanh(_BETA * (self + _KAPPA * (square * self)))
        left, right = 0.5 * self, 1 + inner
        return grad_output * (0.5 * right + left * (1 - inner * inner) * (_BETA * (1 + 3 * _KAPPA * square)))
    from scipy.special import erf

    density = elementary.exp(square * -0.5) * (1 / math.sqrt(2 * math.pi))
    return grad_output * (0.5 * (1 + erf(self * math.sqrt(0.5))) + self * density)


def _gelu_again(grad, grad_output, self, approximate):
    if approximate == "none":
        square = self * self
        density = (1 / math.sqrt(2 * math.pi)) * (-0.5 * square).exp()
        return grad * grad_output * (2 * density - square * density)
    inner = _BETA * (self + _KAPPA * self.pow(3))
    tanh, sech = inner.tanh(), function("true_divide")(1, inner.cosh())
    f, g, h = 0.5 * self, 1 - tanh * tanh, _BETA * (1 + 3 * _KAPPA * self * self)
    slope_of_f = 0.5 * g * h
    slope_of_g = f * h * ((2 * sech) * (-sech * tanh) * h)
    slope_of_h = f * g * (6 * _KAPPA * self * _BETA)
    return grad * grad_output * (2 * slope_of_f + slope_of_g + slope_of_h)


def _refused(grad):
    from tensorsh.ops.division import no_formula

    raise no_formula("hardsigmoid_backward")


# The backward pass of each activation below.
BACKWARD: dict[str, Operator] = {}


def _activation(
    name: str, parameters: str, kernel: Callable[..., Any], backward_kernel: Callable[..., Any], again: Callable[..., Any] = zero,
    **options: Any,
) -> Operator:  # fmt: skip
    """An operator of one tensor and some numbers, and its backward pass, whose derivative by the tensor is `again`."""
    own = _declare(name, parameters, kernel, **options)
    more = f", {parameters}" if parameters else ""
    made = BACKWARD[name] = backward(f"{name}_backward(Tensor grad_output, Tensor self{more}) -> Tensor")(backward_kernel)
    made.vjp("self")(again)
    own.vjp("self")(made.formulas["grad_output"])
    return own


def _declare(name: str, parameters: str, kernel: Callable[..., Any], **options: Any) -> Operator:
    return Operator(
        f"{name}(Tensor self{', ' + parameters if parameters else ''}) -> Tensor", kernel, "op",
        {"namespace": "_nn", "variants": "function inplace", "half": True, "family": __name__, "elementwise": True, **options},
    )  # fmt: skip


CORE = {
    "leaky_relu": _activation("leaky_relu", "Scalar negative_slope=0.01", _leaky_relu, _leaky_relu_backward),
    "elu": _activation("elu", "Scalar alpha=1, Scalar scale=1, Scalar input_scale=1", _elu, _elu_backward, _elu_again),
    "hardtanh": _activation("hardtanh", "Scalar min_val=-1, Scalar max_val=1", _hardtanh, _hardtanh_backward),
    "softplus": _activation("softplus", "Scalar beta=1, Scalar threshold=20", _softplus, _softplus_backward, _softplus_again),
    "gelu": _activation("gelu", "str approximate='none'", _gelu, _gelu_backward, _gelu_again),
    "hardsigmoid": _activation("hardsigmoid", "", _hardsigmoid, _hardsigmoid_backward),
    "hardswish": _activation("hardswish", "", _hardswish, _hardswish_backward, _hardswish_again),
    "hardshrink": _activation(
        "hardshrink", "Scalar lambd=0.5", _hardshrink, _shrink_backward, namespace="", variants="function method",
    ),
    "softshrink": _activation("softshrink", "Scalar lambd=0.5", _softshrink, _shrink_backward),
    "log_sigmoid": _activation("log_sigmoid", "", _log_sigmoid, _log_sigmoid_backward, _log_sigmoid_again),
}  # fmt: skip
# PyTorch has no second derivative there.
BACKWARD["hardsigmoid"].node = "NotImplemented"
BACKWARD["hardsigmoid"].formulas = {"grad_output, self": _refused}
CORE["hardshrink"].doc = """`x` where its size is greater than `lambd`, else 0.

    >>> torch.hardshrink(torch.tensor([0.2, -2.]))
    tensor([ 0., -2.])
    """
celu_core = _declare("celu", "Scalar alpha=1.0", lambda self, alpha: _elu(self, alpha, 1, 1 / alpha))
celu_core.vjp("self")(lambda grad, self, alpha: BACKWARD["elu"](grad, self, alpha, 1, 1 / alpha))


# --- silu and mish: one pass where nothing is recorded, tensor code where something is ------------------------------------


def _silu(self):
    if self.dtype.kind in "biu":
        raise unsupported("silu_cpu", self)
    return self / (number(self, 1) + elementary.exp(-self))


def _mish(self):
    floats_only("mish_cpu", self)
    return self * elementary.tanh(elementary.log1p(elementary.exp(self)))


CORE["silu"] = _declare("silu", "", _silu)
CORE["mish"] = _declare("mish", "", _mish)


@backward("silu_backward(Tensor grad_output, Tensor self) -> Tensor", differentiable=False)
def silu_backward(grad_output, self):
    one, gate = number(self, 1), elementary.sigmoid(self)
    return grad_output * gate * (one + self * (one - gate))


@CORE["silu"].vjp("self")
def _(grad, self):
    if self._dtype.kind == COMPLEX:
        gate = self.sigmoid()
        return grad * conj(gate * (1 + self * (1 - gate)))
    if not current().grad_enabled:
        return silu_backward(grad, self)
    gate = self.sigmoid()
    return grad * gate * (1 + self * (1 - gate))


@backward("mish_backward(Tensor grad_output, Tensor self) -> Tensor", differentiable=False)
def mish_backward(grad_output, self):
    inner = elementary.tanh(elementary.log1p(elementary.exp(self)))
    return grad_output * (inner + self / (1 + elementary.exp(-self)) * (1 - inner * inner))


@CORE["mish"].vjp("self")
def _(grad, self):
    if not current().grad_enabled:
        return mish_backward(grad, self)
    gate = self.sigmoid()
    inner = self.exp().log1p().tanh()
    return grad * (inner + self * gate * (1 - inner * inner))


# --- of two tensors, or of two halves of one ----------------------------------------------------------------------------


@op("glu(Tensor self, int dim=-1) -> Tensor", namespace="_nn", variants="function", half=True)
def glu_core(self: Any, dim: int) -> Any:
    if not self.ndim:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    if self.shape[dim] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {self.shape[dim]}")
    floats_only("glu_cpu", self)
    a, b = _halves(self, dim)
    return a * elementary.sigmoid(b)


@backward("glu_backward(Tensor grad_output, Tensor self, int dim) -> Tensor", wrap_dims=None)
def glu_backward(grad_output, self, dim):
    a, b = _halves(self, dim)
    gate = elementary.sigmoid(b)
    return np.concatenate([grad_output * gate, (number(self, 1) - gate) * gate * grad_output * a], dim)


@glu_backward.vjp("grad_output")
def _(grad, self, dim):
    half = self.shape[dim] // 2
    product = grad * glu_backward(self.new_ones(tuple(n // 2 if i == dim else n for i, n in enumerate(self.shape))), self, dim)
    return product.narrow(dim, 0, half) + product.narrow(dim, half, half)


@glu_backward.vjp("self")
def _(grad, grad_output, self, dim):
    half = self.shape[dim] // 2
    a, gate = self.narrow(dim, 0, half), self.narrow(dim, half, half).sigmoid()
    rest = 1 - gate
    slope = gate * rest
    first, second = grad.narrow(dim, 0, half), grad.narrow(dim, half, half)
    of_a = second * grad_output * slope
    of_gate = second * a * grad_output * (slope * rest - gate * slope) + first * grad_output * slope
    return function("cat")([of_a, of_gate], dim)


glu_core.vjp("self")(Call(glu_backward, "grad self dim"))


@op("_prelu_kernel(Tensor self, Tensor weight) -> Tensor", variants="function", dtype="promote")
def prelu_kernel(self: Any, weight: Any) -> Any:
    """`self` where it is positive, else `weight * self`."""
    floats_only("prelu_cpu", self)
    return np.where(self > number(self, 0), self, weight * self)


@backward("_prelu_kernel_backward(Tensor grad_output, Tensor self, Tensor weight) -> (Tensor, Tensor)")
def prelu_backward(grad_output, self, weight):
    positive = self > 0
    return np.where(positive, grad_output, weight * grad_output), np.where(positive, 0, self * grad_output)


@prelu_backward.vjp("grad_output")
def _(grads, self, weight):
    return function("where")(self >= 0, grads[0], grads[0] * weight + grads[1] * self)


@prelu_backward.vjp("self")
def _(grads, grad_output, self):
    return function("where")(self >= 0, 0.0, grad_output * grads[1])


@prelu_backward.vjp("weight")
def _(grads, grad_output, self):
    return function("where")(self >= 0, 0.0, grad_output * grads[0])


prelu_kernel.vjp("self, weight")(Call(prelu_backward, "grad self weight"))
