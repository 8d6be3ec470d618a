"""Activations: `relu`, `gelu`, `silu` … in `torch` where PyTorch has them there, and all of them in `torch.nn.functional`.

The operator proper of an activation that PyTorch keeps to `nn.functional` is declared in the namespace `_nn`, which scripts do not
see; the public function calls it, in place or not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tensorsh.ops.reduction import half_float
from tensorsh.ops.refusals import unsupported
from tensorsh.ops.registry import Operator, composite, op
from tensorsh.runtime.tensor import Tensor

F = "nn.functional"
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def floats_only(name: str, x: Any) -> None:
    """Refuse integers, bools and complex numbers, as PyTorch's kernel `name` does."""
    if x.dtype.kind != "f" and not (x.dtype.kind == "V" and half_float(x)):
        raise unsupported(name, x)


def _sigmoid(x: Any) -> Any:
    """The logistic function, without overflow for real numbers."""
    if x.dtype.kind == "c":
        return 1 / (1 + np.exp(-x))
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + small), small / (1 + small))


def _number(x: Any, value: Any) -> Any:
    """A Python number in `x`'s dtype, so that it does not promote."""
    return x.dtype.type(value)


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
    return np.maximum(self, _number(self, 0), out=out)


@relu.vjp("self")
def _(grad, result):
    return grad.masked_fill(result <= 0, 0)


@op("threshold(Tensor self, Scalar threshold, Scalar value) -> Tensor", variants="function inplace", half=True)
def threshold(self: Any, threshold: float, value: float) -> Any:
    """`x` where it is greater than `threshold`, else `value`.

    >>> torch.threshold(torch.tensor([0.5, 2.]), 1, 20)
    tensor([20.,  2.])
    """
    if self.dtype.kind in "bc":
        raise unsupported("threshold_cpu", self)
    return np.where(self <= threshold, _number(self, value), self)


@threshold.vjp("self")
def _(grad, self, threshold):
    return grad.masked_fill(self <= threshold, 0)


def _elementwise(name: str, parameters: str, kernel: Callable[..., Any], formula: Callable[..., Any], **options: Any) -> Operator:
    """An operator of one tensor and some numbers, on floats only unless `kernel` says otherwise."""
    declared = Operator(
        f"{name}(Tensor self{', ' + parameters if parameters else ''}) -> Tensor", kernel, "op",
        {"namespace": "_nn", "variants": "function inplace", "half": True, "family": __name__, "elementwise": True, **options},
    )  # fmt: skip
    declared.vjp("self")(formula)
    return declared


def _leaky_relu(self, negative_slope):
    floats_only("leaky_relu_cpu", self)
    return np.where(self > 0, self, self * _number(self, negative_slope))


def _elu(self, alpha, scale, input_scale):
    floats_only("elu_cpu", self)
    low = np.expm1(np.minimum(self, 0) * _number(self, input_scale)) * _number(self, alpha * scale)
    return np.where(self <= 0, low, self * _number(self, scale))


def _elu_grad(grad, self, alpha, scale, input_scale):
    low = (self.clamp_max(0) * input_scale).exp() * (alpha * scale * input_scale)
    return grad * (low * (self <= 0) + scale * (self > 0))


def _hardtanh(self, min_val, max_val):
    if self.dtype.kind == "b":
        raise RuntimeError("Bool inputs not supported for hardtanh")
    return np.clip(self, _number(self, min_val), _number(self, max_val))


def _softplus(self, beta, threshold):
    floats_only("softplus_cpu", self)
    scaled = self * _number(self, beta)
    return np.where(scaled > threshold, self, np.log1p(np.exp(np.minimum(scaled, threshold))) / _number(self, beta))


def _silu(self):
    if self.dtype.kind in "biu":
        raise unsupported("silu_cpu", self)
    return self * _sigmoid(self)


def _mish(self):
    floats_only("mish_cpu", self)
    return self * np.tanh(np.logaddexp(self, _number(self, 0)))


def _mish_grad(grad, self):
    inner = _nn("softplus")(self).tanh()
    return grad * (inner + self * self.sigmoid() * (1 - inner * inner))


def _gelu(self, approximate):
    floats_only("GeluKernelImpl", self)
    if approximate == "tanh":
        cubed = _number(self, 0.044715) * self * self * self
        return _number(self, 0.5) * self * (1 + np.tanh(_number(self, math.sqrt(2 / math.pi)) * (self + cubed)))
    if approximate != "none":
        raise RuntimeError("approximate argument must be either none or tanh.")
    from scipy.special import erf

    return _number(self, 0.5) * self * (1 + erf(self * _number(self, math.sqrt(0.5))))


def _gelu_grad(grad, self, approximate):
    if approximate == "none":
        density = (self * self * -0.5).exp() * (1 / math.sqrt(2 * math.pi))
        return grad * (0.5 * (1 + (self * math.sqrt(0.5)).erf()) + self * density)
    beta = math.sqrt(2 / math.pi)
    inner = (beta * (self + 0.044715 * self * self * self)).tanh()
    slope = beta * (1 + 3 * 0.044715 * self * self)
    return grad * (0.5 * (1 + inner) + 0.5 * self * (1 - inner * inner) * slope)


def _hardsigmoid(self):
    floats_only("hardsigmoid_cpu", self)
    return np.clip(self + _number(self, 3), _number(self, 0), _number(self, 6)) / _number(self, 6)


def _hardswish(self):
    floats_only("hardswish_cpu", self)
    return self * np.clip(self + _number(self, 3), _number(self, 0), _number(self, 6)) / _number(self, 6)


def _hardswish_grad(grad, self):
    inside = grad * (self / 3 + 0.5)
    return inside.masked_fill(self <= -3, 0) * (self < 3) + grad * (self >= 3)


def _hardshrink(self, lambd):
    floats_only("hardshrink_cpu", self)
    return np.where((self >= -lambd) & (self <= lambd), _number(self, 0), self)


def _softshrink(self, lambd):
    floats_only("softshrink_check", self)
    if lambd < 0:
        raise RuntimeError(f"lambda must be in range [0, 3.40282e+38] for input dtype Float, but found {lambd:g}")
    step = _number(self, lambd)
    return np.where(self > lambd, self - step, np.where(self < -lambd, self + step, self * 0))


def _log_sigmoid(self):
    floats_only("log_sigmoid_cpu", self)
    return np.minimum(self, 0) - np.log1p(np.exp(-np.abs(self)))


def _shrunk_grad(grad, self, lambd):
    return grad.masked_fill((self >= -lambd) & (self <= lambd), 0)


_CORE = {
    "leaky_relu": _elementwise(
        "leaky_relu", "Scalar negative_slope=0.01", _leaky_relu,
        lambda grad, self, negative_slope: (grad * negative_slope).where(self <= 0, grad),
    ),
    "elu": _elementwise("elu", "Scalar alpha=1, Scalar scale=1, Scalar input_scale=1", _elu, _elu_grad),
    "hardtanh": _elementwise(
        "hardtanh", "Scalar min_val=-1, Scalar max_val=1", _hardtanh,
        lambda grad, self, min_val, max_val: grad.masked_fill((self <= min_val) | (self >= max_val), 0),
    ),
    "softplus": _elementwise(
        "softplus", "Scalar beta=1, Scalar threshold=20", _softplus,
        lambda grad, self, beta, threshold: grad.where(self * beta > threshold, grad * (self * beta).sigmoid()),
    ),
    "silu": _elementwise(
        "silu", "", _silu, lambda grad, self: grad * (self.sigmoid() * (1 + self * (1 - self.sigmoid()))).conj(),
    ),
    "mish": _elementwise("mish", "", _mish, _mish_grad),
    "gelu": _elementwise("gelu", "*, str approximate='none'", _gelu, _gelu_grad),
    "hardsigmoid": _elementwise(
        "hardsigmoid", "", _hardsigmoid, lambda grad, self: (grad * (1 / 6)).masked_fill((self <= -3) | (self >= 3), 0),
    ),
    "hardswish": _elementwise("hardswish", "", _hardswish, _hardswish_grad),
    "hardshrink": _elementwise(
        "hardshrink", "Scalar lambd=0.5", _hardshrink, _shrunk_grad, namespace="", variants="function method",
    ),
    "softshrink": _elementwise("softshrink", "Scalar lambd=0.5", _softshrink, _shrunk_grad),
    "log_sigmoid": _elementwise("log_sigmoid", "", _log_sigmoid, lambda grad, self: grad * (-self).sigmoid()),
}  # fmt: skip
_CORE["hardshrink"].doc = """`x` where its size is greater than `lambd`, else 0.

    >>> torch.hardshrink(torch.tensor([0.2, -2.]))
    tensor([ 0., -2.])
    """
_celu_core = _elementwise(
    "celu", "Scalar alpha=1.0", lambda self, alpha: _elu(self, alpha, 1, 1 / alpha),
    lambda grad, self, alpha: _elu_grad(grad, self, alpha, 1, 1 / alpha),
)  # fmt: skip


def _nn(name: str) -> Operator:
    return _CORE[name]


def _apply(core: Operator, inplace: bool, *args: Any, **kwargs: Any) -> Tensor:
    return core.made("inplace" if inplace else "function")(*args, **kwargs)


# --- their public functions ---------------------------------------------------------------------------------------------


@composite("relu(Tensor input, bool inplace=False) -> Tensor", namespace=F, variants="function")
def relu_function(input, inplace):
    """The positive part: `max(x, 0)`.

    >>> torch.nn.functional.relu(torch.tensor([-1., 2.]))
    tensor([0., 2.])
    """
    return _apply(relu, inplace, input)


@composite("relu6(Tensor input, bool inplace=False) -> Tensor", namespace=F, variants="function")
def relu6(input, inplace):
    """`min(max(x, 0), 6)`.

    >>> torch.nn.functional.relu6(torch.tensor([-1., 2., 8.]))
    tensor([0., 2., 6.])
    """
    return _apply(_nn("hardtanh"), inplace, input, 0, 6)


@composite(
    "leaky_relu(Tensor input, float negative_slope=0.01, bool inplace=False) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def leaky_relu(input, negative_slope, inplace):
    """`x` where it is positive, else `negative_slope * x`.

    >>> torch.nn.functional.leaky_relu(torch.tensor([-1., 2.]), 0.1)
    tensor([-0.1000,  2.0000])
    """
    return _apply(_nn("leaky_relu"), inplace, input, negative_slope)


@composite("elu(Tensor input, float alpha=1.0, bool inplace=False) -> Tensor", namespace=F, variants="function")
def elu(input, alpha, inplace):
    """`x` where it is positive, else `alpha * (exp(x) - 1)`.

    >>> torch.nn.functional.elu(torch.tensor([-1., 2.]))
    tensor([-0.6321,  2.0000])
    """
    return _apply(_nn("elu"), inplace, input, alpha)


@composite("selu(Tensor self) -> Tensor", variants="function inplace")
def torch_selu(self):
    """`elu` scaled so that mean 0 and variance 1 are kept (Klambauer et al., 2017).

    >>> torch.selu(torch.tensor([-1., 2.]))
    tensor([-1.1113,  2.1014])
    """
    return _nn("elu")(self, SELU_ALPHA, SELU_SCALE)


@composite("selu(Tensor input, bool inplace=False) -> Tensor", namespace=F, variants="function")
def selu(input, inplace):
    """`elu` scaled so that mean 0 and variance 1 are kept (Klambauer et al., 2017).

    >>> torch.nn.functional.selu(torch.tensor([-1., 2.]))
    tensor([-1.1113,  2.1014])
    """
    return _apply(_nn("elu"), inplace, input, SELU_ALPHA, SELU_SCALE)


def _celu(input: Tensor, alpha: float, inplace: bool) -> Tensor:
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return _apply(_celu_core, inplace, input, alpha)


@composite("celu(Tensor self, Scalar alpha=1.0) -> Tensor", variants="function inplace")
def torch_celu(self, alpha):
    """`x` where it is positive, else `alpha * (exp(x / alpha) - 1)`.

    >>> torch.celu(torch.tensor([-1., 2.]))
    tensor([-0.6321,  2.0000])
    """
    return _celu(self, alpha, False)


@composite("celu(Tensor input, float alpha=1.0, bool inplace=False) -> Tensor", namespace=F, variants="function")
def celu(input, alpha, inplace):
    """`x` where it is positive, else `alpha * (exp(x / alpha) - 1)`.

    >>> torch.nn.functional.celu(torch.tensor([-1., 2.]))
    tensor([-0.6321,  2.0000])
    """
    return _celu(input, alpha, inplace)


@composite("gelu(Tensor input, *, str approximate='none') -> Tensor", namespace=F, variants="function")
def gelu(input, approximate):
    """`x` times the normal distribution function of `x`, exact or by `tanh` (Hendrycks & Gimpel, 2016).

    >>> torch.nn.functional.gelu(torch.tensor([-1., 2.]))
    tensor([-0.1587,  1.9545])
    """
    return _nn("gelu")(input, approximate=approximate)


@composite("silu(Tensor input, bool inplace=False) -> Tensor", namespace=F, variants="function")
def silu(input, inplace):
    """`x * sigmoid(x)`, also called swish.

    >>> torch.nn.functional.silu(torch.tensor([-1., 2.]))
    tensor([-0.2689,  1.7616])
    """
    return _apply(_nn("silu"), inplace, input)


@composite("mish(Tensor input, bool inplace=False) -> Tensor", namespace=F, variants="function")
def mish(input, inplace):
    """`x * tanh(softplus(x))` (Misra, 2019).

    >>> torch.nn.functional.mish(torch.tensor([-1., 2.]))
    tensor([-0.3034,  1.9440])
    """
    return _apply(_nn("mish"), inplace, input)


@composite("softplus(Tensor input, Scalar beta=1, Scalar threshold=20) -> Tensor", namespace=F, variants="function")
def softplus(input, beta, threshold):
    """`log(1 + exp(beta * x)) / beta`; `x` itself where `beta * x` is over `threshold`.

    >>> torch.nn.functional.softplus(torch.tensor([-1., 2.]))
    tensor([0.3133, 2.1269])
    """
    return _nn("softplus")(input, beta, threshold)


@composite("softsign(Tensor input) -> Tensor", namespace=F, variants="function")
def softsign(input):
    """`x / (1 + |x|)`.

    >>> torch.nn.functional.softsign(torch.tensor([-1., 3.]))
    tensor([-0.5000,  0.7500])
    """
    return input / (input.abs() + 1)


@composite("tanhshrink(Tensor input) -> Tensor", namespace=F, variants="function")
def tanhshrink(input):
    """`x - tanh(x)`.

    >>> torch.nn.functional.tanhshrink(torch.tensor([-1., 3.]))
    tensor([-0.2384,  2.0049])
    """
    return input - input.tanh()


@composite(
    "hardtanh(Tensor input, float min_val=-1.0, float max_val=1.0, bool inplace=False) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def hardtanh(input, min_val, max_val, inplace):
    """`x`, kept between `min_val` and `max_val`.

    >>> torch.nn.functional.hardtanh(torch.tensor([-3., 0.5]))
    tensor([-1.0000,  0.5000])
    """
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return _apply(_nn("hardtanh"), inplace, input, min_val, max_val)


@composite("hardsigmoid(Tensor input, bool inplace=False) -> Tensor", namespace=F, variants="function")
def hardsigmoid(input, inplace):
    """`min(max(x + 3, 0), 6) / 6`.

    >>> torch.nn.functional.hardsigmoid(torch.tensor([-4., 0., 1.5]))
    tensor([0.0000, 0.5000, 0.7500])
    """
    return _apply(_nn("hardsigmoid"), inplace, input)


@composite("hardswish(Tensor input, bool inplace=False) -> Tensor", namespace=F, variants="function")
def hardswish(input, inplace):
    """`x * min(max(x + 3, 0), 6) / 6`.

    >>> torch.nn.functional.hardswish(torch.tensor([-4., 1., 4.]))
    tensor([-0.0000, 0.6667, 4.0000])
    """
    return _apply(_nn("hardswish"), inplace, input)


@composite("hardshrink(Tensor input, Scalar lambd=0.5) -> Tensor", namespace=F, variants="function")
def hardshrink(input, lambd):
    """`x` where its size is greater than `lambd`, else 0.

    >>> torch.nn.functional.hardshrink(torch.tensor([0.2, -2.]))
    tensor([ 0., -2.])
    """
    return _nn("hardshrink")(input, lambd)


@composite("softshrink(Tensor input, Scalar lambd=0.5) -> Tensor", namespace=F, variants="function")
def softshrink(input, lambd):
    """`x` moved towards 0 by `lambd`, and 0 where it would cross it.

    >>> torch.nn.functional.softshrink(torch.tensor([0.2, -2.]))
    tensor([ 0.0000, -1.5000])
    """
    return _nn("softshrink")(input, lambd)


@composite(
    "threshold(Tensor input, float threshold, float value, bool inplace=False) -> Tensor",
    namespace=F, variants="function",
)  # fmt: skip
def threshold_function(input, threshold, value, inplace):
    """`x` where it is greater than `threshold`, else `value`.

    >>> torch.nn.functional.threshold(torch.tensor([0.5, 2.]), 1, 20)
    tensor([20.,  2.])
    """
    return _apply(_threshold, inplace, input, threshold, value)


_threshold = threshold


@composite("logsigmoid(Tensor input) -> Tensor", namespace=F, variants="function")
def logsigmoid(input):
    """The logarithm of the sigmoid, without overflow.

    >>> torch.nn.functional.logsigmoid(torch.tensor([-100., 0.]))
    tensor([-100.0000,   -0.6931])
    """
    return _nn("log_sigmoid")(input)


@op("glu(Tensor self, int dim=-1) -> Tensor", namespace="_nn", variants="function", half=True)
def glu_core(self: Any, dim: int) -> Any:
    if not self.ndim:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    if self.shape[dim] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {self.shape[dim]}")
    floats_only("glu_cpu", self)
    a, b = np.split(self, 2, dim)
    return a * _sigmoid(b)


@glu_core.vjp("self")
def _(grad, self, dim):
    from tensorsh.ops.registry import function

    half = self.shape[dim] // 2
    a, gate = self.narrow(dim, 0, half), self.narrow(dim, half, half).sigmoid()
    return function("cat")([grad * gate, grad * a * gate * (1 - gate)], dim)


@composite("glu(Tensor input, int dim=-1) -> Tensor", namespace=F, variants="function")
def glu(input, dim):
    """The first half along `dim`, times the sigmoid of the second (Dauphin et al., 2017).

    >>> torch.nn.functional.glu(torch.tensor([2., 0.]))
    tensor([1.])
    """
    return glu_core(input, dim)


@op("_prelu_kernel(Tensor self, Tensor weight) -> Tensor", variants="function", dtype="promote")
def _prelu_kernel(self: Any, weight: Any) -> Any:
    """`self` where it is positive, else `weight * self`."""
    return np.where(self > 0, self, weight * self)


@_prelu_kernel.vjp("self, weight")
def _(grad, self, weight):
    return grad.where(self > 0, grad * weight), (grad * self).masked_fill(self > 0, 0)


@composite("prelu(Tensor self, Tensor weight) -> Tensor")
def prelu(self, weight):
    """`x` where it is positive, else `weight * x`, with one weight, or one for each channel (dimension 1).

    >>> torch.prelu(torch.tensor([-2., 3.]), torch.tensor([0.5]))
    tensor([-1.,  3.])
    """
    if self._dtype is not weight._dtype:
        raise RuntimeError(f"prelu: Type promoting not supported. Got {self._dtype.title} and {weight._dtype.title}")
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
    if weight.numel() != 1:
        if self.ndim == 0:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = self.shape[1] if self.ndim > 1 else 1
        if channels != weight.numel():
            raise RuntimeError(
                "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                f"{weight.numel()} and channel size = {channels}."
            )
        weight = weight.reshape([-1 if i == 1 else 1 for i in range(max(self.ndim, 2))][: max(self.ndim, 1)])
    elif weight.ndim != self.ndim:
        weight = weight.reshape([1] * self.ndim)
    return _prelu_kernel(self, weight)


@composite("prelu(Tensor input, Tensor weight) -> Tensor", namespace=F, variants="function")
def prelu_function(input, weight):
    """`x` where it is positive, else `weight * x`, with one weight, or one for each channel (dimension 1).

    >>> torch.nn.functional.prelu(torch.tensor([-2., 3.]), torch.tensor([0.5]))
    tensor([-1.,  3.])
    """
    return prelu(input, weight)
